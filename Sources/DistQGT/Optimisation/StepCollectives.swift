import Communication

/// The collectives of one optimisation step as its phases promise them: every step makes these, and no
/// others except where a property says so. Steps report what they really made (`StepReport.collectives`).
public struct StepCollectives: Sendable, Equatable {
    public struct Collective: Sendable, Equatable {
        public let phase: PhaseClock.Phase
        public let kind: CollectiveKind
        /// Payload of one rank.
        public let bytes: Int
    }

    /// Those that a step makes whatever the solver does. Only autocorrelations that have not decayed at the 32nd
    /// lag can add to them: a broadcast and an allreduce for each doubling.
    public let step: [Collective]
    /// Those of one product of an iterative solver.
    public let product: [Collective]
    /// Those of one iteration beside its product: inner products in sample space.
    public let iteration: [Collective]
    /// Those of a restart of the solver from the true residual, which happens where the residual it iterates
    /// with has drifted.
    public let restart: [Collective]
    /// Iterations between two recomputed residuals, one product each; nil where none is recomputed.
    public let residualInterval: Int?

    /// What a step of `state` sends when the first of its solvers solves the equation.
    ///
    /// - Parameter reconfiguration: nil for the plain gradient. With a warm start the first step makes one product
    ///   less; with a momentum, one mean less.
    public init(
        _ state: NeuralQuantumState, _ distribution: SampleDistribution, reconfiguration: StochasticReconfiguration?
    ) {
        let parameterCount = state.layout.count
        let components = state.isComplex ? 2 : 1

        var step: [Collective] = []
        if let chainLength = distribution.chainLength {
            // Proposal counts of Markov chains; mean; parts of groups that ranks share (none, as ranks hold whole chains); moments;
            // the first lags, and beyond them rank 0's word on whether to go on.
            let lags = min(InitialSequenceEstimate.firstLagCount, chainLength)
            if !distribution.isDirect { step.append(.reals(4, .sample)) }
            step += [
                .reals(2, .localEnergy), .reals(0, .localEnergy, .gather), .reals(12, .localEnergy),
                .reals(2 * lags, .localEnergy),
            ]
            if chainLength > lags {
                step.append(Collective(phase: .localEnergy, kind: .broadcast, bytes: MemoryLayout<Int32>.stride))
            }
        } else {
            // Largest amplitude, norm and number of states; mean and variance.
            step += [.reals(2, .sample), .reals(1, .sample), .reals(1, .sample)]
            step += [.reals(2, .localEnergy), .reals(1, .localEnergy)]
        }
        // Forces and means, what is left of the mean energy, and how many ranks are asked to stop.
        step.append(.reals((1 + components) * parameterCount + 3, .forces))

        let solve = reconfiguration?.messages(state, distribution)
        func collectives(_ messages: [CollectiveRecord]?) -> [Collective] {
            (messages ?? []).map { Collective(phase: .solve, kind: $0.kind, bytes: $0.bytes) }
        }
        product = collectives(solve?.product)
        iteration = collectives(solve?.iteration)
        restart = collectives(solve?.restart)
        residualInterval = solve?.residualInterval
        step += collectives(solve?.fixed)
        // The update, and whether the run is to end.
        step.append(.reals(parameterCount + 1, .update, .broadcast))
        self.step = step
    }
}

extension StepCollectives.Collective {
    static func reals(_ count: Int, _ phase: PhaseClock.Phase, _ kind: CollectiveKind = .allReduce) -> Self {
        Self(phase: phase, kind: kind, bytes: count * MemoryLayout<Double>.stride)
    }
}
