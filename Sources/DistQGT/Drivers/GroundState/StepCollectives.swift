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
    /// Those of a look at the end of a step before it is made, where steps are controlled.
    public let trial: [Collective]
    /// Iterations between two recomputed residuals, one product each; nil where none is recomputed.
    public let residualInterval: Int?

    /// What a step of `state` sends when the first of its solvers solves the equation: each phase says its own part.
    ///
    /// - Parameter reconfiguration: nil for the plain gradient. With a warm start the first step makes one product
    ///   less; with a momentum, one mean less.
    public init(
        _ state: NeuralQuantumState, _ distribution: SampleDistribution, reconfiguration: StochasticReconfiguration?,
        isControlled: Bool = false, clipsEnergies: Bool = false
    ) {
        let parameters = state.trainedLayout.count
        func collectives(_ records: [CollectiveRecord]?, _ phase: PhaseClock.Phase) -> [Collective] {
            (records ?? []).map { Collective(phase: phase, kind: $0.kind, bytes: $0.bytes) }
        }
        let solve = reconfiguration?.messages(state, distribution)
        step =
            collectives(SampleSource.messages(distribution), .sample)
            + collectives(StateEnergy.messages(distribution, ensembleCount: state.ensembleCount), .localEnergy)
            + collectives(
                clipsEnergies && !distribution.isFullSummation
                    ? ClippedEnergies.messages(components: state.isComplex ? 2 : 1) : [], .forces)
            + collectives(
                EnergyGradient.messages(parameters: parameters, components: state.isComplex ? 2 : 1), .forces)
            + collectives(solve?.fixed, .solve)
            + collectives(GroundStateDriver.messages(parameters: parameters, isControlled: isControlled), .update)
        product = collectives(solve?.product, .solve)
        iteration = collectives(solve?.iteration, .solve)
        restart = collectives(solve?.restart, .solve)
        residualInterval = solve?.residualInterval
        trial = isControlled ? collectives(GroundStateDriver.messagesOfTrial(distribution), .update) : []
    }
}
