import LinearAlgebra
import Numerics

/// y = log Σ_t w_t Pf_t of a projected product of pairs, from the logarithms of its terms; log |Σ| of real ones, whose sign is
/// `PhaseOfPfaffians`'s.
///
/// The slope of a sample is ∂y/∂F of the packed pairing, from the inverses of all terms: M(M−1)/2 numbers however many terms
/// there are, so that the linear maps are matrix products. A term without a pivot has weight 0 in it; a sum of exactly 0
/// has y = −∞ and slope 0.
package struct PfaffianSum: ParameterPrimitive {
    let matrices: TermMatrices
    /// F, packed: M(M−1)/2 × 1; complex where y is.
    let pairing: Node
    /// Of all rotations; real where their Pfaffians are.
    let pairings: Node
    /// `PfaffianTerms`.
    let logarithms: Node
    let configuration: Node
    package let output: Node

    package var inputs: [Node] { [pairing, pairings, logarithms, configuration] }
    package var separable: SeparableRow? { nil }
    package var rowNodes: [Node] { [pairing] }
    package var slopeReals: Int { pairing.reals }
    package var scratchReals: Int {
        matrices.scratchReals(complex: pairings.isComplex) + 2 * matrices.terms.count + 2 * pairing.reals
    }
    package var multiplications: Int { 4 * matrices.terms.count }
    package var tangentMultiplications: Int { pairing.reals * (pairing.isComplex ? 2 : 1) }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        let terms = matrices.terms
        let y = context.value(output)
        let work = matrices.workspace(context.scratch, complex: pairings.isComplex)
        let factors = work.rest
        for sample in 0..<context.samples {
            let sum = LogarithmOfSum(
                terms.weights, context.value(logarithms) + 2 * sample * terms.count, shares: factors)
            if output.isComplex {
                y[2 * sample] = R(sum.modulus)
                y[2 * sample + 1] = R(sum.phase)
            } else {
                y[sample] = R(sum.modulus)
            }
            guard let slope = context.slope else { continue }
            writeSlope(context, sample, into: slope + sample * pairing.reals, work)
        }
    }

    /// Σ_t (w_t Pf_t/ψ) ∂ log Pf_t/∂F, rotation after rotation.
    private func writeSlope<R: TapeScalar>(
        _ context: TapeContext<R>, _ sample: Int, into slope: UnsafeMutablePointer<R>,
        _ work: TermMatrices.Workspace<R>
    ) {
        let terms = matrices.terms
        let size = terms.fermionCount
        let isComplex = pairings.isComplex
        let shares = work.rest
        let gathered = shares + 2 * terms.count
        // Complex shares of real Pfaffians: real and imaginary part one after the other, then side by side.
        let planes = output.isComplex && !isComplex
        let target = planes ? gathered + pairing.reals : slope
        matrices.read(
            context.value(configuration) + sample * configuration.features, features: configuration.features, work)
        target.setToZero(count: pairing.reals)
        var rotated = -1
        func finish() {
            guard rotated >= 0 else { return }
            let back = terms.rotations[rotated].inverse
            if planes {
                for part in 0..<2 {
                    back.add(
                        gathered + part * terms.pairCount, to: target + part * terms.pairCount, modes: terms.modeCount,
                        complex: false)
                }
            } else {
                back.add(gathered, to: target, modes: terms.modeCount, complex: isComplex)
            }
        }
        matrices.forEachPart { rotation, elements in
            let first = rotation * terms.elementCount + elements.lowerBound
            guard (2 * first..<2 * (first + elements.count)).contains(where: { shares[$0] != 0 }) else { return }
            if rotation != rotated {
                finish()
                gathered.setToZero(count: pairing.reals)
                rotated = rotation
            }
            matrices.select(context.value(pairings), rotation: rotation, elements, work, complex: isComplex)
            R.logarithms(
                .pfaffian, work.matrices, value: work.values, slope: work.slopes, work: work.elimination,
                count: elements.count, size: size, complex: isComplex)
            let reals = size * size * (isComplex ? 2 : 1)
            for part in 0..<(planes ? 2 : 1) {
                for place in 0..<elements.count {
                    let (own, scaled) = (work.slopes + place * reals, work.matrices + place * reals)
                    let (re, im) = (shares[2 * (first + place)], shares[2 * (first + place) + 1])
                    if isComplex {
                        R.combineComplex(re, im, own, scaled, count: size * size, accumulate: false)
                    } else {
                        R.combine(part == 0 ? re : im, own, scaled, count: reals, accumulate: false)
                    }
                }
                R.addToPairs(
                    work.matrices, work.rows, gathered + part * terms.pairCount, stride: 0, elements: terms.pairCount,
                    samples: elements.count,
                    count: size, vectors: 1, modes: terms.modeCount, complex: isComplex)
            }
        }
        finish()
        guard planes else { return }
        for place in 0..<terms.pairCount {
            slope[2 * place] = target[place]
            slope[2 * place + 1] = target[terms.pairCount + place]
        }
    }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(pairing), let y = context.tangent(output) else { return }
        R.multiply(
            isComplex: pairing.isComplex, .plain, .plain, context.samples, context.vectors, pairing.elements,
            context.savedSlope, pairing.elements, x, context.vectors, y, context.vectors, accumulate: false)
    }

    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(pairing), let y = context.tangent(output) else { return }
        R.multiply(
            isComplex: pairing.isComplex, .adjoint, .plain, pairing.elements, context.vectors, context.samples,
            context.savedSlope, pairing.elements, y, context.vectors, x, context.vectors,
            accumulate: context.accumulates(0))
    }

    package func transposeRows<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let y = context.tangent(output) else { return }
        for sample in 0..<context.samples {
            R.multiply(
                isComplex: pairing.isComplex, .adjoint, .plain, pairing.elements, 1, 1,
                context.savedSlope + sample * pairing.reals, pairing.elements, y + sample * output.reals, 1,
                context.row(pairing, sample: sample), 1, accumulate: true)
        }
    }
}

/// 0 or π by the sign of Σ_t w_t Pf_t of real terms with real weights: constant but for jumps where the sum vanishes.
package struct PhaseOfPfaffians: Primitive {
    let weights: [Complex<Double>]
    let logarithms: Node
    package let output: Node

    package var inputs: [Node] { [logarithms] }
    package var multiplications: Int { 4 * weights.count }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        let y = context.value(output)
        for sample in 0..<context.samples {
            let sum = LogarithmOfSum(
                weights, context.value(logarithms) + 2 * sample * weights.count, shares: nil)
            y[sample] = abs(sum.phase) > 1 ? R(Double.pi) : 0
        }
    }
    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {}
    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {}
}

/// log Σ_t w_t exp(L_t + iφ_t), from the largest L_t.
struct LogarithmOfSum {
    /// −∞ where the sum is 0.
    let modulus: Double
    let phase: Double

    /// - Parameters:
    ///   - logarithms: L_t and φ_t in turn.
    ///   - shares: where w_t exp(L_t + iφ_t) over the sum goes, real and imaginary parts in turn; 0 where the sum is 0.
    init<R: TapeScalar>(
        _ weights: [Complex<Double>], _ logarithms: UnsafePointer<R>, shares: UnsafeMutablePointer<R>?
    ) {
        var largest = -Double.infinity
        for term in weights.indices { largest = max(largest, Double(logarithms[2 * term])) }
        var (re, im) = (0.0, 0.0)
        if largest > -.infinity {
            for term in weights.indices {
                let (x, y) = Self.term(weights[term], logarithms + 2 * term, largest)
                re += x
                im += y
            }
        }
        let square = re * re + im * im
        guard square > 0 else {
            // Also of what is not a number: it shows in the logarithm.
            (modulus, phase) = (square == 0 ? -.infinity : .nan, 0)
            if let shares { shares.setToZero(count: 2 * weights.count) }
            return
        }
        modulus = largest + 0.5 * .log(square)
        phase = im == 0 ? (re < 0 ? .pi : 0) : .atan2(y: im, x: re)
        guard let shares else { return }
        for term in weights.indices {
            let (x, y) = Self.term(weights[term], logarithms + 2 * term, largest)
            shares[2 * term] = R((x * re + y * im) / square)
            shares[2 * term + 1] = R((y * re - x * im) / square)
        }
    }

    private static func term<R: TapeScalar>(
        _ weight: Complex<Double>, _ logarithm: UnsafePointer<R>, _ largest: Double
    ) -> (Double, Double) {
        let modulus = Double.exp(Double(logarithm[0]) - largest)
        guard modulus > 0 else { return (0, 0) }
        let phase = Double(logarithm[1])
        let (a, b) = weight.rawStorage
        // The phases of real numbers are exact.
        if phase == 0 { return (modulus * a, modulus * b) }
        if R(phase) == R(Double.pi) { return (-modulus * a, -modulus * b) }
        let (c, s) = (modulus * Double.cos(phase), modulus * Double.sin(phase))
        return (a * c - b * s, a * s + b * c)
    }
}
