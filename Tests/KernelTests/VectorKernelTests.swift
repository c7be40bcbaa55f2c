import CKernels
import Foundation
import KernelTestSupport
import Testing

@Suite struct VectorKernelTests {
    private func result<R>(_ start: [R], _ body: (inout [R]) -> Void) -> [R] {
        var y = start
        body(&y)
        return y
    }

    private func interleaved<R>(_ n: Int, _ parts: (Int) -> (R, R)) -> [R] {
        (0..<n).flatMap { i -> [R] in
            let (re, im) = parts(i)
            return [re, im]
        }
    }

    /// What a kernel should leave: `y` on top of `start` or alone.
    private func sum<R: BinaryFloatingPoint>(_ accumulate: Int32, _ start: [R], _ y: [R]) -> [R] {
        accumulate == 0 ? y : zip(start, y).map { $0 + $1 }
    }

    @Test(arguments: [0, 1, 7, 64, 129])
    func kernelsVectors(n: Int) {
        var random = KernelRandom(31)
        let (x, y) = (random.array(2 * n, of: Double.self), random.array(2 * n, of: Double.self))
        let (xS, yS) = (x.map { Float($0) }, y.map { Float($0) })
        #expect(
            kernelDifference(
                result(y) { ck_axpy(CK_DOUBLE, -1.25, 0, x, &$0, 2 * n, 1) }, zip(x, y).map { $1 - 1.25 * $0 }) < 1e-15)
        #expect(
            kernelDifference(
                result(yS) { ck_axpy(CK_SINGLE, -1.25, 0, xS, &$0, 2 * n, 1) }, zip(xS, yS).map { $1 - 1.25 * $0 })
                < 5e-7
        )
        #expect(result(y) { ck_axpy(CK_DOUBLE, 3, 0, x, &$0, 2 * n, 0) } == x.map { 3 * $0 })
        #expect(result(yS) { ck_axpy(CK_SINGLE, 3, 0, xS, &$0, 2 * n, 0) } == xS.map { 3 * $0 })
        #expect(abs(ck_dot_d(x, y, 2 * n) - kernelDot(x, y)) < 1e-13)
        #expect(ck_dot_d(x, y, 2 * n) == ck_dot_d(x, y, 2 * n))
        for acc in [0, 1] as [Int32] {
            let product: [Double] = interleaved(n) { i in
                let (re, im) = (x[2 * i], x[2 * i + 1])
                return (0.5 * re + 2 * im, 0.5 * im - 2 * re)
            }
            let exact = sum(acc, y, product)
            #expect(kernelDifference(result(y) { ck_axpy(CK_COMPLEX_DOUBLE, 0.5, -2, x, &$0, n, acc) }, exact) < 1e-15)
            let exactS = exact.map { Float($0) }
            #expect(
                kernelDifference(result(yS) { ck_axpy(CK_COMPLEX_SINGLE, 0.5, -2, xS, &$0, n, acc) }, exactS) < 5e-7)
        }
        var inPlace = x
        inPlace.withUnsafeMutableBufferPointer {
            ck_axpy(CK_COMPLEX_DOUBLE, 0, 1, $0.baseAddress, $0.baseAddress, n, 0)
        }
        let rotated: [Double] = interleaved(n) { (-x[2 * $0 + 1], x[2 * $0]) }
        #expect(inPlace == rotated)
    }

    @Test func kernelsPairProducts() {
        let sites = 9
        let s = (0..<3 * sites).map { Double($0 * 7 % 5) - 2 }
        var exact: [Double] = []
        for r in 0..<3 {
            for i in 0..<sites { for j in 0..<i { exact.append(s[r * sites + i] * s[r * sites + j]) } }
        }
        let zeros = [Double](repeating: 0, count: exact.count)
        #expect(result(zeros) { ck_pair_products(CK_DOUBLE, s, &$0, 3, sites) } == exact)
        let single = result(zeros.map { Float($0) }) { ck_pair_products(CK_SINGLE, s.map { Float($0) }, &$0, 3, sites) }
        #expect(single == exact.map { Float($0) })
    }

    /// More rows than lanes, and a last block that is not full.
    @Test(arguments: [0, 1, 8, 19])
    func kernelsPairSums(rows: Int) {
        let (sites, sums) = (7, 4)
        let s = (0..<rows * sites).map { Double($0 * 7 % 5) - 2 }
        let index = (0..<sites * (sites - 1) / 2).map { Int32($0 * 3 % 5) - 1 }
        var exact = [Double](repeating: 0, count: rows * sums)
        for r in 0..<rows {
            for i in 0..<sites {
                for j in 0..<i where index[i * (i - 1) / 2 + j] >= 0 {
                    exact[r * sums + Int(index[i * (i - 1) / 2 + j])] += s[r * sites + i] * s[r * sites + j]
                }
            }
        }
        var work = [Double](repeating: .nan, count: (sites + sums) * 8)
        let rest = [Double](repeating: .nan, count: rows * sums)
        #expect(result(rest) { ck_pair_sums(CK_DOUBLE, s, index, &$0, &work, rows, sites, sums) } == exact)
        var singleWork = [Float](repeating: .nan, count: (sites + sums) * 16)
        let single = result(rest.map { Float($0) }) {
            ck_pair_sums(CK_SINGLE, s.map { Float($0) }, index, &$0, &singleWork, rows, sites, sums)
        }
        #expect(single == exact.map { Float($0) })
    }

    @Test func kernelsScaledDifferences() {
        var random = KernelRandom(35)
        let (x, z) = (random.array(19, of: Double.self), random.array(19, of: Double.self))
        let exact = zip(x, z).map { 0.75 * ($0 - $1) }
        #expect(result(x) { ck_scaled_difference(CK_DOUBLE, 0.75, x, z, &$0, 19) } == exact)
    }

    @Test(arguments: [0, 1, 9, 64, 131])
    func kernelsConversions(n: Int) {
        var random = KernelRandom(32)
        let (z, x) = (random.array(2 * n, of: Double.self), random.array(n, of: Double.self))
        let xS = x.map { Float($0) }
        let spins = (0..<n).map { Int8($0 % 3 == 0 ? 1 : -1) }
        #expect(result(x) { ck_spins_to(CK_DOUBLE, spins, &$0, n) } == spins.map { Double($0) })
        #expect(result(xS) { ck_spins_to(CK_SINGLE, spins, &$0, n) } == spins.map { Float($0) })
        #expect(result(xS.map { _ in 0 }) { ck_narrow(CK_DOUBLE, x, &$0, n) } == xS)
        #expect(result(xS.map { _ in 0 }) { ck_narrow(CK_SINGLE, xS, &$0, n) } == xS)
        let (re, im): ([Double], [Double]) = ((0..<n).map { z[2 * $0] }, (0..<n).map { z[2 * $0 + 1] })
        for acc in [0, 1] as [Int32] {
            #expect(result(x) { ck_real_part_d(z, &$0, n, acc) } == sum(acc, x, re))
            #expect(result(x) { ck_imag_part_d(z, &$0, n, acc) } == sum(acc, x, im))
        }
    }

    @Test(arguments: [(1, 1, 1), (3, 19, 40), (4, 33, 8), (0, 5, 5), (2, 6, 0)])
    func kernelsGatherAndScatter(rows: Int, stride: Int, count: Int) {
        var random = KernelRandom(33)
        // −1 among the indices stands for a zero.
        let index = (0..<count).map { _ in Int32.random(in: -1..<Int32(stride), using: &random) }
        let x = random.array(2 * rows * stride, of: Double.self)
        let y = random.array(2 * rows * count, of: Double.self)
        let (xS, yS) = (x.map { Float($0) }, y.map { Float($0) })
        for acc in [0, 1] as [Int32] {
            func gathered<R: BinaryFloatingPoint>(_ x: [R], _ y: [R], width: Int) -> [R] {
                (0..<width * rows * count).map { i in
                    let (element, part) = (i / width, i % width)
                    let (r, j) = (element / count, element % count)
                    return R(Int(acc)) * y[i] + (index[j] < 0 ? 0 : x[(r * stride + Int(index[j])) * width + part])
                }
            }
            let (half, halfS) = (Array(y[..<(rows * count)]), Array(yS[..<(rows * count)]))
            #expect(
                result(half) { ck_gather(CK_DOUBLE, x, index, &$0, rows, stride, count, acc) }
                    == gathered(x, half, width: 1))
            #expect(
                result(halfS) { ck_gather(CK_SINGLE, xS, index, &$0, rows, stride, count, acc) }
                    == gathered(xS, halfS, width: 1)
            )
            #expect(
                result(y) { ck_gather(CK_COMPLEX_DOUBLE, x, index, &$0, rows, stride, count, acc) }
                    == gathered(x, y, width: 2))
            #expect(
                result(yS) { ck_gather(CK_COMPLEX_SINGLE, xS, index, &$0, rows, stride, count, acc) }
                    == gathered(xS, yS, width: 2))
        }
        // The transpose, indices repeating: ⟨gather x, y⟩ = ⟨x, scatter y⟩, on top of what was there.
        let forward = result(y.map { _ in 0.0 }) { ck_gather(CK_COMPLEX_DOUBLE, x, index, &$0, rows, stride, count, 0) }
        let back = result(x) { ck_scatter_add(CK_COMPLEX_DOUBLE, y, index, &$0, rows, stride, count) }
        #expect(abs(kernelDot(forward, y) + kernelDot(x, x) - kernelDot(x, back)) < 1e-11)
        let half = Array(x[..<(rows * stride)])
        let real = result(half) { ck_scatter_add(CK_DOUBLE, y, index, &$0, rows, stride, count) }
        let forwardReal = result(y.map { _ in 0.0 }) { ck_gather(CK_DOUBLE, x, index, &$0, rows, stride, count, 0) }
        #expect(abs(kernelDot(forwardReal, y) + kernelDot(half, half) - kernelDot(half, real)) < 1e-11)
        let single = result(xS) { ck_scatter_add(CK_COMPLEX_SINGLE, yS, index, &$0, rows, stride, count) }
        #expect(kernelDifference(single, back.map { Float($0) }) < 1e-5)
        let singleReal = result(half.map { Float($0) }) {
            ck_scatter_add(CK_SINGLE, yS, index, &$0, rows, stride, count)
        }
        #expect(kernelDifference(singleReal, real.map { Float($0) }) < 1e-5)
    }

    @Test func kernelsFreeSites() {
        // Two of four spins up: once both are used, or two are down, the rest follows.
        let spins: [Double] = [1, 1, -1, -1, 1, -1, 1, -1, -1, 1, -1, 1, -1, -1, 1, 1]
        let free: [Double] = [1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 0]
        let nothing = [Double](repeating: 7, count: 16)
        #expect(result(nothing) { ck_free_sites(CK_DOUBLE, spins, &$0, 4, 4, 2) } == free)
        #expect(result(nothing) { ck_free_sites(CK_DOUBLE, spins, &$0, 4, 4, 0) } == nothing.map { _ in 0 })
        #expect(
            result(nothing.map { Float($0) }) { ck_free_sites(CK_SINGLE, spins.map { Float($0) }, &$0, 4, 4, 2) }
                == free.map { Float($0) })
    }

    @Test(arguments: [(1, 1, 1), (5, 3, 20), (2, 4, 0), (3, 1, 33)])
    func kernelsBlocks(rows: Int, vectors: Int, features: Int) {
        var random = KernelRandom(34)
        let stride = rows * features + 3
        let x = random.array(vectors * stride, of: Double.self)
        let n = rows * vectors * features
        /// Place in x of element i of the block.
        func place(_ i: Int) -> Int {
            let (r, v, f) = (i / features / vectors, i / features % vectors, i % features)
            return v * stride + r * features + f
        }
        let block = result([Double](repeating: 0, count: n)) {
            ck_block_in(CK_DOUBLE, x, stride, &$0, rows, vectors, features)
        }
        #expect(block == (0..<n).map { x[place($0)] })
        let blockS = result([Float](repeating: 0, count: n)) {
            ck_block_in(CK_SINGLE, x, stride, &$0, rows, vectors, features)
        }
        #expect(blockS == block.map { Float($0) })
        // Back, and what lies between the vectors is left alone.
        for acc in [0, 1] as [Int32] {
            var exact = x
            var exactS = x
            for i in 0..<n {
                exact[place(i)] = Double(acc) * x[place(i)] + block[i]
                exactS[place(i)] = Double(acc) * x[place(i)] + Double(blockS[i])
            }
            #expect(result(x) { ck_block_out(CK_DOUBLE, block, &$0, stride, rows, vectors, features, acc) } == exact)
            #expect(result(x) { ck_block_out(CK_SINGLE, blockS, &$0, stride, rows, vectors, features, acc) } == exactS)
        }
    }

    @Test func kernelsVectorUnits() throws {
        let units = String(cString: ck_vector_units())
        #expect(["avx512", "avx2", "baseline", "generic"].contains(units))
        #if arch(x86_64) && os(Linux)
            // The architecture levels v3 and v4, told by the operating system's list of features.
            let text = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
            let line = text.split(separator: "\n").first { $0.hasPrefix("flags") } ?? ""
            let flags = Set(line.split(separator: " ").map(String.init))
            let third = flags.isSuperset(of: ["avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe"])
            let fourth = flags.isSuperset(of: ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"])
            #expect(units == (third && fourth ? "avx512" : third ? "avx2" : "baseline"))
        #endif
    }
}
