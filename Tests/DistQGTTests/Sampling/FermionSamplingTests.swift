import Communication
import DistQGT
import DistQGTTestSupport
import LinearAlgebra
import Testing

/// Samples of states of fermions, bosons and spins 1, each by its own ratios, against the exact |ψ|².
@Suite struct FermionSamplingTests {
    private static let small = Initialiser(.normal, scale: 0.15)

    private static func mlp(_ features: Int) -> any Ansatz {
        MultilayerPerceptron(
            siteCount: features, hiddenDimensions: [4],
            options: LayerOptions(activation: .tanh, kernel: small, bias: small))
    }

    private static func subject(
        _ name: String, _ space: HilbertSpace?, _ factors: (FermionSector) -> [any Ansatz]
    ) -> [RatioSubject] {
        guard let space, let sector = FermionSector(space) else { return [] }
        let all = factors(sector).enumerated().map { FactorProduct.Factor("\($0.offset)", $0.element) }
        return [RatioSubject(testDescription: name, ansatz: FactorProduct(all), space: space, flips: [])]
    }

    private static func codes(_ name: String, _ space: HilbertSpace?, flips: [Int]) -> [RatioSubject] {
        guard let space else { return [] }
        let ansatz = FactorProduct([
            .init("a", Jastrow(siteCount: space.siteCount, options: LayerOptions(kernel: small))),
            .init("b", mlp(space.siteCount)),
        ])
        return [RatioSubject(testDescription: name, ansatz: ansatz, space: space, flips: flips)]
    }

    static let subjects =
        subject("electrons", try? .fermions(siteCount: 4, up: 2, down: 2)) {
            [
                SlaterDeterminant($0, variant: .unrestricted), Gutzwiller($0, initialiser: small),
                DensityJastrow($0, initialiser: small),
            ]
        }
        + subject("electrons in pairs", try? .fermions(siteCount: 4, up: 2, down: 2)) {
            [PairProduct($0, variant: .antiparallel, dataType: .complex128), mlp($0.featureCount)]
        }
        + subject(
            "single electrons", try? .fermions(siteCount: 5, up: 2, down: 2, excludingDoubleOccupancy: true)
        ) { [PairProduct($0, variant: .general), DensityJastrow($0, initialiser: small)] }
        + subject("modes", try? .spinlessFermions(siteCount: 6, count: 3)) {
            [SlaterDeterminant($0, variant: .spinless, dataType: .complex128), mlp($0.featureCount)]
        }
        + subject("spins in pairs", try? HilbertSpace(siteCount: 6, magnetisation: 0)) {
            [PairProduct($0, variant: .antiparallel), mlp($0.featureCount)]
        }
        + codes("bosons", try? .bosons(siteCount: 3, maximum: 3, total: 4), flips: [])
        + codes("free bosons", try? .bosons(siteCount: 3, maximum: 2, total: nil), flips: [1])
        + codes("spins 1", try? .spins(siteCount: 4, doubled: 2, magnetisation: 0), flips: [])

    private static let products =
        (try? HilbertSpace(siteCount: 6, magnetisation: 0)).map {
            [
                RatioSubject(
                    testDescription: "products of a machine",
                    ansatz: RestrictedBoltzmannMachine(
                        siteCount: 6, alpha: 2, options: LayerOptions(kernel: Initialiser(.normal, scale: 0.3))),
                    space: $0, flips: [])
            ]
        } ?? []

    @Test(arguments: subjects)
    func samplesHaveTheExactDistribution(_ subject: RatioSubject) throws {
        try compare(subject, .single)
    }

    /// Whose evaluators have log ψ at hand and whose do not.
    @Test(arguments: subjects + products)
    func samplesOfReplicasHaveTheExactDistribution(_ subject: RatioSubject) throws {
        try compare(subject, ReplicaLadder(replicas: 3, leastBeta: 0.3))
    }

    private func compare(_ subject: RatioSubject, _ ladder: ReplicaLadder) throws {
        let state = subject.state(seed: 12)
        let amplitudes = state.amplitudes(blockRows: 16)
        let table = try AmplitudeTable(state, in: subject.space)
        let chains = 200
        let sampler = try MetropolisSampler(
            rule: subject.rule,
            parameters: SamplerParameters(
                chains: chains, samples: 6000, sweep: 30, discard: 4, seed: 5, space: subject.space,
                ladder: ladder),
            evaluator: amplitudes.makeProposalEvaluator(), amplitudes: amplitudes,
            shard: Shard(offset: 0, count: chains))
        let samples = sampler.sample().configurations
        var counts = [Int](repeating: 0, count: table.psi.count)
        for row in 0..<samples.count { counts[try table.numbering.index(of: samples[row: row])] += 1 }
        func pValue(_ power: Double) -> Double {
            let weights = table.psi.map { Double.pow($0.lengthSquared, power) }
            let total = weights.reduce(0, +)
            let (statistic, freedom) = ChiSquared.statistic(
                observed: counts, expected: weights.map { $0 / total * Double(samples.count) })
            return ChiSquared.pValue(statistic: statistic, degreesOfFreedom: freedom)
        }
        #expect(pValue(1) > 1e-4)
        // A test that can fail.
        #expect(pValue(0.7) < 1e-4)
    }
}
