import CKernels
import DistQGT
import KernelTestSupport
import LinearAlgebra
import Numerics
import Testing

/// Layer normalisation, row mixing and gathers with gaps against plain loops in double.
@Suite struct NetworkKernelTests {
    @Test(arguments: [(1, 1, 1), (5, 1, 37), (3, 4, 8), (0, 2, 5), (7, 2, 16)])
    func kernelsNormaliseRows(rows: Int, vectors: Int, features: Int) {
        var random = KernelRandom(51)
        // Rows of different sizes, far from zero: the variance is a small part of the squares.
        let sizes = [0.01, 0.1, 1, 10]
        let x = random.array(rows * features, of: Double.self).enumerated().map { index, value -> Double in
            3 + value * sizes[(index / features) % 4]
        }
        let dx = random.array(rows * vectors * features, of: Double.self)
        let start = random.array(rows * vectors * features, of: Double.self)
        let epsilon = 1e-6
        func normalised(_ x: ArraySlice<Double>) -> (values: [Double], inverse: Double) {
            let mean = x.reduce(0, +) / Double(x.count)
            let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
            let inverse = 1 / (variance + epsilon).squareRoot()
            return (x.map { ($0 - mean) * inverse }, inverse)
        }
        typealias Line = (values: [Double], inverse: Double)
        let lines: [Line] = (0..<rows).map { normalised(x[$0 * features..<($0 + 1) * features]) }
        let values = lines.flatMap(\.values)
        let slopes = lines.flatMap { $0.values + [$0.inverse] }
        var (y, slope) = ([Double](repeating: 0, count: x.count), [Double](repeating: 0, count: rows * (features + 1)))
        ck_normalise_rows(CK_DOUBLE, x, &y, &slope, rows, features, epsilon)
        #expect(kernelDifference(y, values) < 1e-13 && kernelDifference(slope, slopes) < 1e-13)
        var inPlace = x
        inPlace.withUnsafeMutableBufferPointer {
            ck_normalise_rows(CK_DOUBLE, $0.baseAddress, $0.baseAddress, nil, rows, features, epsilon)
        }
        #expect(inPlace == y)
        // The values of single-precision input, exactly represented, and its derivative.
        let xS = x.map { Float($0) }
        let exactS = xS.map { Double($0) }
        let linesS: [Line] = (0..<rows).map { normalised(exactS[$0 * features..<($0 + 1) * features]) }
        var (yS, slopeS) = ([Float](repeating: 0, count: x.count), [Float](repeating: 0, count: rows * (features + 1)))
        ck_normalise_rows(CK_SINGLE, xS, &yS, &slopeS, rows, features, epsilon)
        #expect(kernelDifference(yS, linesS.flatMap(\.values).map { Float($0) }) < 1e-6)

        for accumulate in [0, 1] as [Int32] {
            let expected = (0..<rows * vectors * features).map { i -> Double in
                let (row, block) = (i / features / vectors, i / features)
                let tangent = Array(dx[block * features..<(block + 1) * features])
                let line = lines[row]
                let mean: Double = tangent.reduce(0, +) / Double(features)
                let along: Double = kernelDot(line.values, tangent) / Double(features)
                let value: Double = line.inverse * (dx[i] - mean - line.values[i % features] * along)
                return accumulate == 1 ? start[i] + value : value
            }
            var dy = start
            ck_normalise_tangents(CK_DOUBLE, slope, dx, &dy, rows, vectors, features, accumulate)
            #expect(kernelDifference(dy, expected) < 1e-12)
            var dyS = start.map { Float($0) }
            ck_normalise_tangents(
                CK_SINGLE,
                slope.map { Float($0) }, dx.map { Float($0) }, &dyS, rows, vectors, features, accumulate)
            #expect(kernelDifference(dyS, expected.map { Float($0) }) < 2e-5)
        }
        var tangents = dx
        tangents.withUnsafeMutableBufferPointer {
            ck_normalise_tangents(CK_DOUBLE, slope, $0.baseAddress, $0.baseAddress, rows, vectors, features, 0)
        }
        var apart = dx
        ck_normalise_tangents(CK_DOUBLE, slope, dx, &apart, rows, vectors, features, 0)
        #expect(tangents == apart)
    }

    /// groups, rows out, rows in, vectors, features, heads; more input rows and features than a block and a strip.
    @Test(arguments: [
        [1, 1, 1, 1, 1, 1], [3, 2, 4, 1, 6, 3], [2, 3, 2, 3, 40, 5], [4, 2, 70, 1, 16, 16], [0, 2, 2, 1, 4, 2],
    ])
    func kernelsMixRows(_ sizes: [Int]) {
        let (groups, outer, inner, vectors, features, heads) = (
            sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], sizes[5]
        )
        var random = KernelRandom(52)
        typealias Z = Complex<Double>
        func numbers(_ count: Int) -> [Double] { random.array(2 * count, of: Double.self) }
        let a = numbers(outer * inner * vectors * heads)
        let x = numbers(groups * inner * vectors * features)
        let start = numbers(groups * outer * vectors * features)
        let shape = RowMixingShape(
            groups: groups, outputRows: outer, inputRows: inner, vectors: vectors, features: features, heads: heads,
            coefficientStrides: (inner * vectors * heads, vectors * heads, heads),
            inputStrides: (vectors * features, features))
        func z(_ x: [Double], _ i: Int, _ complex: Bool) -> Z { complex ? Z(x[2 * i], x[2 * i + 1]) : Z(x[i]) }
        func close<R: TapeScalar>(_ type: R.Type, _ tolerance: Double, complex: Bool, conjugate: Bool, accumulate: Bool)
        {
            let count = groups * outer * vectors * features
            let expected = (0..<count).flatMap { i -> [Double] in
                let (f, v, o, g) = (
                    i % features, i / features % vectors, i / features / vectors % outer, i / features / vectors / outer
                )
                var sum: Z = accumulate ? z(start, i, complex) : 0
                for r in 0..<inner {
                    let factor = z(a, ((o * inner + r) * vectors + v) * heads + f / (features / heads), complex)
                    sum +=
                        (conjugate ? factor.conjugate : factor)
                        * z(x, ((g * inner + r) * vectors + v) * features + f, complex)
                }
                return complex ? [sum.real, sum.imaginary] : [sum.real]
            }
            var y = start.prefix(expected.count).map { R($0) }
            R.mixRows(
                shape, a.map { R($0) }, x.map { R($0) }, &y, complex: complex, conjugate: conjugate,
                accumulate: accumulate)
            #expect(kernelDifference(y, expected.map { R($0) }) < tolerance, "\(type) \(complex) \(conjugate)")
            // The transpose in the coefficients, with the first vector's x for all.
            let width = complex ? 2 : 1
            let one = RowMixingShape(
                groups: groups, outputRows: outer, inputRows: inner, vectors: vectors, features: features, heads: heads,
                coefficientStrides: shape.coefficientStrides, inputStrides: (features, 0))
            var image = [R](repeating: 0, count: width * count)
            let input = (0..<width * groups * inner * features).map { R(x[$0]) }
            R.mixRows(one, a.map { R($0) }, input, &image, complex: complex, conjugate: false, accumulate: false)
            var back = [R](repeating: 0, count: width * outer * inner * vectors * heads)
            let seed = start.prefix(width * count).map { R($0) }
            R.addMixingCoefficients(one, input, seed, &back, complex: complex)
            let (left, right) = (kernelDot(image, seed), kernelDot(a.prefix(back.count).map { R($0) }, back))
            #expect(abs(left - right) < tolerance * 100 * Double(max(1, count)), "\(type) \(complex)")
        }
        for accumulate in [false, true] {
            close(Double.self, 1e-14, complex: false, conjugate: false, accumulate: accumulate)
            close(Float.self, 3e-6, complex: false, conjugate: false, accumulate: accumulate)
            for conjugate in [false, true] {
                close(Double.self, 1e-14, complex: true, conjugate: conjugate, accumulate: accumulate)
                close(Float.self, 3e-6, complex: true, conjugate: conjugate, accumulate: accumulate)
            }
        }
    }
}
