import DistQGT

/// The reference of energy statistics: the object `energy` of a state, or a case of statistics.
struct StatisticsReference {
    private let mean: [Double]
    private let variance: Double
    private let errorOfMean: Double
    private let rHat: Double
    private let tauCorr: Double

    /// The keys, in the order of `errors`.
    static let names = ["mean", "variance", "error_of_mean", "R_hat", "tau_corr"]

    init(_ object: ReferenceValue) throws {
        mean = try object.required("mean").numbers(count: 2, nullable: true)
        variance = try object.required("variance").numberOrNull()
        errorOfMean = try object.required("error_of_mean").numberOrNull()
        rHat = try object.required("R_hat").numberOrNull()
        tauCorr = try object.required("tau_corr").numberOrNull()
    }

    /// The largest error of each quantity. τ counts absolutely: it may be 0 up to rounding.
    func errors(of statistics: EnergyStatistics) -> [Double] {
        [
            Comparison.relativeError([statistics.mean.real, statistics.mean.imaginary], mean),
            Comparison.relativeError([statistics.variance], [variance]),
            Comparison.relativeError([statistics.errorOfMean], [errorOfMean]),
            Comparison.relativeError([statistics.rHat], [rHat]),
            Comparison.absoluteError(statistics.tauCorr, tauCorr),
        ]
    }
}
