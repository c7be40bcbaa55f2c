/// A straight line through points by weighted least squares, with errors from the points' own scatter about it.
package struct LineFit: Sendable, Equatable {
    /// At the mean of x.
    package let value: Double
    package let slope: Double
    package let centre: Double
    /// Σ w and Σ w (x − centre)².
    package let weight: Double
    package let spread: Double
    /// Of a point of weight 1 about the line.
    package let unitVariance: Double
    /// Of y, the share that the line explains; 0 where y is constant.
    package let explained: Double

    /// - Parameters:
    ///   - points: in the order in which noise may be correlated.
    ///   - leastUnitVariance: what the scatter of a point of weight 1 is known to be at least.
    /// - Returns: nil for fewer than three points, or all at one x.
    package init?(_ points: [(x: Double, y: Double, weight: Double)], leastUnitVariance: Double = 0) {
        guard points.count >= 3 else { return nil }
        let total = points.reduce(0) { $0 + $1.weight }
        let meanX = points.reduce(0) { $0 + $1.weight * $1.x } / total
        let meanY = points.reduce(0) { $0 + $1.weight * $1.y } / total
        let squares = points.reduce(0) { $0 + $1.weight * ($1.x - meanX) * ($1.x - meanX) }
        guard total > 0, squares > 0, squares.isFinite else { return nil }
        slope = points.reduce(0) { $0 + $1.weight * ($1.x - meanX) * ($1.y - meanY) } / squares
        (value, centre, weight, spread) = (meanY, meanX, total, squares)
        let slope = slope
        let residuals = points.map { ($0.y - meanY - slope * ($0.x - meanX)) * $0.weight.squareRoot() }
        let sum = residuals.reduce(0) { $0 + $1 * $1 }
        let whole = points.reduce(0) { $0 + $1.weight * ($1.y - meanY) * ($1.y - meanY) }
        explained = whole > 0 ? max(0, 1 - sum / whole) : 0
        // Neighbours that deviate alike count for less: as of an autoregressive process of first order.
        let lagged = zip(residuals, residuals.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
        let correlation = sum > 0 ? min(Self.largestCorrelation, max(0, lagged / sum)) : 0
        let scatter = sum / Double(points.count - 2) * (1 + correlation) / (1 - correlation)
        unitVariance = max(scatter, leastUnitVariance)
    }

    private static let largestCorrelation = 0.8

    package var slopeError: Double { (unitVariance / spread).squareRoot() }

    /// The line at some x, and its error there.
    package func value(at x: Double) -> (value: Double, error: Double) {
        let distance = x - centre
        return (value + slope * distance, (unitVariance * (1 / weight + distance * distance / spread)).squareRoot())
    }
}
