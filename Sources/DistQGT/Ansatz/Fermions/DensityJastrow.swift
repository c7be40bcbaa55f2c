import LinearAlgebra

/// The Jastrow factor of densities: log ψ = Σ_{i>j} v_k (n_i − r)(n_j − r) with k = i(i−1)/2 + j and n_i the number of fermions on
/// site i; on spins 1/2 the spins take the place of densities.
public struct DensityJastrow: Ansatz {
    public let sector: FermionSector
    public let dataType: DataType
    public let initialiser: Initialiser
    /// What densities are measured from.
    public let reference: Double
    /// By pair, i(i−1)/2 + j, its parameter; nil for a parameter for each pair.
    public let tying: ParameterTying?
    /// What the leaf is called.
    public let leafName: String
    /// What networks of densities begin with.
    public static let small = Initialiser(.normal, scale: 0.01)

    /// - Precondition: at least two sites.
    public init(
        _ sector: FermionSector, dataType: DataType = .float64, initialiser: Initialiser = Initialiser(.zeros),
        leafName: String = "kernel", tying: ParameterTying? = nil, reference: Double = 0
    ) {
        precondition(sector.siteCount > 1)
        self.sector = sector
        self.dataType = dataType
        self.initialiser = initialiser
        self.leafName = leafName
        self.tying = tying
        self.reference = reference
        precondition(tying.map { $0.index.count == pairCount } ?? true)
    }

    public var siteCount: Int { sector.featureCount }
    private var pairCount: Int { sector.siteCount * (sector.siteCount - 1) / 2 }

    public var leaves: [LeafDeclaration] {
        [.init(leafName, [tying?.count ?? pairCount], isComplex: dataType.isComplex, initialiser)]
    }

    public func logPsi(_ tape: Recorder) -> Node {
        let density = sector.density(on: tape)
        let leaf = tape.parameter(leafName, rows: tying == nil ? pairCount : 1)
        return tape.dense(
            tape.pairProducts(of: reference == 0 ? density : tape.shifted(density, by: -reference)),
            kernel: tying?.entries(of: leaf, rows: pairCount, on: tape) ?? leaf)
    }

    public func amplitudeMethods(_ factor: RecordedFactor) -> AmplitudeMethods {
        .fields(
            factor, isComplex: dataType.isComplex, of: sector.kind == .spinful ? .density : .code,
            pairs: (leafName, tying?.entries ?? (0..<pairCount).map { ($0, false) }), reference: reference)
    }
}
