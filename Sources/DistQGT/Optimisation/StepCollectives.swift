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
    /// Those of one product with S: one for each iteration of the solver, and one more whenever the residual is
    /// recomputed.
    public let product: [Collective]
    /// Those of a restart of the solver from the true residual, which happens where the residual it iterates
    /// with has drifted.
    public let restart: [Collective]
    /// Iterations between two recomputed residuals; nil where nothing is solved.
    public let residualInterval: Int?

    /// - Parameters:
    ///   - parameterCount: P.
    ///   - isComplex: whether log ψ is.
    ///   - chainLength: kept samples of a chain; nil for a full summation.
    ///   - reconfiguration: nil for the plain gradient. With a warm start the first step makes one product less.
    public init(
        parameterCount: Int, isComplex: Bool, chainLength: Int?, reconfiguration: StochasticReconfiguration?
    ) {
        let components = isComplex ? 2 : 1
        func reals(_ count: Int, _ phase: PhaseClock.Phase, _ kind: CollectiveKind = .allReduce) -> Collective {
            Collective(phase: phase, kind: kind, bytes: count * MemoryLayout<Double>.stride)
        }

        var step: [Collective] = []
        if let chainLength {
            // Proposal counts; mean; parts of groups that ranks share (none, as ranks hold whole chains); moments;
            // the first lags, and beyond them rank 0's word on whether to go on.
            let lags = min(InitialSequenceEstimate.firstLagCount, chainLength)
            step += [
                reals(4, .sample), reals(2, .localEnergy), reals(0, .localEnergy, .gather), reals(12, .localEnergy),
                reals(2 * lags, .localEnergy),
            ]
            if chainLength > lags {
                step.append(Collective(phase: .localEnergy, kind: .broadcast, bytes: MemoryLayout<Int32>.stride))
            }
        } else {
            // Largest amplitude, norm and number of states; mean and variance.
            step += [reals(2, .sample), reals(1, .sample), reals(1, .sample)]
            step += [reals(2, .localEnergy), reals(1, .localEnergy)]
        }
        step.append(reals((1 + components) * parameterCount + 2, .forces))

        if let reconfiguration {
            switch reconfiguration.centring {
            case .fused: product = [reals(parameterCount + components + 1, .solve)]
            case .composed:
                // M on either side, and the transpose of the replication.
                product = [reals(components, .solve), reals(components, .solve), reals(parameterCount + 1, .solve)]
            }
            // The true residual and rank 0's word on the outcome: at the end, and once more for a restart.
            restart = product + [reals(1, .solve, .broadcast)]
            step += restart
            if reconfiguration.warmStart {
                // The residual of the initial guess; the solution that the next step starts from.
                step += product + [reals(parameterCount, .solve, .broadcast)]
            }
            residualInterval = reconfiguration.solver.residualInterval
        } else {
            product = []
            restart = []
            residualInterval = nil
        }
        step.append(reals(parameterCount, .update, .broadcast))
        self.step = step
    }
}
