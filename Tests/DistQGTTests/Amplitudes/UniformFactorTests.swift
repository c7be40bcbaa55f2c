import DistQGT
import DistQGTTestSupport
import LinearAlgebra
import Testing

/// ψ = exp(c · number of up spins): a factor without parameters, known to the library by this file alone.
private struct UniformFactor: Ansatz {
    let siteCount: Int
    /// c; 0 for ψ = 1.
    let logWeight: Double
    var dataType: DataType { .float64 }
    var leaves: [LeafDeclaration] { [] }

    /// The number of up spins is Σ s/2, up to a constant.
    func logPsi(_ tape: Recorder) -> Node { tape.sumFeatures(tape.spins, factor: logWeight / 2) }
    func amplitudeMethods(_ factor: RecordedFactor) -> AmplitudeMethods { AmplitudeMethods(ratios: [Method(self)]) }

    private final class Method: RatioMethod {
        let factor: UniformFactor
        init(_ factor: UniformFactor) { self.factor = factor }
        func makeProposalEvaluator(blockRows: Int) -> any ProposalEvaluator { Proposals(factor) }
        func makeAmplitudeRatios(blockRows: Int) -> any AmplitudeRatios { Ratios(factor) }
    }

    /// Change of log ψ by flips of the spins at some sites.
    func change(_ spins: UnsafePointer<Int8>, _ sites: UnsafePointer<Int32>, count: Int) -> Double {
        (0..<count).reduce(0) { $0 - logWeight * Double(spins[Int(sites[$1])]) }
    }

    private final class Proposals: ProposalEvaluator {
        let factor: UniformFactor
        var spins: [Int8] = []
        var siteCount: Int { factor.siteCount }
        init(_ factor: UniformFactor) { self.factor = factor }

        func load(_ spins: UnsafePointer<Int8>, chains: Range<Int>) {
            self.spins = Array(UnsafeBufferPointer(start: spins, count: chains.count * siteCount))
        }
        func evaluate(_ batch: ProposalBatch) {
            spins.withUnsafeBufferPointer { spins in
                guard let base = spins.baseAddress else { return }
                for chain in batch.chains {
                    batch.logModulusRatios[chain] = factor.change(
                        base + chain * siteCount, batch.sites + chain * batch.maximumSites,
                        count: Int(batch.siteCounts[chain]))
                }
            }
        }
        func update(_ batch: ProposalBatch) {
            spins.withUnsafeMutableBufferPointer { spins in
                guard let base = spins.baseAddress else { return }
                for chain in batch.chains where batch.accepted[chain] {
                    batch.apply(chain: chain, to: base + chain * siteCount)
                }
            }
        }
        func currentLogPsi(into logPsi: UnsafeMutablePointer<Double>) -> Bool { false }
    }

    private final class Ratios: AmplitudeRatios {
        let factor: UniformFactor
        var siteCount: Int { factor.siteCount }
        var readsLogPsi: Bool { false }
        init(_ factor: UniformFactor) { self.factor = factor }

        func evaluate(_ batch: ConnectedBatch) {
            for set in 0..<batch.flipSetCount {
                let sites = batch.siteStarts[set]..<batch.siteStarts[set + 1]
                for pair in batch.pairStarts[set]..<batch.pairStarts[set + 1] {
                    let spins = batch.spins + Int(batch.pairSamples[pair]) * siteCount
                    batch.ratios[2 * pair] = Double.exp(
                        factor.change(spins, batch.sites + sites.lowerBound, count: sites.count))
                    batch.ratios[2 * pair + 1] = 0
                }
            }
        }
    }
}

private func machine(_ sites: Int) -> RestrictedBoltzmannMachine {
    RestrictedBoltzmannMachine(
        siteCount: sites, alpha: 1,
        options: LayerOptions(kernel: Initialiser(.normal, scale: 0.2), bias: Initialiser(.normal, scale: 0.2)))
}

/// A weight exp(c n) is a visible bias of c/2: the optimisation is that of a machine with the other bias.
@Test(arguments: [0, 0.7]) func aFactorOfAnotherModuleTakesPartInAProduct(_ logWeight: Double) throws {
    let problem = try SmallProblem.ising(sites: 5)
    let product = FactorProduct([
        .init("weight", UniformFactor(siteCount: 5, logWeight: logWeight)), .init("rbm", machine(5)),
    ])
    #expect(product.leaves.map(\.leaf.name) == machine(5).leaves.map { "rbm/\($0.leaf.name)" })
    let own = try problem.metropolis(product, chains: 4, samples: 40, on: .alone())
    let plain = try problem.metropolis(machine(5), chains: 4, samples: 40, on: .alone())
    #expect(own.waveFunction.parameters.values == plain.waveFunction.parameters.values)
    let bias = try #require(plain.waveFunction.layout.index(of: "visible_bias"))
    for site in 0..<5 { plain.waveFunction.parameters[plain.waveFunction.layout.offsets[bias] + site] += logWeight / 2 }
    plain.waveFunction.parametersChanged()
    for _ in 0..<3 {
        let (report, expected) = (try own.advance(), try plain.advance())
        #expect(abs(report.energy.statistics.mean.real - expected.energy.statistics.mean.real) < 1e-10)
        #expect(report.acceptance == expected.acceptance)
    }
}
