import Numerics

/// Σ_i A^(i): an operator A acting on each of K copies of its sites, the Hamiltonian of a `StateEnsemble`.
///
/// Each copy has its own order of fermions, so that signs are those of A on that copy alone.
public struct OperatorCopies: Operator {
    public let base: any Operator
    /// K.
    public let count: Int
    /// That one copy lives in.
    public let space: HilbertSpace

    /// - Parameter space: of one copy.
    /// - Precondition: as many sites as the operator acts on.
    public init(_ base: any Operator, count: Int, in space: HilbertSpace) {
        precondition(count > 0 && base.siteCount == space.siteCount)
        self.base = base
        self.count = count
        self.space = space
    }

    public var siteCount: Int { count * base.siteCount }
    public var isHermitian: Bool { base.isHermitian }
    public var isReal: Bool { base.isReal }
    public var transitionBound: Int { count * base.transitionBound }
    public var energyBound: (centre: Double, radius: Double) {
        let (centre, radius) = base.energyBound
        return (Double(count) * centre, Double(count) * radius)
    }

    public func appendTransitions(
        from configuration: UnsafePointer<Int8>, to list: TransitionList
    ) -> Complex<Double> {
        var diagonal = Complex<Double>.zero
        for copy in 0..<count {
            let first = copy * base.siteCount
            diagonal += list.withSites(shiftedBy: first) {
                base.appendTransitions(from: configuration + first, to: list)
            }
        }
        return diagonal
    }

    public func conserves(_ space: HilbertSpace) -> Bool { isOfCopies(space) && base.conserves(self.space) }

    /// K times that of A over the space of one copy.
    public func meanDiagonal(in space: HilbertSpace) throws(OperatorError) -> Complex<Double> {
        guard space.siteCount == siteCount else {
            throw .siteCountsDiffer(operatorSites: siteCount, spaceSites: space.siteCount)
        }
        guard isOfCopies(space) else { throw .localStatesDiffer }
        return Complex(Double(count)) * (try base.meanDiagonal(in: self.space))
    }

    private func isOfCopies(_ space: HilbertSpace) -> Bool { (try? self.space.copies(count)) == space }
}
