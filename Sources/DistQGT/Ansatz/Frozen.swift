import LinearAlgebra

/// A wave function whose parameters an optimisation leaves as they are: those of an earlier stage, beside factors that
/// are trained.
///
/// Its leaves are constants of the tape: log ψ is not differentiated by them, and what depends on them alone keeps nothing
/// of a linearisation. Values, ratios and samples are those of the wave function itself.
public struct Frozen: Ansatz {
    public let base: any Ansatz

    public init(_ base: any Ansatz) { self.base = base }

    public var siteCount: Int { base.siteCount }
    public var dataType: DataType { base.dataType }
    public var leaves: [LeafDeclaration] { base.leaves.map { $0.frozen() } }
    public var hasConditionals: Bool { base.hasConditionals }
    public var sector: SymmetrySector? { base.sector }
    public var constituents: [any Ansatz] { base.constituents }
    public var withPositiveWeights: (any Ansatz)? { base.withPositiveWeights.map { Frozen($0) } }

    public func logPsi(_ tape: Recorder) -> Node { base.logPsi(tape) }
    public func amplitudeMethods(_ factor: RecordedFactor) -> AmplitudeMethods { base.amplitudeMethods(factor) }
}
