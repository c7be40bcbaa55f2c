import Communication
import DistQGT
import LinearAlgebra
import Numerics

/// The search for several levels of a Hamiltonian at once, on a few sites.
package struct EnsembleProblem: Sendable {
    /// Of one copy.
    package let hamiltonian: any DistQGT.Operator
    package let space: HilbertSpace
    package let encoder: Encoder
    package let rule: ProposalRule
    /// K.
    package let count: Int

    package init(_ problem: SmallProblem, count: Int) {
        self.init(problem.hamiltonian, in: problem.space, rule: problem.rule, count: count)
    }

    package init(_ hamiltonian: any DistQGT.Operator, in space: HilbertSpace, rule: ProposalRule, count: Int) {
        self.hamiltonian = hamiltonian
        self.space = space
        self.rule = rule
        self.count = count
        encoder = Encoder(space.defaultEncoding, of: space)
    }

    package var copies: OperatorCopies { OperatorCopies(hamiltonian, count: count, in: space) }

    /// An ensemble of states with random parameters.
    package func waveFunction(_ base: any Ansatz, seed: UInt64) throws -> NeuralQuantumState {
        NeuralQuantumState(
            StateEnsemble(base, count: count, reading: encoder),
            reading: Encoder(encoder.encoding, of: try space.copies(count)), seed: seed)
    }

    /// Collective.
    ///
    /// - Parameter chains: and samples of Markov chains; nil for the whole basis.
    package func driver(
        _ base: any Ansatz, chains: (count: Int, samples: Int)? = nil, seed: UInt64 = 1,
        _ settings: UpdateSettings = .init(), on communicator: Communicator
    ) throws -> GroundStateDriver {
        let all = try space.copies(count)
        let method: SampleMethod =
            chains.map {
                .metropolis(
                    rule.copies(count, of: space),
                    SamplerParameters(
                        chains: $0.count, samples: $0.samples, sweep: all.siteCount, discard: 4, seed: seed, space: all)
                )
            } ?? .fullSummation
        return try GroundStateDriver(
            state: MonteCarloState(
                waveFunction(base, seed: seed), in: all, samples: method, communicator: communicator),
            hamiltonian: copies, optimiser: Optimiser(settings.rule),
            learningRate: try .constant(settings.learningRate),
            reconfiguration: try settings.diagonalShift.map {
                StochasticReconfiguration(
                    solver: settings.solver, diagonalShift: try .constant($0), warmStart: settings.warmStart)
            })
    }

    /// The lowest levels. Collective.
    package func levels(on communicator: Communicator) throws -> [Double] {
        try ExactDiagonalisation.lowestEnergies(
            of: hamiltonian, in: space, count: count, communicator: communicator
        ).energies
    }
}
