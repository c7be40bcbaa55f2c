import CKernels
import COpenBLAS

/// A dense symmetric matrix, n × n, held whole by one process: what the direct solvers factorise.
///
/// The factorisations work in the upper triangle (of the row-major matrix); the lower one keeps the
/// matrix, so that a residual can always be computed.
public final class SymmetricMatrix {
    public let size: Int
    private let entries: RealBuffer
    /// The diagonal, which a factorisation overwrites.
    private var diagonal: [Double]

    /// - Parameters:
    ///   - entries: size², row-major; both triangles.
    ///   - addedDiagonal: added to the diagonal: one number, or one for each row.
    public init(size: Int, entries: [Double], addedDiagonal: [Double] = []) {
        precondition(entries.count == size * size)
        precondition(addedDiagonal.count <= 1 || addedDiagonal.count == size)
        self.size = size
        self.entries = RealBuffer(count: size * size)
        entries.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { self.entries.pointer.update(from: base, count: size * size) }
        }
        diagonal = (0..<size).map { index in
            entries[index * (size + 1)]
                + (addedDiagonal.count == 1 ? addedDiagonal[0] : addedDiagonal.isEmpty ? 0 : addedDiagonal[index])
        }
        restoreDiagonal()
    }

    private func restoreDiagonal() {
        for index in 0..<size { entries.pointer[index * (size + 1)] = diagonal[index] }
    }

    public var isFinite: Bool { entries.buffer.allSatisfy(\.isFinite) }

    /// ‖b − Ax‖/‖b‖, from the lower triangle.
    private func residual(_ b: [Double], _ x: [Double]) -> (vector: [Double], relative: Double) {
        restoreDiagonal()
        var r = b
        if size > 0 {
            cblas_dsymv(
                CblasRowMajor, CblasLower, blasint(size), -1, entries.pointer, blasint(size), x, 1, 1, &r, 1)
        }
        let norm = b.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let rest = r.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return (r, norm == 0 ? rest : rest / norm)
    }

    /// Solves A x = b by Cholesky factorisation with one step of iterative refinement.
    public func solveByCholesky(_ b: [Double]) -> (solution: [Double], report: SolverReport) {
        precondition(b.count == size)
        let zero = [Double](repeating: 0, count: size)
        guard isFinite, b.allSatisfy(\.isFinite) else {
            return (zero, SolverReport(outcome: .notFinite, iterations: 0, residual: .nan))
        }
        guard size > 0, b.contains(where: { $0 != 0 }) else {
            return (zero, SolverReport(outcome: .converged, iterations: 0, residual: 0))
        }
        var n = Int32(size)
        var one = Int32(1)
        var status = Int32(0)
        // Upper triangle row by row is, to LAPACK's columns, the lower one.
        dpotrf_("L", &n, entries.pointer, &n, &status)
        guard status == 0 else {
            restoreUpperTriangle()
            return (zero, SolverReport(outcome: .notPositiveDefinite, iterations: 0, residual: 1))
        }
        let factorDiagonal = (0..<size).map { entries.pointer[$0 * (size + 1)] }
        var x = b
        dpotrs_("L", &n, &one, entries.pointer, &n, &x, &n, &status)
        var (r, relative) = residual(b, x)
        for index in 0..<size { entries.pointer[index * (size + 1)] = factorDiagonal[index] }
        dpotrs_("L", &n, &one, entries.pointer, &n, &r, &n, &status)
        let refined = zip(x, r).map { $0 + $1 }
        let (_, refinedRelative) = residual(b, refined)
        if refinedRelative < relative { (x, relative) = (refined, refinedRelative) }
        restoreUpperTriangle()
        guard x.allSatisfy(\.isFinite) else {
            return (zero, SolverReport(outcome: .notFinite, iterations: 0, residual: .nan))
        }
        return (x, SolverReport(outcome: .converged, iterations: 1, residual: relative))
    }

    private func restoreUpperTriangle() {
        restoreDiagonal()
        for row in 0..<size {
            for column in row + 1 ..< max(row + 1, size) {
                entries.pointer[row * size + column] = entries.pointer[column * size + row]
            }
        }
    }

    /// x = U f(Σ) Uᵀ b with the eigenvalues σ of A and f(σ) = 1/σ · 1/(1 + (smoothTolerance·σ_max/|σ|)⁶), and 0 where
    /// |σ| ≤ cutoff·σ_max: the smoothed pseudo-inverse of Medvidović and Sels (arXiv:2212.11289), with the
    /// meaning of its tolerances as in NetKet's `pinv_smooth`.
    public func solveBySmoothPseudoInverse(
        _ b: [Double], cutoff: Double, smoothTolerance: Double
    ) -> (solution: [Double], report: SolverReport) {
        precondition(b.count == size)
        let zero = [Double](repeating: 0, count: size)
        guard isFinite, b.allSatisfy(\.isFinite) else {
            return (zero, SolverReport(outcome: .notFinite, iterations: 0, residual: .nan))
        }
        guard size > 0, let (values, vectors) = eigensystem() else {
            return (zero, SolverReport(outcome: size == 0 ? .converged : .notFinite, iterations: 0, residual: 0))
        }
        let largest = values.map(abs).max() ?? 0
        var x = zero
        for (index, value) in values.enumerated() where abs(value) > cutoff * largest && value != 0 {
            let ratio = smoothTolerance * largest / abs(value)
            let filter = 1 / (1 + ratio * ratio * ratio * ratio * ratio * ratio)
            let vector = vectors.pointer + index * size
            let overlap = b.withUnsafeBufferPointer { $0.baseAddress.map { ck_dot_d($0, vector, size) } ?? 0 }
            x.withUnsafeMutableBufferPointer { x in
                if let base = x.baseAddress { ck_axpy_d(filter / value * overlap, vector, base, size) }
            }
        }
        // The filter leaves out directions on purpose: its residual is information, not failure.
        return (x, SolverReport(outcome: .converged, iterations: 1, residual: residual(b, x).relative))
    }

    /// Eigenvalues, ascending, and eigenvectors (one after the other); nil if LAPACK does not converge.
    public func eigensystem() -> (values: [Double], vectors: RealBuffer)? {
        let work = RealBuffer(count: size * size)
        work.assign(from: entries)
        let vectors = RealBuffer(count: size * size)
        var values = [Double](repeating: 0, count: size)
        var n = Int32(size)
        var (lower, upper, tolerance) = (0.0, 0.0, 0.0)
        var (first, last, found, status) = (Int32(0), Int32(0), Int32(0), Int32(0))
        var support = [Int32](repeating: 0, count: 2 * max(1, size))
        var length = Int32(max(1, 26 * size))
        var integerLength = Int32(max(1, 10 * size))
        var scratch = [Double](repeating: 0, count: Int(length))
        var integers = [Int32](repeating: 0, count: Int(integerLength))
        dsyevr_(
            "V", "A", "U", &n, work.pointer, &n, &lower, &upper, &first, &last, &tolerance, &found, &values,
            vectors.pointer, &n, &support, &scratch, &length, &integers, &integerLength, &status)
        return status == 0 && found == n ? (values, vectors) : nil
    }
}
