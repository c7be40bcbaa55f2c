import CKernels
import KernelTestSupport
import Testing

/// Changes of rank one against plain sums.
@Suite struct OuterProductKernelTests {
    private static let shapes = [(1, 1), (3, 37), (64, 14), (5, 1), (100, 50), (0, 5), (5, 0)]

    @Test func realMatricesChange() {
        var random = KernelRandom(71)
        for (rows, columns) in Self.shapes {
            let x = random.array(rows, of: Double.self)
            let y = random.array(columns, of: Double.self)
            var c = random.array(rows * columns, of: Double.self)
            let expected = c.indices.map { c[$0] - 0.7 * x[$0 / columns] * y[$0 % columns] }
            ck_add_outer_product(CK_DOUBLE, -0.7, 0, x, y, &c, rows, columns)
            #expect(kernelDifference(c, expected) < 1e-15, "\(rows), \(columns)")
        }
    }

    @Test func complexMatricesChange() {
        var random = KernelRandom(72)
        for (rows, columns) in Self.shapes {
            let x = random.array(2 * rows, of: Double.self)
            let y = random.array(2 * columns, of: Double.self)
            var c = random.array(2 * rows * columns, of: Double.self)
            var expected = c
            for place in 0..<rows * columns {
                let (i, j) = (place / columns, place % columns)
                let re = 0.3 * x[2 * i] + 1.2 * x[2 * i + 1]
                let im = 0.3 * x[2 * i + 1] - 1.2 * x[2 * i]
                expected[2 * place] += re * y[2 * j] - im * y[2 * j + 1]
                expected[2 * place + 1] += re * y[2 * j + 1] + im * y[2 * j]
            }
            ck_add_outer_product(CK_COMPLEX_DOUBLE, 0.3, -1.2, x, y, &c, rows, columns)
            #expect(kernelDifference(c, expected) < 1e-15, "\(rows), \(columns)")
        }
    }
}
