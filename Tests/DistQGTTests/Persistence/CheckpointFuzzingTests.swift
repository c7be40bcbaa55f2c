import DistQGT
import DistQGTTestSupport
import Foundation
import RunFiles
import Testing

/// Damaged checkpoints in one process: an error, never a crash or another checkpoint.
@Suite struct CheckpointFuzzingTests {
    /// Cases: 300, or as many as DIST_VMC_FUZZ_CASES says.
    private static let cases = ProcessInfo.processInfo.environment["DIST_VMC_FUZZ_CASES"].flatMap { Int($0) } ?? 300

    private static func whole() throws -> [UInt8] {
        var checkpoint = Checkpoint(
            programVersion: "1", step: 7, configuration: "lattice: {type: chain}\n", seed: 3,
            parameters: [
                .init(name: "Dense/kernel", shape: [4, 3], kind: .float64, values: (0..<12).map { Double($0) / 7 }),
                .init(name: "Dense/bias", shape: [3], kind: .complex64, values: [1, 2, 3, 4, 5, 6]),
            ])
        checkpoint.optimiserState = ["first_moment": [1, 2, 3]]
        checkpoint.previousDirection = [0.5, 0.25]
        checkpoint.chains = .init(sites: 4, spins: [1, -1, 1, -1, -1, -1, 1, 1], drawCounters: [5, 6])
        return try checkpoint.encoded()
    }

    @Test func bitFlipsAndCutsAreFound() throws {
        let whole = try Self.whole()
        var generator = SplitMix64(seed: 1)
        for number in 0..<Self.cases {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^=
                    1 << UInt8.random(in: 0..<8, using: &generator)
            }
            if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator)) }
            if Int.random(in: 0..<8, using: &generator) == 0 {
                bytes += (0..<Int.random(in: 1..<600, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
            }
            guard bytes != whole else { continue }
            do {
                _ = try Checkpoint(decoding: bytes, path: "x")
                Issue.record("case \(number): a damaged checkpoint was read")
            } catch {
                #expect(error.description.contains("x"))
            }
        }
    }
}
