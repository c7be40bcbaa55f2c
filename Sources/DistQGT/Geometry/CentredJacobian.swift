import LinearAlgebra

/// A = M √w J: the centred, weighted Jacobian of all ranks' samples, as a composition of linear maps.
/// Nothing is derived by hand: its transpose Jᵀ √w M, with the allreduce at its end, follows from the
/// rule that transposes any composition. S = AᵀA.
///
/// Collective. `apply`: one scalar-sized allreduce; `applyTransposed`: one scalar-sized and one
/// parameter-sized.
public struct CentredJacobian: LinearMap {
    package let replication: Replication
    private let map: Composition<SubtractMean, Composition<SampleWeighting, Composition<Linearisation, Replication>>>

    private let linearisation: Linearisation
    private var space: SampleSpace { linearisation.space }

    public init(_ linearisation: Linearisation) {
        self.linearisation = linearisation
        replication = Replication(linearisation.layout, communicator: linearisation.space.communicator)
        map =
            replication
            .followed(by: linearisation)
            .followed(by: SampleWeighting(linearisation.space))
            .followed(by: SubtractMean(linearisation.space))
    }

    public func makeDomainVector() -> ParameterVector { map.makeDomainVector() }
    public func makeCodomainVector() -> SampleVector { map.makeCodomainVector() }
    public func apply(_ x: ParameterVector, into y: SampleVector) throws { try map.apply(x, into: y) }
    public func applyTransposed(_ y: SampleVector, into x: ParameterVector) throws {
        guard space.sums.isInBlocks || x.memory != nil else { return try map.applyTransposed(y, into: x) }
        // The same maps, with the sum over samples and the sum over ranks in one.
        let (centred, seeds) = (y.makeZero(), y.makeZero())
        try SubtractMean(space).applyTransposed(y, into: centred)
        SampleWeighting(space).applyTransposed(centred, into: seeds)
        try replication.applyTransposed(after: linearisation, seeds, into: x)
    }
}
