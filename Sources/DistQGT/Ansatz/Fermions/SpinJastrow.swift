import LinearAlgebra

/// The Jastrow factor of spins of fermions: log ψ = Σ_{i>j} v_k S^z_i S^z_j with k = i(i−1)/2 + j and
/// S^z_i = (n_i↑ − n_i↓)/2.
public struct SpinJastrow: Ansatz {
    public let sector: FermionSector
    public let dataType: DataType
    public let initialiser: Initialiser
    /// By pair, i(i−1)/2 + j, its parameter; nil for a parameter for each pair.
    public let tying: ParameterTying?

    /// - Precondition: at least two sites of spinful fermions.
    public init(
        _ sector: FermionSector, dataType: DataType = .float64, initialiser: Initialiser = Initialiser(.zeros),
        tying: ParameterTying? = nil
    ) {
        precondition(sector.kind == .spinful && sector.siteCount > 1)
        self.sector = sector
        self.dataType = dataType
        self.initialiser = initialiser
        self.tying = tying
        precondition(tying.map { $0.index.count == pairCount } ?? true)
    }

    public var siteCount: Int { sector.featureCount }
    private var pairCount: Int { sector.siteCount * (sector.siteCount - 1) / 2 }

    public var leaves: [LeafDeclaration] {
        [.init("kernel", [tying?.count ?? pairCount], isComplex: dataType.isComplex, initialiser)]
    }

    public func logPsi(_ tape: Recorder) -> Node {
        let leaf = tape.parameter("kernel", rows: tying == nil ? pairCount : 1)
        return tape.dense(
            tape.pairProducts(of: sector.spin(on: tape)),
            kernel: tying?.entries(of: leaf, rows: pairCount, on: tape) ?? leaf)
    }

    public func amplitudeMethods(_ factor: RecordedFactor) -> AmplitudeMethods {
        .fields(
            factor, isComplex: dataType.isComplex, of: .spin,
            pairs: ("kernel", tying?.entries ?? (0..<pairCount).map { ($0, false) }))
    }
}
