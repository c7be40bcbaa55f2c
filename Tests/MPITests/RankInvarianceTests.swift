import Communication
import DistQGT
import DistQGTTestSupport

/// What a run over Markov chains leaves behind, on one rank.
private struct Trajectory {
    var samples: [Samples] = []
    var chains: [ChainState] = []
    var energies: [EnergyEstimate] = []
    var acceptance: [Double?] = []

    /// Runs the optimisation, and beside it chains of the same seed and parameters that show each step's samples.
    ///
    /// - Precondition: the parameters do not change.
    init(
        _ problem: SmallProblem, _ ansatz: any Ansatz, chains: Int, samples: Int, steps: Int,
        on communicator: Communicator
    ) throws {
        var settings = UpdateSettings()
        settings.learningRate = 0
        // The solution is not used: a rough one will do.
        settings.solver = ConjugateGradient(tolerance: 1e-2, maximumIterations: 5)
        let vmc = try problem.metropolis(ansatz, chains: chains, samples: samples, seed: 3, settings, on: communicator)
        let start = vmc.waveFunction.parameters.values
        let witness = try problem.sampler(
            vmc.waveFunction.amplitudes(blockRows: MonteCarloState.samplingBlockRows), chains: chains, samples: samples,
            seed: 3, on: communicator)
        guard case .metropolis(let sampler) = vmc.state.source else { return }
        for step in 1...steps {
            let report = try vmc.advance()
            self.samples.append(witness.sample())
            checkEqual(sampler.chainState(), witness.chainState(), "step \(step): the witness's chains are the run's")
            self.chains.append(sampler.chainState())
            energies.append(report.energy)
            acceptance.append(report.acceptance)
        }
        checkEqual(vmc.waveFunction.parameters.values, start)
    }
}

/// Twenty steps at learning rate 0 on all ranks and in one process: equal bits. Collective.
private func checkInvariance(
    _ problem: SmallProblem, _ ansatz: any Ansatz, chains: Int, samples: Int, on world: Communicator, _ name: String
) throws {
    let here = try Trajectory(problem, ansatz, chains: chains, samples: samples, steps: 20, on: world)
    let alone = try Trajectory(problem, ansatz, chains: chains, samples: samples, steps: 20, on: .alone())
    let sites = problem.siteCount
    for step in 0..<20 {
        let (local, all) = (here.samples[step], alone.samples[step])
        let message = "\(name), \(chains) chains, step \(step + 1)"
        let rows = local.offset..<local.offset + local.configurations.count
        checkEqual(
            local.configurations.spins[...],
            all.configurations.spins[rows.lowerBound * sites..<rows.upperBound * sites], "\(message): samples")
        if !rows.isEmpty {
            checkEqual(
                local.logPsi?.map(\.bitPattern)[...],
                all.logPsi?.map(\.bitPattern)[2 * rows.lowerBound..<2 * rows.upperBound], "\(message): log psi")
        }
        let range = here.chains[step].chains
        checkEqual(
            here.chains[step].configurations.spins[...],
            alone.chains[step].configurations.spins[range.lowerBound * sites..<range.upperBound * sites],
            "\(message): chains")
        checkEqual(
            here.chains[step].drawCounters[...], alone.chains[step].drawCounters[range], "\(message): draws")
        checkEqual(here.acceptance[step], alone.acceptance[step], "\(message): acceptance")

        let (energy, expected) = (here.energies[step], alone.energies[step])
        let scale = expected.statistics.mean.length
        checkClose(energy.statistics.mean.real, expected.statistics.mean.real, absolute: 1e-12 * scale, message)
        checkClose(
            energy.statistics.mean.imaginary, expected.statistics.mean.imaginary, absolute: 1e-12 * scale, message)
        checkClose(
            energy.statistics.variance, expected.statistics.variance, relative: 1e-10, "\(message): variance")
        checkClose(energy.error, expected.error, relative: 1e-9, "\(message): error")
        checkEqual(energy.sampleCount, expected.sampleCount, message)
    }
    // A sampler that stands still would pass all of this.
    check(Set(alone.samples.map(\.configurations.spins)).count == 20, "\(name): the samples of two steps are equal")
}

private let wide = Initialiser(.normal, scale: 0.2)

let rankInvarianceTests: [MPITest] = [
    MPITest("rank invariance: samples of an RBM, bit for bit") { world in
        let machine = RestrictedBoltzmannMachine(
            siteCount: 6, alpha: 2, options: LayerOptions(.complex128, kernel: wide, bias: wide))
        let problem = try SmallProblem.dzyaloshinskiiMoriya(sites: 6)
        // 10 chains divide unevenly, 2 leave ranks without any, 37 fill more than two blocks of rows.
        for (chains, samples) in [(10, 80), (2, 30), (37, 100)] {
            try checkInvariance(problem, machine, chains: chains, samples: samples, on: world, "complex RBM")
        }
    },
    MPITest("rank invariance: samples of a feed-forward network, bit for bit") { world in
        let network = FeedForward(siteCount: 6, widths: [9, 5], options: LayerOptions(activation: .selu, bias: wide))
        let single = FeedForward(siteCount: 6, widths: [9, 5], options: LayerOptions(.float32, bias: wide))
        let heisenberg = try SmallProblem.heisenberg(sites: 6, signRule: true)
        let ising = try SmallProblem.ising(sites: 6)
        for (chains, samples) in [(10, 80), (2, 30), (37, 100)] {
            try checkInvariance(heisenberg, network, chains: chains, samples: samples, on: world, "feed-forward")
        }
        try checkInvariance(ising, single, chains: 10, samples: 80, on: world, "feed-forward in single precision")
    },
    MPITest("rank invariance: samples by every way to an amplitude ratio, bit for bit") { world in
        let problem = try SmallProblem.dzyaloshinskiiMoriya(sites: 6)
        let ansatze: [NamedAnsatz] = [
            .init("real RBM", RestrictedBoltzmannMachine(siteCount: 6, alpha: 2, options: LayerOptions(kernel: wide))),
            .init(
                "RBMs of modulus and phase",
                ModulusPhaseRBM(siteCount: 6, alpha: 1, options: LayerOptions(kernel: wide))),
            .init(
                "Jastrow factor and RBM",
                MixedJastrowRBM(siteCount: 6, hiddenUnits: 5, options: LayerOptions(kernel: wide))),
            .init(
                "RBM with gelu",
                RestrictedBoltzmannMachine(
                    siteCount: 6, alpha: 2, options: LayerOptions(.complex64, activation: .gelu, kernel: wide))),
            .init(
                "complex network",
                MultilayerPerceptron(
                    siteCount: 6, hiddenDimensions: [7, 4], options: LayerOptions(.complex128, activation: .logCosh))),
            .init(
                "product by each factor's way",
                FactorProduct([
                    .init("a", RestrictedBoltzmannMachine(siteCount: 6, alpha: 1, options: LayerOptions(kernel: wide))),
                    .init(
                        "b",
                        MultilayerPerceptron(
                            siteCount: 6, hiddenDimensions: [7], options: LayerOptions(.complex128, kernel: wide))),
                    .init("c", Jastrow(siteCount: 6, options: LayerOptions(kernel: wide))),
                ])),
        ]
        for subject in ansatze {
            try checkInvariance(
                problem, subject.ansatz, chains: 10, samples: 40, on: world, subject.description)
        }
    },
    MPITest("rank invariance: the first steps of an optimisation over Markov chains") { world in
        let machine = RestrictedBoltzmannMachine(
            siteCount: 6, alpha: 1, options: LayerOptions(.complex128, kernel: wide, bias: wide))
        let problem = try SmallProblem.heisenberg(sites: 6, signRule: false)
        let here = try problem.metropolis(machine, chains: 10, samples: 200, on: world)
        let alone = try problem.metropolis(machine, chains: 10, samples: 200, on: .alone())
        for step in 1...4 {
            let (report, expected) = (try here.advance(), try alone.advance())
            // Rounding enters through the update; a decision of a chain that it turns is a matter of luck that
            // these few steps do not need.
            checkClose(
                report.energy.statistics.mean.real, expected.energy.statistics.mean.real,
                relative: step == 1 ? 1e-12 : 1e-8, "step \(step)")
            checkClose(
                here.waveFunction.parameters.values, alone.waveFunction.parameters.values, relative: 1e-7,
                "step \(step)")
        }
        // Replicated: the same bits on every rank.
        let parameters = here.waveFunction.parameters.values
        let everywhere = try world.allGather(parameters.map { Int64(bitPattern: $0.bitPattern) })
        for rank in 0..<world.size {
            checkEqual(
                everywhere[rank * parameters.count..<(rank + 1) * parameters.count],
                parameters.map { Int64(bitPattern: $0.bitPattern) }[...], "parameters of rank \(rank)")
        }
    },
    MPITest("rank invariance: five steps of a full summation") { world in
        let ansatze: [NamedAnsatz] = [
            .init(
                "complex RBM",
                RestrictedBoltzmannMachine(
                    siteCount: 5, alpha: 1, options: LayerOptions(.complex128, kernel: wide, bias: wide))),
            .init("feed-forward", FeedForward(siteCount: 5, widths: [6, 4], options: LayerOptions(bias: wide))),
        ]
        // 32 states: they divide unevenly by three ranks.
        let complex = try SmallProblem.dzyaloshinskiiMoriya(sites: 5)
        let ising = try SmallProblem.ising(sites: 5)
        for subject in ansatze {
            for problem in [complex, ising] {
                var settings = UpdateSettings()
                settings.solver = ConjugateGradient(tolerance: 1e-13, maximumIterations: 1000)
                let here = try problem.fullSummation(subject.ansatz, settings, on: world)
                let alone = try problem.fullSummation(subject.ansatz, settings, on: .alone())
                for step in 1...5 {
                    let (report, expected) = (try here.advance(), try alone.advance())
                    let message = "\(subject), \(problem), step \(step)"
                    checkClose(
                        report.energy.statistics.mean.real, expected.energy.statistics.mean.real, relative: 1e-10,
                        message)
                    checkClose(
                        report.energy.statistics.variance, expected.energy.statistics.variance, relative: 1e-10, message
                    )
                    checkClose(
                        here.waveFunction.parameters.values, alone.waveFunction.parameters.values, relative: 1e-10,
                        message)
                }
            }
        }
    },
    MPITest("rank invariance: rank 0's request to stop is in every rank's report, and no other rank is asked") {
        world in
        let vmc = try SmallProblem.ising(sites: 5).fullSummation(FeedForward(siteCount: 5, widths: [6]), on: world)
        for wanted in [false, true, false] {
            var asked = 0
            vmc.wantsToStop = {
                checkEqual($0, false)
                asked += 1
                return wanted
            }
            let report = try vmc.advance()
            checkEqual(report.stopIsRequested, wanted)
            checkEqual(asked, world.rank == 0 ? 1 : 0)
            checkEqual(report.collectives.broadcast.bytes - 8, 8 * (vmc.waveFunction.layout.count + 1))
        }
    },
    MPITest("rank invariance: what rank 0 decides is in every rank's report, and kept parameters come back everywhere")
    {
        world in
        let vmc = try SmallProblem.ising(sites: 5).fullSummation(FeedForward(siteCount: 5, widths: [6]), on: world)
        let wanted: [StepDecisions] = [[], .keep, [.converged, .timeIsUp], [.stop, .comeBack]]
        var good: [Double] = []
        for decisions in wanted {
            var asked = 0
            vmc.decide = { energy in
                asked += 1
                checkEqual(energy?.error, 0)
                return decisions
            }
            vmc.wantsToStop = { _ in decisions.contains(.stop) }
            if decisions == .keep { good = vmc.waveFunction.parameters.values }
            let report = try vmc.advance()
            checkEqual(report.decisions, decisions)
            checkEqual(report.stopIsRequested, decisions.contains(.stop))
            checkEqual(asked, world.rank == 0 ? 1 : 0)
        }
        try vmc.returnToKept()
        checkEqual(vmc.waveFunction.parameters.values, good)
    },
    MPITest("rank invariance: a rank that is told to stop ends the run on all") { world in
        let vmc = try SmallProblem.ising(sites: 5).fullSummation(FeedForward(siteCount: 5, widths: [6]), on: world)
        for told in [nil, world.size - 1, 0] {
            vmc.isToldToStop = { world.rank == told }
            try checkEqual(vmc.advance().stopIsRequested, told != nil)
        }
    },
]
