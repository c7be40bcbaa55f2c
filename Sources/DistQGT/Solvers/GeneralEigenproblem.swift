import COpenBLAS
import Numerics

/// Eigenvalues and both kinds of eigenvectors of a small dense complex matrix without any symmetry (LAPACK's zgeev). Local.
struct GeneralEigenproblem {
    /// Ascending real parts.
    let values: [Complex<Double>]
    /// Of each eigenvalue λ the conjugate of l and r, l†M = λ l† and M r = λ r, with l†r = 1.
    let vectors: [(left: [Complex<Double>], right: [Complex<Double>])]

    /// Of each eigenvalue element (j, k) is l̄_j r_k, its derivative by M_jk.
    var derivatives: [[Complex<Double>]] {
        vectors.map { vector in vector.left.flatMap { left in vector.right.map { left * $0 } } }
    }

    /// - Parameter matrix: size², row by row.
    /// - Throws: `EigensolverError.lapack` where it does not converge.
    /// - Precondition: all numbers are finite.
    init(size: Int, matrix: [Complex<Double>]) throws(EigensolverError) {
        precondition(size > 0 && matrix.count == size * size && matrix.allSatisfy(\.isFinite))
        // Columns one after the other.
        var columns = (0..<2 * size * size).map { place -> Double in
            let (column, row) = (place / 2 / size, place / 2 % size)
            let value = matrix[row * size + column]
            return place % 2 == 0 ? value.real : value.imaginary
        }
        var values = [Double](repeating: 0, count: 2 * size)
        var left = [Double](repeating: 0, count: 2 * size * size)
        var right = left
        var work = [Double](repeating: 0, count: 2 * 8 * size)
        var realWork = [Double](repeating: 0, count: 2 * size)
        var (info, order, length) = (Int32(0), Int32(size), Int32(8 * size))
        zgeev_(
            "V", "V", &order, &columns, &order, &values, &left, &order, &right, &order, &work, &length, &realWork, &info
        )
        guard info == 0 else { throw .lapack(routine: "zgeev", code: Int(info)) }
        func vector(_ all: [Double], _ number: Int) -> [Complex<Double>] {
            (0..<size).map { Complex(all[2 * (number * size + $0)], all[2 * (number * size + $0) + 1]) }
        }
        let found = (0..<size).map { number in
            let (l, r) = (vector(left, number).map(\.conjugate), vector(right, number))
            let product = zip(l, r).reduce(Complex<Double>.zero) { $0 + $1.0 * $1.1 }
            return (
                value: Complex(values[2 * number], values[2 * number + 1]), left: l.map { $0 / product }, right: r
            )
        }.sorted { ($0.value.real, $0.value.imaginary) < ($1.value.real, $1.value.imaginary) }
        self.values = found.map(\.value)
        vectors = found.map { ($0.left, $0.right) }
    }
}
