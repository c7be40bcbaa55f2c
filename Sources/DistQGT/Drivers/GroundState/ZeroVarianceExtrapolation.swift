/// Where a line through energies against variances meets variance 0, from the blocks of a run's steps. An eigenstate has
/// variance 0, and near one the energy is linear in the variance (Kwon, Ceperley and Martin, Phys. Rev. B 48, 12037 (1993)): the value
/// is an extrapolation and no bound, as the energies are.
public struct ZeroVarianceExtrapolation: Sendable, Equatable {
    public let energy: Double
    /// Of the line, from the scatter of the blocks about it.
    public let statisticalError: Double
    /// Half of the way from the least variance to 0, along which a curve may go elsewhere.
    public let modelError: Double
    /// Both together.
    public var error: Double { (statisticalError * statisticalError + modelError * modelError).squareRoot() }
    /// dE/dV.
    public let slope: Double
    public let steps: Int
    public let variances: ClosedRange<Double>

    /// Variances that are taken, over the last one; the least range of them, largest over smallest; the least blocks.
    private static let (reach, leastRange, leastBlocks) = (4.0, 1.5, 6)
    /// The least share of the energies' scatter that the line has to explain, and of the slope the errors that it is above 0.
    private static let (leastExplained, significance) = (0.9, 4.0)
    /// Errors by which the line through the later half of the blocks may end elsewhere.
    private static let agreement = 3.0

    /// Of the way that is extrapolated, what the error is to cover.
    private static let trust = 0.5

    /// - Parameter measured: of a measured energy that the extrapolated one should not lie above by more than two errors.
    /// - Returns: nil where a line says nothing: variances that hardly differ, a slope that is not positive, points that lie on
    ///   no line.
    public init?(_ history: EnergyHistory, below measured: (energy: Double, error: Double)) {
        let blocks = history.wholeBlocks
        guard let last = blocks.last, last.meanVariance > 0 else { return nil }
        let near = blocks.reversed().prefix { $0.meanVariance <= Self.reach * last.meanVariance }
        guard near.count >= Self.leastBlocks, let line = Self.line(Array(near)), line.slope > 0,
            line.slope > Self.significance * line.slopeError, line.explained >= Self.leastExplained
        else { return nil }
        let found = near.map(\.meanVariance)
        guard let least = found.min(), let most = found.max(), most >= Self.leastRange * least,
            let half = Self.line(Array(near.prefix((near.count + 1) / 2)))
        else { return nil }
        let (end, other) = (line.value(at: 0), half.value(at: 0))
        let scatter = (end.error * end.error + other.error * other.error).squareRoot()
        guard abs(end.value - other.value) <= Self.agreement * scatter + 1e-12 * abs(end.value),
            end.value <= measured.energy + 2 * (measured.error + end.error)
        else { return nil }
        (energy, statisticalError, slope) = (end.value, end.error, line.slope)
        modelError = Self.trust * line.slope * least
        steps = near.reduce(0) { $0 + $1.steps }
        variances = least...most
    }

    private static func line(_ blocks: [EnergyHistory.Block]) -> LineFit? {
        let steps = Double(blocks.reduce(0) { $0 + $1.steps })
        return LineFit(
            blocks.map { (x: $0.meanVariance, y: $0.meanEnergy, weight: Double($0.steps)) },
            leastUnitVariance: blocks.reduce(0) { $0 + $1.squaredErrors } / steps)
    }
}
