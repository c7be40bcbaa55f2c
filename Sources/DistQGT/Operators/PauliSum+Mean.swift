import Numerics

extension PauliSum {
    /// Tr H / 2^N, the coefficient of the identity.
    public var normalisedTrace: Complex<Double> {
        guard let first = supports.first, first.isDiagonal, first.signs.allSatisfy({ $0 == 0 })
        else { return .zero }
        return elements[0]
    }

    /// Tr H / dim over a Hilbert space: E∞ of the V-score there.
    ///
    /// Only strings of Z contribute. The mean of the product of w spins over all configurations of
    /// magnetisation M is κ_w, a Krawtchouk polynomial over a binomial coefficient, with
    /// κ_0 = 1, κ_1 = M/N and (N − w)κ_{w+1} = Mκ_w − wκ_{w−1} (from the mean of M·Π_{i∈S}s_i). The
    /// recursion is stable up to w = N/2; beyond, κ_{N−w} = (−1)^D κ_w with D the number of spins
    /// that are down.
    ///
    /// Where other sums are conserved the means are counted (`SectorMarginals`).
    ///
    /// - Throws: `OperatorError.siteCountsDiffer`, `.localStatesDiffer`, `.meanNotKnown`.
    public func meanDiagonal(in space: HilbertSpace) throws(OperatorError) -> Complex<Double> {
        guard space.siteCount == siteCount else {
            throw .siteCountsDiffer(operatorSites: siteCount, spaceSites: space.siteCount)
        }
        guard space.localSpaces.allSatisfy({ $0 == .spinHalf }) else { throw .localStatesDiffer }
        guard !space.conservedSums.isEmpty else { return normalisedTrace }
        guard let magnetisation = space.magnetisation, let down = space.downCount else {
            return try countedMean(in: space)
        }
        let n = Double(siteCount)
        let m = Double(magnetisation)
        var means = [Double](repeating: 1, count: siteCount + 1)
        if siteCount >= 1 { means[1] = m / n }
        for w in stride(from: 1, to: siteCount / 2, by: 1) {
            means[w + 1] = (m * means[w] - Double(w) * means[w - 1]) / (n - Double(w))
        }
        for w in siteCount / 2 + 1..<siteCount + 1 {
            means[w] = (down % 2 == 0 ? 1 : -1) * means[siteCount - w]
        }
        var sum = Complex<Double>.zero
        for term in groupStart[0]..<groupStart[1] {
            let weight = supports[term].signs.reduce(0) { $0 + $1.nonzeroBitCount }
            sum += elements[term] * Complex(means[weight])
        }
        return sum
    }

    private func countedMean(in space: HilbertSpace) throws(OperatorError) -> Complex<Double> {
        do {
            var marginals = try SectorMarginals(space)
            var sum = Complex<Double>.zero
            for term in groupStart[0]..<groupStart[1] {
                // State k of the sites together has a spin down for every bit of k.
                let probabilities = try marginals.probabilities(of: SpinWords.sites(supports[term].signs))
                let mean = probabilities.enumerated().reduce(0.0) {
                    $1.offset.nonzeroBitCount % 2 == 0 ? $0 + $1.element : $0 - $1.element
                }
                sum += elements[term] * Complex(mean)
            }
            return sum
        } catch {
            throw .meanNotKnown(error)
        }
    }
}
