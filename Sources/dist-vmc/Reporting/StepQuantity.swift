import DistQGT
import RunFiles

/// A number that log.jsonl holds for each step.
struct StepQuantity {
    /// Members from the entry down; the last may be the place in a list.
    let path: [String]

    /// The value in one entry; NaN where it is null or missing.
    func value(in entry: JSONValue) -> Double {
        var value: JSONValue? = entry
        for member in path {
            guard let place = Int(member) else {
                value = value?[member]
                continue
            }
            value = value?[place]
        }
        return value?.number ?? .nan
    }

    func values(in entries: [JSONValue]) -> [Double] { entries.map(value) }

    static let energy = StepQuantity(path: ["energy", "mean", "0"])
    static let error = StepQuantity(path: ["energy", "error"])
    static let variance = StepQuantity(path: ["energy", "variance"])
    static let vScore = StepQuantity(path: ["v_score"])
    static let rHat = StepQuantity(path: ["energy", "r_hat"])
    static let autocorrelationTime = StepQuantity(path: ["energy", "tau"])
    static let acceptance = StepQuantity(path: ["acceptance"])
    static let solverIterations = StepQuantity(path: ["solver", "iterations"])
    static let solverResidual = StepQuantity(path: ["solver", "residual"])
    static let forces = StepQuantity(path: ["norms", "forces"])
    static let update = StepQuantity(path: ["norms", "update"])
    static let learningRate = StepQuantity(path: ["learning_rate"])
    static let diagonalShift = StepQuantity(path: ["diag_shift"])
    static let ratio = StepQuantity(path: ["control", "ratio"])
    static let signal = StepQuantity(path: ["control", "signal"])
    static let samples = StepQuantity(path: ["samples"])
    static let seconds = StepQuantity(path: ["seconds", "total"])
    static func seconds(of phase: PhaseClock.Phase) -> StepQuantity { StepQuantity(path: ["seconds", phase.rawValue]) }
}
