import Communication
import DistQGT
import DistQGTTestSupport
import Foundation
import Testing

@Suite struct SamplingFullSummationTests {
    private func summation(_ states: [Int], siteCount: Int) throws -> FullSummation {
        try FullSummation(dimension: states.count, shard: Shard(offset: 0, count: states.count)) {
            TabulatedAmplitudes.configurations(states[$0], siteCount: siteCount)
        }
    }

    @Test func fullSummationProbabilities() throws {
        let amplitudes = TabulatedAmplitudes(siteCount: 6, seed: 12, blockRows: 7)
        // Far beyond what exp can hold: only the shift by the maximum gives numbers.
        for state in 0..<64 { amplitudes.logPsi[2 * state] += 1000 }
        amplitudes.logPsi[2 * 5] = -.infinity
        let states = (0..<64).filter { $0.nonzeroBitCount != 3 }
        let result = try summation(states, siteCount: 6).evaluate(amplitudes, communicator: .alone())
        let weights = states.map { exp(2 * (amplitudes.logPsi[2 * $0] - 1000)) }
        let sum = weights.reduce(0, +)
        for (index, state) in states.enumerated() {
            #expect((result.probabilities[index] - weights[index] / sum).magnitude < 1e-15)
            #expect(result.isSkipped(index) == (state == 5))
            #expect(result.logPsi[2 * index + 1] == amplitudes.logPsi[2 * state + 1])
        }
        #expect((result.probabilities.reduce(0, +) - 1).magnitude < 1e-14)
        #expect((result.logNormSquared - 2000 - log(sum)).magnitude < 1e-12)
    }

    @Test func fullSummationOverASector() throws {
        let space = try HilbertSpace(siteCount: 6, magnetisation: 2)
        let parts = try (0..<4).map { try FullSummation(space, rank: $0, size: 4) }
        #expect(parts.map(\.configurations.count) == [4, 4, 4, 3])
        let states = parts.flatMap { part in
            (0..<part.configurations.count).map {
                TabulatedAmplitudes.index(of: part.configurations[row: $0])
            }
        }
        #expect(Set(states) == Set((0..<64).filter { $0.nonzeroBitCount == 2 }))
        #expect(states.count == 15)
        #expect(throws: HilbertSpaceError.self) {
            try FullSummation(HilbertSpace(siteCount: 100), rank: 0, size: 1)
        }
    }

    @Test func fullSummationRefusesWhatIsNoNumber() throws {
        let amplitudes = TabulatedAmplitudes(siteCount: 3, seed: 1)
        amplitudes.logPsi[6] = .nan
        let summation = try summation(Array(0..<8), siteCount: 3)
        #expect(throws: SamplerError.amplitudeInvalid) {
            try summation.evaluate(amplitudes, communicator: .alone())
        }
        for state in 0..<8 { amplitudes.logPsi[2 * state] = -.infinity }
        #expect(throws: SamplerError.waveFunctionVanishes) {
            try summation.evaluate(amplitudes, communicator: .alone())
        }
    }
}
