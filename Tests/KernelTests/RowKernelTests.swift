import CKernels
import KernelTestSupport
import Testing

private typealias Z = (re: Double, im: Double)

/// Plain loops in double as references for the kernels on rows, for both precisions.
@Suite struct RowKernelTests {
    private static let shapes = [(1, 1, 1), (5, 1, 37), (3, 4, 1), (4, 3, 70), (0, 2, 5), (2, 0, 5), (7, 2, 16)]

    /// A kernel called with arrays: y starts from `start` and comes back.
    private func result<R>(_ start: [R], _ body: (inout [R]) -> Void) -> [R] {
        var y = start
        body(&y)
        return y
    }

    private func complex<R: BinaryFloatingPoint>(_ x: [R], _ i: Int) -> Z { (Double(x[2 * i]), Double(x[2 * i + 1])) }

    /// y (+)= f(slope index, x index), real or complex.
    private func reference<R: BinaryFloatingPoint>(
        _ start: [R], _ shape: (Int, Int, Int), width: Int, accumulate: Bool, _ f: (Int, Int) -> [Double]
    ) -> [R] {
        var y = start
        let (rows, vectors, features) = shape
        for r in 0..<rows {
            for v in 0..<vectors {
                for k in 0..<features {
                    let i = (r * vectors + v) * features + k
                    for (part, term) in f(r * features + k, i).enumerated() {
                        y[width * i + part] = R((accumulate ? Double(start[width * i + part]) : 0) + term)
                    }
                }
            }
        }
        return y
    }

    @Test(arguments: [false, true])
    func kernelsScaleRowsDouble(accumulate: Bool) {
        let acc: Int32 = accumulate ? 1 : 0
        var random = KernelRandom(21)
        for shape in Self.shapes {
            let (r, v, f) = shape
            let slope = random.array(2 * r * f, of: Double.self)
            let x = random.array(2 * r * v * f, of: Double.self)
            let start = random.array(2 * r * v * f, of: Double.self)
            let half = Array(start[..<(r * v * f)])
            func close(_ y: [Double], width: Int, _ term: (Int, Int) -> [Double]) {
                let exact = reference(width == 2 ? start : half, shape, width: width, accumulate: accumulate, term)
                #expect(kernelDifference(y, exact) < 1e-15, "\(shape)")
            }
            close(result(half) { ck_scale_rows(CK_DOUBLE, slope, x, &$0, r, v, f, 0, acc) }, width: 1) {
                [slope[$0] * x[$1]]
            }
            for conjugate in [0, 1] as [Int32] {
                close(
                    result(start) { ck_scale_rows(CK_COMPLEX_DOUBLE, slope, x, &$0, r, v, f, conjugate, acc) }, width: 2
                ) {
                    let (s, t) = (self.complex(slope, $0), self.complex(x, $1))
                    let im = conjugate == 0 ? s.im : -s.im
                    return [s.re * t.re - im * t.im, s.re * t.im + im * t.re]
                }
            }
        }
    }

    @Test(arguments: [false, true])
    func kernelsScaleRowsSingle(accumulate: Bool) {
        let acc: Int32 = accumulate ? 1 : 0
        var random = KernelRandom(22)
        for shape in Self.shapes {
            let (r, v, f) = shape
            let slope = random.array(2 * r * f, of: Float.self)
            let x = random.array(2 * r * v * f, of: Float.self)
            let start = random.array(2 * r * v * f, of: Float.self)
            let half = Array(start[..<(r * v * f)])
            func close(_ y: [Float], width: Int, _ term: (Int, Int) -> [Double]) {
                let exact = reference(width == 2 ? start : half, shape, width: width, accumulate: accumulate, term)
                #expect(kernelDifference(y, exact) < 5e-7, "\(shape)")
            }
            func s(_ i: Int) -> Double { Double(slope[i]) }
            func t(_ i: Int) -> Double { Double(x[i]) }
            close(result(half) { ck_scale_rows(CK_SINGLE, slope, x, &$0, r, v, f, 0, acc) }, width: 1) {
                [s($0) * t($1)]
            }
            for conjugate in [0, 1] as [Int32] {
                close(
                    result(start) { ck_scale_rows(CK_COMPLEX_SINGLE, slope, x, &$0, r, v, f, conjugate, acc) }, width: 2
                ) {
                    let (a, b) = (self.complex(slope, $0), self.complex(x, $1))
                    let im = conjugate == 0 ? a.im : -a.im
                    return [a.re * b.re - im * b.im, a.re * b.im + im * b.re]
                }
            }
        }
    }

    @Test func kernelsScaleRowsInPlace() {
        var random = KernelRandom(23)
        let (r, v, f) = (5, 3, 41)
        let slope = random.array(2 * r * f, of: Double.self)
        let x = random.array(2 * r * v * f, of: Double.self)
        func compare(_ apart: (inout [Double]) -> Void, _ inPlace: (UnsafeMutablePointer<Double>) -> Void) {
            let expected = result(x, apart)
            var y = x
            y.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { inPlace(base) } }
            #expect(y == expected)
        }
        compare({ ck_scale_rows(CK_DOUBLE, slope, x, &$0, r, v, f, 0, 0) }) {
            ck_scale_rows(CK_DOUBLE, slope, $0, $0, r, v, f, 0, 0)
        }
        compare({ ck_scale_rows(CK_COMPLEX_DOUBLE, slope, x, &$0, r, v, f, 1, 0) }) {
            ck_scale_rows(CK_COMPLEX_DOUBLE, slope, $0, $0, r, v, f, 1, 0)
        }
    }

    @Test func kernelsScaleRowsTransposes() {
        var random = KernelRandom(24)
        let (r, v, f) = (6, 2, 29)
        let n = r * v * f
        let slope = random.array(2 * r * f, of: Double.self)
        let (y, z) = (random.array(2 * n, of: Double.self), random.array(2 * n, of: Double.self))
        let scaled = result(z) { ck_scale_rows(CK_COMPLEX_DOUBLE, slope, z, &$0, r, v, f, 0, 0) }
        let adjoint = result(y) { ck_scale_rows(CK_COMPLEX_DOUBLE, slope, y, &$0, r, v, f, 1, 0) }
        #expect(abs(kernelDot(scaled, y) - kernelDot(z, adjoint)) < 1e-12)
    }

    @Test(arguments: [(0, 3), (1, 1), (3, 0), (4, 17), (7, 300), (33, 5), (130, 64)])
    func kernelsRowsAndColumnsDouble(rows: Int, columns: Int) {
        var random = KernelRandom(25)
        let x = random.array(2 * rows * columns, of: Double.self)
        let startRows = random.array(2 * rows, of: Double.self)
        let startColumns = random.array(columns, of: Double.self)
        for acc in [0, 1] as [Int32] {
            let keep = Double(acc)
            let columnSums = (0..<columns).map { c in
                keep * startColumns[c] + (0..<rows).reduce(0.0) { $0 + x[$1 * columns + c] }
            }
            let ours = result(startColumns) { ck_column_sums(CK_DOUBLE, x, &$0, rows, columns, acc) }
            #expect(kernelDifference(ours, columnSums) < 1e-14)
            let rowSums = (0..<rows).map { r in
                keep * startRows[r] - 1.5 * (0..<columns).reduce(0.0) { $0 + x[r * columns + $1] }
            }
            let sums = result(Array(startRows[..<rows])) { ck_row_sums(CK_DOUBLE, x, &$0, rows, columns, -1.5, acc) }
            #expect(kernelDifference(sums, rowSums) < 1e-13)
            let complexSums = (0..<2 * rows).map { i in
                keep * startRows[i] + 0.5 * (0..<columns).reduce(0.0) { $0 + x[(i / 2 * columns + $1) * 2 + i % 2] }
            }
            let sumsZ = result(startRows) { ck_row_sums(CK_COMPLEX_DOUBLE, x, &$0, rows, columns, 0.5, acc) }
            #expect(kernelDifference(sumsZ, complexSums) < 1e-13)

            let matrix = Array(x[..<(rows * columns)])
            let added = (0..<rows * columns).map { keep * x[$0] + startColumns[$0 % columns] }
            #expect(result(matrix) { ck_add_row(CK_DOUBLE, startColumns, &$0, rows, columns, acc) } == added)
            let spread = (0..<rows * columns).map { keep * x[$0] + 2 * startRows[$0 / columns] }
            #expect(result(matrix) { ck_broadcast_rows(CK_DOUBLE, startRows, &$0, rows, columns, 2, acc) } == spread)
            let spreadZ = (0..<2 * rows * columns).map { keep * x[$0] + 2 * startRows[$0 / (2 * columns) * 2 + $0 % 2] }
            #expect(
                result(x) { ck_broadcast_rows(CK_COMPLEX_DOUBLE, startRows, &$0, rows, columns, 2, acc) } == spreadZ)
        }
    }

    @Test(arguments: [(0, 3), (3, 0), (4, 17), (130, 300)])
    func kernelsRowsAndColumnsSingle(rows: Int, columns: Int) {
        var random = KernelRandom(26)
        let x = random.array(2 * rows * columns, of: Float.self)
        let startRows = random.array(2 * rows, of: Float.self)
        let startColumns = random.array(columns, of: Float.self)
        for acc in [0, 1] as [Int32] {
            let keep = Float(acc)
            // Sums accumulate in double: the result is the exact sum rounded once.
            let columnSums = (0..<columns).map { c in
                Float((0..<rows).reduce(Double(keep * startColumns[c])) { $0 + Double(x[$1 * columns + c]) })
            }
            let ours = result(startColumns) { ck_column_sums(CK_SINGLE, x, &$0, rows, columns, acc) }
            #expect(kernelDifference(ours, columnSums) < 1.3e-7)
            let rowSums = (0..<rows).map { r in
                Float(
                    Double(keep * startRows[r]) - 1.5 * (0..<columns).reduce(0.0) { $0 + Double(x[r * columns + $1]) })
            }
            let sums = result(Array(startRows[..<rows])) { ck_row_sums(CK_SINGLE, x, &$0, rows, columns, -1.5, acc) }
            #expect(kernelDifference(sums, rowSums) < 1.3e-7)
            let complexSums = (0..<2 * rows).map { i in
                Float(
                    (0..<columns).reduce(Double(keep * startRows[i])) {
                        $0 + Double(x[(i / 2 * columns + $1) * 2 + i % 2])
                    })
            }
            let sumsC = result(startRows) { ck_row_sums(CK_COMPLEX_SINGLE, x, &$0, rows, columns, 1, acc) }
            #expect(kernelDifference(sumsC, complexSums) < 1.3e-7)

            let matrix = Array(x[..<(rows * columns)])
            let added = (0..<rows * columns).map { keep * x[$0] + startColumns[$0 % columns] }
            #expect(result(matrix) { ck_add_row(CK_SINGLE, startColumns, &$0, rows, columns, acc) } == added)
            let spread = (0..<rows * columns).map { keep * x[$0] + 2 * startRows[$0 / columns] }
            #expect(result(matrix) { ck_broadcast_rows(CK_SINGLE, startRows, &$0, rows, columns, 2, acc) } == spread)
            let spreadC = (0..<2 * rows * columns).map { keep * x[$0] + 2 * startRows[$0 / (2 * columns) * 2 + $0 % 2] }
            #expect(
                result(x) { ck_broadcast_rows(CK_COMPLEX_SINGLE, startRows, &$0, rows, columns, 2, acc) } == spreadC)
        }
    }
}
