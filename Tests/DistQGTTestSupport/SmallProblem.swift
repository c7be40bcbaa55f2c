import Communication
import DistQGT
import LatticeSymmetry
import Numerics

/// A Hamiltonian with its space and a rule that samples it, small enough to be summed over.
package struct SmallProblem: Sendable, CustomStringConvertible {
    package let description: String
    package let hamiltonian: PauliSum
    package let space: HilbertSpace
    package let rule: ProposalRule
    package var siteCount: Int { space.siteCount }

    /// −Σ σᶻσᶻ − h Σ σˣ on a periodic chain.
    package static func ising(sites: Int, h: Double = 1) throws -> SmallProblem {
        SmallProblem(
            description: "ising",
            hamiltonian: try .ising(J: -1, h: h, edges: try chain(sites), siteCount: sites),
            space: try HilbertSpace(siteCount: sites), rule: .local(flips: 1))
    }

    /// The Heisenberg antiferromagnet on a periodic chain, in the sector of zero magnetisation.
    package static func heisenberg(sites: Int, signRule: Bool) throws -> SmallProblem {
        let edges = try chain(sites)
        return SmallProblem(
            description: signRule ? "heisenberg with sign rule" : "heisenberg",
            hamiltonian: try .heisenberg(J: 1, signRule: signRule, edges: edges, siteCount: sites),
            space: try HilbertSpace(siteCount: sites, magnetisation: 0),
            rule: .exchange(pairs: edges.map { SIMD2(Int32($0.first), Int32($0.second)) }))
    }

    /// Σ [D (σˣσʸ − σʸσˣ) + σᶻσᶻ] on an open chain, the Dzyaloshinskii–Moriya interaction, in a field with
    /// components along x and y: complex matrix elements.
    package static func dzyaloshinskiiMoriya(sites: Int) throws -> SmallProblem {
        func string(_ letters: String, at site: Int, _ coefficient: Double) -> PauliString {
            let before = String(repeating: "I", count: site)
            let after = String(repeating: "I", count: sites - site - letters.count)
            return PauliString(before + letters + after, coefficient: Complex(coefficient))
        }
        var strings: [PauliString] = []
        for site in 0..<sites - 1 {
            strings += [
                string("XY", at: site, 0.8), string("YX", at: site, -0.8), string("ZZ", at: site, 1),
            ]
        }
        for site in 0..<sites {
            strings += [string("X", at: site, -0.7), string("Y", at: site, 0.4 + 0.1 * Double(site))]
        }
        return SmallProblem(
            description: "Dzyaloshinskii–Moriya",
            hamiltonian: try .pauliStrings(strings, siteCount: sites),
            space: try HilbertSpace(siteCount: sites),
            rule: .mixture([
                WeightedRule(weight: 2, rule: .local(flips: 1)), WeightedRule(weight: 1, rule: .local(flips: 2)),
            ]))
    }

    private static func chain(_ sites: Int) throws -> [Edge] {
        try Lattice(.chain, extent: [sites], periodic: [true]).edges(shell: 1)
    }
}

/// How the optimisations of the tests update their parameters.
package struct UpdateSettings: Sendable {
    package var rule = OptimiserRule.gradientDescent
    package var learningRate = 0.05
    /// Nil for the plain gradient.
    package var diagonalShift: Double? = 0.01
    package var solver = ConjugateGradient(tolerance: 1e-10, maximumIterations: 1000)
    package var warmStart = false

    package init() {}
}

extension SmallProblem {
    /// An optimisation over the whole basis. Collective.
    package func fullSummation(
        _ ansatz: any Ansatz, seed: UInt64 = 1, _ settings: UpdateSettings = .init(), on communicator: Communicator
    ) throws -> GroundStateDriver {
        try optimisation(ansatz, .fullSummation, seed, settings, communicator)
    }

    /// An optimisation over Markov chains. Collective.
    package func metropolis(
        _ ansatz: any Ansatz, chains: Int, samples: Int, seed: UInt64 = 1, _ settings: UpdateSettings = .init(),
        ladder: ReplicaLadder = .single, on communicator: Communicator
    ) throws -> GroundStateDriver {
        var parameters = parameters(chains: chains, samples: samples, seed: seed)
        parameters.ladder = ladder
        let method = SampleMethod.metropolis(rule, parameters)
        return try optimisation(ansatz, method, seed, settings, communicator)
    }

    /// An optimisation over samples that are drawn directly. Collective.
    ///
    /// - Parameter ansatz: autoregressive, and normalised in the problem's space.
    package func direct(
        _ ansatz: any Ansatz, chains: Int, samples: Int, seed: UInt64 = 1, _ settings: UpdateSettings = .init(),
        on communicator: Communicator
    ) throws -> GroundStateDriver {
        let parameters = SamplerParameters(
            chains: chains, samples: samples, seed: seed, space: space)
        return try optimisation(ansatz, .direct(parameters), seed, settings, communicator)
    }

    /// This rank's chains of direct samples. Local.
    package func directSampler(
        _ amplitudes: NetworkAmplitudes, chains: Int, samples: Int, seed: UInt64, on communicator: Communicator
    ) throws -> DirectSampler {
        guard let evaluator = amplitudes.makeConditionalEvaluator() else {
            preconditionFailure("the network is not autoregressive")
        }
        return try DirectSampler(
            parameters: SamplerParameters(
                chains: chains, samples: samples, seed: seed, space: space),
            evaluator: evaluator, shard: .block(of: chains, rank: communicator.rank, size: communicator.size))
    }

    /// This rank's chains. Local.
    package func sampler(
        _ amplitudes: NetworkAmplitudes, chains: Int, samples: Int, seed: UInt64, on communicator: Communicator
    ) throws -> MetropolisSampler {
        try MetropolisSampler(
            rule: rule, parameters: parameters(chains: chains, samples: samples, seed: seed),
            evaluator: amplitudes.makeProposalEvaluator(),
            shard: .block(of: chains, rank: communicator.rank, size: communicator.size))
    }

    package func parameters(chains: Int, samples: Int, seed: UInt64) -> SamplerParameters {
        SamplerParameters(
            chains: chains, samples: samples, sweep: siteCount, discard: 2, seed: seed, space: space)
    }

    private func optimisation(
        _ ansatz: any Ansatz, _ method: SampleMethod, _ seed: UInt64, _ settings: UpdateSettings,
        _ communicator: Communicator
    ) throws -> GroundStateDriver {
        let reconfiguration = try settings.diagonalShift.map {
            StochasticReconfiguration(
                solver: settings.solver, diagonalShift: try .constant($0), warmStart: settings.warmStart)
        }
        return try GroundStateDriver(
            state: MonteCarloState(
                NeuralQuantumState(ansatz, seed: seed), in: space, samples: method, communicator: communicator),
            hamiltonian: hamiltonian, optimiser: Optimiser(settings.rule),
            learningRate: try .constant(settings.learningRate), reconfiguration: reconfiguration)
    }
}
