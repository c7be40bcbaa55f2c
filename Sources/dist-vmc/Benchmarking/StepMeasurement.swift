import Communication
import DistQGT
import Measurement

/// What a step of an optimisation takes on the ranks that the program was started with: seconds of the slowest
/// rank, medians of several steps.
struct StepMeasurement {
    /// Steps that do not count: the first ones take memory and find cold caches.
    private static let warmUp = 2

    /// How the SR equation was solved.
    struct Solve {
        let solver: any ReconfigurationSolver
        let strategy: ReconfigurationStrategy
        let hasDiagonal: Bool
        /// Mean over the steps.
        let iterations: Double
        /// Largest of the steps.
        let residual: Double
        /// Seconds of T; nil where it is not formed.
        let kernel: Double?

        var work: ReconfigurationWork { solver.work(by: strategy) }
    }

    struct Work {
        let step: Double
        let phases: [PhaseClock.Phase: Double]
    }

    let state: NeuralQuantumState
    /// Nil for the plain gradient.
    let reconfiguration: StochasticReconfiguration?
    let distribution: SampleDistribution
    /// Metropolis proposals of the rank with most chains; without Markov chains, its samples.
    let proposals: Int
    /// Of these, how many were accepted: mean over the steps. 0 without Markov chains.
    let accepted: Double
    /// Markov chains of that rank.
    let chains: Int
    /// Configurations that the Hamiltonian connects with the samples, of the rank with most of them.
    let connected: Int
    let seconds: [PhaseClock.Phase: Double]
    /// Of whole steps.
    let step: Double
    /// Processor time that all ranks put into a step and into its phases, that in collectives and in waiting aside.
    let work: Work
    /// Seconds of one product S·v, as the solver makes it.
    let product: Double
    /// Nil for the plain gradient.
    let solve: Solve?

    /// Makes real steps: what the run of this configuration would do first. Collective.
    init(_ configuration: Configuration, repeats: Int, on world: Communicator) throws {
        state = try configuration.makeWaveFunction(on: world)
        let plan = try RunPlan.make(configuration, state, on: world)
        try plan.requireMemory(on: world)
        let driver = try plan.makeDriver(plan.makeState(state, on: world), takesMostSamples: true)
        reconfiguration = plan.reconfiguration
        let (samples, blocks) = (plan.samples, plan.blocks)
        distribution = samples.distribution(world.size, blocks)
        switch samples {
        case .chains(let count, _, _, _, _, let replicas):
            let chains = RunPlan.Samples.shares(of: count, ranks: world.size, blocks).upperBound
            proposals = (samples.proposals ?? 0) / count * chains
            self.chains = chains * replicas
        case .direct, .basis: (proposals, chains) = (distribution.local, 0)
        }
        var acceptances: [Double] = []

        var times: [PhaseClock.Phase: [Double]] = [:]
        var totals: [Double] = []
        var iterations: [Int] = []
        var residual = 0.0
        var works: [[Double]] = []
        var begun: [(phase: PhaseClock.Phase, seconds: Double)] = []
        ProcessorTime.tellWaitingApart(true)
        driver.willBegin = { begun.append(($0, ProcessorTime.secondsAtWork)) }
        defer {
            ProcessorTime.tellWaitingApart(false)
            driver.willBegin = nil
        }
        for number in 0..<Self.warmUp + repeats {
            try world.barrier()
            begun = []
            let before = ProcessorTime.secondsAtWork
            let report = try driver.advance()
            let after = ProcessorTime.secondsAtWork
            var work =
                PhaseClock.Phase.allCases.map { phase in
                    begun.indices.reduce(0) { sum, index in
                        let end = index + 1 < begun.count ? begun[index + 1].seconds : after
                        return begun[index].phase == phase ? sum + end - begun[index].seconds : sum
                    }
                } + [after - before]
            try world.allReduce(&work)
            var slowest = PhaseClock.Phase.allCases.map { report.clock.seconds[$0] ?? 0 } + [report.clock.total]
            try world.allReduce(&slowest, .maximum)
            guard number >= Self.warmUp else { continue }
            for (phase, time) in zip(PhaseClock.Phase.allCases, slowest) { times[phase, default: []].append(time) }
            works.append(work)
            totals.append(slowest[slowest.count - 1])
            iterations.append(report.solver?.iterations ?? 0)
            acceptances.append(report.acceptance ?? 0)
            residual = max(residual, report.solver?.residual ?? 0)
        }
        accepted = Double(proposals) * acceptances.reduce(0, +) / Double(max(1, acceptances.count))
        seconds = times.mapValues(Stopwatch.median)
        step = Stopwatch.median(totals)
        func median(_ index: Int) -> Double { Stopwatch.median(works.map { $0[index] }) }
        let phases = PhaseClock.Phase.allCases
        work = Work(
            step: median(phases.count),
            phases: Dictionary(uniqueKeysWithValues: phases.enumerated().map { ($1, median($0)) }))

        // A fresh draw at the parameters that the last step left.
        let batch = try driver.state.draw()
        connected = try world.allReduce(
            Self.connected(configuration.ensemble.hamiltonian, batch.configurations), .maximum)
        let jacobian = driver.state.linearise(batch)
        // S and T do not depend on the energies.
        let energies = [Double](repeating: 0, count: 2 * batch.configurations.count)
        let gradient = try EnergyGradient(jacobian, localEnergies: energies, mean: 0)
        let stopwatch = Stopwatch(world, repeats: repeats)
        guard let reconfiguration else {
            product = try Self.product(jacobian, gradient.means, stopwatch)
            solve = nil
            return
        }
        let (solver, strategy) = (reconfiguration.solver, reconfiguration.strategy)
        let work = solver.work(by: strategy)
        let hasDiagonal = reconfiguration.hasDiagonal
        let equation = ReconfigurationEquation(
            jacobian: jacobian, gradient: gradient, localEnergies: energies, meanEnergy: 0, diagonalShift: 1)
        let multiplied =
            work == .products
            ? equation.multiplied(by: strategy, inSinglePrecision: solver.multipliesInSinglePrecision) : jacobian
        product = try Self.product(multiplied, gradient.means, stopwatch)
        var kernel: Double?
        if strategy.space == .samples, work != .products {
            kernel = try stopwatch.seconds {
                _ = try SampleKernel(
                    jacobian, construction: hasDiagonal ? .rows : .gram, forFactorisation: work == .factorisation)
            }
        }
        solve = Solve(
            solver: solver, strategy: strategy, hasDiagonal: hasDiagonal,
            iterations: Double(iterations.reduce(0, +)) / Double(max(1, iterations.count)), residual: residual,
            kernel: kernel)
    }

    private static func product(
        _ jacobian: Linearisation, _ means: MeanJacobian, _ stopwatch: Stopwatch
    ) throws -> Double {
        let tensor = try QuantumGeometricTensor(jacobian, means: means, diagonalShift: 1)
        let image = means.real.makeZero()
        return try stopwatch.seconds { try tensor.apply(means.real, into: image) }
    }

    /// Elements of the Hamiltonian's rows that are not zero.
    private static func connected(_ hamiltonian: any Operator, _ configurations: Configurations) -> Int {
        let transitions = TransitionList()
        var count = 0
        configurations.spins.withUnsafeBufferPointer { codes in
            guard let codes = codes.baseAddress else { return }
            for sample in 0..<configurations.count {
                transitions.removeAll()
                _ = hamiltonian.appendTransitions(from: codes + sample * configurations.siteCount, to: transitions)
                count += transitions.count
            }
        }
        return count
    }
}
