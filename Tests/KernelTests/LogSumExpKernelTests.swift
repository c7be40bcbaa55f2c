import CKernels
import Foundation
import Numerics
import KernelTestSupport
import Testing

/// Weighted sums of exponentials against plain sums in double.
@Suite struct LogSumExpKernelTests {
    private static let shapes = [(1, 1), (3, 5), (2, 16), (4, 37), (2, 256), (3, 700), (0, 4)]

    private func weights(_ count: Int, _ random: inout KernelRandom) -> [Double] {
        random.array(count, of: Double.self).map { $0 == 0 ? 1 : $0 }
    }

    @Test func kernelsSumRealExponentials() {
        var random = KernelRandom(71)
        for (rows, n) in Self.shapes {
            let x = random.array(rows * n, of: Double.self).map { 40 * $0 }
            let w = weights(n, &random)
            var (value, phase) = ([Double](repeating: .nan, count: rows), [Double](repeating: .nan, count: rows))
            var slope = [Double](repeating: .nan, count: rows * n)
            ck_log_sum_exp(CK_DOUBLE, 0, x, w, &value, &phase, &slope, rows, n)
            var single = [Float](repeating: .nan, count: rows)
            var singleSlope = [Float](repeating: .nan, count: rows * n)
            ck_log_sum_exp(CK_SINGLE, 0, x.map { Float($0) }, w, &single, nil, &singleSlope, rows, n)
            for row in 0..<rows {
                let terms = (0..<n).map { w[$0] * exp(x[row * n + $0]) }
                let sum = terms.reduce(0, +)
                // Relative to what may have cancelled.
                let condition = terms.reduce(0) { $0 + abs($1) } / abs(sum)
                #expect(abs(value[row] - log(abs(sum))) < 1e-13 * condition * max(1, abs(value[row])))
                #expect(phase[row] == (sum < 0 ? .pi : 0))
                #expect(abs(Double(single[row]) - value[row]) < 2e-5 * condition)
                for j in 0..<n {
                    #expect(abs(slope[row * n + j] - terms[j] / sum) < 1e-13 * condition * condition)
                    #expect(abs(Double(singleSlope[row * n + j]) - terms[j] / sum) < 2e-5 * condition * condition)
                }
            }
        }
    }

    @Test func kernelsSumComplexExponentials() {
        var random = KernelRandom(72)
        for (rows, n) in Self.shapes {
            let w = weights(2 * n, &random)
            for isComplex in [false, true] {
                let x = random.array((isComplex ? 2 : 1) * rows * n, of: Double.self).map { 9 * $0 }
                var value = [Double](repeating: .nan, count: 2 * rows)
                var slope = [Double](repeating: .nan, count: 2 * rows * n)
                var single = [Float](repeating: .nan, count: 2 * rows)
                if isComplex {
                    ck_log_sum_exp(CK_COMPLEX_DOUBLE, 1, x, w, &value, nil, &slope, rows, n)
                    ck_log_sum_exp(CK_COMPLEX_SINGLE, 1, x.map { Float($0) }, w, &single, nil, nil, rows, n)
                } else {
                    ck_log_sum_exp(CK_DOUBLE, 1, x, w, &value, nil, &slope, rows, n)
                    ck_log_sum_exp(CK_SINGLE, 1, x.map { Float($0) }, w, &single, nil, nil, rows, n)
                }
                for row in 0..<rows {
                    let terms = (0..<n).map { j -> Complex<Double> in
                        let place = row * n + j
                        let z = isComplex ? Complex(x[2 * place], x[2 * place + 1]) : Complex(x[place])
                        return Complex(w[2 * j], w[2 * j + 1]) * .exp(z)
                    }
                    let sum = terms.reduce(Complex(0), +)
                    let condition = terms.reduce(0) { $0 + $1.length } / sum.length
                    let found = Complex<Double>.exp(Complex(value[2 * row], value[2 * row + 1]))
                    #expect((found - sum).length < 1e-12 * condition * sum.length)
                    let rough = Complex<Double>.exp(Complex(Double(single[2 * row]), Double(single[2 * row + 1])))
                    #expect((rough - sum).length < 1e-4 * condition * sum.length)
                    for j in 0..<n {
                        let place = 2 * (row * n + j)
                        let deviation = (Complex(slope[place], slope[place + 1]) - terms[j] / sum).length
                        #expect(deviation < 1e-12 * condition * condition)
                    }
                }
            }
        }
    }

    /// Sums that overflow, vanish or are no number.
    @Test func kernelsSumExtremes() {
        func sum(_ x: [Double], _ w: [Double]) -> (value: Double, slope: [Double]) {
            var (value, slope) = (0.0, [Double](repeating: .nan, count: x.count))
            ck_log_sum_exp(CK_DOUBLE, 0, x, w, &value, nil, &slope, 1, x.count)
            return (value, slope)
        }
        #expect(sum([1e5, 1e5, -1e5], [1, 1, 1]).value == 1e5 + log(2))
        #expect(sum([1e5, 1e5, -1e5], [1, 1, 1]).slope == [0.5, 0.5, 0])
        #expect(sum([3, 3], [1, -1]).value == -.infinity && sum([3, 3], [1, -1]).slope == [0, 0])
        #expect(sum([-.infinity, -.infinity], [1, 1]).value == -.infinity)
        #expect(sum([-.infinity, 2], [1, 1]).value == 2 && sum([-.infinity, 2], [1, 1]).slope == [0, 1])
        #expect(sum([.nan, 2], [1, 1]).value.isNaN && sum([.infinity, 2], [1, 1]).value.isNaN)
        var (value, slope) = ([0.0, 0.0], [Double](repeating: .nan, count: 4))
        let x = [1, 0.5, 1, 0.5]
        ck_log_sum_exp(CK_COMPLEX_DOUBLE, 1, x, [1, 0, -1, 0], &value, nil, &slope, 1, 2)
        #expect(value[0] == -.infinity && slope == [0, 0, 0, 0])
    }

    @Test func kernelsSpreadWhatTheySum() {
        var random = KernelRandom(73)
        typealias Sums = (UnsafePointer<Double>, UnsafePointer<Double>, UnsafeMutablePointer<Double>, Int, Int, Int) ->
            Void
        typealias Spread = (
            UnsafePointer<Double>, UnsafePointer<Double>, UnsafeMutablePointer<Double>, Int, Int, Int, Int32
        ) -> Void
        let forms: [(slope: Int, x: Int, sums: Sums, spread: Spread)] = [
            (
                1, 1, { ck_slope_sums(CK_DOUBLE, 0, $0, $1, $2, $3, $4, $5) },
                { ck_slope_spread(CK_DOUBLE, 0, $0, $1, $2, $3, $4, $5, $6) }
            ),
            (
                2, 1, { ck_slope_sums(CK_DOUBLE, 1, $0, $1, $2, $3, $4, $5) },
                { ck_slope_spread(CK_DOUBLE, 1, $0, $1, $2, $3, $4, $5, $6) }
            ),
            (
                2, 2, { ck_slope_sums(CK_COMPLEX_DOUBLE, 1, $0, $1, $2, $3, $4, $5) },
                { ck_slope_spread(CK_COMPLEX_DOUBLE, 1, $0, $1, $2, $3, $4, $5, $6) }
            ),
        ]
        for form in forms {
            for (rows, vectors, n) in [(1, 1, 1), (3, 2, 19), (2, 3, 40)] {
                let slope = random.array(form.slope * rows * n, of: Double.self)
                let x = random.array(form.x * rows * vectors * n, of: Double.self)
                let y = random.array(form.slope * rows * vectors, of: Double.self)
                var image = [Double](repeating: .nan, count: y.count)
                form.sums(slope, x, &image, rows, vectors, n)
                for row in 0..<rows {
                    for vector in 0..<vectors {
                        let expected = (0..<n).reduce(Complex<Double>(0)) { sum, j in
                            func element(_ array: [Double], _ components: Int, _ place: Int) -> Complex<Double> {
                                components == 2
                                    ? Complex(array[2 * place], array[2 * place + 1]) : Complex(array[place])
                            }
                            return sum + element(slope, form.slope, row * n + j)
                                * element(x, form.x, (row * vectors + vector) * n + j)
                        }
                        let place = form.slope * (row * vectors + vector)
                        #expect(abs(image[place] - expected.real) < 1e-13)
                        if form.slope == 2 { #expect(abs(image[place + 1] - expected.imaginary) < 1e-13) }
                    }
                }
                var back = [Double](repeating: .nan, count: x.count)
                form.spread(slope, y, &back, rows, vectors, n, 0)
                #expect(abs(kernelDot(image, y) - kernelDot(x, back)) < 1e-12)
                var twice = back
                form.spread(slope, y, &twice, rows, vectors, n, 1)
                #expect(kernelDifference(twice, back.map { 2 * $0 }) < 1e-14)
            }
        }
    }
}
