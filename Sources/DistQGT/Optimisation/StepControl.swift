import Foundation

/// Chooses the learning rate η and the diagonal shift λ of each step from what the steps before have shown.
///
/// Along the direction δ the energy is E(η) = E − 2η F·δ + η² κ to second order. Three numbers are measured:
/// - r = κ/(F·δ), the inverse of the learning rate at which the energy along δ is least, an excitation energy that changes
///   slowly: from E(θ ± ηδ) on reweighted samples (`ReweightedEnergy`), every few steps.
/// - s, the share of F·δ that is no noise of the samples δ was made from. At the next step's samples, which know nothing of
///   δ, the slope along it is F′·δ = (s − η r) F·δ in the mean.
/// - The statistical error of F′·δ, at most the energy's error times √(F·δ), since δᵀSδ ≤ F·δ.
///
/// Noise adds nothing to the mean slope but all of itself to the curvature, so that the mean energy is least at
/// η = s/r. A learning rate of c·s/r with c < 1 falls by itself as noise takes over, which averages over steps, and never
/// moves further than a distance of √C in the metric of S: η² F·δ ≤ C.
public struct StepControl: Sendable, Equatable {
    /// What is controlled; the other follows its schedule.
    public let controlsRate: Bool
    public let controlsShift: Bool
    /// η and λ of the next step, where they are controlled.
    public private(set) var learningRate: Double
    public private(set) var shift: Double
    /// ln r and its variance; a variance of infinity before the first measurement.
    private var logCurvature = 0.0
    private var curvatureVariance = Double.infinity
    /// Σ w s and Σ w over measurements, older ones with less weight.
    private var signalSum = 0.0
    private var signalWeight = 0.0
    /// F·δ and η of the last step; 0 before the first.
    private var lastSlope = 0.0
    private var lastRate = 0.0
    /// The energy that was last observed, infinite before the first, and its error.
    private var (lastEnergy, lastError) = (Double.infinity, 0.0)
    /// Steps that have been made, trials that were rejected, and steps that were taken back, in all.
    public private(set) var steps = 0
    public private(set) var rejections = 0
    public private(set) var returns = 0
    /// λ does not fall below this.
    private var leastShift = Self.shifts.lowerBound
    /// Those that had been made when r was last measured.
    private var triedSteps = 0

    /// c and C.
    private static let (share, reach) = (0.7, 0.02)
    /// Of C, what a step may use up for its quadratic model to count as one that holds; and the η² F·δ after which half of
    /// the momentum is left.
    private static let (calmShare, staleness) = (0.25, 0.003)
    /// The least s that counts, below which rates would not let a run get anywhere, and the share of older measurements
    /// that is kept at each.
    private static let (leastSignal, memory) = (0.1, 0.95)
    /// λ falls by a factor at each step that was made and not long, to a least value; steps that go wrong raise it, to a largest
    /// one.
    private static let shiftFall = 1.05
    public static let shifts = 1e-3...1.0
    /// Steps at the beginning that are all tried and may change more, and how often later short ones are tried.
    private static let firstSteps = 10
    public static let interval = 8
    /// Least share of the samples that still counts at the end of a step, and least ratio of a step that may be made.
    private static let (leastShare, leastRatio) = (0.3, -1.0)
    private static let rounding = 1e-12
    /// Errors by which the energy has to rise for a step to have been too long.
    private static let significance = 3.0
    /// Errors by which it has to rise for the state to be lost; times η and what leastShift is raised by, then.
    private static let (certainty, retreat, caution) = (4.0, 0.25, 2.0)
    /// leastShift is not raised above this.
    private static let largestLeastShift = 0.05
    /// A ratio that is less than this by more than two errors raises the shift.
    private static let fairRatio = 0.25
    /// What ln r may change by in a step, as a variance, and the variance of a measurement beside its noise.
    private static let (drift, scatter) = (0.02, 0.1)

    /// η and λ of a run's first step.
    public static let (firstRate, firstShift) = (0.01, 0.01)

    public init(controlsRate: Bool, controlsShift: Bool) {
        self.controlsRate = controlsRate
        self.controlsShift = controlsShift
        (learningRate, shift) = (Self.firstRate, Self.firstShift)
    }

    /// r; nil before it was measured.
    public var curvature: Double? { curvatureVariance.isFinite ? exp(logCurvature) : nil }
    /// s, at least its smallest value; nil before it was measured.
    public var signal: Double? {
        signalWeight > 0 ? min(1, max(Self.leastSignal, signalSum / signalWeight)) : nil
    }

    /// The residual to which a step's equation need be solved: a hundredth of the noise of its right-hand side, √(1 − s), and
    /// no less than what rounding allows.
    public var solverTolerance: Double {
        let noise = signal.map { (1 - $0).squareRoot() } ?? 1
        return max(1e-6, SolverOption.noisyTolerance * noise)
    }

    /// Whether the last step has lost the state: at new samples the energy is above that before the step by more than four
    /// errors, and by more than the step promised to lower it by. What a step leads to where the samples of before say nothing
    /// (a node that is crossed, configurations that had no weight), no trial on these samples can tell.
    ///
    /// - Parameters:
    ///   - energy: the mean of the new samples.
    ///   - energyError: its error.
    public func isLost(energy: Double, energyError: Double) -> Bool {
        guard lastSlope > 0, lastEnergy.isFinite else { return false }
        let scatter = (energyError * energyError + lastError * lastError).squareRoot()
        let rise = energy - lastEnergy
        return rise > Self.certainty * scatter + Self.rounding * abs(energy) && rise > lastRate * lastSlope
    }

    /// η of the last step, which leads back; 0 where there is none.
    public var lastLearningRate: Double { lastRate }

    /// Takes in that the last step was taken back. The chains have to find back, too, so that the next energy is held
    /// against none.
    public mutating func takeBack() {
        returns += 1
        if controlsRate { learningRate = Self.retreat * lastRate }
        if controlsShift {
            leastShift = min(Self.largestLeastShift, Self.caution * max(leastShift, shift))
            shift = max(leastShift, min(Self.caution * shift, Self.shifts.upperBound))
        }
        (lastSlope, lastRate) = (0, 0)
        (lastEnergy, lastError) = (.infinity, 0)
    }

    /// Takes in the energy where a descent begins, at first and after a return: no step led here, and the next one is held
    /// against it.
    public mutating func begin(energy: Double, energyError: Double) {
        (lastSlope, lastRate) = (0, 0)
        (lastEnergy, lastError) = (energy, energyError)
    }

    /// Takes in that the next steps have so many times as many samples: with them 1/s − 1 falls likewise.
    package mutating func changeSamples(by factor: Double) {
        guard let signal else { return }
        // What is foretold counts for less than what was measured.
        signalWeight /= 2
        signalSum = signalWeight * factor * signal / (factor * signal + 1 - signal)
    }

    /// Takes in the slope along the last step's direction at new samples.
    ///
    /// - Parameters:
    ///   - slope: F′·δ.
    ///   - energy: the mean of the new samples. Where it is above the last one by more than three errors the step was too
    ///     long, whatever was foretold: the next one is half as long, with twice the shift.
    ///   - energyError: its error.
    public mutating func observe(slope: Double, energy: Double, energyError: Double) {
        let scatter = (energyError * energyError + lastError * lastError).squareRoot()
        if energy - lastEnergy > Self.significance * scatter + Self.rounding * abs(energy) {
            if controlsRate { learningRate /= 2 }
            raiseShift()
        }
        (lastEnergy, lastError) = (energy, energyError)
        guard lastSlope > 0, let curvature else { return }
        let measured = slope / lastSlope + lastRate * curvature
        let noise = energyError / lastSlope.squareRoot()
        guard measured.isFinite, noise.isFinite else { return }
        let weight = 1 / (noise * noise + 0.01)
        signalSum = Self.memory * signalSum + weight * min(2, max(-1, measured))
        signalWeight = Self.memory * signalWeight + weight
    }

    /// Whether the energy at the end of the next step is to be looked at before the step is made: the first ones, every eighth,
    /// and those that are long.
    ///
    /// - Parameters:
    ///   - slope: F·δ.
    ///   - rate: η.
    public func isTrialDue(slope: Double, rate: Double) -> Bool {
        isEarly || steps % Self.interval == 0 || rate * rate * slope >= Self.calmShare * Self.reach
    }
    private var isEarly: Bool { steps < Self.firstSteps }

    /// The learning rate for a direction with the slope F·δ.
    ///
    /// - Parameter scheduled: where it is not controlled.
    public func rate(slope: Double, scheduled: Double) -> Double {
        guard controlsRate else { return scheduled }
        return slope > 0 ? min(learningRate, (Self.reach / slope).squareRoot()) : learningRate
    }

    /// Times the momentum μ of the next step. What SPRING keeps of the last direction is what the new samples say nothing
    /// about; after a long step it belongs to a state that is gone, and in a rapid descent it would add up.
    public var momentumShare: Double { 1 / (1 + lastRate * lastRate * lastSlope / Self.staleness) }

    /// ρ = 2 − ηκ/(F·δ), the fall of the energy over η F·δ: 1 where η is the best rate along δ, 2 for a very small one.
    public static func ratio(_ trial: ReweightedEnergy, slope: Double, rate: Double) -> Double {
        2 - trial.curvature / (rate * slope)
    }

    /// Takes in what a step would do to the energy. Of a step whose promise is lost in the rounding of the energy, as those of
    /// an eigenstate are, nothing can be measured; it may be made.
    ///
    /// A step is rejected where ρ is too small, and where the energy itself rises so, by more than its error: near an
    /// eigenstate the noise of first order, which κ is free of, is more than what there is to win.
    ///
    /// - Parameters:
    ///   - energyError: of the mean energy.
    ///   - energyScale: what rounding is relative to.
    /// - Returns: whether the step may be made. If not, the learning rate is halved and the shift doubled.
    public mutating func accepts(
        _ trial: ReweightedEnergy, slope: Double, rate: Double, energyError: Double = 0, energyScale: Double = 0
    ) -> Bool {
        let promise = rate * slope
        if trial.isFinite, trial.effectiveShare > Self.leastShare, abs(promise) <= Self.rounding * energyScale {
            return true
        }
        let ratio = Self.ratio(trial, slope: slope, rate: rate)
        let rises =
            trial.change > 2 * energyError
            && -trial.change + 2 * trial.changeError < Self.leastRatio * abs(promise)
        guard slope > 0, trial.isFinite, trial.effectiveShare > Self.leastShare, !rises,
            ratio + 2 * trial.curvatureError / promise > Self.leastRatio
        else {
            reject(rate: rate)
            return false
        }
        let measured = trial.curvature / (rate * promise)
        let measuredError = trial.curvatureError / (rate * promise)
        if curvatureVariance.isFinite {
            // A Kalman filter of a random walk. Measurements far off count as less far off.
            curvatureVariance += Self.drift * Double(max(1, steps - triedSteps))
            let factor = min(5, max(0.2, measured / exp(logCurvature)))
            let relative = measuredError / exp(logCurvature)
            let gain = curvatureVariance / (curvatureVariance + relative * relative + Self.scatter)
            logCurvature += gain * log(factor)
            curvatureVariance *= 1 - gain
        } else {
            logCurvature = log(max(measured, measuredError, 1e-3))
            curvatureVariance = Self.scatter + 0.2
        }
        triedSteps = steps
        if ratio + 2 * trial.curvatureError / promise < Self.fairRatio { raiseShift() }
        return true
    }

    /// A step that must not be made is repeated with half the learning rate and twice the shift.
    public mutating func reject(rate: Double) {
        rejections += 1
        if controlsRate { learningRate = rate / 2 }
        raiseShift()
    }

    /// The next step is longer by this factor.
    package mutating func scaleRate(by factor: Double) { learningRate *= factor }

    private mutating func raiseShift() {
        if controlsShift { shift = min(2 * shift, Self.shifts.upperBound) }
    }

    /// Takes in a step that was made, and chooses the learning rate and the shift of the next one.
    ///
    /// - Parameters:
    ///   - rate: η as it was taken.
    ///   - factor: times the learning rates that would be chosen.
    public mutating func made(slope: Double, rate: Double, factor: Double = 1) {
        (lastSlope, lastRate) = (slope, rate)
        steps += 1
        if let curvature, controlsRate {
            let wanted = factor * Self.share * (signal ?? 0.5) / curvature
            let limits = isEarly ? (0.7, 2.0) : (0.8, 1.25)
            learningRate = rate * min(limits.1, max(limits.0, wanted / rate))
        }
        if controlsShift, rate * rate * slope < Self.calmShare * Self.reach {
            shift = max(shift / Self.shiftFall, leastShift)
        }
    }

    /// All that changes, as a message or a checkpoint takes it.
    package var words: [Double] {
        get {
            [
                learningRate, shift, logCurvature, curvatureVariance, signalSum, signalWeight, lastSlope, lastRate,
                Double(steps), Double(rejections), lastEnergy, lastError,
                Double(triedSteps), Double(returns), leastShift,
            ]
        }
        set {
            precondition(newValue.count == Self.wordCount)
            (learningRate, shift, logCurvature, curvatureVariance) = (
                newValue[0], newValue[1], newValue[2], newValue[3]
            )
            (signalSum, signalWeight, lastSlope, lastRate) = (newValue[4], newValue[5], newValue[6], newValue[7])
            (steps, rejections) = (Int(newValue[8]), Int(newValue[9]))
            (lastEnergy, lastError) = (newValue[10], newValue[11])
            (triedSteps, returns, leastShift) = (Int(newValue[12]), Int(newValue[13]), newValue[14])
        }
    }
    package static let wordCount = 15
}
