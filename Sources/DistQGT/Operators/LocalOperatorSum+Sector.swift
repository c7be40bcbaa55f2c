import Numerics

extension LocalOperatorSum {
    /// Whether H commutes with all sums that a space conserves; false for other local states.
    public func conserves(_ space: HilbertSpace) -> Bool {
        space.localSpaces == localSpaces && space.conservedSums.allSatisfy(conserves)
    }

    /// Tr H / dim over a space, from the probabilities of the states of each term's sites (`SectorMarginals`).
    ///
    /// - Throws: `OperatorError.siteCountsDiffer`, `.localStatesDiffer`, `.meanNotKnown`.
    public func meanDiagonal(in space: HilbertSpace) throws(OperatorError) -> Complex<Double> {
        guard space.siteCount == siteCount else {
            throw .siteCountsDiffer(operatorSites: siteCount, spaceSites: space.siteCount)
        }
        guard space.localSpaces == localSpaces else { throw .localStatesDiffer }
        do {
            var marginals = try SectorMarginals(space)
            var sum = Complex<Double>.zero
            for term in terms {
                let diagonal = term.elements.filter { $0.row == $0.column }
                if diagonal.isEmpty { continue }
                let probabilities = try marginals.probabilities(of: term.sites)
                for element in diagonal { sum += element.value * Complex(probabilities[element.row]) }
            }
            return sum
        } catch {
            throw .meanNotKnown(error)
        }
    }
}
