import DistQGT
import DistQGTTestSupport
import Testing

@Suite struct EstimateFaultTests {
    private func counts(_ proposed: Int, accepted: Int) -> (proposed: Int, accepted: Int) { (proposed, accepted) }

    private func faults(
        chains: Int = 16, length: Int = 64, dimension: Int = 256, counts: (proposed: Int, accepted: Int)? = nil,
        areEqual: Bool = false,
        rHat: Double = .nan
    ) -> [EstimateFault] {
        EstimateFault.of(
            chains: chains, length: length, dimension: dimension, moves: counts, areEqual: areEqual, rHat: rHat)
    }

    @Test func movingChainsAreTrusted() {
        #expect(faults(counts: counts(8192, accepted: 4000), rHat: 1.01) == [])
        // Chains of a large system move every sweep, though few proposals are accepted.
        #expect(faults(counts: counts(1 << 20, accepted: 1024), rHat: 1.01) == [])
        // A true eigenstate has no variance and no R̂.
        #expect(faults(counts: counts(8192, accepted: 8192)) == [])
        // In a space of one state nothing can move.
        #expect(faults(dimension: 1, counts: counts(8192, accepted: 0), areEqual: true) == [])
        #expect(faults(counts: nil, rHat: 1.3) == [], "direct samples are independent")
    }

    @Test func whatIsWrongIsNamed() {
        #expect(faults(counts: counts(8192, accepted: 0)) == [.frozenChains(acceptance: 0)])
        #expect(faults(counts: counts(8192, accepted: 8)) == [.frozenChains(acceptance: 8 / 8192)])
        #expect(faults(chains: 1, length: 1, counts: counts(8, accepted: 4), areEqual: true) == [.singleSample])
        #expect(faults(counts: nil, areEqual: true) == [.equalSamples])
        #expect(faults(counts: counts(8192, accepted: 4000), rHat: 1.4) == [.unmixedChains(rHat: 1.4)])
    }

    /// R̂ of a few samples is large even if they are independent; that of chains that differ is larger.
    @Test func shortChainsAreJudgedByWhatTheyCanShow() throws {
        for (length, canTell) in [(2, false), (4, true), (8, true), (64, true)] {
            for isMixed in [true, false] {
                var series = AutoregressiveSeries.chains(64, length: length, autocorrelation: 0, seed: 9)
                if !isMixed { for index in series.indices { series[index] += index / length % 2 == 0 ? 5 : -5 } }
                let statistics = try EnergyStatistics.ofChains(
                    energies: AutoregressiveSeries.interleaved(series), offset: 0, chains: 64, length: length,
                    communicator: .alone())
                let found = faults(
                    chains: 64, length: length, counts: counts(1 << 16, accepted: 1 << 15), rHat: statistics.splitRHat)
                #expect(found.isEmpty == (isMixed || !canTell), "\(length) samples: \(found)")
            }
        }
    }

    @Test func oneChainHasTwoHalves() throws {
        let noise = AutoregressiveSeries.chains(1, length: 400, autocorrelation: 0, seed: 2)
        func statistics(_ series: [Double]) throws -> EnergyStatistics {
            try .ofChains(
                energies: AutoregressiveSeries.interleaved(series), offset: 0, chains: 1, length: series.count,
                communicator: .alone())
        }
        let mixed = try statistics(noise)
        #expect(mixed.rHat.isNaN, "the reference's R̂ is not defined for one chain")
        #expect(abs(mixed.splitRHat - 1) < 0.02)
        let drifting = try statistics(noise.enumerated().map { $0.offset < 200 ? $0.element - 3 : $0.element + 3 })
        // √(399/400 + V(−3, 3)/(V + 9)) with V ≈ 1.
        #expect(abs(drifting.splitRHat - (0.9975 + 0.9).squareRoot()) < 0.03)
        // The estimate that measurements use sees the same halves.
        let estimate = try ChainEstimate(
            batchMeans: noise, batches: 400, batchLength: 1, means: [mixed.mean.real],
            squares: [400 * mixed.variance], length: 400)
        #expect(abs(estimate.rHat - mixed.splitRHat) < 1e-12)
    }
}
