import COpenBLAS
import Communication
import Foundation
import LinearAlgebra

/// exp(−i t H) ψ, or exp(−t H) ψ normalised, of a Hermitian map H and a complex vector whose rows are spread over the ranks:
/// Lanczos with full reorthogonalisation, in steps whose error is bounded.
///
/// In the Krylov basis V of j vectors with T = VᴴHV the step is V exp(−i τ T) e₁, and differs from the exact one by at most
/// β_{j+1} ∫₀^τ |e_jᵀ exp(−i s T) e₁| ds, the integral of its defect (Saad, SIAM J. Numer. Anal. 29, 209, 1992; Hochbruck and
/// Lubich, SIAM J. Numer. Anal. 34, 1911, 1997). The basis grows until that is small enough; if it is full before, the step
/// is shortened with the same basis. In imaginary time the same holds relative to the norm, once the lowest Ritz value is
/// close to the ground state's.
///
/// Rank 0 alone decides and solves the small eigenproblems.
final class KrylovPropagator {
    let time: EvolutionTime
    /// This rank's amplitudes, (re, im) in turn.
    private(set) var vector: [Double]
    /// Products with H so far.
    private(set) var productCount = 0

    private let map: any HermitianBlockMap
    private let communicator: Communicator
    /// Error of a unit of time.
    private let tolerance: Double
    private let largestBasis: Int
    private let rowCount: Int
    /// Columns of 2·rows numbers.
    private let basis: RealBuffer
    private let input: TallMatrix
    private let output: TallMatrix

    /// A step is not made better than this, nor better than rounding allows.
    private static let leastError = 1e-15
    /// Points of the integral.
    private static let points = 16

    /// Local.
    ///
    /// - Parameters:
    ///   - vector: this rank's amplitudes, (re, im) in turn.
    ///   - tolerance: the error, as a norm, of a unit of time.
    ///   - largestBasis: the most Krylov vectors.
    init(
        _ map: any HermitianBlockMap, time: EvolutionTime, vector: [Double], tolerance: Double, largestBasis: Int,
        communicator: Communicator
    ) {
        precondition(vector.count == 2 * map.rows.count && largestBasis >= 2)
        self.map = map
        self.time = time
        self.vector = vector
        self.tolerance = tolerance
        self.largestBasis = min(largestBasis, map.dimension)
        self.communicator = communicator
        rowCount = map.rows.count
        basis = RealBuffer(count: max(1, 2 * rowCount * self.largestBasis))
        // A real map takes the two parts as two vectors.
        let columns = map.isComplex ? 1 : 2
        input = TallMatrix(rows: rowCount, columns: columns, isComplex: map.isComplex)
        output = TallMatrix(rows: rowCount, columns: columns, isComplex: map.isComplex)
    }

    /// Goes on by a time. Collective.
    ///
    /// - Throws: `EigensolverError`, `MPIError`.
    func advance(by interval: Double) throws {
        var left = interval
        while left > 0 {
            let made = try step(atMost: left)
            left = made >= left ? 0 : left - made
        }
    }

    /// - Returns: the time that was gone on by.
    private func step(atMost left: Double) throws -> Double {
        let norm = try sum(of: vector.withUnsafeBufferPointer { $0.reduce(0) { $0 + $1 * $1 } }).squareRoot()
        guard norm > 0 else { return left }
        for index in vector.indices { basis.pointer[index] = vector[index] / norm }
        var (diagonal, offDiagonal): ([Double], [Double]) = ([], [])
        while true {
            let size = diagonal.count + 1
            let (alpha, beta) = try extend(size)
            diagonal.append(alpha)
            offDiagonal.append(beta)
            // [time; 0 for none yet] and the coefficients of the step.
            var message = [Double](repeating: 0, count: 1 + 2 * size)
            if communicator.rank == 0 {
                message = try decision(diagonal, offDiagonal, left: left, isLast: size == largestBasis)
            }
            message = try communicator.broadcast(message)
            guard message[0] == 0 else {
                combine(Array(message.dropFirst()), norm: norm)
                return message[0]
            }
            // β is not small here: otherwise the error would have been.
            let next = basis.pointer + 2 * rowCount * size
            for index in 0..<2 * rowCount { next[index] /= beta }
        }
    }

    /// Multiplies the last of `size` basis vectors and leaves what is new, not normalised, behind it (where there is room).
    /// Collective: a product and three allreduces.
    private func extend(_ size: Int) throws -> (alpha: Double, beta: Double) {
        let last = basis.pointer + 2 * rowCount * (size - 1)
        for index in 0..<2 * rowCount { input.storage[index] = last[index] }
        try map.apply(input, into: output)
        productCount += 1
        guard let image = output.storage.baseAddress else { preconditionFailure("a vector without memory") }
        var alpha = 0.0
        for pass in 0..<2 {
            let overlaps = try sums(of: overlaps(image, size))
            if pass == 0 { alpha = overlaps[2 * (size - 1)] }
            subtract(overlaps, size, from: image)
        }
        let beta = try sum(of: (0..<2 * rowCount).reduce(0) { $0 + image[$1] * image[$1] }).squareRoot()
        if size < largestBasis { (last + 2 * rowCount).update(from: image, count: 2 * rowCount) }
        return (alpha, beta)
    }

    /// This rank's part of ⟨v_k, x⟩, (re, im) in turn.
    private func overlaps(_ x: UnsafePointer<Double>, _ size: Int) -> [Double] {
        var result = [Double](repeating: 0, count: 2 * size)
        guard rowCount > 0 else { return result }
        let (one, zero) = ([1.0, 0.0], [0.0, 0.0])
        cblas_zgemv(
            CblasColMajor, CblasConjTrans, blasint(rowCount), blasint(size), one, basis.pointer, blasint(rowCount), x,
            1,
            zero, &result, 1)
        return result
    }

    /// x −= Σ_k c_k v_k.
    private func subtract(_ coefficients: [Double], _ size: Int, from x: UnsafeMutablePointer<Double>) {
        guard rowCount > 0 else { return }
        let (minus, one) = ([-1.0, 0.0], [1.0, 0.0])
        cblas_zgemv(
            CblasColMajor, CblasNoTrans, blasint(rowCount), blasint(size), minus, basis.pointer, blasint(rowCount),
            coefficients, 1, one, x, 1)
    }

    /// ψ ← norm Σ_k c_k v_k; in imaginary time c is normalised.
    private func combine(_ coefficients: [Double], norm: Double) {
        guard rowCount > 0 else { return }
        let scale = time == .imaginary ? 1 : norm
        cblas_zgemv(
            CblasColMajor, CblasNoTrans, blasint(rowCount), blasint(coefficients.count / 2), [scale, 0.0],
            basis.pointer,
            blasint(rowCount), coefficients, 1, [0.0, 0.0], &vector, 1)
    }

    private func sum(of value: Double) throws -> Double { try communicator.allReduce(value) }

    private func sums(of values: [Double]) throws -> [Double] {
        var values = values
        try communicator.allReduce(&values)
        return values
    }

    // MARK: The small problem

    /// The time that may be gone by and the coefficients of that step; 0 in front where the basis has to grow. Local.
    private func decision(
        _ diagonal: [Double], _ offDiagonal: [Double], left: Double, isLast: Bool
    ) throws -> [Double] {
        let size = diagonal.count
        var matrix = [Double](repeating: 0, count: size * size)
        for index in 0..<size {
            matrix[index * (size + 1)] = diagonal[index]
            if index + 1 < size { matrix[index * size + index + 1] = offDiagonal[index] }
        }
        let small = try HermitianEigenproblem(&matrix, size: size, leading: size, isComplex: false, count: size)
        let beta = offDiagonal[size - 1]
        var interval = left
        while true {
            let error = self.error(of: interval, small, size, beta)
            if error <= max(Self.leastError, tolerance * interval) { break }
            guard isLast else { return [Double](repeating: 0, count: 1 + 2 * size) }
            interval /= 2
        }
        var coefficients = [Double](repeating: 0, count: 2 * size)
        for row in 0..<size {
            let value = element(row, at: interval, small, size)
            (coefficients[2 * row], coefficients[2 * row + 1]) = value
        }
        if time == .imaginary {
            let norm = coefficients.reduce(0) { $0 + $1 * $1 }.squareRoot()
            coefficients = coefficients.map { $0 / norm }
        }
        return [interval] + coefficients
    }

    /// β ∫₀^τ |e_jᵀ exp(−i s T) e₁| ds, by the largest of some values; in imaginary time relative to the norm.
    private func error(of interval: Double, _ small: HermitianEigenproblem, _ size: Int, _ beta: Double) -> Double {
        var largest = 0.0
        for point in 1...Self.points {
            let value = element(size - 1, at: interval * Double(point) / Double(Self.points), small, size)
            largest = max(largest, hypot(value.0, value.1))
        }
        guard time == .imaginary else { return beta * interval * largest }
        var norm = 0.0
        for row in 0..<size {
            let value = element(row, at: interval, small, size)
            norm += value.0 * value.0
        }
        return beta * interval * largest / norm.squareRoot()
    }

    /// e_rowᵀ exp(−i s T) e₁, or e_rowᵀ exp(−s (T − λ₀)) e₁.
    private func element(
        _ row: Int, at s: Double, _ small: HermitianEigenproblem, _ size: Int
    ) -> (Double, Double) {
        var (real, imaginary) = (0.0, 0.0)
        for level in 0..<size {
            let weight = small.vectors[level * size + row] * small.vectors[level * size]
            switch time {
            case .real:
                real += weight * cos(s * small.values[level])
                imaginary -= weight * sin(s * small.values[level])
            case .imaginary: real += weight * exp(-s * (small.values[level] - small.values[0]))
            }
        }
        return (real, imaginary)
    }
}
