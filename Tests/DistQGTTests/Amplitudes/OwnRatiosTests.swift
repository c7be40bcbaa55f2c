import DistQGT
import DistQGTTestSupport
import LinearAlgebra
import Testing

/// A mean field log ψ = Σ a_i s_i that computes its own ratios, and counts how often it is asked.
private struct MeanField: Ansatz {
    let siteCount: Int
    let calls: Calls
    var dataType: DataType { .float64 }
    var leaves: [LeafDeclaration] {
        [.init("a", [siteCount], isComplex: false, Initialiser(.normal, scale: 0.4))]
    }

    func logPsi(_ tape: Recorder) -> Node {
        tape.dense(tape.spins, kernel: tape.parameter("a", rows: siteCount))
    }
    func amplitudeMethods(_ factor: RecordedFactor) -> AmplitudeMethods {
        AmplitudeMethods(ratios: [FieldMethod(parameters: factor.parameters, calls: calls)])
    }

    final class Calls: @unchecked Sendable {
        var proposals = 0
        var ratios = 0
    }
}

private final class FieldMethod: RatioMethod {
    let parameters: ParameterVector
    let calls: MeanField.Calls

    init(parameters: ParameterVector, calls: MeanField.Calls) {
        self.parameters = parameters
        self.calls = calls
    }

    func makeProposalEvaluator(blockRows: Int) -> any ProposalEvaluator { FieldProposals(parameters, calls) }
    func makeAmplitudeRatios(blockRows: Int) -> any AmplitudeRatios { FieldRatios(parameters, calls) }
}

private final class FieldProposals: ProposalEvaluator {
    let parameters: ParameterVector
    let calls: MeanField.Calls
    var spins: [Int8] = []
    var siteCount: Int { parameters.count }

    init(_ parameters: ParameterVector, _ calls: MeanField.Calls) {
        self.parameters = parameters
        self.calls = calls
    }

    func load(_ spins: UnsafePointer<Int8>, chains: Range<Int>) {
        self.spins = Array(UnsafeBufferPointer(start: spins, count: chains.count * siteCount))
    }
    func evaluate(_ batch: ProposalBatch) {
        calls.proposals += 1
        for chain in 0..<batch.count {
            batch.logModulusRatios[chain] = (0..<Int(batch.siteCounts[chain])).reduce(0) { sum, flip in
                let site = Int(batch.sites[chain * batch.maximumSites + flip])
                return sum - 2 * parameters[site] * Double(spins[chain * siteCount + site])
            }
        }
    }
    func update(_ batch: ProposalBatch) {
        for chain in 0..<batch.count where batch.accepted[chain] {
            spins.withUnsafeMutableBufferPointer { spins in
                if let base = spins.baseAddress { batch.apply(chain: chain, to: base + chain * siteCount) }
            }
        }
    }
    func currentLogPsi(into logPsi: UnsafeMutablePointer<Double>) -> Bool { false }
}

private final class FieldRatios: AmplitudeRatios {
    let parameters: ParameterVector
    let calls: MeanField.Calls
    var siteCount: Int { parameters.count }

    init(_ parameters: ParameterVector, _ calls: MeanField.Calls) {
        self.parameters = parameters
        self.calls = calls
    }

    func evaluate(_ batch: ConnectedBatch) {
        calls.ratios += 1
        for set in 0..<batch.flipSetCount {
            for pair in batch.pairStarts[set]..<batch.pairStarts[set + 1] {
                let spins = batch.spins + Int(batch.pairSamples[pair]) * siteCount
                var change = 0.0
                for place in batch.siteStarts[set]..<batch.siteStarts[set + 1] {
                    let site = Int(batch.sites[place])
                    change -= 2 * parameters[site] * Double(spins[site])
                }
                batch.ratios[2 * pair] = Double.exp(change)
                batch.ratios[2 * pair + 1] = 0
            }
        }
    }
}

@Test func aFactorMayBringItsOwnRatios() throws {
    let calls = MeanField.Calls()
    let problem = try SmallProblem.ising(sites: 5)
    let own = try problem.metropolis(MeanField(siteCount: 5, calls: calls), chains: 4, samples: 40, on: .alone())
    let general = try problem.metropolis(
        MultilayerPerceptron(
            siteCount: 5, hiddenDimensions: [], options: LayerOptions(kernel: Initialiser(.normal, scale: 0.4))),
        chains: 4, samples: 40, on: .alone())
    #expect(own.waveFunction.parameters.values == general.waveFunction.parameters.values)
    for _ in 0..<3 {
        let (report, expected) = (try own.advance(), try general.advance())
        #expect(abs(report.energy.statistics.mean.real - expected.energy.statistics.mean.real) < 1e-10)
        #expect(report.acceptance == expected.acceptance)
    }
    #expect(calls.proposals == 3 * (2 + 10) * 5)
    #expect(calls.ratios == 3)
}
