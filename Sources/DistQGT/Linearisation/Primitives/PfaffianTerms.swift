import LinearAlgebra

/// log |Pf| and the phase of every term of a projected product of pairs, term after term: (−∞, 0) of a singular one.
///
/// Values only: the derivative is that of the sum, `PfaffianSum`.
package struct PfaffianTerms: Primitive {
    let matrices: TermMatrices
    let pairings: Node
    let configuration: Node
    package let output: Node

    package var inputs: [Node] { [pairings, configuration] }
    package var scratchReals: Int { matrices.scratchReals(complex: pairings.isComplex) }
    package var multiplications: Int {
        let size = matrices.terms.fermionCount
        return matrices.terms.count * size * size * size / 3 * (pairings.isComplex ? 4 : 1)
    }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        let terms = matrices.terms
        let (s, y) = (context.value(configuration), context.value(output))
        let work = matrices.workspace(context.scratch, complex: pairings.isComplex)
        for sample in 0..<context.samples {
            let values = y + 2 * sample * terms.count
            matrices.read(s + sample * configuration.features, features: configuration.features, work)
            matrices.forEachPart { rotation, elements in
                matrices.select(
                    context.value(pairings), rotation: rotation, elements, work, complex: pairings.isComplex)
                R.logarithms(
                    .pfaffian, work.matrices, value: values + 2 * (rotation * terms.elementCount + elements.lowerBound),
                    slope: nil, work: work.elimination, count: elements.count, size: terms.fermionCount,
                    complex: pairings.isComplex)
                if terms.takesModuli {
                    for element in elements { values[2 * (rotation * terms.elementCount + element) + 1] = 0 }
                }
                guard terms.hasSigns, !terms.takesModuli else { return }
                for element in elements where matrices.isNegative(element, work) {
                    let phase = values + 2 * (rotation * terms.elementCount + element) + 1
                    phase.pointee = phase.pointee > 0 ? phase.pointee - R(Double.pi) : phase.pointee + R(Double.pi)
                }
            }
        }
    }
    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {}
    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {}
}

/// The matrices of the terms of one configuration, some terms at a time.
struct TermMatrices: Sendable {
    let terms: PairTerms
    private let modes: ModeIndex

    init(_ terms: PairTerms) {
        self.terms = terms
        modes = ModeIndex(terms.occupied)
    }

    struct Workspace<R: TapeScalar> {
        let matrices: UnsafeMutablePointer<R>
        let slopes: UnsafeMutablePointer<R>
        let values: UnsafeMutablePointer<R>
        let elimination: UnsafeMutablePointer<R>
        /// Behind all of these.
        let rest: UnsafeMutablePointer<R>
        let occupied: UnsafeMutablePointer<Int32>
        let rows: UnsafeMutablePointer<Int32>
    }

    /// Terms that are worked on together: their matrices stay in the cache.
    private var termsAtATime: Int {
        let size = terms.fermionCount
        return min(terms.elementCount, max(4, 16384 / max(1, size * size)))
    }

    private func eliminationReals(complex: Bool) -> Int {
        max(
            Float.eliminationWork(size: terms.fermionCount, complex: complex),
            Double.eliminationWork(size: terms.fermionCount, complex: complex))
    }

    private func matrixReals(complex: Bool) -> Int {
        termsAtATime * terms.fermionCount * terms.fermionCount * (complex ? 2 : 1)
    }

    /// Indices take no more room than reals.
    private var indexReals: Int { (1 + termsAtATime) * terms.fermionCount }

    func scratchReals(complex: Bool) -> Int {
        2 * matrixReals(complex: complex) + 2 * termsAtATime + eliminationReals(complex: complex) + indexReals
    }

    func workspace<R: TapeScalar>(_ scratch: UnsafeMutablePointer<R>, complex: Bool) -> Workspace<R> {
        let slopes = scratch + matrixReals(complex: complex)
        let values = slopes + matrixReals(complex: complex)
        let elimination = values + 2 * termsAtATime
        let index = elimination + eliminationReals(complex: complex)
        let occupied = UnsafeMutableRawPointer(index).bindMemory(to: Int32.self, capacity: indexReals)
        return Workspace(
            matrices: scratch, slopes: slopes, values: values, elimination: elimination, rest: index + indexReals,
            occupied: occupied, rows: occupied + terms.fermionCount)
    }

    /// Takes a configuration's occupied modes over.
    func read<R: TapeScalar>(_ s: UnsafePointer<R>, features: Int, _ work: Workspace<R>) {
        modes.write(s, features: features, samples: 1, into: work.occupied)
    }

    /// Whether the signs of a map at the occupied modes multiply to −1.
    func isNegative<R: TapeScalar>(_ element: Int, _ work: Workspace<R>) -> Bool {
        var isNegative = false
        terms.isNegated.withUnsafeBufferPointer { signs in
            for fermion in 0..<terms.fermionCount where work.occupied[fermion] >= 0 {
                let mode = element * terms.modeCount + Int(work.occupied[fermion])
                if signs[mode] { isNegative.toggle() }
            }
        }
        return isNegative
    }

    func forEachPart(_ body: (Int, Range<Int>) -> Void) {
        for rotation in terms.rotations.indices {
            for first in stride(from: 0, to: terms.elementCount, by: termsAtATime) {
                body(rotation, first..<min(terms.elementCount, first + termsAtATime))
            }
        }
    }

    /// Writes the rows of some terms of one rotation, and their matrices.
    func select<R: TapeScalar>(
        _ pairings: UnsafePointer<R>, rotation: Int, _ elements: Range<Int>, _ work: Workspace<R>, complex: Bool
    ) {
        let (size, modeCount) = (terms.fermionCount, terms.modeCount)
        terms.images.withUnsafeBufferPointer { images in
            for (place, element) in elements.enumerated() {
                for fermion in 0..<size {
                    let mode = Int(work.occupied[fermion])
                    // −1 throughout where a configuration has a wrong number of fermions.
                    work.rows[place * size + fermion] = mode < 0 ? -1 : images[element * modeCount + mode]
                }
            }
        }
        R.selectPairs(
            pairings + rotation * terms.pairCount * (complex ? 2 : 1), stride: 0, elements: terms.pairCount, work.rows,
            work.matrices,
            samples: elements.count, count: size, vectors: 1, modes: modeCount, complex: complex)
    }
}
