import Communication
import Foundation

/// Where an evolution stands after a step, and what is known of θ̇ there.
public struct EvolutionReport: Sendable {
    /// Completed steps; 0 at the start.
    public let step: Int
    public let time: Double
    /// The size of the step that led here; 0 at the start.
    public let stepSize: Double
    /// Its estimated error; nil where steps have one size.
    public let error: Double?
    /// Longer steps than this one that were not good enough.
    public let rejections: Int
    public let energy: EnergyEstimate
    /// ⟨H⟩ less that of the start: 0 in an exact evolution in real time; NaN where H depends on the time.
    public let energyDrift: Double
    /// Of the proposals for the derivative at the beginning; nil where nothing is proposed.
    public let acceptances: Acceptance?
    /// Share of accepted proposals.
    public var acceptance: Double? { acceptances?.share }
    /// How θ̇ was solved for.
    public let solution: ReconfigurationReport
    /// Σ p |ΔO θ̇ + iΔE|², in imaginary time + ΔE: of the change of the state that no change of the parameters makes.
    public let residual: Double
    /// r² of the θ̇ of half of the chains in the other half; nil where it was not asked for, or has no meaning.
    public let crossValidatedResidual: Double?
    /// In real time ∫ √residual dt, and the estimated errors of the steps where they are in the metric: a bound on the distance
    /// from the exactly evolved state (Martinazzo and Burghardt, PRL 124, 150601, 2020), apart from the errors of samples and of
    /// steps of one size; nil in imaginary time, where errors are not conserved.
    public let distanceBound: Double?
    /// Norms of θ̇ and θ.
    public let derivativeNorm: Double
    public let parameterNorm: Double
    public let clock: PhaseClock
    public let collectives: CollectiveCounts
    /// How often this rank linearised a chunk of samples again.
    public let relinearisations: Int

    /// r², the residual over the variance of H: 0 where the parameters follow exactly, 1 where they do nothing. NaN in an
    /// eigenstate.
    public var relativeResidual: Double { residual / energy.statistics.variance }

    /// Of a distance d ≤ √2 between normalised states the infidelity is at most d² (1 − d²/4); the whole of it beyond.
    public var infidelityBound: Double? {
        distanceBound.map { distance in
            let squared = distance * distance
            return squared >= 2 ? 1 : squared * (1 - squared / 4)
        }
    }
}
