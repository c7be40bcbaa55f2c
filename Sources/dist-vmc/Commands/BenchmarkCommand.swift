import ArgumentParser
import Communication
import DistQGT
import Measurement

/// `dist-vmc benchmark`
struct BenchmarkCommand: ParsableCommand, SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark",
        abstract: "Time the phases of a step, against the limits of the machine.",
        usage: """
            dist-vmc benchmark <config.yaml> [--set <key.path=value> ...] [--repeat <r>] [--json]
                                     [--predict <ranks> --latency <l> --bandwidth <b> [--ranks-per-node <k>]]
            """,
        discussion: """
            Makes the first steps of the configuration's run, without writing anything, and prints what each phase \
            takes: sample, local_energy, linearise, forces, matvec (one product S·v), solve, update, and the whole \
            step. Beside it stands what its matrix products would take at the rate of a 1024 by 1024 dgemm, and its \
            bytes at the rate of y + a x, both measured in the same run.

            With --predict, the same step is predicted on 1, 2, 4, … times the ranks of this run, up to the given \
            number, from what was measured, from a second measurement with an eighth of the chains, and from the \
            network's latency (seconds of an empty message) and bandwidth (bytes per second of a rank). With \
            --ranks-per-node, so many of them share memory: sums go through it at the stream rate of this run, and the \
            work on vectors is divided among them.

            Fields of the JSON object: \(BenchmarkReport.fields)
            """)

    @OptionGroup var arguments: ConfigurationArguments

    @Option(name: .customLong("repeat"), help: ArgumentHelp("Steps of which the median counts.", valueName: "r"))
    var repeats = 5

    @Option(help: ArgumentHelp("The largest number of ranks to predict a step for.", valueName: "ranks"))
    var predict: Int?

    @Option(help: ArgumentHelp("Seconds of an empty message between nodes.", valueName: "l"))
    var latency: Double?

    @Option(help: ArgumentHelp("Bytes per second that a rank sends.", valueName: "b"))
    var bandwidth: Double?

    @Option(help: ArgumentHelp("Ranks of a node, which share memory.", valueName: "k"))
    var ranksPerNode: Int?

    @Flag(help: "Print one JSON object on standard output and nothing else.")
    var json = false

    func validate() throws {
        guard repeats >= 1 else { throw ValidationError("--repeat: accepted: an integer >= 1.") }
        if let predict, !(1...1 << 20).contains(predict) {
            throw ValidationError("--predict: accepted: an integer from 1 to 1048576.")
        }
        guard (predict == nil) == (latency == nil), (predict == nil) == (bandwidth == nil) else {
            throw ValidationError("--predict, --latency and --bandwidth: give all three or none.")
        }
        if let ranksPerNode, predict == nil || ranksPerNode < 1 {
            throw ValidationError("--ranks-per-node: accepted: an integer >= 1, beside --predict.")
        }
        if let latency, !(latency >= 0 && latency.isFinite) {
            throw ValidationError("--latency: accepted: seconds, a number >= 0.")
        }
        if let bandwidth, !(bandwidth > 0 && bandwidth.isFinite) {
            throw ValidationError("--bandwidth: accepted: bytes per second, a number > 0.")
        }
    }

    func execute(in session: Session) throws -> ExitStatus {
        let world = session.world
        let configuration = try read(on: world)
        try session.setThreads(configuration.run.threads)
        try session.reportSlowKernels()
        configuration.notices.forEach(session.messages.say)
        if predict != nil, configuration.run.deterministic {
            throw (configuration.resolved["run"]?["deterministic"] ?? configuration.resolved).error(
                "--predict models sums in MPI's order; accepted: false")
        }
        let fewer = try predict.map { _ in try withFewerChains(configuration, on: world) }

        let measurement = try StepMeasurement(configuration, repeats: repeats, on: world)
        let stopwatch = Stopwatch(world, repeats: repeats)
        let limits = try MachineLimits(stopwatch)
        var allReduce: (one: Double, parameters: Double)?
        if world.size > 1 {
            func seconds(_ count: Int) throws -> Double {
                var numbers = [Double](repeating: 0, count: count)
                return try stopwatch.seconds { try world.allReduce(&numbers) }
            }
            allReduce = (try seconds(1), try seconds(measurement.state.trainedLayout.count))
        }
        var prediction:
            (network: CollectiveCost, strong: [PerformanceModel.Prediction], weak: [PerformanceModel.Prediction])?
        if let fewer, let predict, let latency, let bandwidth {
            let network = CollectiveCost(
                latency: latency, bandwidth: bandwidth, ranksPerNode: ranksPerNode ?? 1,
                memoryRate: 1e9 * limits.streamRate)
            let model = PerformanceModel(
                full: measurement, small: try StepMeasurement(fewer, repeats: repeats, on: world),
                reconfiguration: measurement.reconfiguration,
                network: network, limits: limits)
            prediction = (network, model.strongScaling(upTo: predict), model.weakScaling(upTo: predict))
        }
        let report = BenchmarkReport(
            measurement: measurement, limits: limits, repeats: repeats, allReduce: allReduce, prediction: prediction)
        session.results.write(json ? report.json.description + "\n" : report.text)
        return .done
    }

    private func read(_ overrides: [String] = [], on world: Communicator) throws -> Configuration {
        try Configuration(
            file: arguments.inputFile, overrides: arguments.overrides + overrides, for: .optimisation, on: world)
    }

    /// The configuration with an eighth of its chains, and at least one for each rank.
    private func withFewerChains(_ configuration: Configuration, on world: Communicator) throws -> Configuration {
        let sampler = configuration.sampler
        guard sampler.drawsChains, sampler.chains >= 2 * world.size else {
            throw (configuration.resolved["sampler"] ?? configuration.resolved).error(
                "--predict measures with fewer chains as well; accepted: chains, two or more for each of "
                    + "\(world.size) \(world.size == 1 ? "rank" : "ranks")")
        }
        let chains = max(world.size, sampler.chains / 8)
        return try read(
            ["sampler.chains=\(chains)", "sampler.samples=\(chains * sampler.samplesPerChain)"], on: world)
    }
}
