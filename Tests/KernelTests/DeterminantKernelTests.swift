import CKernels
import Foundation
import KernelTestSupport
import Numerics
import Testing

/// Logarithms of determinants and Pfaffians against expansions, and their slopes against minors and inverses.
@Suite struct DeterminantKernelTests {
    private enum Form: CaseIterable { case determinant, pfaffian }
    private typealias Matrix = [[Complex<Double>]]

    /// Antisymmetric where a Pfaffian is wanted.
    private func matrix(_ form: Form, _ n: Int, complex: Bool, _ random: inout KernelRandom) -> Matrix {
        let parts = random.array(2 * n * n, of: Double.self)
        let a = (0..<n).map { i in
            (0..<n).map { j in Complex(parts[2 * (i * n + j)], complex ? parts[2 * (i * n + j) + 1] : 0) }
        }
        guard form == .pfaffian else { return a }
        return (0..<n).map { i in (0..<n).map { j in a[i][j] - a[j][i] } }
    }

    private func reals<R: BinaryFloatingPoint>(_ a: Matrix, complex: Bool, _ type: R.Type) -> [R] {
        a.joined().flatMap { complex ? [R($0.real), R($0.imaginary)] : [R($0.real)] }
    }

    private func logarithms<R: BinaryFloatingPoint & BitwiseCopyable>(
        _ form: Form, _ x: [R], complex: Bool, n: Int, withSlope: Bool = true
    ) -> (value: [R], slope: [R]) {
        let isDouble = R.self == Double.self
        let type =
            complex
            ? (isDouble ? CK_COMPLEX_DOUBLE : CK_COMPLEX_SINGLE) : (isDouble ? CK_DOUBLE : CK_SINGLE)
        let count = n == 0 ? 1 : x.count / (n * n * (complex ? 2 : 1))
        var value = [R](repeating: .nan, count: 2 * count)
        var slope = [R](repeating: .nan, count: x.count)
        var work = [R](repeating: .nan, count: ck_elimination_work(type, n))
        let kernel = form == .determinant ? ck_log_determinants : ck_log_pfaffians
        slope.withUnsafeMutableBufferPointer { slope in
            kernel(type, x, &value, withSlope ? slope.baseAddress : nil, &work, count, n)
        }
        return (value, slope)
    }

    private func expansion(_ form: Form, _ a: Matrix) -> Complex<Double> {
        form == .determinant ? expandedDeterminant(a) : expandedPfaffian(a)
    }

    @Test func kernelsEqualExpansions() {
        var random = KernelRandom(81)
        for form in Form.allCases {
            for complex in [false, true] {
                for n in form == .determinant ? [0, 1, 2, 3, 4, 5, 6] : [0, 2, 4, 6, 8] {
                    for _ in 0..<5 {
                        let a = matrix(form, n, complex: complex, &random)
                        let exact = expansion(form, a)
                        let found = logarithms(form, reals(a, complex: complex, Double.self), complex: complex, n: n)
                        let number = Complex<Double>.exp(Complex(found.value[0], found.value[1]))
                        #expect((number - exact).length < 1e-12)
                        if !complex { #expect(found.value[1] == (exact.real < 0 ? .pi : 0)) }
                        let single = logarithms(form, reals(a, complex: complex, Float.self), complex: complex, n: n)
                        let rough = Complex<Double>.exp(Complex(Double(single.value[0]), Double(single.value[1])))
                        #expect((rough - exact).length < 1e-4 * max(1, exact.length))
                    }
                }
            }
        }
    }

    /// Pf of a 4 × 4 matrix with all signs as they stand in books.
    @Test func pfaffianOfFour() {
        let (a, b, c, d, e, f) = (2.0, 3.0, 5.0, 7.0, 11.0, 13.0)
        let x = [0, a, b, c, -a, 0, d, e, -b, -d, 0, f, -c, -e, -f, 0]
        let found = logarithms(.pfaffian, x, complex: false, n: 4)
        #expect(abs(found.value[0] - log(abs(a * f - b * e + c * d))) < 1e-14)
        #expect(found.value[1] == 0)
    }

    /// n² numbers against the inverse, also where rows do not fill vectors.
    @Test func slopesAreInverses() {
        var random = KernelRandom(82)
        for form in Form.allCases {
            for complex in [false, true] {
                for n in [1, 2, 6, 8, 15, 16, 17, 34, 64, 100] where form == .determinant || n % 2 == 0 {
                    let a = matrix(form, n, complex: complex, &random)
                    func deviation<R: BinaryFloatingPoint & BitwiseCopyable>(_ type: R.Type) -> Double {
                        let slope = logarithms(form, reals(a, complex: complex, type), complex: complex, n: n).slope
                        func entry(_ i: Int, _ j: Int) -> Complex<Double> {
                            let place = i * n + j
                            return complex
                                ? Complex(Double(slope[2 * place]), Double(slope[2 * place + 1]))
                                : Complex(Double(slope[place]))
                        }
                        var largest = 0.0
                        let factor = Complex(form == .determinant ? 1.0 : 2.0)
                        for i in 0..<n {
                            for j in 0..<n {
                                let sum = (0..<n).reduce(Complex<Double>.zero) { $0 + a[i][$1] * entry(j, $1) * factor }
                                largest = max(largest, (sum - (i == j ? 1 : 0)).length)
                                if form == .pfaffian { largest = max(largest, (entry(i, j) + entry(j, i)).length) }
                            }
                        }
                        return largest
                    }
                    // Condition numbers are some n², and differ.
                    #expect(deviation(Double.self) < 1e-9)
                    #expect(deviation(Float.self) < 0.05)
                }
            }
        }
    }

    /// Pf(A M Aᵀ) = det A · Pf M of matrices that cannot be expanded, times a factor that overflows.
    @Test func pfaffianOfTransformedMatrix() {
        var random = KernelRandom(83)
        for complex in [false, true] {
            for n in [2, 10, 32, 50] {
                let a = matrix(.determinant, n, complex: complex, &random)
                let m = matrix(.pfaffian, n, complex: complex, &random)
                let huge = Complex(1e150)
                let b = (0..<n).map { i in
                    (0..<n).map { j in (0..<n).reduce(Complex<Double>.zero) { $0 + a[i][$1] * m[$1][j] } }
                }
                let c = (0..<n).map { i in
                    (0..<n).map { j in (0..<n).reduce(Complex<Double>.zero) { $0 + b[i][$1] * a[j][$1] } }
                }
                // Antisymmetric but for rounding.
                let product = (0..<n).map { i in (0..<n).map { j in (c[i][j] - c[j][i]) * Complex(0.5) * huge } }
                func logarithm(_ form: Form, _ a: Matrix) -> Complex<Double> {
                    let value = logarithms(
                        form, reals(a, complex: complex, Double.self), complex: complex, n: n, withSlope: false
                    ).value
                    return Complex(value[0], value[1])
                }
                let difference = logarithm(.pfaffian, product) - logarithm(.determinant, a) - logarithm(.pfaffian, m)
                #expect(abs(difference.real - Double(n / 2) * log(1e150)) < 1e-8)
                #expect(abs(cos(difference.imaginary) - 1) < 1e-12)
                let tall = a.map { $0.map { $0 * huge } }
                let excess = logarithm(.determinant, tall) - logarithm(.determinant, a)
                #expect(abs(excess.real - Double(n) * log(1e150)) < 1e-8)
            }
        }
    }

    @Test func matricesDoNotMix() {
        var random = KernelRandom(84)
        for form in Form.allCases {
            for complex in [false, true] {
                let n = 10
                let matrices = (0..<5).map { _ in
                    reals(matrix(form, n, complex: complex, &random), complex: complex, Float.self)
                }
                let together = logarithms(form, Array(matrices.joined()), complex: complex, n: n)
                let plain = logarithms(form, Array(matrices.joined()), complex: complex, n: n, withSlope: false)
                #expect(plain.value == together.value)
                for (index, x) in matrices.enumerated() {
                    let alone = logarithms(form, x, complex: complex, n: n)
                    #expect(alone.value == Array(together.value[2 * index..<2 * index + 2]))
                    #expect(alone.slope == Array(together.slope[index * x.count..<(index + 1) * x.count]))
                }
            }
        }
    }

    @Test func matricesWithoutPivots() {
        func isVanishing(_ form: Form, _ x: [Double], n: Int, complex: Bool = false) -> Bool {
            let found = logarithms(form, x, complex: complex, n: n)
            let plain = logarithms(form, x, complex: complex, n: n, withSlope: false)
            return found.value == [-.infinity, 0] && plain.value == [-.infinity, 0]
                && found.slope.allSatisfy { $0 == 0 }
        }
        #expect(isVanishing(.determinant, [1, 2, 2, 4], n: 2))
        #expect(isVanishing(.determinant, [0, 0, 0, 0, 0, 0, 0, 0], n: 2, complex: true))
        #expect(isVanishing(.determinant, [1, 2, 3, 0, 0, 0, 4, 5, 6], n: 3))
        #expect(isVanishing(.determinant, [.nan, 1, 1, 1], n: 2))
        #expect(isVanishing(.determinant, [1, 1, 1, .nan], n: 2))
        #expect(isVanishing(.determinant, [1, .infinity, 1, 2], n: 2))
        #expect(isVanishing(.determinant, [.leastNonzeroMagnitude], n: 1))
        #expect(isVanishing(.determinant, [1, 0, 0, .infinity, 1, 0, 1, 0], n: 2, complex: true))
        #expect(isVanishing(.pfaffian, [0, 0, 0, 0], n: 2))
        #expect(isVanishing(.pfaffian, [0, .nan, .nan, 0], n: 2))
        #expect(isVanishing(.pfaffian, [0, 1, 1, 1, -1, 0, 1, 1, -1, -1, 0, 0, -1, -1, 0, 0], n: 4))
        #expect(isVanishing(.pfaffian, [0, 1, 0, 0, -1, 0, 0, 0] + [Double](repeating: 0, count: 8), n: 4))
        #expect(isVanishing(.pfaffian, [Double](repeating: 0, count: 8), n: 2, complex: true))
    }

    @Test func kernelsSpreadWhatTheySum() {
        var random = KernelRandom(85)
        for (type, width) in [(CK_DOUBLE, 1), (CK_COMPLEX_DOUBLE, 2)] {
            for (samples, vectors, n) in [(1, 1, 1), (3, 2, 5), (2, 3, 17)] {
                let slope = random.array(width * samples * n * n, of: Double.self)
                let x = random.array(width * samples * n * vectors * n, of: Double.self)
                let y = random.array(2 * samples * vectors, of: Double.self)
                var image = [Double](repeating: .nan, count: y.count)
                ck_matrix_slope_sums(type, slope, x, &image, samples, vectors, n)
                for sample in 0..<samples {
                    for vector in 0..<vectors {
                        var sum = Complex<Double>.zero
                        for row in 0..<n {
                            for feature in 0..<n {
                                let a = (sample * n + row) * n + feature
                                let b = ((sample * n + row) * vectors + vector) * n + feature
                                sum +=
                                    width == 1
                                    ? Complex(slope[a] * x[b])
                                    : Complex(slope[2 * a], slope[2 * a + 1]) * Complex(x[2 * b], x[2 * b + 1])
                            }
                        }
                        let place = 2 * (sample * vectors + vector)
                        #expect((Complex(image[place], image[place + 1]) - sum).length < 1e-12)
                    }
                }
                var back = [Double](repeating: .nan, count: x.count)
                ck_matrix_slope_spread(type, slope, y, &back, samples, vectors, n, 0)
                #expect(abs(kernelDot(image, y) - kernelDot(x, back)) < 1e-11)
                var twice = back
                ck_matrix_slope_spread(type, slope, y, &twice, samples, vectors, n, 1)
                #expect(kernelDifference(twice, back.map { 2 * $0 }) < 1e-14)
            }
        }
    }
}
