import Communication
import DistQGT
import DistQGTTestSupport
import Testing

@Suite struct SamplerErrorTests {
    private func error(
        _ rule: ProposalRule = .local(flips: 1), chains: Int = 2, samples: Int = 4, sweep: Int = 1,
        discard: Int = 0, magnetisation: Int? = nil
    ) throws -> SamplerError? {
        let parameters = try SamplerParameters(
            chains: chains, samples: samples, sweep: sweep, discard: discard, seed: 1,
            space: magnetisation.map { try HilbertSpace(siteCount: 5, magnetisation: $0) })
        do throws(SamplerError) {
            _ = try MetropolisSampler(
                rule: rule, parameters: parameters,
                evaluator: BatchedProposals(TabulatedAmplitudes(siteCount: 5, seed: 1)),
                shard: Shard.block(of: max(chains, 0), rank: 0, size: 1))
            return nil
        } catch {
            return error
        }
    }

    @Test func samplerRefusesWhatCannotBe() throws {
        let pairs = [SIMD2<Int32>(0, 1)]
        #expect(try error() == nil)
        #expect(try error(chains: 0) == .countTooSmall(name: "chains", value: 0, minimum: 1))
        #expect(try error(samples: -3) == .countTooSmall(name: "samples", value: -3, minimum: 1))
        #expect(try error(sweep: 0) == .countTooSmall(name: "sweep", value: 0, minimum: 1))
        #expect(try error(discard: -1) == .countTooSmall(name: "discard", value: -1, minimum: 0))
        #expect(try error(.local(flips: 0)) == .countTooSmall(name: "flips", value: 0, minimum: 1))
        #expect(try error(.local(flips: 6)) == .flipsExceedSites(flips: 6, sites: 5))
        #expect(try error(.local(flips: 5)) == nil)
        #expect(try error(.exchange(pairs: [])) == .noPairs)
        #expect(
            try error(.exchange(pairs: [SIMD2(1, 5)])) == .pairOutOfRange(first: 1, second: 5, sites: 5))
        #expect(
            try error(.exchange(pairs: [SIMD2(2, 2)])) == .pairOutOfRange(first: 2, second: 2, sites: 5))
        #expect(throws: HilbertSpaceError.magnetisationParity(magnetisation: 0, siteCount: 5)) {
            try error(.exchange(pairs: pairs), magnetisation: 0)
        }
        #expect(throws: HilbertSpaceError.magnetisationTooLarge(magnetisation: 7, siteCount: 5)) {
            try error(.exchange(pairs: pairs), magnetisation: 7)
        }
        #expect(try error(.exchange(pairs: pairs), magnetisation: -5) == nil)
        #expect(try error(.local(flips: 1), magnetisation: 1) == .leavesSector(flips: 1))
        #expect(try error(.local(flips: 3), magnetisation: 1) == .leavesSector(flips: 3))
        #expect(try error(.local(flips: 2), magnetisation: 1) == nil)
        #expect(try error(.mixture([])) == .emptyMixture)
        #expect(
            try error(.mixture([WeightedRule(weight: -1, rule: .local(flips: 1))])) == .invalidWeight(-1))
        #expect(try error(.mixture([WeightedRule(weight: 0, rule: .local(flips: 1))])) == .invalidWeight(0))
        #expect(
            try error(
                .mixture([
                    WeightedRule(weight: 1, rule: .exchange(pairs: pairs)),
                    WeightedRule(weight: 1, rule: .local(flips: 1)),
                ]), magnetisation: 1) == .leavesSector(flips: 1))
        #expect(try error(chains: 3, samples: Int.max) == .tooManySamples(Int.max))
    }

    @Test func samplerErrorsNameTheQuantity() {
        let named: [(SamplerError, String)] = [
            (.countTooSmall(name: "sweep", value: 0, minimum: 1), "sweep is 0"),
            (.flipsExceedSites(flips: 6, sites: 5), "flips is 6"),
            (.noPairs, "exchange"), (.leavesSector(flips: 1), "total_sz"),
            (.otherSiteCount(space: 4, waveFunction: 5), "4 sites"),
            (.noConfigurations(.magnetisationParity(magnetisation: 3, siteCount: 4)), "total_sz = 1.5"),
            (.invalidWeight(-1), "weight -1"), (.everyAmplitudeInvalid, "log psi"),
        ]
        for (error, text) in named { #expect(error.description.contains(text)) }
    }

    @Test func samplerRoundsSamplesUp() {
        let parameters = SamplerParameters(chains: 16, samples: 1000, sweep: 1, discard: 0, seed: 1)
        #expect(parameters.samplesPerChain == 63)
        #expect(parameters.roundedSamples == 1008)
    }
}
