import CKernels
import Foundation
import Numerics
import KernelTestSupport
import Testing

@Suite struct ComplexActivationKernelTests {
    typealias C = Complex<Double>

    private static func exponentialD(
        x: UnsafePointer<Double>?, value: UnsafeMutablePointer<Double>?, slope: UnsafeMutablePointer<Double>?, n: Int
    ) {
        ck_exp(CK_COMPLEX_DOUBLE, x, value, n)
        ck_exp(CK_COMPLEX_DOUBLE, x, slope, n)
    }

    private static func exponentialS(
        x: UnsafePointer<Float>?, value: UnsafeMutablePointer<Float>?, slope: UnsafeMutablePointer<Float>?, n: Int
    ) {
        ck_exp(CK_COMPLEX_SINGLE, x, value, n)
        ck_exp(CK_COMPLEX_SINGLE, x, slope, n)
    }

    private static let exponential = KernelFunction(exponentialD, width: 2)
    private static let tanh = KernelFunction<Double>(CK_TANH, CK_COMPLEX_DOUBLE)
    private static let logCosh = KernelFunction<Double>(CK_LOG_COSH, CK_COMPLEX_DOUBLE)
    private static let gelu = KernelFunction<Double>(CK_GELU, CK_COMPLEX_DOUBLE)

    /// |value − exact|/|exact| for number i of an interleaved array.
    private func error<R: BinaryFloatingPoint>(_ array: [R], _ i: Int, _ re: Double, _ im: Double) -> Double {
        let d = hypot(Double(array[2 * i]) - re, Double(array[2 * i + 1]) - im)
        return d == 0 ? 0 : d / hypot(re, im)
    }

    @Test func kernelsComplexTables() {
        let width = 10
        let rows = stride(from: 0, to: kernelComplexTable.count, by: width).map {
            Array(kernelComplexTable[$0..<$0 + width])
        }
        let z = rows.flatMap { $0[..<2] }
        let exponential = Self.exponential(z).value
        let tanh = Self.tanh(z)
        let logCosh = Self.logCosh(z)
        for (i, row) in rows.enumerated() {
            #expect(error(exponential, i, row[2], row[3]) < 1e-15, "exp \(row)")
            #expect(error(tanh.value, i, row[4], row[5]) < 1e-15, "tanh \(row)")
            #expect(error(tanh.slope, i, row[6], row[7]) < 1.5e-15, "1/cosh² \(row)")
            #expect(error(logCosh.value, i, row[8], row[9]) < 1.2e-15, "ln cosh \(row)")
            #expect(error(logCosh.slope, i, row[4], row[5]) < 1e-15, "slope of ln cosh \(row)")
        }
        let geluRows = stride(from: 0, to: kernelComplexGeluTable.count, by: 6).map {
            Array(kernelComplexGeluTable[$0..<$0 + 6])
        }
        let gelu = Self.gelu(geluRows.flatMap { $0[..<2] })
        for (i, row) in geluRows.enumerated() {
            #expect(error(gelu.value, i, row[2], row[3]) < 1e-14, "gelu \(row)")
            #expect(error(gelu.slope, i, row[4], row[5]) < 1e-14, "gelu′ \(row)")
        }
    }

    /// Single precision against double, at arguments that single precision holds exactly.
    @Test func kernelsComplexSingleAgainstDouble() {
        var random = KernelRandom(11)
        var z = random.array(2 * 3000, of: Float.self).map { 4 * $0 }
        z += random.array(2 * 1000, of: Float.self).map { $0 * $0 * $0 * 1e-3 }
        z += random.array(2 * 1000, of: Float.self).enumerated().map { $0 % 2 == 0 ? $1 : 9e4 * $1 }
        z += random.array(2 * 1000, of: Float.self).enumerated().map { $0 % 2 == 0 ? $1 : 1e7 * $1 }
        let d = z.map { Double($0) }
        func compare(
            _ single: KernelFunction<Float>, _ double: KernelFunction<Double>, _ name: String, count: Int
        ) {
            let a = single(Array(z[..<(2 * count)]))
            let b = double(Array(d[..<(2 * count)]))
            var worst = 0.0
            for i in 0..<count {
                worst = max(worst, error(a.value, i, b.value[2 * i], b.value[2 * i + 1]))
                worst = max(worst, error(a.slope, i, b.slope[2 * i], b.slope[2 * i + 1]))
            }
            #expect(worst < 1e-6, "\(name): \(worst)")
        }
        compare(KernelFunction(Self.exponentialS, width: 2), Self.exponential, "exp", count: 6000)
        compare(KernelFunction<Float>(CK_TANH, CK_COMPLEX_SINGLE), Self.tanh, "tanh", count: 6000)
        compare(KernelFunction<Float>(CK_LOG_COSH, CK_COMPLEX_SINGLE), Self.logCosh, "ln cosh", count: 6000)
        // gelu has poles in that square, next to which its argument's rounding is magnified: stay near zero.
        z = z.map { 0.35 * $0 }
        let small = z.indices.filter { $0 % 2 == 0 && abs(z[$0]) < 1.5 && abs(z[$0 + 1]) < 1.1 }
        let points = small.flatMap { [z[$0], z[$0 + 1]] }
        let a = KernelFunction<Float>(CK_GELU, CK_COMPLEX_SINGLE)(points)
        let b = Self.gelu(points.map { Double($0) })
        for i in small.indices {
            #expect(error(a.value, i, b.value[2 * i], b.value[2 * i + 1]) < 4e-6)
            #expect(error(a.slope, i, b.slope[2 * i], b.slope[2 * i + 1]) < 8e-6)
        }
    }

    #if arch(x86_64) && !os(Windows)
        private typealias E = Complex<Float80>

        /// The textbook formulas in extended precision; they cancel only where the random points are not.
        private static func expected(_ name: String, _ z: E) -> (E, E) {
            switch name {
            case "tanh", "ln cosh":
                let y = z.real < 0 ? -z : z
                let w = E.exp(y * E(-2))
                let t = (E(1) - w) / (E(1) + w)
                let slope = E(1) - t * t
                if name == "tanh" { return (z.real < 0 ? -t : t, slope) }
                return (y + E.log(E(1) + w) - E(Float80.log(2)), z.real < 0 ? -t : t)
            case "gelu":
                let linear = E(Float80(0.7978845608028653558798921))
                let a = linear * (z + E(0.044715) * z * z * z)
                let derivative = linear * (E(1) + E(3 * 0.044715) * z * z)
                let (t, slope) = expected("tanh", a)
                return (E(0.5) * z * (E(1) + t), E(0.5) * (E(1) + t) + E(0.5) * z * slope * derivative)
            default:
                return (E.exp(z), E.exp(z))
            }
        }

        @Test func kernelsComplexRandomAgainstExtended() {
            var random = KernelRandom(12)
            func check(
                _ kernel: KernelFunction<Double>, _ name: String, _ re: Double, _ im: Double, _ tolerance: Double
            ) {
                let z = random.array(2 * 2000, of: Double.self).enumerated().map { ($0 % 2 == 0 ? re : im) * $1 }
                let (value, slope) = kernel(z)
                var worst = 0.0
                for i in 0..<2000 {
                    let exact = E(Float80(z[2 * i]), Float80(z[2 * i + 1]))
                    let (v, s) = Self.expected(name, exact)
                    // Values are compared where they are not small differences in the reference itself.
                    let condition = name == "gelu" ? 1 + Double(s.length) : 1
                    worst = max(worst, error(value, i, Double(v.real), Double(v.imaginary)) / condition)
                    if s.length > 1e-3 {
                        worst = max(worst, error(slope, i, Double(s.real), Double(s.imaginary)) / condition)
                    }
                }
                #expect(worst < tolerance, "\(name) re ≤ \(re), im ≤ \(im): \(worst)")
            }
            check(Self.exponential, "exp", 5, 7, 1e-15)
            check(Self.exponential, "exp", 700, 1000, 1e-15)
            check(Self.tanh, "tanh", 2, 6, 2e-15)
            check(Self.tanh, "tanh", 2, 1e5, 2e-15)
            check(Self.tanh, "tanh", 2, 1e6, 2e-15)
            check(Self.logCosh, "ln cosh", 3, 4, 2e-15)
            check(Self.logCosh, "ln cosh", 400, 4, 1e-15)
            check(Self.logCosh, "ln cosh", 1, 1e5, 1e-15)
            check(Self.logCosh, "ln cosh", 1, 1e7, 1e-15)
            check(Self.gelu, "gelu", 1, 1, 1e-14)
        }
    #endif

    @Test func kernelsComplexLogCoshBranch() {
        // On the imaginary axis cosh is real: the imaginary part is a multiple of π whose sign follows the
        // sign bit of the real part.
        let z: [Double] = [0, 2, -0.0, 2, 0, 1, 0, 8, -0.0, 8]
        let (value, slope) = Self.logCosh(z)
        let angles: [Double] = [.pi, -.pi, 0, 3 * .pi, -3 * .pi]
        for i in 0..<5 {
            #expect(abs(value[2 * i] - log(abs(cos(z[2 * i + 1])))) < 1e-15)
            #expect(abs(value[2 * i + 1] - angles[i]) < 2e-15)
            #expect(abs(slope[2 * i + 1] - Foundation.tan(z[2 * i + 1])) < 1e-13 && slope[2 * i] == 0)
        }
        // Even in z, and real on the real axis.
        let pair = Self.logCosh([0.75, -1.25, -0.75, 1.25, 2, 0])
        #expect(pair.value[0..<2] == pair.value[2..<4] && pair.value[5] == 0)
        #expect(pair.slope[0] == -pair.slope[2] && pair.slope[1] == -pair.slope[3])
    }

    @Test func kernelsComplexSpecialValues() {
        let far = Self.logCosh([1e308, 1, -1e308, 1, .infinity, 1, -800, 2])
        #expect(far.value[0] == 1e308 && far.value[4] == .infinity)
        #expect(abs(far.value[1] - 1) < 1e-15 && abs(far.value[3] + 1) < 1e-15)
        #expect(far.slope == [1, 0, -1, 0, 1, 0, -1, 0])
        #expect(abs(far.value[6] - (800 - log(2))) < 1e-12 && abs(far.value[7] + 2) < 1e-15)
        let tanh = Self.tanh([1e308, 1, -.infinity, 1, 0, 0])
        #expect(tanh.value == [1, 0, -1, 0, 0, 0] && tanh.slope == [0, 0, 0, 0, 1, 0])
        // exp(720) overflows, its product with the small sine does not.
        let exponential = Self.exponential([720, 1e-10, -.infinity, 1, .infinity, 0, -2000, 3]).value
        let product = 4.851651954097903e8 * 1e-10 * Foundation.exp(700)
        #expect(exponential[0] == .infinity && abs(exponential[1] / product - 1) < 1e-13)
        #expect(exponential[2...] == [0, 0, .infinity, 0, 0, 0])
        let gelu = Self.gelu([50, 0.001, -50, 0.001, 1e150, 1, -1e150, -1])
        #expect(gelu.value[0] == 50 && gelu.value[1] == 0.001 && gelu.value[2] == 0 && gelu.value[4] == 1e150)
        #expect(gelu.slope == [1, 0, 0, 0, 1, 0, 0, 0] && gelu.value[6] == 0)
        for (kernel, number) in zip([Self.exponential, Self.tanh, Self.logCosh, Self.gelu], 0...) {
            for bad: [Double] in [[.nan, 0], [0, .nan], [1, .infinity], [.nan, .nan]] {
                if number == 3 && bad[1].isInfinite { continue }
                let (value, slope) = kernel(bad + [0.5, 0.5])
                #expect(value[0].isNaN && value[1].isNaN && slope[0].isNaN && slope[1].isNaN)
                #expect(value[2].isFinite && value[3].isFinite && slope[2].isFinite && slope[3].isFinite)
            }
        }
    }

    @Test func kernelsComplexShapes() {
        var random = KernelRandom(13)
        let kernels: [KernelFunction<Double>] = [Self.tanh, Self.logCosh, Self.gelu]
        for n in [0, 1, 3, 15, 16, 17, 127, 128, 129, 300] {
            let z = random.array(2 * n, of: Double.self)
            for f in kernels {
                let (value, slope) = f(z)
                var alone = [Double](repeating: .nan, count: 2 * n + 1)
                f.kernel(z, &alone, nil, n)
                #expect(kernelDifference(Array(alone[..<(2 * n)]), value) < 1e-15 && alone[2 * n].isNaN)
                var slopeAlone = alone
                f.kernel(z, nil, &slopeAlone, n)
                #expect(kernelDifference(Array(slopeAlone[..<(2 * n)]), slope) < 1e-15)
                var inPlace = z
                inPlace.withUnsafeMutableBufferPointer {
                    f.kernel(UnsafePointer($0.baseAddress), $0.baseAddress, nil, n)
                }
                #expect(kernelDifference(inPlace, value) < 1e-15)
                if n > 0 {
                    let last = f(Array(z[(2 * n - 2)...]))
                    #expect(kernelDifference(last.value, Array(value[(2 * n - 2)...])) < 1e-15)
                }
            }
        }
    }
}
