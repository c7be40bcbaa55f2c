/// Recognises that a run has lost the state it was in: the energy, smoothed over some ten steps, stays far above the best one so
/// far. A step across a node of a state of fermions does that, and no later step leads back.
public struct LostStateWatch: Sendable, Equatable {
    /// What a step's energy says.
    public enum Finding: Sendable {
        case nothing
        /// The parameters that gave this energy are worth being kept.
        case good
        case lost
    }

    /// The smoothed energy and its squared error, over `count` steps at most ten of which still count.
    private var (mean, squaredError, count) = (0.0, 0.0, 0)
    /// The energy of the run's first step.
    private var start = Double.nan
    /// The least smoothed energy, its squared error and its step.
    private var (best, bestSquaredError) = (Double.infinity, 0.0)
    public private(set) var bestStep = 0
    /// Steps without a break of which the energy was too high.
    private var risen = 0
    /// The step whose parameters were last called good.
    public private(set) var keptStep = 0
    /// Steps that are not judged.
    private var grace = 0

    private static let smoothing = 10.0
    /// A rise that counts: errors, and a share of what has been gained since the first step.
    private static let (significance, share) = (8.0, 0.1)
    /// Steps that a rise has to last; those after a return whose chains come from the lost state; between two good ones.
    private static let (patience, pause, interval) = (10, 20, 5)
    /// Errors by which a good step's energy may lie above the smoothed one.
    private static let leeway = 2.0

    public init() {}

    /// The best smoothed energy, infinite before there is one, and its error.
    public var bestEnergy: Double { best }
    public var bestError: Double { bestSquaredError.squareRoot() }
    /// The present one.
    public var energy: Double { mean }
    public var error: Double { squaredError.squareRoot() }
    /// Whether the last step's energy was too high, for however short a time.
    public var isHigh: Bool { risen > 0 }

    /// - Parameters:
    ///   - step: the number of the step whose samples gave the energy, from 1.
    ///   - energy: at the parameters before the step's update.
    public mutating func add(energy: Double, error: Double, step: Int) -> Finding {
        if start.isNaN { start = energy }
        count += 1
        let part = 1 / min(Double(count), Self.smoothing)
        mean += part * (energy - mean)
        squaredError = (1 - part) * (1 - part) * squaredError + part * part * error * error
        if grace > 0 {
            grace -= 1
            if grace == 0 { count = 0 }
            return .nothing
        }
        if mean < best {
            (best, bestSquaredError, bestStep) = (mean, squaredError, step)
            risen = 0
            let isTypical = energy <= mean + Self.leeway * (error * error + squaredError).squareRoot()
            guard isTypical, keptStep == 0 || step >= keptStep + Self.interval else { return .nothing }
            keptStep = step
            return .good
        }
        let rise = max(
            Self.significance * (squaredError + bestSquaredError).squareRoot(), Self.share * (start - best))
        risen = mean - best > rise ? risen + 1 : 0
        return risen >= Self.patience && keptStep > 0 ? .lost : .nothing
    }

    /// The run goes on from the parameters that were kept.
    public mutating func hasReturned() {
        (mean, squaredError, count, risen, grace) = (0, 0, 0, 0, Self.pause)
    }

    /// All of it, as a checkpoint takes it.
    public var words: [Double] {
        get {
            [
                mean, squaredError, Double(count), start, best, bestSquaredError, Double(bestStep), Double(risen),
                Double(keptStep), Double(grace),
            ]
        }
        set {
            guard newValue.count == 10 else { return }
            (mean, squaredError, count, start) = (newValue[0], newValue[1], Int(newValue[2]), newValue[3])
            (best, bestSquaredError, bestStep) = (newValue[4], newValue[5], Int(newValue[6]))
            (risen, keptStep, grace) = (Int(newValue[7]), Int(newValue[8]), Int(newValue[9]))
        }
    }
}
