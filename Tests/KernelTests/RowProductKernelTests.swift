import CKernels
import KernelTestSupport
import Testing

/// Products of stored rows with vectors against plain sums.
@Suite struct RowProductKernelTests {
    private static let shapes = [(1, 1), (3, 37), (4, 64), (5, 1), (8, 131), (11, 70), (0, 5), (5, 0)]

    @Test func kernelsMultiplyRowsDouble() {
        var random = KernelRandom(61)
        for (count, columns) in Self.shapes {
            let rows = random.array(count * columns, of: Double.self)
            let x = random.array(columns, of: Double.self)
            let u = random.array(count, of: Double.self)
            var product = [Double](repeating: .nan, count: count)
            ck_row_products(CK_DOUBLE, rows, x, &product, count, columns)
            #expect(kernelDifference(product, exactProducts(rows, x, count, columns)) < 1e-14, "\(count), \(columns)")
            var sum = random.array(columns, of: Double.self)
            let expected = exactSum(rows, u, sum, count, columns)
            ck_add_rows(CK_DOUBLE, rows, u, &sum, count, columns)
            #expect(kernelDifference(sum, expected) < 1e-14, "\(count), \(columns)")
        }
    }

    /// Rows of single precision lose nothing on their way to sums in double.
    @Test func kernelsMultiplyRowsSingle() {
        var random = KernelRandom(62)
        for (count, columns) in Self.shapes {
            let rows = random.array(count * columns, of: Float.self)
            let x = random.array(columns, of: Double.self)
            let u = random.array(count, of: Double.self)
            let wide = rows.map(Double.init)
            var product = [Double](repeating: .nan, count: count)
            ck_row_products(CK_SINGLE, rows, x, &product, count, columns)
            #expect(kernelDifference(product, exactProducts(wide, x, count, columns)) < 1e-14, "\(count), \(columns)")
            var sum = random.array(columns, of: Double.self)
            let expected = exactSum(wide, u, sum, count, columns)
            ck_add_rows(CK_SINGLE, rows, u, &sum, count, columns)
            #expect(kernelDifference(sum, expected) < 1e-14, "\(count), \(columns)")
        }
    }

    private func exactProducts(_ rows: [Double], _ x: [Double], _ count: Int, _ columns: Int) -> [Double] {
        (0..<count).map { row in (0..<columns).reduce(0) { $0 + rows[row * columns + $1] * x[$1] } }
    }

    private func exactSum(_ rows: [Double], _ u: [Double], _ start: [Double], _ count: Int, _ columns: Int) -> [Double]
    {
        (0..<columns).map { column in (0..<count).reduce(start[column]) { $0 + u[$1] * rows[$1 * columns + column] } }
    }
}
