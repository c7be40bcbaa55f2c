import LinearAlgebra
import Numerics

/// A Slater determinant with the kept product W = Φ A⁻¹ of each of its blocks, A being the rows of occupied modes: a hop
/// of fermion k to mode b multiplies ψ by W[b, k], and takes a change of rank one to follow.
///
/// W has a row for each mode and a column for each fermion; the row of the mode that fermion k sits on is e_k.
package final class OrbitalWalker<S: MatrixScalar>: FermionWalker {
    /// Modes with orbitals of their own.
    package struct Orbitals {
        /// Modes `modes`, whose rows are one behind the other in the parameters from real number `offset` on.
        let modes: Range<Int>
        let offset: Int
        /// Orbitals, and fermions on these modes.
        let count: Int

        package init(modes: Range<Int>, offset: Int, count: Int) {
            self.modes = modes
            self.offset = offset
            self.count = count
        }
    }

    private struct Block {
        let orbitals: Orbitals
        /// The first of its fermions in the list of all.
        let firstFermion: Int
        let products: UnsafeMutablePointer<S>
        let inverse: SmallInverse<S>
    }

    private let factor: RecordedFactor
    private var blocks: [Block] = []
    private let row: UnsafeMutablePointer<S>
    private let column: UnsafeMutablePointer<S>
    private let memory = BufferSet()

    /// - Parameter orbitals: those of all modes, in their order.
    package init(_ sector: FermionSector, _ factor: RecordedFactor, _ orbitals: [Orbitals]) {
        self.factor = factor
        row = memory.filled(with: .zero, count: max(1, sector.count))
        column = memory.filled(with: .zero, count: sector.modeCount)
        super.init(sector)
        var first = 0
        for part in orbitals where part.count > 0 {
            blocks.append(
                Block(
                    orbitals: part, firstFermion: first,
                    products: memory.filled(with: .zero, count: part.modes.count * part.count),
                    inverse: SmallInverse(.determinant, size: part.count)))
            first += part.count
        }
    }

    /// A number of W for each hop; a change of rank one of W; an inverse of n³ and W = Φ A⁻¹.
    package static func floor(_ sector: FermionSector, _ orbitals: [Orbitals]) -> RatioFloor {
        let hops = sector.hopsPerProposal
        let parts = orbitals.filter { $0.count > 0 }
        // A hop changes one of the blocks.
        let kept = parts.reduce(0) { $0 + $1.modes.count * $1.count } / max(1, parts.count)
        return RatioFloor(
            asked: S.traffic(hops), followed: Double(hops) * S.update(kept),
            loaded: parts.reduce(RatioFloor.Work()) {
                $0 + S.products($1.count * $1.count * ($1.count + $1.modes.count))
                    + S.traffic($1.modes.count * $1.count)
            })
    }

    package static func byteCount(_ sector: FermionSector, _ orbitals: [Orbitals]) -> Int {
        orbitals.reduce(0) { $0 + ($1.modes.count + 3 * $1.count) * $1.count } * MemoryLayout<S>.stride
    }

    private func values(_ orbitals: Orbitals) -> UnsafePointer<S> {
        S.numbers(factor.parameters.pointer + orbitals.offset)
    }

    /// log det of the rows at occupied modes, with (A⁻¹)ᵀ where it is wanted.
    private func logarithm(
        _ block: Block, of modes: UnsafePointer<Int32>, inverts: Bool
    ) -> (modulus: Double, phase: Double) {
        let count = block.orbitals.count
        let all = values(block.orbitals)
        for fermion in 0..<count {
            let mode = Int(modes[block.firstFermion + fermion]) - block.orbitals.modes.lowerBound
            guard mode >= 0, mode < block.orbitals.modes.count else { return (-.infinity, 0) }
            (block.inverse.matrix + fermion * count).update(from: all + mode * count, count: count)
        }
        return block.inverse.logarithm(inverts: inverts)
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func prepare() -> Double {
        factor.bringUpToDate()
        var sum = 0.0
        for block in blocks {
            sum += logarithm(block, of: modes, inverts: true).modulus
            guard sum > -.infinity else { return sum }
            let count = block.orbitals.count
            S.multiply(
                values(block.orbitals), block.inverse.slope, transposed: true, block.products,
                m: block.orbitals.modes.count, n: count, k: count)
        }
        return sum
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func logarithm(of modes: UnsafePointer<Int32>) -> (modulus: Double, phase: Double) {
        factor.bringUpToDate()
        return blocks.reduce((0, 0)) { sum, block in
            let own = logarithm(block, of: modes, inverts: false)
            return (sum.0 + own.modulus, sum.1 + own.phase)
        }
    }

    /// W[b, k] for the fermion k of mode `from`, and its block; nil where no block has both.
    @inline(__always)
    private func element(_ from: Int, _ to: Int) -> (block: Int, row: Int, column: Int)? {
        for (number, block) in blocks.enumerated() where block.orbitals.modes.contains(from) {
            guard block.orbitals.modes.contains(to) else { return nil }
            return (number, to - block.orbitals.modes.lowerBound, Int(fermions[from]) - block.firstFermion)
        }
        return nil
    }

    @inline(__always)
    private func product(_ block: Int, _ row: Int, _ column: Int) -> S {
        blocks[block].products[row * blocks[block].orbitals.count + column]
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func ratio(ofHops count: Int) -> Complex<Double> {
        var ratio = S.one
        var first: (block: Int, row: Int, column: Int)?
        for hop in 0..<count {
            guard let place = element(occupation.emptied[hop], occupation.filled[hop]) else { return .zero }
            let own = product(place.block, place.row, place.column)
            if let first, first.block == place.block {
                return
                    (ratio * own
                    - product(place.block, first.row, place.column) * product(place.block, place.row, first.column))
                    .inComplex
            }
            ratio = ratio * own
            first = place
        }
        return ratio.inComplex
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func squaredRatio(from: Int, to: Int) -> Double {
        element(from, to).map { product($0.block, $0.row, $0.column).squaredModulus } ?? 0
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func follow(from: Int, to: Int) {
        guard let place = element(from, to) else { return }
        let block = blocks[place.block]
        let (width, height) = (block.orbitals.count, block.orbitals.modes.count)
        let pivot = product(place.block, place.row, place.column)
        // W ← W − W[:, k] (W[b, :] − e_k)/W[b, k]
        row.update(from: block.products + place.row * width, count: width)
        row[place.column] = row[place.column] - S.one
        for mode in 0..<height { column[mode] = block.products[mode * width + place.column] }
        S.addProduct(-(S.one / pivot), column, row, block.products, m: height, n: width)
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func residual(_ number: Int) -> Double {
        var largest = 0.0
        for block in blocks {
            let width = block.orbitals.count
            let fermion = number % width
            let mode = Int(modes[block.firstFermion + fermion]) - block.orbitals.modes.lowerBound
            let own = block.products + mode * width
            for place in 0..<width {
                let difference = place == fermion ? own[place] - S.one : own[place]
                largest = max(largest, difference.squaredModulus)
            }
        }
        return largest.squareRoot()
    }
}
