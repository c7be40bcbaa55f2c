import DistQGT
import RunFiles

/// What goes into a checkpoint of a projection and comes back from it, and what its summary is made of.
struct ProjectionState {
    let projection: GreensFunctionMonteCarlo
    /// Seconds of the generations over every part of the run.
    private(set) var totalSeconds = 0.0

    private static let vectors = (
        numbers: "walker_numbers", weights: "log_weights", means: "log_means", energies: "energies",
        forward: "forward_means"
    )
    private static let scalars = (wrongSigns: "wrong signs", moves: "moves", reference: "reference energy")

    init(_ projection: GreensFunctionMonteCarlo) { self.projection = projection }

    mutating func add(_ report: GenerationReport) { totalSeconds += report.seconds }

    /// The checkpoint of this moment, on rank 0 (nil elsewhere): the walkers are its chains. Collective: they are gathered.
    func checkpoint(configuration: String, seed: Int) throws -> Checkpoint? {
        let progress = try projection.progress()
        guard let progress,
            var checkpoint = try projection.state.checkpoint(
                step: progress.generation, chains: nil, configuration: configuration, seed: seed)
        else { return nil }
        checkpoint.chains = .init(progress.walkers)
        checkpoint.seconds = totalSeconds
        checkpoint.optimiserState = [
            Self.vectors.numbers: progress.numbers, Self.vectors.weights: progress.series.logWeights,
            Self.vectors.means: progress.series.logMeans, Self.vectors.energies: progress.series.energies,
            Self.vectors.forward: progress.forwardMeans.flatMap { $0 },
        ]
        checkpoint.scalars = [
            Self.scalars.wrongSigns: Double(progress.wrongSigns), Self.scalars.moves: Double(progress.moves),
            Self.scalars.reference: progress.reference,
        ]
        return checkpoint
    }

    /// Puts everything back as it was, the parameters that guide the walkers included. Local: every rank has the whole
    /// checkpoint.
    ///
    /// - Throws: `CheckpointError`, `ProjectionError` where the checkpoint does not fit.
    mutating func restore(_ checkpoint: Checkpoint, path: String) throws {
        func vector(_ name: String) throws -> [Double] {
            guard let vector = checkpoint.optimiserState[name] else {
                throw CheckpointError(path: path, problem: .missing("optimiser/\(name)"))
            }
            return vector
        }
        func number(_ name: String) throws -> Double {
            guard let number = checkpoint.scalars[name] else {
                throw CheckpointError(path: path, problem: .missing(name))
            }
            return number
        }
        func count(_ name: String) throws -> Int {
            guard let count = Int(exactly: try number(name)) else {
                throw CheckpointError(
                    path: path,
                    problem: .wrongType(name, expected: "a whole number", found: "\(try number(name))"))
            }
            return count
        }
        guard let walkers = checkpoint.chains else {
            throw CheckpointError(path: path, problem: .missing("chains"))
        }
        let energies = try vector(Self.vectors.energies)
        func series(_ name: String) throws -> [Double] {
            let found = try vector(name)
            guard found.count == energies.count else {
                throw CheckpointError(
                    path: path,
                    problem: .wrongShape("optimiser/\(name)", expected: [energies.count], found: [found.count]))
            }
            return found
        }
        let (weights, means) = (try series(Self.vectors.weights), try series(Self.vectors.means))
        let (forward, width) = (try vector(Self.vectors.forward), projection.quantityCount)
        guard width > 0 ? forward.count % width == 0 : forward.isEmpty else {
            throw CheckpointError(
                path: path,
                problem: .wrongShape("optimiser/\(Self.vectors.forward)", expected: [width], found: [forward.count]))
        }
        let forwardMeans = stride(from: 0, to: forward.count, by: max(1, width)).map {
            Array(forward[$0..<$0 + width])
        }
        try projection.state.restoreParameters(checkpoint, path: path)
        try projection.restore(
            .init(
                generation: checkpoint.step,
                series: ProjectionSeries(logWeights: weights, logMeans: means, energies: energies),
                reference: try number(Self.scalars.reference), wrongSigns: try count(Self.scalars.wrongSigns),
                moves: try count(Self.scalars.moves),
                walkers: ChainState(walkers), numbers: try vector(Self.vectors.numbers),
                forwardMeans: forwardMeans))
        totalSeconds = checkpoint.seconds
    }
}
