import LinearAlgebra
import Numerics

/// Pf M with M = F[R, R] of a product of pairs, with X = M⁻¹ and the kept product Y = F[:, R] X: a hop of fermion k to
/// mode b multiplies ψ by Y[b, k]; hops of k to b and of l to d by
/// Y[b, k] Y[d, l] − Y[b, l] Y[d, k] + X[l, k] (Σ_j F[d, r_j] Y[b, j] − F[d, b]).
package final class PfaffianWalker<S: MatrixScalar>: FermionWalker {
    private let table: ExpandedParameters<S>
    /// F, row-major: of `table`.
    private var matrix: UnsafePointer<S>
    private let modeCount: Int
    private let count: Int
    private let inverse: UnsafeMutablePointer<S>
    /// Y: M × n.
    private let products: UnsafeMutablePointer<S>
    private let elimination: SmallInverse<S>
    private let columns: UnsafeMutablePointer<S>
    private let first: UnsafeMutablePointer<S>
    private let second: UnsafeMutablePointer<S>
    private let third: UnsafeMutablePointer<S>
    private let memory = BufferSet()

    /// - Parameter table: F_ij of all pairs of modes, row by row.
    /// - Precondition: an even number of fermions.
    package init(_ sector: FermionSector, _ table: ExpandedParameters<S>) {
        self.table = table
        matrix = table.upToDate()
        modeCount = sector.modeCount
        count = sector.count
        inverse = memory.filled(with: .zero, count: count * count)
        products = memory.filled(with: .zero, count: modeCount * count)
        columns = memory.filled(with: .zero, count: modeCount * count)
        first = memory.filled(with: .zero, count: modeCount)
        second = memory.filled(with: .zero, count: modeCount)
        third = memory.filled(with: .zero, count: modeCount)
        elimination = SmallInverse(.pfaffian, size: count)
        super.init(sector)
    }

    /// A number of Y, or for two hops a row of F with a row of Y; changes of rank two of X and Y, and F times a row of Y; an
    /// inverse of n³ and Y = F X.
    package static func floor(_ sector: FermionSector) -> RatioFloor {
        let (count, modes, hops) = (sector.count, sector.modeCount, sector.hopsPerProposal)
        let kept = (modes + count) * count
        return RatioFloor(
            asked: hops == 1 ? S.traffic(1) : S.products(count) + S.traffic(2 * count),
            followed: Double(hops) * (2 * S.update(kept) + S.products(modes * count) + S.traffic(modes * count)),
            loaded: S.products(count * kept) + S.traffic(kept))
    }

    package static func byteCount(_ sector: FermionSector) -> Int {
        (3 * sector.count + 2 * sector.modeCount) * sector.count * MemoryLayout<S>.stride
    }

    @inline(__always)
    private func pairing(_ i: Int, _ j: Int) -> S { matrix[i * modeCount + j] }

    private func logarithm(of modes: UnsafePointer<Int32>, inverts: Bool) -> (modulus: Double, phase: Double) {
        for row in 0..<count {
            for column in 0..<count {
                elimination.matrix[row * count + column] = pairing(Int(modes[row]), Int(modes[column]))
            }
        }
        return elimination.logarithm(inverts: inverts)
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func prepare() -> Double {
        matrix = table.upToDate()
        let modulus = logarithm(of: modes, inverts: true).modulus
        guard modulus > -.infinity else { return modulus }
        // The slope is half of the transposed inverse.
        for row in 0..<count {
            for column in 0..<count {
                let half = elimination.slope[column * count + row]
                inverse[row * count + column] = half + half
            }
        }
        for mode in 0..<modeCount {
            for column in 0..<count { columns[mode * count + column] = pairing(mode, Int(modes[column])) }
        }
        S.multiply(columns, inverse, transposed: false, products, m: modeCount, n: count, k: count)
        return modulus
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func logarithm(of modes: UnsafePointer<Int32>) -> (modulus: Double, phase: Double) {
        matrix = table.upToDate()
        return logarithm(of: modes, inverts: false)
    }

    /// Σ_j F[d, r_j] y_j.
    @inline(__always)
    private func dot(_ d: Int, _ y: UnsafePointer<S>) -> S {
        var sum = S.zero
        for fermion in 0..<count { sum = sum + pairing(d, Int(modes[fermion])) * y[fermion] }
        return sum
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func ratio(ofHops hops: Int) -> Complex<Double> {
        guard hops > 0 else { return .one }
        let (from, to) = (occupation.emptied, occupation.filled)
        let k = Int(fermions[from[0]])
        let b = products + to[0] * count
        guard hops > 1 else { return b[k].inComplex }
        let l = Int(fermions[from[1]])
        let d = products + to[1] * count
        let rest = dot(to[1], b) - pairing(to[1], to[0])
        return (b[k] * d[l] - b[l] * d[k] + inverse[l * count + k] * rest).inComplex
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func squaredRatio(from: Int, to: Int) -> Double {
        products[to * count + Int(fermions[from])].squaredModulus
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func follow(from: Int, to b: Int) {
        let k = Int(fermions[from])
        let scale = S.one / products[b * count + k]
        // With q = X[:, k], y = Y[b, :] and r = y_k:
        // X ← X − [q (y − e_k)ᵀ − (y − e_k) qᵀ]/r, Y ← Y − [Y[:, k] (y − e_k)ᵀ − (s − F[:, b]) qᵀ]/r
        // where s_d = Σ_j F[d, r_j] y_j.
        first.update(from: products + b * count, count: count)
        for mode in 0..<modeCount { third[mode] = dot(mode, first) - pairing(mode, b) }
        first[k] = first[k] - S.one
        for row in 0..<count { second[row] = inverse[row * count + k] }
        S.addProduct(-scale, second, first, inverse, m: count, n: count)
        S.addProduct(scale, first, second, inverse, m: count, n: count)
        S.addProduct(scale, third, second, products, m: modeCount, n: count)
        // Column k, which the last product left alone, as q_k = 0.
        for mode in 0..<modeCount { third[mode] = products[mode * count + k] }
        S.addProduct(-scale, third, first, products, m: modeCount, n: count)
        antisymmetrise()
    }

    private func antisymmetrise() {
        for row in 0..<count {
            inverse[row * count + row] = .zero
            for column in 0..<row { inverse[row * count + column] = -inverse[column * count + row] }
        }
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func residual(_ number: Int) -> Double {
        guard count > 0 else { return 0 }
        let fermion = number % count
        let own = products + Int(modes[fermion]) * count
        var largest = 0.0
        for place in 0..<count {
            let difference = place == fermion ? own[place] - S.one : own[place]
            largest = max(largest, difference.squaredModulus)
        }
        return largest.squareRoot()
    }
}
