import COpenBLAS

/// A matrix with many rows, of which this rank holds some, and few columns: vectors side by side,
/// row-major, real or complex (real and imaginary part in turn).
///
/// All products here are local; inner products over all ranks are the caller's sums.
package final class TallMatrix {
    package let rows: Int
    package let columns: Int
    package let isComplex: Bool
    private let memory: Buffer<Double>
    package var storage: UnsafeMutableBufferPointer<Double> { memory.buffer }

    /// Doubles per number.
    package var width: Int { isComplex ? 2 : 1 }

    package init(rows: Int, columns: Int, isComplex: Bool) {
        self.rows = rows
        self.columns = columns
        self.isComplex = isComplex
        memory = Buffer(count: max(1, rows * columns * (isComplex ? 2 : 1)))
    }

    private var pointer: UnsafeMutablePointer<Double> { memory.pointer }

    /// Doubles per row.
    private var lanes: Int { columns * width }

    /// selfᴴ·other over this rank's rows, with the columns 0 ..< `used` of self.
    ///
    /// - Returns: `used × other.columns` numbers, row-major.
    package func innerProducts(_ used: Int, with other: TallMatrix) -> [Double] {
        let (m, n) = (used * width, other.lanes)
        var product = [Double](repeating: 0, count: m * n)
        cblas_dgemm(
            CblasRowMajor, CblasTrans, CblasNoTrans, Int32(m), Int32(n), Int32(rows), 1, pointer,
            Int32(lanes), other.pointer, Int32(n), 0, &product, Int32(n))
        guard isComplex else { return product }
        // From the products of all real and imaginary parts: x̄y = (xx' + yy') + i(xy' − yx').
        var inner = [Double](repeating: 0, count: used * n)
        for row in 0..<used {
            for column in 0..<other.columns {
                let real = 2 * row * n + 2 * column
                let imaginary = real + n
                inner[row * n + 2 * column] = product[real] + product[imaginary + 1]
                inner[row * n + 2 * column + 1] = product[real + 1] - product[imaginary]
            }
        }
        return inner
    }

    /// self −= other·coefficients, with the columns 0 ..< `used` of `other`.
    ///
    /// - Parameter coefficients: `used × columns` numbers, row-major.
    package func subtract(_ other: TallMatrix, _ used: Int, times coefficients: [Double]) {
        multiply(
            rows: rows, other.pointer, other.lanes, used, coefficients, scale: -1, keeping: 1,
            pointer, columns)
    }

    /// self = other·coefficients, with the columns 0 ..< `used` of `other`.
    ///
    /// - Parameter coefficients: `used × columns` numbers, row-major.
    package func assign(_ other: TallMatrix, _ used: Int, times coefficients: [Double]) {
        multiply(
            rows: rows, other.pointer, other.lanes, used, coefficients, scale: 1, keeping: 0,
            pointer, columns)
    }

    /// Replaces the first `kept` columns by the columns 0 ..< `used` times `coefficients`, in place.
    ///
    /// - Parameter coefficients: `used × kept` numbers, row-major.
    package func rotate(_ used: Int, into kept: Int, by coefficients: [Double]) {
        let chunk = 256
        let scratch = TallMatrix(rows: chunk, columns: kept, isComplex: isComplex)
        for start in stride(from: 0, to: rows, by: chunk) {
            let count = min(chunk, rows - start)
            let origin = pointer + start * lanes
            multiply(
                rows: count, origin, lanes, used, coefficients, scale: 1, keeping: 0,
                scratch.pointer, kept)
            for row in 0..<count {
                (origin + row * lanes).update(
                    from: scratch.pointer + row * scratch.lanes, count: scratch.lanes)
            }
        }
    }

    /// Copies a matrix of as many rows into the columns from `first` on.
    package func setColumns(from first: Int, to block: TallMatrix) {
        for row in 0..<rows {
            (pointer + row * lanes + first * width).update(
                from: block.pointer + row * block.lanes, count: block.lanes)
        }
    }

    /// result = keeping·result + scale·left·right, with `inner` columns of left and `resultColumns`
    /// packed columns of the result.
    ///
    /// A complex product is the real one of interleaved parts with every number c of `right` spelt
    /// as the rotation [[Re c, Im c], [−Im c, Re c]]: as many operations, in the faster routine.
    private func multiply(
        rows: Int, _ left: UnsafePointer<Double>, _ leftLanes: Int, _ inner: Int,
        _ right: [Double], scale: Double, keeping: Double, _ result: UnsafeMutablePointer<Double>,
        _ resultColumns: Int
    ) {
        let n = resultColumns * width
        var spelt = right
        if isComplex {
            spelt = [Double](repeating: 0, count: 2 * inner * n)
            for row in 0..<inner {
                for column in 0..<resultColumns {
                    let real = right[row * n + 2 * column]
                    let imaginary = right[row * n + 2 * column + 1]
                    let place = 2 * row * n + 2 * column
                    spelt[place] = real
                    spelt[place + 1] = imaginary
                    spelt[place + n] = -imaginary
                    spelt[place + n + 1] = real
                }
            }
        }
        cblas_dgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(n),
            Int32(inner * width), scale, left, Int32(leftLanes), spelt, Int32(n), keeping, result,
            Int32(n))
    }
}
