import CKernels
import Numerics
import KernelTestSupport
import Testing

/// Products over hidden units against logarithms added up one by one, and the sums of a dense layer on spins.
@Suite struct ProductKernelTests {
    /// Lengths with and without a rest after four vectors.
    static let lengths = [8, 24, 32, 40, 64, 104, 400]

    /// Positive numbers between e^−range and e^range.
    private func positive(_ count: Int, range: Double, _ random: inout KernelRandom) -> [Double] {
        random.array(count, of: Double.self).map { Double.exp(range * $0) }
    }

    private func logarithm(_ mantissa: Double, _ exponent: Double) -> Double {
        Double.log(mantissa) + exponent * Double.log(2)
    }

    /// How many factors of at most `largest` may be multiplied.
    private func interval(_ logLargest: Double) -> Int { max(1, min(64, Int(650 / logLargest))) }

    @Test func realProducts() {
        var random = KernelRandom(1)
        for n in Self.lengths {
            // Up to factors that overflow when two of them are multiplied.
            for range in [0.1, 3, 30, 150] {
                let p = positive(3 * n, range: range, &random)
                let t = positive(n, range: range, &random)
                let u = positive(n, range: range, &random)
                let steps = interval(3 * range + 1)
                func sum(_ row: Int, _ factor: (Int) -> Double) -> Double {
                    (0..<n).reduce(0) { $0 + Double.log(onePlus: p[row * n + $1] * factor($1)) }
                }
                var (mantissa, exponent) = (0.0, 0.0)
                var q = [Double](repeating: .nan, count: n)
                ck_product_d(p, t, nil, &q, n, steps, &mantissa, &exponent)
                #expect((0..<n).allSatisfy { q[$0] == p[$0] * t[$0] })
                let one = sum(0) { t[$0] }
                #expect(abs(logarithm(mantissa, exponent) - one) < 1e-14 * max(Double(n), one))
                ck_product_d(p, t, u, &q, n, steps, &mantissa, &exponent)
                let two = sum(0) { t[$0] * u[$0] }
                #expect(abs(logarithm(mantissa, exponent) - two) < 1e-14 * max(Double(n), two))
                #expect((0..<n).allSatisfy { q[$0] == p[$0] * (t[$0] * u[$0]) })

                let index: [Int32] = [2, 0, 1, 1, 0]
                var mantissas = [Double](repeating: .nan, count: 6)
                var exponents = mantissas
                for count in 0...5 {
                    ck_products_d(p, index, count, n, t, n, steps, &mantissas, &exponents)
                    for k in 0..<count {
                        let expected = sum(Int(index[k])) { t[$0] }
                        #expect(
                            abs(logarithm(mantissas[k], exponents[k]) - expected) < 1e-14 * max(Double(n), expected))
                    }
                    #expect(mantissas[count].isNaN)
                }
                // The bits of a product do not depend on what is computed beside it.
                let (first, firstExponent) = (mantissas[1], exponents[1])
                ck_products_d(p, [0], 1, n, t, n, steps, &mantissas, &exponents)
                #expect(mantissas[0] == first && exponents[0] == firstExponent)
            }
        }
    }

    @Test func complexProducts() {
        var random = KernelRandom(2)
        for n in Self.lengths {
            for range in [0.1, 3, 30, 100] {
                /// Planar rows of numbers e^(x + iy).
                func rows(_ count: Int) -> [Double] {
                    let moduli = positive(count * n, range: range, &random)
                    let phases = random.array(count * n, of: Double.self)
                    var values = [Double](repeating: 0, count: 2 * count * n)
                    for row in 0..<count {
                        for unit in 0..<n {
                            let z = Complex(length: moduli[row * n + unit], phase: 3 * phases[row * n + unit])
                            values[2 * row * n + unit] = z.real
                            values[(2 * row + 1) * n + unit] = z.imaginary
                        }
                    }
                    return values
                }
                let (p, t, u) = (rows(3), rows(1), rows(1))
                let steps = max(1, min(8, Int(650 / (6 * range + 2))))
                func number(_ x: [Double], _ row: Int, _ unit: Int) -> Complex<Double> {
                    Complex(x[2 * row * n + unit], x[(2 * row + 1) * n + unit])
                }
                func logarithms(_ row: Int, _ factor: (Int) -> Complex<Double>) -> Complex<Double> {
                    (0..<n).reduce(Complex.zero) { $0 + Complex.log(.one + number(p, row, $1) * factor($1)) }
                }
                var (mantissa, exponent) = (0.0, 0.0)
                var q = [Double](repeating: .nan, count: 2 * n)
                func changed(_ factor: (Int) -> Complex<Double>) -> Bool {
                    (0..<n).allSatisfy { unit in
                        let expected = number(p, 0, unit) * factor(unit)
                        return (number(q, 0, unit) - expected).length < 1e-15 * expected.length
                    }
                }
                ck_squared_product_z(p, t, nil, &q, n, steps, &mantissa, &exponent)
                let one = logarithms(0) { number(t, 0, $0) }
                let tolerance = 3e-14 * max(Double(n), one.length)
                #expect(abs(logarithm(mantissa, exponent) - 2 * one.real) < tolerance)
                #expect(changed { number(t, 0, $0) })
                ck_squared_product_z(p, t, u, &q, n, steps, &mantissa, &exponent)
                let two = logarithms(0) { number(t, 0, $0) * number(u, 0, $0) }
                #expect(abs(logarithm(mantissa, exponent) - 2 * two.real) < 3e-14 * max(Double(n), two.length))
                #expect(changed { number(t, 0, $0) * number(u, 0, $0) })

                let index: [Int32] = [2, 0, 1, 1, 0]
                var mantissas = [Double](repeating: .nan, count: 12)
                var exponents = mantissas
                for count in 0...5 {
                    ck_products_z(p, index, count, 2 * n, t, n, steps, &mantissas, &exponents)
                    for k in 0..<count {
                        let expected = logarithms(Int(index[k])) { number(t, 0, $0) }
                        let z = Complex(mantissas[2 * k], mantissas[2 * k + 1])
                        #expect(abs(logarithm(z.length, exponents[k]) - expected.real) < tolerance * 3)
                        // The phase, up to whole turns.
                        let phase = Complex(length: 1, phase: z.phase - expected.imaginary)
                        #expect((phase - .one).length < tolerance * 3)
                    }
                    #expect(exponents[count].isNaN)
                }
            }
        }
    }

    @Test func aFactorOfZero() {
        // p = −1: 1 + p = 0.
        var p = [Double](repeating: 0, count: 16)
        p[3] = -1
        let ones = [Double](repeating: 1, count: 8) + [Double](repeating: 0, count: 8)
        var mantissa = [0.0, 0]
        var exponent = 0.0
        ck_products_z(p, [0], 1, 16, ones, 8, 8, &mantissa, &exponent)
        #expect(mantissa == [0, 0])
        var q = p
        ck_squared_product_z(p, ones, nil, &q, 8, 8, &mantissa, &exponent)
        #expect(mantissa[0] == 1 && exponent == -1023)
    }

    @Test func rowsAreMultiplied() {
        var random = KernelRandom(3)
        for n in Self.lengths {
            let (x, t) = (random.array(2 * n, of: Double.self), random.array(2 * n, of: Double.self))
            var y = x
            ck_multiply_rows_d(y, t, &y, n)
            #expect((0..<n).allSatisfy { y[$0] == x[$0] * t[$0] })
            y = x
            ck_multiply_rows_z(y, t, &y, n)
            for unit in 0..<n {
                let z = Complex(x[unit], x[n + unit]) * Complex(t[unit], t[n + unit])
                #expect((z - Complex(y[unit], y[n + unit])).length < 1e-15)
            }
        }
    }

    #if arch(x86_64)
        @Test func logarithms() {
            var random = KernelRandom(4)
            for range in [1e-9, 1e-3, 0.3, 1, 40, 700] {
                for count in [1, 7, 31, 32, 33, 1000] {
                    var x = positive(count, range: range, &random)
                    let exact = x.map { Float80.log(Float80($0)) }
                    ck_log_d(x, &x, count)
                    for (value, exact) in zip(x, exact) {
                        #expect(abs(Float80(value) - exact) <= 1.5 * Float80(Double(exact).ulp))
                    }
                }
            }
        }
    #endif

    @Test func logarithmsOfSpecialNumbers() {
        var x = [0, 1, 2, .infinity, .nan, -1, Double.leastNormalMagnitude, .greatestFiniteMagnitude, 0x1p-53]
        let expected = x.map { Double.log($0) }
        ck_log_d(x, &x, x.count)
        for (value, expected) in zip(x, expected) { #expect(kernelUlps(value, expected) <= 1.5) }
    }

    @Test func signedSumsAndFlips() {
        var random = KernelRandom(5)
        for (sites, columns) in [(1, 1), (3, 7), (4, 16), (9, 33), (130, 300), (16, 257)] {
            let count = 6
            let w = random.array(sites * columns, of: Double.self)
            let offset = random.array(columns, of: Double.self)
            let spins = (0..<count * sites).map { _ in Bool.random(using: &random) ? Int8(1) : -1 }
            func direct(
                _ w: (Int) -> Double, _ offset: (Int) -> Double, _ row: Int, _ column: Int, flipped: Set<Int> = []
            )
                -> Double
            {
                (0..<sites).reduce(offset(column)) { sum, site in
                    sum + Double(spins[row * sites + site]) * (flipped.contains(site) ? -1 : 1)
                        * w(site * columns + column)
                }
            }
            let tolerance = 1e-14 * Double(sites)
            var y = [Double](repeating: .nan, count: count * columns)
            ck_signed_sums(CK_DOUBLE, offset, w, spins, &y, count, sites, columns)
            var alone = [Double](repeating: .nan, count: columns)
            for row in 0..<count {
                for column in 0..<columns {
                    #expect(abs(y[row * columns + column] - direct({ w[$0] }, { offset[$0] }, row, column)) < tolerance)
                }
                // One configuration alone: the same bits.
                ck_signed_sums(
                    CK_DOUBLE, offset, w, Array(spins[row * sites..<(row + 1) * sites]), &alone, 1, sites, columns)
                #expect(alone[...] == y[row * columns..<(row + 1) * columns])
            }
            let single = w.map(Float.init)
            ck_signed_sums(CK_SINGLE, nil, single, spins, &y, count, sites, columns)
            for row in 0..<count {
                for column in 0..<columns {
                    let expected = direct({ Double(single[$0]) }, { _ in 0 }, row, column)
                    #expect(abs(y[row * columns + column] - expected) < tolerance)
                }
            }

            for flips in 0...min(4, sites) {
                let flipped = Array((0..<sites).shuffled(using: &random).prefix(flips))
                let list = flipped.map(Int32.init) + [0]
                ck_signed_sums(CK_DOUBLE, offset, w, spins, &y, count, sites, columns)
                var z = [Double](repeating: .nan, count: columns)
                ck_flipped_sums(CK_DOUBLE, y, w, spins, list, flips, &z, columns)
                ck_flip_sums(CK_DOUBLE, &y, w, spins, list, flips, columns)
                #expect(Array(y[..<columns]) == z)
                for column in 0..<columns {
                    let expected = direct({ w[$0] }, { offset[$0] }, 0, column, flipped: Set(flipped))
                    #expect(abs(z[column] - expected) < tolerance)
                }
                ck_signed_sums(CK_SINGLE, nil, single, spins, &y, count, sites, columns)
                var f = [Float](repeating: .nan, count: columns)
                ck_flipped_sums(CK_SINGLE, y, single, spins, list, flips, &f, columns)
                ck_flip_sums(CK_SINGLE, &y, single, spins, list, flips, columns)
                #expect(y[..<columns].map(Float.init) == f)
            }
        }
    }
}
