import COpenBLAS

/// Eigenvalues and eigenvectors of small dense real symmetric or complex Hermitian matrices, by
/// LAPACK's dsyevr and zheevr. Local.
struct HermitianEigenproblem {
    /// All or the lowest eigenvalues, ascending.
    let values: [Double]
    /// The eigenvectors, one after the other: `values.count × size` numbers (real and imaginary part
    /// in turn where complex).
    let vectors: [Double]

    /// - Parameters:
    ///   - matrix: column-major, of which the lower triangle is read (element (i, j), i ≥ j, at
    ///     i + j·leading); overwritten. (OpenBLAS 0.3.21 reads beyond the end of an upper triangle
    ///     in zheevr.)
    ///   - size: number of rows.
    ///   - leading: rows that are allocated, at least `size`.
    ///   - count: number of lowest eigenpairs wanted.
    /// - Throws: `EigensolverError.lapack`.
    init(
        _ matrix: inout [Double], size: Int, leading: Int, isComplex: Bool, count: Int
    ) throws(EigensolverError) {
        let width = isComplex ? 2 : 1
        precondition(size > 0 && leading >= size && matrix.count >= width * leading * size)
        precondition(count > 0 && count <= size)
        var n = Int32(size)
        var lda = Int32(leading)
        var lower: Int32 = 1
        var upper = Int32(count)
        var unusedBound = 0.0
        var absoluteTolerance = 0.0
        var found: Int32 = 0
        var info: Int32 = 0
        var values = [Double](repeating: 0, count: size)
        var vectors = [Double](repeating: 0, count: width * size * count)
        var support = [Int32](repeating: 0, count: 2 * size)
        var work = [0.0, 0.0]
        var realWork = [0.0]
        var integerWork: [Int32] = [0]
        // The first call asks for the sizes of the workspaces.
        for isQuery in [true, false] {
            var workCount = isQuery ? Int32(-1) : Int32(work.count / width)
            var realWorkCount = isQuery ? Int32(-1) : Int32(realWork.count)
            var integerWorkCount = isQuery ? Int32(-1) : Int32(integerWork.count)
            if isComplex {
                zheevr_(
                    "V", "I", "L", &n, &matrix, &lda, &unusedBound, &unusedBound, &lower, &upper,
                    &absoluteTolerance, &found, &values, &vectors, &n, &support, &work, &workCount,
                    &realWork, &realWorkCount, &integerWork, &integerWorkCount, &info)
            } else {
                dsyevr_(
                    "V", "I", "L", &n, &matrix, &lda, &unusedBound, &unusedBound, &lower, &upper,
                    &absoluteTolerance, &found, &values, &vectors, &n, &support, &work, &workCount,
                    &integerWork, &integerWorkCount, &info)
            }
            guard info == 0, isQuery || Int(found) == count else {
                throw .lapack(routine: isComplex ? "zheevr" : "dsyevr", code: Int(info))
            }
            if isQuery {
                work = [Double](repeating: 0, count: width * max(1, Int(work[0])))
                realWork = [Double](repeating: 0, count: max(1, Int(realWork[0])))
                integerWork = [Int32](repeating: 0, count: max(1, Int(integerWork[0])))
            }
        }
        self.values = Array(values.prefix(count))
        self.vectors = vectors
    }
}
