import DistQGT
import KernelTestSupport
import LinearAlgebra
import Testing

/// Convolutions through waves against sums over sites, for random lattices, channels and numbers of samples.
@Suite struct ConvolutionKernelTests {
    /// A lattice with channels and samples, and arrays on it.
    private struct Case {
        let waves: LatticeWaves
        let channels: (in: Int, out: Int)
        let samples: Int
        var sites: Int { waves.elements / waves.planes }

        /// The site t − s.
        func difference(_ t: Int, _ s: Int) -> Int {
            var (t, s, place, result) = (t, s, 1, 0)
            for n in waves.extents.reversed() {
                result += (t % n - s % n + n) % n * place
                place *= n
                t /= n
                s /= n
            }
            return result
        }

        /// y[o](t) = Σ κ[o,i](t − s) x[i](s) of one sample, in double.
        func convolution(_ kernel: [Double], _ x: [Double]) -> [Double] {
            let (n, p) = (waves.elements, waves.planes)
            var y = [Double](repeating: 0, count: channels.out * n)
            for o in 0..<channels.out {
                for i in 0..<channels.in {
                    for t in 0..<sites {
                        for s in 0..<sites {
                            let (a, b) = ((o * channels.in + i) * n + p * difference(t, s), i * n + p * s)
                            if p == 1 {
                                y[o * n + t] += kernel[a] * x[b]
                            } else {
                                y[o * n + 2 * t] += kernel[a] * x[b] - kernel[a + 1] * x[b + 1]
                                y[o * n + 2 * t + 1] += kernel[a] * x[b + 1] + kernel[a + 1] * x[b]
                            }
                        }
                    }
                }
            }
            return y
        }
    }

    /// Every extent with loops of its own, others, and random ones.
    private func cases(_ random: inout KernelRandom) -> [Case] {
        var extents =
            (1...17).map { [$0] } + [[1, 1], [10, 10], [6, 6], [2, 3, 4], [4, 4, 4], [3, 5, 2], [1, 8, 1]]
        for _ in 0..<12 {
            extents.append(
                (0..<Int.random(in: 1...3, using: &random)).map { _ in Int.random(in: 1...7, using: &random) })
        }
        return extents.flatMap { extents in
            [false, true].map { isComplex in
                Case(
                    waves: LatticeWaves(extents: extents, isComplex: isComplex),
                    channels: (Int.random(in: 1...4, using: &random), Int.random(in: 1...11, using: &random)),
                    samples: Int.random(in: 1...19, using: &random))
            }
        }
    }

    /// `R.convolve` with arrays; returns the modes of x, with 16 more numbers.
    @discardableResult
    private func convolve<R: TapeScalar>(
        _ waves: LatticeWaves, _ channels: (in: Int, out: Int), _ samples: Int, _ x: [R]?, _ strideX: Int, _ w: [R],
        _ strideW: Int, adjoint: Bool = false, adding second: (modes: [R], w: [R])? = nil, bias: [R]? = nil,
        into y: inout [R], _ strideY: Int, accumulate: Bool = false
    ) -> [R] {
        var scratch = [R](repeating: 0, count: R.convolutionScratch(waves, channels: channels.in + channels.out))
        var modes = [R](repeating: 0, count: samples * channels.in * waves.elements + 16)
        func pointer(_ array: [R]?) -> UnsafePointer<R>? {
            // The arrays outlive the call below.
            array.flatMap { $0.withUnsafeBufferPointer { $0.baseAddress } }
        }
        withExtendedLifetime((x, w, second, bias)) {
            modes.withUnsafeMutableBufferPointer { modes in
                y.withUnsafeMutableBufferPointer { y in
                    guard let target = y.baseAddress, let weights = pointer(w) else { return }
                    var term: (modes: UnsafePointer<R>, weights: UnsafePointer<R>, stride: Int)?
                    if let second, let modes = pointer(second.modes), let w = pointer(second.w) {
                        term = (modes, w, strideW)
                    }
                    R.convolve(
                        waves, pointer(x).map { ($0, strideX) }, weights: (weights, strideW), adjoint: adjoint,
                        adding: term,
                        bias: pointer(bias), modes: x == nil ? nil : modes.baseAddress, (target, strideY),
                        accumulate: accumulate,
                        channels: channels, samples: samples, interleaved: (false, false), scratch: &scratch)
                }
            }
        }
        return modes
    }

    private func rows<R>(_ x: [R], _ count: Int, _ stride: Int, _ width: Int) -> [[Double]]
    where R: BinaryFloatingPoint {
        (0..<count).map { row in (0..<width).map { Double(x[row * stride + $0]) } }
    }

    private func check<R: TapeScalar>(_ type: R.Type, seed: UInt64, tolerance: Double) {
        var random = KernelRandom(seed)
        for lattice in cases(&random) {
            let (waves, channels, samples) = (lattice.waves, lattice.channels, lattice.samples)
            let name = "\(waves.extents) planes \(waves.planes) channels \(channels) samples \(samples)"
            let n = waves.elements
            let (ins, outs, pairs) = (channels.in * n, channels.out * n, channels.in * channels.out)
            func array(_ count: Int) -> [R] { random.array(count, of: Double.self).map { R($0) } }
            // Longer strides than the arrays need.
            let (strideX, strideY, strideK, strideW) = (ins + 3, outs + 1, n + 2, pairs + 2)
            let x = array(samples * strideX)
            let start = array(samples * strideY)
            let kernel = array(pairs * strideK)
            let other = array(pairs * strideK)
            let bias = array(outs)
            let scratchCount = R.convolutionScratch(waves, channels: channels.in + channels.out)
            var scratch = [R](repeating: 0, count: scratchCount)
            func weights(_ kernel: [R]) -> [R] {
                var w = [R](repeating: 7, count: n * strideW)
                R.kernelToWeights(
                    waves, kernel, kernelStride: strideK, channels: channels, &w, stride: strideW, scratch: &scratch)
                #expect((0..<n).allSatisfy { w[$0 * strideW + pairs] == 7 && w[$0 * strideW + pairs + 1] == 7 })
                return w
            }
            let (w, v) = (weights(kernel), weights(other))

            // κ ∗ x + bias, and the modes of x.
            var y = start
            let modes = convolve(waves, channels, samples, x, strideX, w, strideW, bias: bias, into: &y, strideY)
            let dense = rows(kernel, pairs, strideK, n).flatMap { $0 }
            let denseOther = rows(other, pairs, strideK, n).flatMap { $0 }
            let samplesOfX = rows(x, samples, strideX, ins)
            let exact = samplesOfX.map { lattice.convolution(dense, $0) }
            let exactOther = samplesOfX.map { lattice.convolution(denseOther, $0) }
            let scale = Double(lattice.sites * channels.in).squareRoot()
            func compare(_ y: [R], _ expected: (Int, Int) -> Double, _ what: String) {
                var largest = 0.0
                for s in 0..<samples {
                    for e in 0..<outs { largest = max(largest, abs(Double(y[s * strideY + e]) - expected(s, e))) }
                }
                #expect(largest < tolerance * scale, "\(what) \(name)")
                #expect((0..<samples).allSatisfy { y[$0 * strideY + outs] == start[$0 * strideY + outs] }, "\(name)")
            }
            compare(y, { exact[$0][$1] + Double(bias[$1]) }, "κ ∗ x + b")

            // Both terms added to what is there, then the second alone.
            y = start
            convolve(
                waves, channels, samples, x, strideX, w, strideW, adding: (modes, v), into: &y, strideY,
                accumulate: true)
            compare(y, { exact[$0][$1] + exactOther[$0][$1] + Double(start[$0 * strideY + $1]) }, "two terms")
            convolve(waves, channels, samples, nil, strideX, w, strideW, adding: (modes, v), into: &y, strideY)
            compare(y, { exactOther[$0][$1] }, "second term")

            // The adjoint and the products of modes, against inner products with the sums over sites: Σ ȳ·(κ ∗ x) is Σ (κ†ȳ)·x
            // and, with κ replaced by another kernel, the product of that kernel with the cotangent of the kernel.
            let seeds = array(samples * strideY)
            var back = [R](repeating: 0, count: samples * strideX)
            let seedModes = convolve(
                waves, (channels.out, channels.in), samples, seeds, strideY, w, strideW, adjoint: true, into: &back,
                strideX)
            var cotangent = [R](repeating: 0, count: n * strideW)
            R.addModeProducts(
                waves, modes, seedModes, channels: channels, samples: samples, to: &cotangent, stride: strideW)
            var kernelCotangent = [R](repeating: 0, count: pairs * strideK)
            R.weightsToKernel(
                waves, cotangent, stride: strideW, channels: channels, addingTo: &kernelCotangent,
                kernelStride: strideK,
                scratch: &scratch)
            var forward = (own: 0.0, other: 0.0, back: 0.0)
            for s in 0..<samples {
                for e in 0..<outs {
                    let seed = Double(seeds[s * strideY + e])
                    forward.own += seed * exact[s][e]
                    forward.other += seed * exactOther[s][e]
                }
                for e in 0..<ins { forward.back += Double(back[s * strideX + e]) * samplesOfX[s][e] }
            }
            let size = scale * Double(samples * outs).squareRoot()
            #expect(abs(forward.own - forward.back) < tolerance * size, "adjoint \(name)")
            for (kernel, value) in [(kernel, forward.own), (other, forward.other)] {
                var product = 0.0
                for p in 0..<pairs {
                    for e in 0..<n {
                        product += Double(kernelCotangent[p * strideK + e]) * Double(kernel[p * strideK + e])
                    }
                }
                #expect(abs(product - value) < tolerance * size, "cotangent of the kernel \(name)")
            }
        }
    }

    @Test func doublePrecision() { check(Double.self, seed: 41, tolerance: 1e-14) }
    @Test func singlePrecision() { check(Float.self, seed: 42, tolerance: 2e-6) }

    /// A sample's result does not depend on its neighbours nor on its place.
    @Test func samplesAreIndependent() {
        var random = KernelRandom(43)
        let waves = LatticeWaves(extents: [6, 5], isComplex: false)
        let (samples, channels) = (21, (in: 2, out: 3))
        let (ins, outs, pairs) = (channels.in * 30, channels.out * 30, 6)
        let x = random.array(samples * ins, of: Double.self)
        let w = random.array(30 * pairs, of: Double.self)
        func convolved(_ x: [Double], _ samples: Int) -> [Double] {
            var y = [Double](repeating: 0, count: samples * outs)
            convolve(waves, channels, samples, x, ins, w, pairs, into: &y, outs)
            return y
        }
        let all = convolved(x, samples)
        for s in 0..<samples {
            #expect(convolved(Array(x[s * ins..<(s + 1) * ins]), 1) == Array(all[s * outs..<(s + 1) * outs]))
        }
    }

    /// Samples side by side and sample by sample: the same numbers.
    private func checkInterleaving<R: TapeScalar>(_ type: R.Type, seed: UInt64) {
        var random = KernelRandom(seed)
        for lattice in cases(&random) {
            let (waves, channels, samples) = (lattice.waves, lattice.channels, lattice.samples)
            let block = R.interleavedSamples(of: samples)
            let n = waves.elements
            let (ins, outs) = (channels.in * n, channels.out * n)
            func array(_ count: Int) -> [R] { random.array(count, of: Double.self).map { R($0) } }
            func interleaved(_ x: [R], _ width: Int) -> [R] {
                var y = [R](repeating: 0, count: R.wholeBlocks(samples) * width)
                for s in 0..<samples {
                    for e in 0..<width { y[s / block * block * width + e * block + s % block] = x[s * width + e] }
                }
                return y
            }
            let x = array(samples * ins)
            let w = array(n * channels.in * channels.out)
            let bias = array(outs)
            var scratch = [R](repeating: 0, count: R.convolutionScratch(waves, channels: channels.in + channels.out))
            let sources = [x, interleaved(x, ins)]
            var expected: [R] = []
            for (fromBlocks, toBlocks) in [(false, false), (true, false), (false, true), (true, true)] {
                var y = [R](repeating: 0, count: R.wholeBlocks(samples) * outs)
                sources[fromBlocks ? 1 : 0].withUnsafeBufferPointer { source in
                    w.withUnsafeBufferPointer { weights in
                        y.withUnsafeMutableBufferPointer { y in
                            guard let source = source.baseAddress, let target = y.baseAddress else { return }
                            R.convolve(
                                waves, (source, ins),
                                weights: (weights.baseAddress ?? source, channels.in * channels.out), adjoint: false,
                                adding: nil, bias: bias,
                                modes: nil, (target, outs), accumulate: false, channels: channels, samples: samples,
                                interleaved: (fromBlocks, toBlocks), scratch: &scratch)
                        }
                    }
                }
                if expected.isEmpty { expected = Array(y[..<(samples * outs)]) }
                let places = (0..<samples).flatMap { s in
                    (0..<outs).map { toBlocks ? s / block * block * outs + $0 * block + s % block : s * outs + $0 }
                }
                #expect(
                    places.map { y[$0] } == expected,
                    "\(waves.extents) \(channels) \(samples) \(fromBlocks) \(toBlocks)")
            }
        }
    }

    @Test func interleavingDoublePrecision() { checkInterleaving(Double.self, seed: 44) }
    @Test func interleavingSinglePrecision() { checkInterleaving(Float.self, seed: 45) }
}
