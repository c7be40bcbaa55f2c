import CKernels
import DistQGT
import KernelTestSupport
import Testing

/// Inner products of outer products of modes against their definition.
@Suite struct ModeGramKernelTests {
    @Test func gramOfOuterProducts() {
        var random = KernelRandom(91)
        for _ in 0..<40 {
            let complexModes = Int.random(in: 0...5, using: &random)
            let slots = 2 * complexModes + Int.random(in: complexModes == 0 ? 1...3 : 0...3, using: &random)
            let components = Int.random(in: 1...2, using: &random)
            let (inputs, outputs) = (Int.random(in: 1...9, using: &random), Int.random(in: 1...9, using: &random))
            let samples = Int.random(in: 1...90, using: &random)
            let rows = Int.random(in: 0..<samples, using: &random)..<samples
            let first = Int.random(in: 0..<samples, using: &random)
            let columns = first..<Int.random(in: first...samples, using: &random)
            let roots = random.array(slots, of: Double.self)
            let x = random.array(samples * slots * inputs, of: Double.self)
            let y = random.array(samples * components * slots * outputs, of: Double.self)

            func packed(_ source: [Double], _ channels: Int, _ components: Int, _ roots: [Double]?) -> (
                [Double], Int, Int
            ) {
                let block = 8 * slots * channels + 3
                let component = (samples + 7) / 8 * block
                var target = [Double](repeating: .nan, count: components * component)
                for c in 0..<components {
                    source.withUnsafeBufferPointer { source in
                        target.withUnsafeMutableBufferPointer { target in
                            guard let source = source.baseAddress, let target = target.baseAddress else { return }
                            let (from, to) = (source + c * slots * channels, target + c * component)
                            let stride = components * slots * channels
                            if let roots {
                                ck_pack_modes_d(from, roots, slots, channels, stride, samples, to, block)
                            } else {
                                ck_pack_modes_d(from, nil, slots, channels, stride, samples, to, block)
                            }
                        }
                    }
                }
                return (target, block, component)
            }
            let (xPacked, xBlock, xComponent) = packed(x, inputs, 1, roots)
            let (yPacked, yBlock, yComponent) = packed(y, outputs, components, nil)
            let stride = components * columns.count + 2
            let start = random.array(rows.count * components * stride, of: Double.self)
            var t = start
            xPacked.withUnsafeBufferPointer { xModes in
                yPacked.withUnsafeBufferPointer { yModes in
                    var left = ck_packed_modes(
                        modes: xModes.baseAddress, channels: inputs, block: xBlock, components: 1, component: xComponent
                    )
                    var right = ck_packed_modes(
                        modes: yModes.baseAddress, channels: outputs, block: yBlock, components: components,
                        component: yComponent)
                    ck_add_mode_gram_d(
                        complexModes, slots, &left, &right, rows.lowerBound, rows.count, columns.lowerBound,
                        columns.count, &t, stride)
                }
            }

            /// The numbers x† ⊗ y of a sample, slot by slot.
            func outer(_ s: Int, _ c: Int) -> [Double] {
                func a(_ slot: Int, _ i: Int) -> Double { roots[slot] * x[(s * slots + slot) * inputs + i] }
                func b(_ slot: Int, _ o: Int) -> Double { y[((s * components + c) * slots + slot) * outputs + o] }
                var result: [Double] = []
                for i in 0..<inputs {
                    for o in 0..<outputs {
                        for m in 0..<complexModes {
                            result.append(a(2 * m, i) * b(2 * m, o) + a(2 * m + 1, i) * b(2 * m + 1, o))
                            result.append(a(2 * m, i) * b(2 * m + 1, o) - a(2 * m + 1, i) * b(2 * m, o))
                        }
                        for slot in 2 * complexModes..<slots { result.append(a(slot, i) * b(slot, o)) }
                    }
                }
                return result
            }
            let outers = (0..<samples).map { s in (0..<components).map { outer(s, $0) } }
            var largest = 0.0
            for (r, s) in rows.enumerated() {
                for a in 0..<components {
                    for column in 0..<stride {
                        let place = (r * components + a) * stride + column
                        let (c, b) = (column / components, column % components)
                        let product =
                            c < columns.count
                            ? zip(outers[s][a], outers[columns.lowerBound + c][b]).reduce(0) { $0 + $1.0 * $1.1 } : 0
                        largest = max(largest, abs(t[place] - start[place] - product))
                    }
                }
            }
            #expect(
                largest < 1e-12 * Double(slots * inputs * outputs),
                "\(complexModes) \(slots) \(inputs) \(outputs) \(samples)")
        }
    }
}
