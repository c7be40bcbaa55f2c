import LatticeSymmetry

/// A bond that particles hop along: e^{i phase} c†_first c_second and its adjoint, the step from `second` to `first`
/// being the one that the phase belongs to.
public struct Hop: Sendable, Equatable {
    public let first: Int
    public let second: Int
    /// In radians.
    public let phase: Double

    public init(_ first: Int, _ second: Int, phase: Double = 0) {
        self.first = first
        self.second = second
        self.phase = phase
    }
}

extension [Hop] {
    /// Without phases.
    public static func along(_ edges: [Edge]) -> [Hop] { edges.map { Hop($0.first, $0.second) } }

    /// The bonds of a shell in the order of `Lattice.edges(shell:)`, with twisted boundaries.
    ///
    /// - Parameter twist: the angle that a hop gathers where it crosses the boundary of each direction upwards, in
    ///   radians; nil for none.
    /// - Throws: `LatticeError` for a twist that does not fit the lattice or its boundaries.
    public static func along(shell: Int, of lattice: Lattice, twist: [Double]? = nil) throws(LatticeError) -> [Hop] {
        let edges = try lattice.edges(shell: shell)
        guard let twist else { return along(edges) }
        let phases = try lattice.phases(shell: shell, twist: twist)
        return zip(edges, phases).map { Hop($0.first, $0.second, phase: $1) }
    }
}
