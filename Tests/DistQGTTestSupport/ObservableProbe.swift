import Communication
import DistQGT
import LatticeSymmetry
import LinearAlgebra
import Numerics

/// A state of six sites with everything that can be measured in it.
package struct ObservableProbe: Sendable, CustomStringConvertible {
    package let problem: SmallProblem
    package let ansatz: any Ansatz
    /// Whether samples are drawn without Markov chains.
    let isDirect: Bool
    package let lattice: Lattice
    /// ε_i of the basis in which pairs are measured.
    package let rotation: [Int]?
    package let operators: [PauliSum]
    package let momenta: [[Double]]
    package let subsystems: [[Int]]
    package let components = PairReduction.Component.allCases

    package var description: String { problem.description + (isDirect ? ", direct" : "") }
    package var siteCount: Int { problem.siteCount }

    /// With and without complex amplitudes, a fixed magnetisation and a rotation of the basis; sampled by Markov chains
    /// and directly.
    package static func all() throws -> [ObservableProbe] {
        let rotation = (0..<6).map { $0 % 2 == 0 ? 1 : -1 }
        let wide = Initialiser(.normal, scale: 0.25)
        func machine(_ type: DataType) -> RestrictedBoltzmannMachine {
            RestrictedBoltzmannMachine(
                siteCount: 6, alpha: 1, options: LayerOptions(type, kernel: wide, bias: wide))
        }
        let heisenberg = try SmallProblem.heisenberg(sites: 6, signRule: true)
        let autoregressive = AutoregressiveNetwork(
            siteCount: 6, layers: AutoregressiveNetwork.denseLayers(siteCount: 6, features: [3]),
            magnetisation: heisenberg.space.magnetisation,
            options: LayerOptions(.complex128, activation: .tanh, kernel: wide, bias: wide))
        return [
            try ObservableProbe(.ising(sites: 6), machine(.float64), rotation: nil),
            try ObservableProbe(heisenberg, machine(.float64), rotation: rotation),
            try ObservableProbe(.dzyaloshinskiiMoriya(sites: 6), machine(.complex128), rotation: nil),
            try ObservableProbe(heisenberg, autoregressive, isDirect: true, rotation: rotation),
        ]
    }

    private init(_ problem: SmallProblem, _ ansatz: any Ansatz, isDirect: Bool = false, rotation: [Int]?) throws {
        self.problem = problem
        self.ansatz = ansatz
        self.isDirect = isDirect
        self.rotation = rotation
        lattice = try Lattice(.chain, extent: [problem.siteCount], periodic: true)
        operators = [
            try .pauliStrings(
                [
                    PauliString("XYIZII", coefficient: Complex(0.5)), PauliString("IIXXYY", coefficient: Complex(-1.5)),
                ], siteCount: 6),
            try .pauliStrings([PauliString("XIIIII"), PauliString("ZZZZZZ", coefficient: Complex(0.3))], siteCount: 6),
        ]
        momenta = [[0], [0.5], [1.0 / 3]]
        subsystems = [[0], [1, 2, 4], [5, 0, 1, 2]]
    }

    /// Operators, moments of the magnetisation, all pairs, pairs by distance, structure factors.
    package func measurement(_ optimisation: GroundStateDriver) -> StateMeasurement {
        StateMeasurement(
            optimisation.state, hamiltonian: problem.hamiltonian,
            observables: { amplitudes, space in
                let pairs = PairClasses(separate: PairClasses.allPairs(siteCount: siteCount))
                var reductions: [PairReduction] = [.averages(pairs, components: components)]
                if let byDistance = lattice.pairsByDistance() {
                    reductions.append(.averages(byDistance.classes, components: [.zz, .ss]))
                }
                if let factor = PairReduction.structureFactor(on: lattice, momenta: momenta, components: components) {
                    reductions.append(factor)
                }
                var observables: [any LocalObservable] = operators.map {
                    OperatorExpectation($0, in: space, amplitudes: amplitudes)
                }
                observables.append(SiteAverages.pauliMoments(siteCount: siteCount))
                observables.append(PairCorrelations(reductions, in: space, rotation: rotation, amplitudes: amplitudes))
                return observables
            }, subsystems: subsystems)
    }

    /// Chains from their initial configurations, all on every rank, sampled until `ratio` is small enough.
    package func sampled(
        chains: Int = 16, samples: Int = 256, seed: UInt64, limit: Int, on communicator: Communicator,
        worstRatio: @escaping (StateMeasurement.Result) -> Double = { _ in .infinity }
    ) throws -> StateMeasurement.Result {
        let optimisation =
            isDirect
            ? try problem.direct(ansatz, chains: chains, samples: samples, on: communicator)
            : try problem.metropolis(ansatz, chains: chains, samples: samples, on: communicator)
        let amplitudes = optimisation.waveFunction.amplitudes(blockRows: 16)
        let alone: any ChainSampler =
            isDirect
            ? try problem.directSampler(amplitudes, chains: chains, samples: samples, seed: seed, on: .alone())
            : try problem.sampler(amplitudes, chains: chains, samples: samples, seed: seed, on: .alone())
        return try measurement(optimisation).sampled(
            chains: alone.chainState(), plan: .init(maximumSamples: limit, seed: seed, worstRatio: worstRatio)
        ).result
    }

    package func summed(on communicator: Communicator) throws -> StateMeasurement.Result {
        let optimisation = try problem.fullSummation(ansatz, on: communicator)
        guard case .fullSummation(let basis) = optimisation.state.source else {
            preconditionFailure("a sum was asked for")
        }
        return try measurement(optimisation).summed(basis)
    }
}
