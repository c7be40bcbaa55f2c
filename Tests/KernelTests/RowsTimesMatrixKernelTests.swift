import CKernels
import KernelTestSupport
import Testing

/// Products of few rows with a matrix against sums, and their bits for any number of rows.
@Suite struct RowsTimesMatrixKernelTests {
    /// y of the kernel and of a sum in double, both as reals, with gaps behind every row.
    private func products<R: BinaryFloatingPoint & BitwiseCopyable>(
        _ type: ck_type, _: R.Type, m: Int, k: Int, n: Int, accumulate: Bool, _ random: inout KernelRandom
    ) -> (found: [R], expected: [Double], rows: [[R]]) {
        let parts = type == CK_COMPLEX_DOUBLE || type == CK_COMPLEX_SINGLE ? 2 : 1
        func array(_ count: Int) -> [R] { random.array(count, of: Double.self).map { R($0) } }
        let (leadingX, leadingW, leadingY) = (k + 1, n + 3, n + 2)
        let x = array(m * leadingX * parts)
        let w = array(k * leadingW * parts)
        let start = array(m * leadingY * parts)
        func multiplied(_ first: Int, _ count: Int) -> [R] {
            var y = Array(start[first * leadingY * parts..<(first + count) * leadingY * parts])
            x.withUnsafeBufferPointer { x in
                guard let x = x.baseAddress else { return }
                ck_rows_times_matrix(
                    type, x + first * leadingX * parts, leadingX, count, k, w, leadingW, n, &y, leadingY,
                    accumulate ? 1 : 0)
            }
            return y
        }
        var expected = start.map { Double($0) }
        for r in 0..<m {
            for j in 0..<n {
                var sum = [Double](repeating: 0, count: parts)
                if accumulate { for p in 0..<parts { sum[p] = expected[(r * leadingY + j) * parts + p] } }
                for a in 0..<k {
                    let (u, v) = ((r * leadingX + a) * parts, (a * leadingW + j) * parts)
                    sum[0] += Double(x[u]) * Double(w[v])
                    if parts == 2 {
                        sum[0] -= Double(x[u + 1]) * Double(w[v + 1])
                        sum[1] += Double(x[u]) * Double(w[v + 1]) + Double(x[u + 1]) * Double(w[v])
                    }
                }
                for p in 0..<parts { expected[(r * leadingY + j) * parts + p] = sum[p] }
            }
        }
        return (multiplied(0, m), expected, (0..<m).map { multiplied($0, 1) })
    }

    private func check<R: BinaryFloatingPoint & BitwiseCopyable>(
        _ type: ck_type, _ real: R.Type, tolerance: Double, seed: UInt64
    ) {
        var random = KernelRandom(seed)
        for m in [0, 1, 2, 3, 4, 5, 6, 7, 11, 12, 19] {
            for _ in 0..<6 {
                let (k, n) = (Int.random(in: 0...40, using: &random), Int.random(in: 1...70, using: &random))
                let accumulate = Bool.random(using: &random)
                let y = products(type, real, m: m, k: k, n: n, accumulate: accumulate, &random)
                let worst = zip(y.found, y.expected).reduce(0.0) { max($0, abs(Double($1.0) - $1.1)) }
                #expect(worst <= tolerance, "\(m) x \(k) x \(n)")
                // What lies behind a row stays; every row is the same alone.
                #expect(y.rows.flatMap { $0 } == y.found, "\(m) x \(k) x \(n)")
            }
        }
    }

    @Test func realProducts() {
        check(CK_DOUBLE, Double.self, tolerance: 1e-13, seed: 1)
        check(CK_SINGLE, Float.self, tolerance: 1e-4, seed: 2)
    }

    @Test func complexProducts() {
        check(CK_COMPLEX_DOUBLE, Double.self, tolerance: 1e-13, seed: 3)
        check(CK_COMPLEX_SINGLE, Float.self, tolerance: 1e-4, seed: 4)
    }
}
