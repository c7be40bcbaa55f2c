import Foundation

extension MonteCarloState {
    /// 1 − |⟨x|ψ⟩|² with the normalised state x whose amplitudes are all equal, over the samples of one draw:
    /// |⟨x|ψ⟩|² = |⟨1/ψ⟩|²/⟨1/|ψ|²⟩ in means over |ψ|², which has little noise where ψ is nearly constant. Collective: a draw and
    /// two allreduces.
    ///
    /// - Precondition: the space is that of all configurations that x has amplitudes for.
    /// - Throws: `NotFiniteError` on every rank.
    public func infidelityWithUniformState() throws -> Double {
        let batch = try draw()
        let logPsi = logPsi(of: batch)
        let space = batch.space(isComplex: true)
        // In units of a typical amplitude, so that nothing overflows.
        let mean = try batch.sums.sum(count: 1) { _, samples, sums in
            sums[0] = samples.reduce(0) { $0 + space.weight($1) * logPsi[2 * $1] }
        }[0]
        let sums = try batch.sums.sum(count: 3) { _, samples, sums in
            sums.update(repeating: 0, count: 3)
            for sample in samples {
                let inverse = exp(mean - logPsi[2 * sample])
                let weight = space.weight(sample)
                sums[0] += weight * inverse * cos(logPsi[2 * sample + 1])
                sums[1] += weight * inverse * sin(logPsi[2 * sample + 1])
                sums[2] += weight * inverse * inverse
            }
        }
        let overlap = (sums[0] * sums[0] + sums[1] * sums[1]) / sums[2]
        guard overlap.isFinite else { throw NotFiniteError(quantity: "the overlap with the uniform state") }
        return max(0, 1 - overlap)
    }
}
