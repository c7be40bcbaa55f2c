import DistQGT
import Foundation
import RunFiles

/// A state's expectation values, as they are reported.
struct Evaluation {
    struct Quantity {
        let item: ObservableRequest.Item
        let estimate: ChainEstimate
        /// Further members of the JSON object.
        var details: JSONObject = [:]

        /// Whether the error is as small as it was to be.
        var isReached: Bool { estimate.error <= item.precision }
        /// NaN where the error is not known.
        var ratio: Double { estimate.error / item.precision }
    }

    let result: StateMeasurement.Result
    let energyPerSite: Quantity
    /// The energy per site after Lanczos steps; nil where it was not asked for.
    let lanczosPerSite: Quantity?
    let quantities: [Quantity]
    /// NaN where the variance means nothing.
    let vScore: Double
    let isSummed: Bool

    /// - Parameter infiniteTemperatureEnergy: E∞ of the V-score.
    init(
        _ result: StateMeasurement.Result, _ request: ObservableRequest, siteCount: Int,
        infiniteTemperatureEnergy: Double,
        isSummed: Bool
    ) {
        self.result = result
        self.isSummed = isSummed
        var perSite = result.energy
        let sites = Double(siteCount)
        perSite.mean /= sites
        perSite.error /= sites
        perSite.variance /= sites * sites
        energyPerSite = Quantity(
            item: .init(
                block: "energy_per_site", labels: [:], name: "energy per site", precision: request.energyPrecision),
            estimate: perSite)
        // Of its distribution over samples the error alone is known.
        lanczosPerSite = result.lanczosStep.map { step in
            Quantity(
                item: .init(
                    block: "lanczos", labels: [:],
                    name:
                        "per site after \(step.coefficients.count == 1 ? "a Lanczos step" : "\(step.coefficients.count) Lanczos steps")",
                    precision: request.energyPrecision),
                estimate: ChainEstimate(
                    mean: step.energy / sites, error: step.error / sites, variance: .nan, tau: .nan, rHat: .nan))
        }
        quantities =
            zip(request.items, result.quantities).map { Quantity(item: $0, estimate: $1) }
            + zip(request.entropies, result.purities).map(Self.entropy)
        let distance = result.energy.mean - infiniteTemperatureEnergy
        let isMeaningless = !result.faults.isEmpty || (distance == 0 && result.energyVariance.mean == 0)
        vScore = isMeaningless ? .nan : sites * result.energyVariance.mean / (distance * distance)
    }

    /// S₂ = −ln Tr ρ², with the error δp/p.
    private static func entropy(_ item: ObservableRequest.Item, _ purity: ChainEstimate) -> Quantity {
        var estimate = purity
        let isPositive = purity.mean > 0
        estimate.mean = isPositive ? -log(purity.mean) : .nan
        estimate.error = isPositive ? purity.error / purity.mean : .nan
        estimate.variance = isPositive ? purity.variance / (purity.mean * purity.mean) : .nan
        // −ln 1 is 0, not −0.
        if estimate.mean == 0 { estimate.mean = 0 }
        return Quantity(
            item: item, estimate: estimate,
            details: ["purity": .number(purity.mean), "purity_error": .number(purity.error)])
    }

    /// All that is held to a precision.
    private var held: [Quantity] { perSite + quantities }

    /// Energies per site.
    var perSite: [Quantity] { [energyPerSite] + (lanczosPerSite.map { [$0] } ?? []) }

    var isReached: Bool { held.allSatisfy(\.isReached) }

    /// The largest error in units of what it may be; NaN if one is not known.
    var worstRatio: Double { held.reduce(0) { $0.isNaN || $1.ratio.isNaN ? .nan : max($0, $1.ratio) } }

    /// What a reader should know before trusting the numbers.
    var warnings: [String] { result.faults.map(\.description) + remarks }
    /// What is known of the kind of state, in its samples or not.
    var remarks: [String] = []

    /// Names of what is not as precise as it was to be.
    var notReached: [String] { held.filter { !$0.isReached }.map { "\($0.item.block): \($0.item.name)" } }
}
