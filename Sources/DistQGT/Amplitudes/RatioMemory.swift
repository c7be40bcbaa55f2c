/// The memory that amplitude ratios of one rank need, for chains and for local energies. Known before
/// anything is allocated.
package struct RatioMemory {
    /// The most configurations that are evaluated together without a tape.
    package let evaluatedRows: Int
    /// Bytes of tables, of what is kept for each chain and sample, and of connected configurations.
    package let bytes: Int

    /// - Parameters:
    ///   - state: at parameters of the size that the run will have.
    ///   - chains: Markov chains of this rank; 0 for a full summation and for direct sampling.
    ///   - samples: of this rank.
    ///   - sampleBatch: samples whose local energies are computed together.
    ///   - samplingRows: rows of an evaluation for the sampler.
    ///   - energyRows: rows of an evaluation for local energies, at most.
    ///   - isScreened: whether proposals are screened in single precision.
    ///   - isDirect: whether samples are drawn from conditional probabilities.
    package init(
        _ state: NeuralQuantumState, chains: Int, samples: Int, sampleBatch: Int, samplingRows: Int, energyRows: Int,
        isScreened: Bool = false, isDirect: Bool = false
    ) {
        let conditionals =
            isDirect && samples > 0
            ? (state.ansatz as? AutoregressiveNetwork).map {
                CausalConditionals.byteCount($0, blockRows: NetworkAmplitudes.conditionalBlockRows)
            } ?? 0 : 0
        // Parameters, and the values of an evaluation.
        let screen =
            isScreened && chains > 0 && !state.ansatz.dataType.isSingle
            ? MemoryLayout<Float>.stride
                * (state.machine.tape.parameterReals + state.machine.tape.parameterSlopeReals
                    + samplingRows * state.machine.tape.valuePlan.total) : 0
        // A full summation evaluates the basis itself.
        let sampled = samples > 0 && chains == 0 ? samplingRows : 0
        let tape = state.machine.tape
        if state.productsAreUsable, let form = ProductForm(tape) {
            evaluatedRows = sampled
            bytes =
                ProductTables.byteCount(form)
                + ProductWalkers.byteCount(form, rows: chains, copies: 2)
                + ProductWalkers.byteCount(form, rows: samples > 0 ? sampleBatch : 0)
        } else if let firstLayer = tape.firstLayer {
            let rows = FirstLayerRatios<Double>.rows(tape, atMost: energyRows)
            evaluatedRows = samples > 0 ? max(samplingRows, rows) : 0
            bytes =
                screen
                + FirstLayerWalkers<Double>.byteCount(firstLayer, rows: chains + (samples > 0 ? sampleBatch : 0))
        } else {
            evaluatedRows = samples > 0 ? max(samplingRows, energyRows) : 0
            bytes =
                screen + conditionals + (samples > 0 ? BatchedRatios.defaultCapacity * (state.siteCount + 2 * 8) : 0)
        }
    }
}
