import COpenBLAS

/// A matrix with many rows, of which this rank holds some, and few columns: vectors side by side,
/// row-major, real or complex (real and imaginary part in turn).
///
/// All products here are local; inner products over all ranks are the caller's sums.
final class TallMatrix {
    let rows: Int
    let columns: Int
    let isComplex: Bool
    let storage: UnsafeMutableBufferPointer<Double>

    /// Doubles per number.
    var width: Int { isComplex ? 2 : 1 }

    init(rows: Int, columns: Int, isComplex: Bool) {
        self.rows = rows
        self.columns = columns
        self.isComplex = isComplex
        storage = .allocate(capacity: max(1, rows * columns * (isComplex ? 2 : 1)))
        storage.initialize(repeating: 0)
    }

    deinit { storage.deallocate() }

    private var pointer: UnsafeMutablePointer<Double> {
        guard let base = storage.baseAddress else { preconditionFailure("allocated on creation") }
        return base
    }

    /// selfᴴ·other over this rank's rows, with the columns 0 ..< `used` of self.
    ///
    /// - Returns: `used × other.columns` numbers, row-major.
    func innerProducts(_ used: Int, with other: TallMatrix) -> [Double] {
        var product = [Double](repeating: 0, count: used * other.columns * width)
        let (m, n, k) = (Int32(used), Int32(other.columns), Int32(rows))
        if isComplex {
            let one = [1.0, 0.0]
            let zero = [0.0, 0.0]
            cblas_zgemm(
                CblasRowMajor, CblasConjTrans, CblasNoTrans, m, n, k, one, pointer, Int32(columns),
                other.pointer, n, zero, &product, n)
        } else {
            cblas_dgemm(
                CblasRowMajor, CblasTrans, CblasNoTrans, m, n, k, 1, pointer, Int32(columns),
                other.pointer, n, 0, &product, n)
        }
        return product
    }

    /// self −= other·coefficients, with the columns 0 ..< `used` of `other`.
    ///
    /// - Parameter coefficients: `used × columns` numbers, row-major.
    func subtract(_ other: TallMatrix, _ used: Int, times coefficients: [Double]) {
        TallMatrix.multiply(
            rows: rows, inner: used, columns: columns, isComplex: isComplex, scale: -1,
            other.pointer, other.columns, coefficients, keeping: 1, pointer, columns)
    }

    /// self = other·coefficients, with the columns 0 ..< `used` of `other`.
    ///
    /// - Parameter coefficients: `used × columns` numbers, row-major.
    func assign(_ other: TallMatrix, _ used: Int, times coefficients: [Double]) {
        TallMatrix.multiply(
            rows: rows, inner: used, columns: columns, isComplex: isComplex, scale: 1,
            other.pointer, other.columns, coefficients, keeping: 0, pointer, columns)
    }

    /// Replaces the first `kept` columns by the columns 0 ..< `used` times `coefficients`, in place.
    ///
    /// - Parameter coefficients: `used × kept` numbers, row-major.
    func rotate(_ used: Int, into kept: Int, by coefficients: [Double]) {
        let chunk = 256
        let scratch = TallMatrix(rows: chunk, columns: kept, isComplex: isComplex)
        for start in stride(from: 0, to: rows, by: chunk) {
            let count = min(chunk, rows - start)
            let origin = pointer + start * columns * width
            TallMatrix.multiply(
                rows: count, inner: used, columns: kept, isComplex: isComplex, scale: 1, origin,
                columns, coefficients, keeping: 0, scratch.pointer, kept)
            for row in 0 ..< count {
                (origin + row * columns * width).update(
                    from: scratch.pointer + row * kept * width, count: kept * width)
            }
        }
    }

    /// Copies a matrix of as many rows into the columns from `first` on.
    func setColumns(from first: Int, to block: TallMatrix) {
        for row in 0 ..< rows {
            (pointer + (row * columns + first) * width).update(
                from: block.pointer + row * block.columns * width, count: block.columns * width)
        }
    }

    private static func multiply(
        rows: Int, inner: Int, columns: Int, isComplex: Bool, scale: Double,
        _ left: UnsafePointer<Double>, _ leftLeading: Int, _ right: [Double], keeping: Double,
        _ result: UnsafeMutablePointer<Double>, _ resultLeading: Int
    ) {
        if isComplex {
            let alpha = [scale, 0.0]
            let beta = [keeping, 0.0]
            cblas_zgemm(
                CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(columns),
                Int32(inner), alpha, left, Int32(leftLeading), right, Int32(columns), beta, result,
                Int32(resultLeading))
        } else {
            cblas_dgemm(
                CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(columns),
                Int32(inner), scale, left, Int32(leftLeading), right, Int32(columns), keeping,
                result, Int32(resultLeading))
        }
    }
}
