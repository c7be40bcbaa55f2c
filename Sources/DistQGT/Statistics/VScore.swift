import Numerics

extension EnergyStatistics {
    /// V-score = N·variance/(mean − E∞)²: 0 for an eigenstate, comparable between models and sizes
    /// (D. Wu et al., "Variational benchmarks for quantum many-body problems", Science 386, 296 (2024)).
    ///
    /// - Parameters:
    ///   - siteCount: N.
    ///   - infiniteTemperatureEnergy: E∞ = Tr H/dim, the energy at infinite temperature.
    /// - Returns: NaN for 0/0, where every state has the energy E∞.
    public func vScore(siteCount: Int, infiniteTemperatureEnergy: Double) -> Double {
        let distance = mean.real - infiniteTemperatureEnergy
        return distance == 0 && variance == 0 ? .nan : Double(siteCount) * variance / (distance * distance)
    }
}
