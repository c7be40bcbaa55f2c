import CKernels
import Numerics
import KernelTestSupport
import Testing

/// A real activation with a reference in extended precision that returns value and slope.
private struct RealActivation: CustomTestStringConvertible, Sendable {
    typealias KernelD =
        @Sendable (UnsafePointer<Double>?, UnsafeMutablePointer<Double>?, UnsafeMutablePointer<Double>?, Int) -> Void
    typealias KernelS =
        @Sendable (UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?, Int) -> Void
    let name: String
    let double: KernelD
    let single: KernelS
    /// Columns of value and slope in `kernelRealTable`.
    let columns: (Int, Int)
    /// Errors are measured against max(|exact|, |x|) and max(|exact|, 1): gelu's tail.
    var againstArgument = false
    var testDescription: String { name }
}

private let realActivations: [RealActivation] = [
    RealActivation(
        name: "exp",
        double: { x, y, slope, n in
            ck_exp(CK_DOUBLE, x, y, n)
            ck_exp(CK_DOUBLE, x, slope, n)
        },
        single: { x, y, slope, n in
            ck_exp(CK_SINGLE, x, y, n)
            ck_exp(CK_SINGLE, x, slope, n)
        }, columns: (1, 1)),
    RealActivation(
        name: "tanh", double: { ck_activate(CK_DOUBLE, CK_TANH, $0, $1, $2, $3) },
        single: { ck_activate(CK_SINGLE, CK_TANH, $0, $1, $2, $3) }, columns: (2, 3)),
    RealActivation(
        name: "selu", double: { ck_activate(CK_DOUBLE, CK_SELU, $0, $1, $2, $3) },
        single: { ck_activate(CK_SINGLE, CK_SELU, $0, $1, $2, $3) }, columns: (4, 5)),
    RealActivation(
        name: "gelu", double: { ck_activate(CK_DOUBLE, CK_GELU, $0, $1, $2, $3) },
        single: { ck_activate(CK_SINGLE, CK_GELU, $0, $1, $2, $3) }, columns: (6, 7),
        againstArgument: true),
    RealActivation(
        name: "log_cosh", double: { ck_activate(CK_DOUBLE, CK_LOG_COSH, $0, $1, $2, $3) },
        single: { ck_activate(CK_SINGLE, CK_LOG_COSH, $0, $1, $2, $3) },
        columns: (8, 2)),
]

@Suite struct RealActivationKernelTests {
    @Test(arguments: realActivations)
    private func kernelsRealTable(_ activation: RealActivation) {
        let width = 9
        let rows = stride(from: 0, to: kernelRealTable.count, by: width).map { Array(kernelRealTable[$0..<$0 + width]) }
        let x = rows.map { $0[0] }
        let (value, slope) = KernelFunction(activation.double)(x)
        let (valueS, slopeS) = KernelFunction(activation.single)(x.map { Float($0) })
        for (i, row) in rows.enumerated() {
            let (v, s) = (row[activation.columns.0], row[activation.columns.1])
            let valueScale = activation.againstArgument ? max(abs(v), abs(row[0])) : v
            let slopeScale = activation.againstArgument ? max(abs(s), 1) : s
            // The table itself is rounded to half a unit.
            #expect(kernelUlps(value[i], v, scale: valueScale) <= 3.5, "x = \(row[0])")
            #expect(kernelUlps(slope[i], s, scale: slopeScale) <= 3.5, "x = \(row[0])")
            #expect(kernelUlps(valueS[i], v, scale: valueScale) <= 3.1, "x = \(row[0])")
            #expect(kernelUlps(slopeS[i], s, scale: slopeScale) <= 3.1, "x = \(row[0])")
        }
    }

    @Test func kernelsReluAndSeluDefinitions() {
        let x: [Double] = [-2.5, -0.0, 0.0, 3.25, .infinity, -.infinity, .nan]
        let (value, slope) = KernelFunction<Double>(CK_RELU, CK_DOUBLE)(x)
        #expect(value[..<6] == [0, 0, 0, 3.25, .infinity, 0] && value[6].isNaN)
        #expect(slope[..<6] == [0, 0, 0, 1, 1, 0] && slope[6].isNaN)
        let (valueS, slopeS) = KernelFunction<Float>(CK_RELU, CK_SINGLE)(x.map { Float($0) })
        #expect(valueS[..<6] == [0, 0, 0, 3.25, .infinity, 0] && valueS[6].isNaN)
        #expect(slopeS[..<6] == [0, 0, 0, 1, 1, 0] && slopeS[6].isNaN)
        // At zero selu takes the slope of its exponential side.
        let selu = KernelFunction<Double>(CK_SELU, CK_DOUBLE)([0, -0.0])
        #expect(selu.value == [0, 0] && selu.value[1].sign == .minus)
        #expect(abs(selu.slope[0] - 1.7580993408473768) < 1e-15)
    }

    @Test func kernelsLogSigmoidSpecialValues() {
        let (value, slope) = KernelFunction<Double>(CK_LOG_SIGMOID, CK_DOUBLE)([
            -.infinity, -1e300, 1e300, .infinity, .nan, 0,
        ])
        #expect(
            value[..<4] == [-.infinity, -1e300, 0, 0] && value[4].isNaN && abs(value[5] + 0.6931471805599453) < 2e-16)
        #expect(slope[..<4] == [1, 1, 0, 0] && slope[4].isNaN && slope[5] == 0.5)
        // Where the table of exact values ends: ln σ(40) = −e^{−40}, and its tail down to subnormal numbers.
        let (tail, decay) = KernelFunction<Double>(CK_LOG_SIGMOID, CK_DOUBLE)([40, 740])
        #expect(kernelUlps(tail[0], -4.248354255291589e-18) <= 2 && kernelUlps(decay[0], 4.248354255291589e-18) <= 2)
        #expect(tail[1] < 0 && tail[1] > -5 * .leastNormalMagnitude && decay[1] == -tail[1])
    }

    @Test(arguments: realActivations)
    private func kernelsRealSpecialValues(_ activation: RealActivation) {
        let limits: [String: (value: [Double], slope: [Double])] = [
            // at −∞, −huge, huge, ∞
            "exp": ([0, 0, .infinity, .infinity], [0, 0, .infinity, .infinity]),
            "tanh": ([-1, -1, 1, 1], [0, 0, 0, 0]),
            "selu": (
                [-1.7580993408473768, -1.7580993408473768, 1.0507009873554805e300, .infinity],
                [0, 0, 1.0507009873554805, 1.0507009873554805]
            ),
            "gelu": ([0, 0, 1e300, .infinity], [0, 0, 1, 1]),
            "log_cosh": ([.infinity, 1e300, 1e300, .infinity], [-1, -1, 1, 1]),
        ]
        guard let expected = limits[activation.name] else {
            Issue.record("no limits for \(activation.name)")
            return
        }
        let x: [Double] = [-.infinity, -1e300, 1e300, .infinity]
        let (value, slope) = KernelFunction(activation.double)(x)
        let (valueS, slopeS) = KernelFunction(activation.single)([-.infinity, -1e30, 1e30, .infinity])
        for i in 0..<4 {
            #expect(kernelUlps(value[i], expected.value[i]) <= 1)
            #expect(kernelUlps(slope[i], expected.slope[i]) <= 1)
            let inRange = abs(expected.value[i]) < 1e100 || expected.value[i].isInfinite
            #expect(kernelUlps(valueS[i], inRange ? expected.value[i] : expected.value[i] * 1e-270) <= 2)
            #expect(kernelUlps(slopeS[i], expected.slope[i]) <= 1)
        }
        let nan = KernelFunction(activation.double)([.nan, 1])
        #expect(nan.value[0].isNaN && nan.slope[0].isNaN && nan.value[1].isFinite)
        let nanS = KernelFunction(activation.single)([.nan, 1])
        #expect(nanS.value[0].isNaN && nanS.slope[0].isNaN && nanS.value[1].isFinite)
        // Odd functions keep the sign of zero, and subnormal arguments are not flushed.
        if ["tanh", "selu", "gelu"].contains(activation.name) {
            #expect(KernelFunction(activation.double)([-0.0]).value[0].sign == .minus)
            let tiny = 4096 * Double.leastNonzeroMagnitude
            let slopeAtZero = KernelFunction(activation.double)([tiny]).slope[0]
            let value = KernelFunction(activation.double)([-tiny]).value[0]
            let left = activation.name == "selu" ? 1.7580993408473768 : slopeAtZero
            #expect(abs(value + left * tiny) <= Double.leastNonzeroMagnitude)
        }
    }

    /// Missing outputs, work in place, every length around the vector widths and unaligned starts.
    @Test(arguments: realActivations)
    private func kernelsRealShapes(_ activation: RealActivation) {
        var random = KernelRandom(7)
        for n in [0, 1, 2, 7, 15, 16, 17, 31, 32, 33, 63, 65, 130] {
            let x = random.array(n, of: Double.self).map { 4 * $0 }
            let (value, slope) = KernelFunction(activation.double)(x)
            let xS = x.map { Float($0) }
            let (valueS, slopeS) = KernelFunction(activation.single)(xS)
            for i in 0..<n {
                let one = KernelFunction(activation.double)([x[i]])
                #expect(kernelUlps(one.value[0], value[i]) <= 2 && kernelUlps(one.slope[0], slope[i]) <= 4)
                let oneS = KernelFunction(activation.single)([xS[i]])
                #expect(kernelUlps(oneS.value[0], Double(valueS[i])) <= 2)
                #expect(kernelUlps(oneS.slope[0], Double(slopeS[i])) <= 4)
            }
            guard activation.name != "exp" else { continue }
            var alone = [Double](repeating: .nan, count: n + 2)
            alone.withUnsafeMutableBufferPointer { buffer in
                activation.double(x, buffer.baseAddress.map { $0 + 1 }, nil, n)
            }
            #expect(alone[0].isNaN && alone[n + 1].isNaN)
            #expect(kernelDifference(Array(alone[1..<n + 1]), value) < 1e-15)
            var slopeAlone = [Double](repeating: .nan, count: n + 1)
            activation.double(x, nil, &slopeAlone, n)
            #expect(kernelDifference(Array(slopeAlone[..<n]), slope) < 1e-15)
            var inPlace = x
            var slopeInPlace = [Double](repeating: 0, count: n)
            inPlace.withUnsafeMutableBufferPointer { buffer in
                activation.double(UnsafePointer(buffer.baseAddress), buffer.baseAddress, &slopeInPlace, n)
            }
            #expect(kernelDifference(inPlace, value) < 1e-15 && kernelDifference(slopeInPlace, slope) < 1e-15)
        }
    }

    @Test func kernelsReimSelu() {
        var random = KernelRandom(8)
        let z = random.array(2 * 77, of: Double.self).map { 6 * $0 }
        let (value, slope) = KernelFunction(CK_REIM_SELU, CK_COMPLEX_DOUBLE)(z)
        let (valueC, slopeC) = KernelFunction(CK_REIM_SELU, CK_COMPLEX_SINGLE)(z.map { Float($0) })
        let selu = KernelFunction<Double>(CK_SELU, CK_DOUBLE)(z.map { 2.0.squareRoot() * $0 })
        #expect(kernelDifference(value, selu.value.map { $0 / 2.0.squareRoot() }) < 1e-15)
        #expect(kernelDifference(slope, selu.slope) < 2e-15)
        #expect(kernelDifference(valueC, value.map { Float($0) }) < 1e-6)
        #expect(kernelDifference(slopeC, slope.map { Float($0) }) < 1e-6)
    }

    #if arch(x86_64) && !os(Windows)
        /// Value and slope in extended precision.
        private static func extended(_ name: String, _ x: Float80) -> (Float80, Float80) {
            let scale: Float80 = 1.0507009873554804934193349852946
            let scaleAlpha: Float80 = 1.75809934084737685994021752081
            let u = Float80.exp(-2 * abs(x))
            switch name {
            case "exp": return (.exp(x), .exp(x))
            case "tanh": return (.tanh(x), 4 * u / ((1 + u) * (1 + u)))
            case "selu":
                return x > 0 ? (scale * x, scale) : (scaleAlpha * .expMinusOne(x), scaleAlpha * .exp(x))
            case "gelu":
                let linear: Float80 = 0.7978845608028653558798921
                let a = linear * (x + 0.044715 * x * x * x)
                let derivative = linear * (1 + 3 * 0.044715 * x * x)
                let decay = Float80.exp(-2 * abs(a))
                let sigmoid = (a < 0 ? decay : 1) / (1 + decay)
                return (x * sigmoid, sigmoid + 2 * x * derivative * decay / ((1 + decay) * (1 + decay)))
            default:
                // ½ ln(1 + sinh²) near zero, where the other form cancels.
                let sinh = Float80.expMinusOne(2 * abs(x)) / (2 * .exp(abs(x)))
                let value =
                    abs(x) < 1 ? Float80.log(onePlus: sinh * sinh) / 2 : abs(x) + .log(onePlus: u) - .log(2)
                return (value, .tanh(x))
            }
        }

        @Test(arguments: realActivations)
        private func kernelsRealRandomAgainstExtended(_ activation: RealActivation) {
            var random = KernelRandom(9)
            // Uniform over what matters, then every order of magnitude, of both signs.
            let uniform = random.array(4000, of: Double.self).map { 30 * $0 }
            let fine = random.array(4000, of: Double.self)
            let wide = random.array(4000, of: Double.self).map {
                ($0 < 0 ? -1 : 1) * .exp(.log(1e-300) + 1380 * abs($0))
            }
            let deep = random.array(4000, of: Double.self).map { 740 * $0 }
            let x = (uniform + fine + wide + deep).filter { abs($0) < 1e300 }
            let xS = x.map { Float($0) }.filter { abs($0) < 1e9 }
            let (value, slope) = KernelFunction(activation.double)(x)
            let (valueS, slopeS) = KernelFunction(activation.single)(xS)
            var worst = [0.0, 0, 0, 0]
            for i in x.indices {
                let (v, s) = Self.extended(activation.name, Float80(x[i]))
                let scales = activation.againstArgument ? (max(abs(v), abs(Float80(x[i]))), max(abs(s), 1)) : (v, s)
                worst[0] = max(worst[0], Self.ulps(value[i], v, scales.0))
                worst[1] = max(worst[1], Self.ulps(slope[i], s, scales.1))
            }
            for i in xS.indices {
                let (v, s) = Self.extended(activation.name, Float80(xS[i]))
                let scales = activation.againstArgument ? (max(abs(v), abs(Float80(xS[i]))), max(abs(s), 1)) : (v, s)
                worst[2] = max(worst[2], Self.ulps(valueS[i], v, scales.0))
                worst[3] = max(worst[3], Self.ulps(slopeS[i], s, scales.1))
            }
            #expect(worst.allSatisfy { $0 <= 3.2 }, "\(worst)")
        }

        @Test func kernelsLogSigmoidAgainstExtended() {
            var random = KernelRandom(10)
            let x =
                [30.0, 1.3, 700].flatMap { scale in random.array(4000, of: Double.self).map { scale * $0 } } + [
                    1.2, -1.2,
                ]
            let (value, slope) = KernelFunction<Double>(CK_LOG_SIGMOID, CK_DOUBLE)(x)
            let (valueS, slopeS) = KernelFunction<Float>(CK_LOG_SIGMOID, CK_SINGLE)(x.map { Float($0) })
            var worst = [0.0, 0, 0, 0]
            func exact(_ x: Float80) -> (Float80, Float80) {
                let decay = Float80.exp(-abs(x))
                return (min(x, 0) - .log(onePlus: decay), (x < 0 ? 1 : decay) / (1 + decay))
            }
            for i in x.indices {
                let ((v, s), (vS, sS)) = (exact(Float80(x[i])), exact(Float80(Float(x[i]))))
                worst[0] = max(worst[0], Self.ulps(value[i], v, v))
                worst[1] = max(worst[1], Self.ulps(slope[i], s, s))
                worst[2] = max(worst[2], Self.ulps(valueS[i], vS, vS))
                worst[3] = max(worst[3], Self.ulps(slopeS[i], sS, sS))
            }
            #expect(worst.allSatisfy { $0 <= 4 }, "\(worst)")
        }

        private static func ulps<R: BinaryFloatingPoint>(_ value: R, _ exact: Float80, _ scale: Float80) -> Double {
            let rounded = R(exact)
            if rounded.isInfinite || value.isInfinite { return rounded == value ? 0 : .infinity }
            return Double(abs(Float80(value) - exact) / Float80(max(R(abs(scale)).ulp, R.leastNonzeroMagnitude)))
        }
    #endif
}
