import CKernels
import COpenBLAS
import LinearAlgebra

/// A dense symmetric matrix, n × n, held whole by one process: what the direct solvers factorise.
///
/// The lower triangle (of the row-major matrix) keeps the matrix, so that a residual can always be computed. A
/// factorisation mirrors it in the upper one and works there.
public final class SymmetricMatrix {
    public let size: Int
    private let entries: RealBuffer
    /// The diagonal, which a factorisation overwrites.
    private var diagonal: [Double]

    /// - Parameters:
    ///   - entries: size², row-major, of which the lower triangle is read.
    ///   - addedDiagonal: added to the diagonal: one number, or one for each row.
    public convenience init(size: Int, entries: [Double], addedDiagonal: [Double] = []) {
        precondition(entries.count == size * size)
        // An empty array may have no address.
        var entries = entries
        if entries.isEmpty { entries = [0] }
        self.init(size: size, lowerTriangle: entries, addedDiagonal: addedDiagonal)
    }

    /// - Parameter lowerTriangle: size², row-major, of which the lower triangle is read and copied.
    package init(size: Int, lowerTriangle: UnsafePointer<Double>, addedDiagonal: [Double] = []) {
        precondition(addedDiagonal.count <= 1 || addedDiagonal.count == size)
        self.size = size
        // `isFinite` and the eigensystem mirror the triangles before the upper one is read.
        entries = RealBuffer(uninitialisedCount: size * size)
        for row in 0..<size {
            (entries.pointer + row * size).update(from: lowerTriangle + row * size, count: row + 1)
        }
        diagonal = (0..<size).map { index in
            let added = addedDiagonal.count == 1 ? addedDiagonal[0] : addedDiagonal.isEmpty ? 0 : addedDiagonal[index]
            return lowerTriangle[index * (size + 1)] + added
        }
        restoreDiagonal()
    }

    private func restoreDiagonal() {
        for index in 0..<size { entries.pointer[index * (size + 1)] = diagonal[index] }
    }

    /// Makes the upper triangle the mirror image of the lower one.
    private func restoreUpperTriangle() {
        restoreDiagonal()
        ck_mirror_lower_triangle_d(entries.pointer, size)
    }

    /// As it was given, whatever has been solved with it.
    public var isFinite: Bool {
        restoreUpperTriangle()
        return entries.buffer.isFinite
    }

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
        // `isFinite` has mirrored the triangles. Upper triangle row by row is, to LAPACK's columns, the lower one.
        dpotrf_("L", &n, entries.pointer, &n, &status)
        guard status == 0 else {
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
        guard x.allSatisfy(\.isFinite) else {
            return (zero, SolverReport(outcome: .notFinite, iterations: 0, residual: .nan))
        }
        return (x, SolverReport(outcome: .converged, iterations: 1, residual: relative))
    }

    /// x = U f(Σ) Uᵀ b with the eigenvalues of A and f as `SmoothPseudoInverse` has it.
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
        let inverses = SmoothPseudoInverse(cutoff: cutoff, smoothTolerance: smoothTolerance).inverses(of: values)
        var x = zero
        for (index, inverse) in inverses.enumerated() where inverse != 0 {
            let vector = vectors.pointer + index * size
            let overlap = b.withUnsafeBufferPointer { $0.baseAddress.map { ck_dot_d($0, vector, size) } ?? 0 }
            x.withUnsafeMutableBufferPointer { x in
                if let base = x.baseAddress { ck_axpy(CK_DOUBLE, inverse * overlap, 0, vector, base, size, 1) }
            }
        }
        // The filter leaves out directions on purpose: its residual is information, not failure.
        return (x, SolverReport(outcome: .converged, iterations: 1, residual: residual(b, x).relative))
    }

    /// Eigenvalues, ascending, and eigenvectors (one after the other); nil if LAPACK does not converge.
    package func eigensystem() -> (values: [Double], vectors: RealBuffer)? {
        let vectors = RealBuffer(count: size * size)
        return eigenvalues(vectors: vectors).map { ($0, vectors) }
    }

    /// Eigenvalues, ascending; nil if LAPACK does not converge.
    ///
    /// - Parameter vectors: size², overwritten with the eigenvectors where it is given.
    package func eigenvalues(vectors: RealBuffer? = nil) -> [Double]? {
        restoreUpperTriangle()
        let work = RealBuffer(uninitialisedCount: size * size)
        work.buffer.assign(from: entries.pointer)
        var values = [Double](repeating: 0, count: size)
        var n = Int32(size)
        var (lower, upper, tolerance) = (0.0, 0.0, 0.0)
        var (first, last, found, status) = (Int32(0), Int32(0), Int32(0), Int32(0))
        var support = [Int32](repeating: 0, count: 2 * max(1, size))
        var length = Int32(max(1, 26 * size))
        var integerLength = Int32(max(1, 10 * size))
        var scratch = [Double](repeating: 0, count: Int(length))
        var integers = [Int32](repeating: 0, count: Int(integerLength))
        let none = RealBuffer(count: 1)
        dsyevr_(
            vectors == nil ? "N" : "V", "A", "L", &n, work.pointer, &n, &lower, &upper, &first, &last, &tolerance,
            &found,
            &values, (vectors ?? none).pointer, &n, &support, &scratch, &length, &integers, &integerLength, &status)
        if status == 0 && found == n { return values }
        return eigenvaluesByDivideAndConquer(vectors: vectors)
    }

    /// `dsyevr` gives up on some spectra with clusters; divide and conquer takes longer and finds them.
    package func eigenvaluesByDivideAndConquer(vectors: RealBuffer? = nil) -> [Double]? {
        restoreUpperTriangle()
        let work = vectors ?? RealBuffer(uninitialisedCount: size * size)
        work.buffer.assign(from: entries.pointer)
        var values = [Double](repeating: 0, count: size)
        var n = Int32(size)
        var status = Int32(0)
        let hasVectors = vectors != nil
        var length = Int32(max(1, hasVectors ? 1 + 6 * size + 2 * size * size : 2 * size + 1))
        var integerLength = Int32(max(1, hasVectors ? 3 + 5 * size : 1))
        MemoryExhaustion.requireRoom(.bytes(ofReals: Int(length)))
        var scratch = [Double](repeating: 0, count: Int(length))
        var integers = [Int32](repeating: 0, count: Int(integerLength))
        dsyevd_(
            hasVectors ? "V" : "N", "L", &n, work.pointer, &n, &values, &scratch, &length, &integers, &integerLength,
            &status)
        return status == 0 ? values : nil
    }
}
