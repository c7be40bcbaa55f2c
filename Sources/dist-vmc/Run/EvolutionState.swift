import DistQGT
import RunFiles

/// What goes into a checkpoint of an evolution and comes back from it, and what its summary is made of.
struct EvolutionState {
    let driver: EvolutionDriver
    /// Seconds by phase, and of whole steps, over every part of the run.
    private(set) var seconds: [String: Double] = [:]
    private(set) var totalSeconds = 0.0
    /// Steps that were made again, shorter.
    private(set) var rejections = 0
    /// Of all times so far.
    private(set) var largestResidual = 0.0
    private(set) var largestDrift = 0.0

    private static let secondsPrefix = "seconds "
    private static let names = (
        time: "time", size: "next step", energy: "first energy", distance: "distance bound",
        rejections: "rejected steps", residual: "largest residual", drift: "largest drift"
    )

    init(_ driver: EvolutionDriver) { self.driver = driver }

    mutating func add(_ report: EvolutionReport) {
        for (phase, time) in report.clock.seconds { seconds[phase.rawValue, default: 0] += time }
        totalSeconds += report.clock.total
        rejections += report.rejections
        largestResidual = max(largestResidual, report.relativeResidual.isNaN ? 0 : report.relativeResidual)
        largestDrift = report.energyDrift.isNaN ? .nan : max(largestDrift, abs(report.energyDrift))
    }

    /// The checkpoint of this moment, on rank 0 (nil elsewhere). Collective: the chains are gathered.
    func checkpoint(configuration: String, seed: Int) throws -> Checkpoint? {
        guard let progress = driver.progress,
            var checkpoint = try driver.state.checkpoint(
                step: driver.step, chains: driver.state.chainsBeforeDraw, configuration: configuration, seed: seed)
        else { return nil }
        checkpoint.seconds = totalSeconds
        for (name, time) in seconds { checkpoint.scalars[Self.secondsPrefix + name] = time }
        let numbers = [
            (Self.names.time, progress.time), (Self.names.size, progress.nextSize),
            (Self.names.energy, progress.firstEnergy), (Self.names.distance, progress.distance),
            (Self.names.rejections, Double(rejections)),
            (Self.names.residual, largestResidual), (Self.names.drift, largestDrift.isNaN ? 0 : largestDrift),
        ]
        for (name, number) in numbers { checkpoint.scalars[name] = number }
        return checkpoint
    }

    /// Puts everything back as it was. Local: every rank has the whole checkpoint.
    ///
    /// - Throws: `CheckpointError`, `ChainStateError` where the checkpoint does not fit.
    mutating func restore(_ checkpoint: Checkpoint, path: String) throws {
        func number(_ name: String) throws -> Double {
            guard let number = checkpoint.scalars[name] else {
                throw CheckpointError(path: path, problem: .missing(name))
            }
            return number
        }
        try driver.state.restore(checkpoint, path: path)
        totalSeconds = checkpoint.seconds
        for (name, value) in checkpoint.scalars where name.hasPrefix(Self.secondsPrefix) {
            seconds[String(name.dropFirst(Self.secondsPrefix.count))] = value
        }
        rejections = Int(try number(Self.names.rejections))
        largestResidual = try number(Self.names.residual)
        largestDrift = driver.equation.isDriven ? .nan : try number(Self.names.drift)
        driver.restore(
            EvolutionProgress(
                step: checkpoint.step, time: try number(Self.names.time), nextSize: try number(Self.names.size),
                firstEnergy: try number(Self.names.energy), distance: try number(Self.names.distance)))
    }
}
