import CKernels
import Foundation
import KernelTestSupport
import Numerics
import Testing

/// Logarithms of determinants of exp(x) against expansions, and their slopes against differences.
@Suite struct ExponentialDeterminantKernelTests {
    private func logarithms<R: BinaryFloatingPoint & BitwiseCopyable>(
        _ x: [R], phases: [R]? = nil, complex: Bool, n: Int, withSlope: Bool = true
    ) -> (value: [R], slope: [R]) {
        let isDouble = R.self == Double.self
        let type =
            complex
            ? (isDouble ? CK_COMPLEX_DOUBLE : CK_COMPLEX_SINGLE) : (isDouble ? CK_DOUBLE : CK_SINGLE)
        let count = x.count / (n * n * (complex ? 2 : 1))
        var value = [R](repeating: .nan, count: 2 * count)
        var slope = [R](repeating: .nan, count: x.count)
        var work = [R](repeating: .nan, count: ck_exponential_determinant_work(type, n))
        slope.withUnsafeMutableBufferPointer { slope in
            if let phases {
                ck_log_exponential_determinants(
                    type, x, phases, &value, withSlope ? slope.baseAddress : nil, &work, count, n)
            } else {
                ck_log_exponential_determinants(
                    type, x, nil, &value, withSlope ? slope.baseAddress : nil, &work, count, n)
            }
        }
        return (value, slope)
    }

    private func matrix(_ x: [Double], phases: [Double]?, complex: Bool, n: Int) -> [[Complex<Double>]] {
        (0..<n).map { i in
            (0..<n).map { j in
                let place = i * n + j
                let phase = complex ? x[2 * place + 1] : phases?[place] ?? 0
                return Complex.exp(Complex(complex ? x[2 * place] : x[place], phase))
            }
        }
    }

    private func signs(_ random: inout KernelRandom, _ count: Int) -> [Double] {
        random.array(count, of: Double.self).map { $0 < 0 ? .pi : $0 < 0.5 ? 0 : -3 * .pi }
    }

    @Test(arguments: [false, true]) func kernelsEqualExpansions(complex: Bool) {
        var random = KernelRandom(83)
        for n in 1...6 {
            for hasSigns in complex ? [false] : [false, true] {
                for _ in 0..<5 {
                    let x = random.array((complex ? 2 : 1) * n * n, of: Double.self).map { 2 * $0 }
                    let phases = hasSigns ? signs(&random, n * n) : nil
                    let exact = expandedDeterminant(matrix(x, phases: phases, complex: complex, n: n))
                    let found = logarithms(x, phases: phases, complex: complex, n: n)
                    let number = Complex<Double>.exp(Complex(found.value[0], found.value[1]))
                    #expect((number - exact).length < 1e-12 * max(1, exact.length))
                    if !complex { #expect(found.value[1] == (exact.real < 0 ? .pi : 0)) }
                    let single = logarithms(
                        x.map { Float($0) }, phases: phases.map { $0.map { Float($0) } }, complex: complex, n: n)
                    let rough = Complex<Double>.exp(Complex(Double(single.value[0]), Double(single.value[1])))
                    #expect((rough - exact).length < 1e-4 * max(1, exact.length) * Double(n * n))
                    #expect(
                        logarithms(x, phases: phases, complex: complex, n: n, withSlope: false).value.map(\.bitPattern)
                            == found.value.map(\.bitPattern))
                }
            }
        }
    }

    /// exp(x) of these overflows, or vanishes.
    @Test(arguments: [false, true]) func scalesOfRowsAndColumnsAreTakenOut(complex: Bool) {
        var random = KernelRandom(84)
        let n = 4
        let x = random.array((complex ? 2 : 1) * n * n, of: Double.self)
        let plain = logarithms(x, complex: complex, n: n)
        let (rows, columns) = ([900.0, -2000, 3, 800], [-950.0, 1200, 0, 10])
        var shifted = x
        for i in 0..<n {
            for j in 0..<n { shifted[(complex ? 2 : 1) * (i * n + j)] += rows[i] + columns[j] }
        }
        let found = logarithms(shifted, complex: complex, n: n)
        #expect(abs(found.value[0] - plain.value[0] - (rows + columns).reduce(0, +)) < 1e-9)
        #expect(abs(found.value[1] - plain.value[1]) < 1e-9)
        #expect(zip(found.slope, plain.slope).allSatisfy { abs($0 - $1) < 1e-9 * max(1, abs($1)) })
    }

    @Test func slopesAreDerivatives() {
        var random = KernelRandom(85)
        let (n, step) = (4, 1e-5)
        let x = random.array(n * n, of: Double.self)
        let phases = signs(&random, n * n)
        let slope = logarithms(x, phases: phases, complex: false, n: n).slope
        for place in 0..<n * n {
            func value(_ offset: Double) -> Double {
                var x = x
                x[place] += offset
                return logarithms(x, phases: phases, complex: false, n: n).value[0]
            }
            let difference = (value(step) - value(-step)) / (2 * step)
            #expect(abs(difference - slope[place]) < 1e-7 * max(1, abs(slope[place])))
        }
        let z = random.array(2 * n * n, of: Double.self)
        let complexSlope = logarithms(z, complex: true, n: n).slope
        for place in 0..<2 * n * n {
            func value(_ offset: Double) -> [Double] {
                var z = z
                z[place] += offset
                return logarithms(z, complex: true, n: n).value
            }
            let (above, below) = (value(step), value(-step))
            let entry = place / 2 * 2
            // Along i the derivative is i times that along 1.
            let expected =
                place % 2 == 0
                ? (complexSlope[entry], complexSlope[entry + 1]) : (-complexSlope[entry + 1], complexSlope[entry])
            let scale = max(1, abs(expected.0), abs(expected.1))
            #expect(abs((above[0] - below[0]) / (2 * step) - expected.0) < 1e-7 * scale)
            #expect(
                abs((above[1] - below[1]).remainder(dividingBy: 2 * .pi) / (2 * step) - expected.1) < 1e-7 * scale)
        }
    }

    /// Equal rows, equal columns, rows of zeros: −∞ and slope 0, whatever rounding leaves. NaN and +∞ stay NaN.
    @Test(arguments: [false, true]) func singularMatricesAreNodes(complex: Bool) {
        var random = KernelRandom(86)
        let width = complex ? 2 : 1
        for n in 2...5 {
            for _ in 0..<20 {
                let x = random.array(width * n * n, of: Double.self).map { 3 * $0 }
                var (rows, columns, empty, invalid, infinite) = (x, x, x, x, x)
                for j in 0..<width * n { rows[width * n + j] = rows[j] }
                for i in 0..<n {
                    for part in 0..<width { columns[width * (i * n + 1) + part] = columns[width * i * n + part] }
                }
                for j in 0..<n { empty[width * j] = -.infinity }
                for matrix in [rows, columns, empty] {
                    let found = logarithms(matrix, complex: complex, n: n)
                    #expect(found.value == [-.infinity, 0] && found.slope.allSatisfy { $0 == 0 })
                    let single = logarithms(matrix.map { Float($0) }, complex: complex, n: n)
                    #expect(single.value == [-.infinity, 0])
                }
                invalid[0] = .nan
                infinite[width] = .infinity
                for matrix in [invalid, infinite] {
                    let found = logarithms(matrix, complex: complex, n: n)
                    #expect(found.value[0].isNaN && found.slope.allSatisfy { $0 == 0 })
                }
                // One vanishing entry is no node.
                var zero = x
                zero[0] = -.infinity
                if complex { zero[1] = .nan }
                let found = logarithms(zero, complex: complex, n: n)
                #expect(found.value[0].isFinite && found.slope.allSatisfy(\.isFinite) && found.slope[0] == 0)
            }
        }
    }
}
