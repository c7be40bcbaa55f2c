extension GroundStateDriver {
    /// Steps' samples that chains are drawn after a return.
    private static let followingDraws = 4

    /// Collective over the ranks of the update's memory.
    func keepParameters(like update: ParameterVector) {
        // One that comes from a checkpoint lies elsewhere.
        let kept =
            kept.flatMap { $0.memory === update.memory ? $0 : nil }
            ?? ParameterVector(waveFunction.layout, in: update.memory)
        self.kept = kept
        kept.assign(from: waveFunction.parameters)
        kept.publish()
    }

    /// Takes up kept parameters that a checkpoint stored; nil for none. Local.
    public func restoreKept(_ values: [Double]?) {
        kept = values.map { ParameterVector(waveFunction.layout, values: $0) }
    }

    /// Goes on from the parameters that were kept: nothing of the steps since then is left in the optimiser or in the average, and
    /// the chains, which come from another state, are given some steps' samples to follow. Collective over the ranks of the
    /// parameters' memory; local where it has none, but for a full summation.
    ///
    /// - Throws: `DivergenceError`, if log ψ is not finite there.
    public func returnToKept() throws {
        guard let kept else { return }
        waveFunction.parameters.assign(from: kept)
        waveFunction.parametersChanged()
        previousDirection = nil
        average = nil
        moments?.restore(nil)
        optimiser.restore(state: [:], updateCount: 0)
        guard state.source.hasProposals else { return }
        try reportingDivergence(step: step) {
            for _ in 0..<Self.followingDraws { _ = try state.draw(length: samples?.level.length) }
        }
    }
}
