import CKernels
import KernelTestSupport
import Testing

/// Products with signs against plain loops: shapes with partial groups, columns and blocks, both uses.
@Suite struct SignProductKernelTests {
    // (m, n, k): below and above one step, one group, one block of columns, one table and one block of rows.
    private static let shapes = [
        (1, 1, 1), (3, 5, 2), (8, 8, 4), (9, 17, 7), (16, 16, 112), (21, 9, 113), (530, 3, 230), (0, 4, 4), (4, 0, 4),
        (5, 6, 0),
    ]

    private typealias Product<R> = ([R], Int, Int32, Int, Int, Int, [R], Int, inout [R], Int, Int32) -> Void

    private func check<R: BinaryFloatingPoint>(_ tolerance: Double, _ product: Product<R>) {
        var random = KernelRandom(31)
        for (m, n, k) in Self.shapes {
            for transposed in [false, true] {
                for accumulate in [false, true] {
                    // Rows are longer than what is used of them.
                    let leadingX = (transposed ? m : k) + 3
                    let leadingB = n + 2
                    let leadingY = n + 1
                    let x: [R] = random.array((transposed ? k : m) * leadingX, of: Double.self).map { $0 < 0 ? -1 : 1 }
                    let b = random.array(k * leadingB, of: Double.self).map { R($0) }
                    let start = random.array(m * leadingY, of: Double.self).map { R($0) }
                    var y = start
                    product(x, leadingX, transposed ? 1 : 0, m, n, k, b, leadingB, &y, leadingY, accumulate ? 1 : 0)
                    var largest = 0.0
                    for r in 0..<m {
                        for c in 0..<leadingY {
                            let found = Double(y[r * leadingY + c])
                            guard c < n else {
                                #expect(found == Double(start[r * leadingY + c]), "beyond the columns")
                                continue
                            }
                            var exact = accumulate ? Double(start[r * leadingY + c]) : 0
                            for j in 0..<k {
                                exact +=
                                    Double(transposed ? x[j * leadingX + r] : x[r * leadingX + j])
                                    * Double(b[j * leadingB + c])
                            }
                            largest = max(largest, abs(found - exact))
                        }
                    }
                    #expect(
                        largest <= tolerance * Double(max(1, k)),
                        "\((m, n, k)) transposed \(transposed) add \(accumulate)")
                }
            }
        }
    }

    @Test func doublePrecision() {
        let product: Product<Double> = { ck_sign_product(CK_DOUBLE, $0, $1, $2, $3, $4, $5, $6, $7, &$8, $9, $10) }
        check(1e-15, product)
    }

    @Test func singlePrecision() {
        let product: Product<Float> = { ck_sign_product(CK_SINGLE, $0, $1, $2, $3, $4, $5, $6, $7, &$8, $9, $10) }
        check(5e-7, product)
    }

    /// A row does not depend on how many there are: samples are the same however they are shared out.
    @Test func rowsAreIndependent() {
        var random = KernelRandom(32)
        let (m, n, k) = (45, 23, 50)
        let x = random.array(m * k, of: Double.self).map { $0 < 0 ? -1.0 : 1.0 }
        let b = random.array(k * n, of: Double.self)
        var all = [Double](repeating: 0, count: m * n)
        ck_sign_product(CK_DOUBLE, x, k, 0, m, n, k, b, n, &all, n, 0)
        for r in 0..<m {
            var row = [Double](repeating: 0, count: n)
            ck_sign_product(CK_DOUBLE, Array(x[(r * k)..<((r + 1) * k)]), k, 0, 1, n, k, b, n, &row, n, 0)
            #expect(row == Array(all[(r * n)..<((r + 1) * n)]))
        }
    }
}
