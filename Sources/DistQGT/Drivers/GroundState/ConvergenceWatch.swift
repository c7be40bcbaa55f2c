/// Recognises that the energy and its variance have stopped falling.
///
/// Lines are fitted to both over the last third of the steps, at least 60. What a line falls by over these steps is about what
/// as many further ones would gain. A run has converged when
/// - the energy falls by less than the error of that, and, with the error added, by less than what there is to see: the error of the
///   energy that the run is to end with, or 10⁻⁵ of the energy's distance from the mean of the spectrum;
/// - the variance, which is known far better than the energy, falls by so little, error included, that the energy that goes with it
///   is not to be seen. What goes with it is the slope of energies against variances near the present one. Where that is not known,
///   it has to fall by less than its error and by less than a quarter of itself.
///
/// An energy that cannot be known to twice what there is to see is not judged.
public struct ConvergenceWatch: Sendable, Equatable {
    public private(set) var history = EnergyHistory()
    /// The error of the final energy over that of a step's.
    private let finalError: Double

    /// Steps before which nothing is judged, and the least that are looked at.
    static let (firstSteps, leastWindow) = (100, 60)
    /// Of the distance from the mean of the spectrum: an energy that matters to nobody; squared, a variance that does not.
    private static let (relativeGain, relativeWidth) = (1e-5, 1e-4)
    /// Of the least gain that matters, what counts as none where there is no noise; the largest error of a gain that is judged.
    private static let (negligible, blurred) = (0.1, 2.0)
    /// Of the variance, what it may still fall by where nothing tells what energy goes with it.
    private static let variancePart = 0.25
    /// Variances, over the present one, near which energies are held against them.
    private static let nearby = 4.0
    /// Errors that a slope has to be above 0 to count.
    private static let significance = 3.0

    /// - Parameters:
    ///   - samples: of a step.
    ///   - finalSamples: of the energy at the end.
    public init(samples: Int, finalSamples: Int) {
        finalError = (Double(max(1, samples)) / Double(max(1, finalSamples))).squareRoot()
    }

    /// Takes in a step.
    ///
    /// - Parameter scale: how far the energy is from the mean of the spectrum.
    /// - Returns: whether the run has converged. This is looked at whenever a block of steps is whole.
    public mutating func add(energy: Double, error: Double, variance: Double, scale: Double) -> Bool {
        let isWhole = history.add(energy: energy, error: error, variance: variance)
        return isWhole && history.steps >= Self.firstSteps && hasConverged(scale: scale)
    }

    /// Forgets all steps: what comes is of another descent.
    public mutating func beginAnew() { history = EnergyHistory() }

    /// The last third of the whole blocks.
    private var window: ArraySlice<EnergyHistory.Block> {
        let blocks = history.wholeBlocks
        let wanted = max(Self.leastWindow, history.steps / 3)
        return blocks.suffix((wanted + history.blockLength - 1) / history.blockLength)
    }

    private func hasConverged(scale: Double) -> Bool {
        let window = window
        let steps = Double(window.reduce(0) { $0 + $1.steps })
        let noise = window.reduce(0) { $0 + $1.squaredErrors } / steps
        guard let energy = gain(window, leastUnitVariance: noise, \.meanEnergy),
            let variance = gain(window, leastUnitVariance: 0, \.meanVariance)
        else { return false }
        let visible = max(finalError * noise.squareRoot(), Self.relativeGain * scale)
        guard energy.fall <= max(energy.error, Self.negligible * visible), energy.fall + energy.error <= visible,
            energy.error <= Self.blurred * visible
        else { return false }
        let width = window.reduce(0) { $0 + $1.variance } / steps
        if width <= Self.relativeWidth * scale * Self.relativeWidth * scale { return true }
        let fall = max(0, variance.fall) + variance.error
        if let slope = slope(near: width) { return slope * fall <= visible }
        return variance.fall <= variance.error && fall <= Self.variancePart * width
    }

    /// dE/dV at variances near the present one, at most; nil where the energies do not tell.
    private func slope(near variance: Double) -> Double? {
        let near = history.wholeBlocks.filter { $0.meanVariance <= Self.nearby * variance }
        guard !near.isEmpty else { return nil }
        let steps = Double(near.reduce(0) { $0 + $1.steps })
        let line = LineFit(
            near.map { (x: $0.meanVariance, y: $0.meanEnergy, weight: Double($0.steps)) },
            leastUnitVariance: near.reduce(0) { $0 + $1.squaredErrors } / steps)
        guard let line, line.slope > Self.significance * line.slopeError else { return nil }
        return line.slope + line.slopeError
    }

    /// How far a line falls over the blocks, and the error of that.
    private func gain(
        _ blocks: ArraySlice<EnergyHistory.Block>, leastUnitVariance: Double, _ value: (EnergyHistory.Block) -> Double
    ) -> (fall: Double, error: Double)? {
        let length = Double(history.blockLength)
        let points = blocks.enumerated().map { (x: Double($0) * length, y: value($1), weight: Double($1.steps)) }
        guard let line = LineFit(points, leastUnitVariance: leastUnitVariance) else { return nil }
        let whole = length * Double(blocks.count)
        return (-line.slope * whole, line.slopeError * whole)
    }

    /// All that changes, as a checkpoint takes it.
    public var words: [Double] {
        get { history.words }
        set { history.words = newValue }
    }
}
