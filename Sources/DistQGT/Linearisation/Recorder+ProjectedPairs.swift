import LinearAlgebra

extension Recorder {
    /// log Σ_t w_t Pf_t of each sample: the sum of a projected product of pairs over its terms.
    ///
    /// Complex where the pairing or a weight is; otherwise as `logPfaffian` of real x. A singular term is 0 in the sum; −∞ where
    /// the sum is 0, or where a configuration has another number of occupied modes.
    ///
    /// - Parameter pairing: a parameter node of M(M−1)/2 × 1 numbers, the upper triangle of F by rows.
    public func logPfaffianSum(of pairing: Node, over terms: PairTerms) -> Node {
        precondition(
            pairing.part == .parameter && pairing.features == 1 && pairing.rows == terms.pairCount,
            "logPfaffianSum: \(pairing.rows) × \(pairing.features) elements for \(terms.modeCount) modes")
        precondition(terms.fermionCount % 2 == 0, "logPfaffianSum: \(terms.fermionCount) fermions")
        let matrices = TermMatrices(terms)
        let pairings = makeNode(
            part: .parameter, rows: terms.rotations.count, features: terms.pairCount, isComplex: pairing.isComplex,
            hasTangent: false)
        append(
            RotatedPairings(rotations: terms.rotations, modeCount: terms.modeCount, input: pairing, output: pairings))
        let logarithms = makeNode(
            part: .sample, rows: 1, features: pairing.isComplex ? terms.count : 2 * terms.count,
            isComplex: pairing.isComplex, hasTangent: false)
        append(PfaffianTerms(matrices: matrices, pairings: pairings, configuration: spins, output: logarithms))
        let isComplex = pairing.isComplex || terms.hasPhases
        let sum = makeNode(
            part: .sample, rows: 1, features: 1, isComplex: isComplex, hasTangent: pairing.hasTangent)
        append(
            PfaffianSum(
                matrices: matrices, pairing: isComplex ? complexified(pairing) : pairing, pairings: pairings,
                logarithms: logarithms, configuration: spins, output: sum))
        if isComplex { return sum }
        let phase = makeNode(part: .sample, rows: 1, features: 1, isComplex: false, hasTangent: false)
        append(PhaseOfPfaffians(weights: terms.weights, logarithms: logarithms, output: phase))
        return combination([(1, sum), (.i, phase)])
    }
}
