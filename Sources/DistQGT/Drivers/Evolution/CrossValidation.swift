import Communication
import LinearAlgebra
import Numerics

extension EvolutionEquation {
    /// The residual of θ̇ in samples that it was not solved in: solved in the even chains, Σ w |ΔO θ̇ − Δε|² in the odd ones, over
    /// the variance of H there. In the samples that it is fitted to a residual is too small, by as much as there are more
    /// parameters to fit (Schmitt and Heyl, PRL 125, 100503, 2020). Leaves the linearisation of other samples behind.
    /// Collective: the collectives of two derivatives, without draws, energies' statistics and updates.
    ///
    /// - Parameter rates: ε of the local samples, (re, im) in turn.
    /// - Returns: nil where the basis is summed, which has no other half, and for a single chain.
    /// - Throws: `DivergenceError` on every rank where numbers are not finite.
    func crossValidation(_ batch: SampleBatch, rates: [Double], step: Int) throws -> Double? {
        guard let chains = batch.chains, chains.total > 1 else { return nil }
        func half(_ remainder: Int) -> (rows: [Int], space: SampleSpace) {
            let rows = (0..<batch.configurations.count).filter {
                (chains.offset + $0) / chains.length % 2 == remainder
            }
            let sums = state.sums(over: rows, of: batch)
            let count = (chains.total + 1 - remainder) / 2 * chains.length
            return (rows, SampleSpace(sums: sums, totalCount: count, isComplex: state.waveFunction.isComplex))
        }
        func part(_ rows: [Int], _ space: SampleSpace) throws -> HalfOfSamples {
            let rates = rows.flatMap { [rates[2 * $0], rates[2 * $0 + 1]] }
            let sums = try space.sums.sum(count: 2) { _, samples, sums in
                sums.update(repeating: 0, count: 2)
                for sample in samples {
                    sums[0] += space.weight(sample) * rates[2 * sample]
                    sums[1] += space.weight(sample) * rates[2 * sample + 1]
                }
            }
            let jacobian = state.waveFunction.linearise(batch.configurations.rows(rows), in: space)
            return HalfOfSamples(jacobian: jacobian, rates: rates, mean: .init(sums[0], sums[1]))
        }
        let (even, odd) = (half(0), half(1))
        let fitted = try part(even.rows, even.space)
        let gradient = try EnergyGradient(fitted.jacobian, localEnergies: fitted.rates, mean: fitted.mean)
        let slope = try solve(fitted.jacobian, gradient, rates: fitted.rates, mean: fitted.mean, step: step).slope
        let tested = try part(odd.rows, odd.space)
        let still = slope.makeZero()
        let variance = try EvolutionResidual.squared(
            tested.jacobian, still, means: nil, rates: tested.rates, mean: tested.mean)
        let residual = try EvolutionResidual.squared(
            tested.jacobian, slope, means: EnergyGradient.means(of: tested.jacobian), rates: tested.rates,
            mean: tested.mean)
        return residual / variance
    }
}

/// Some of the samples, linearised.
private struct HalfOfSamples {
    let jacobian: Linearisation
    /// ε, and its mean over the half.
    let rates: [Double]
    let mean: Complex<Double>
}
