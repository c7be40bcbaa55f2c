import LinearAlgebra

/// The Jastrow factor of densities: log ψ = Σ_{i>j} v_k (n_i − r)(n_j − r) with k = i(i−1)/2 + j and n_i the number of fermions on
/// site i; on spins 1/2 the spins take the place of densities. That of spins of electrons has S^z_i = (n_i↑ − n_i↓)/2 in place of n_i.
public struct DensityJastrow: Ansatz {
    /// What pairs are of.
    public enum Channel: String, Sendable, CaseIterable { case density, spin }

    public let sector: FermionSector
    public let dataType: DataType
    public let initialiser: Initialiser
    public let channel: Channel
    /// What densities are measured from.
    public let reference: Double
    /// By pair, i(i−1)/2 + j, its parameter; nil for a parameter for each pair.
    public let tying: ParameterTying?
    /// What the leaf is called.
    public let leafName: String
    /// What networks of densities begin with.
    public static let small = Initialiser(.normal, scale: 0.01)

    /// - Precondition: at least two sites; no signs of tied pairs; spinful fermions where pairs are of spins.
    public init(
        _ sector: FermionSector, dataType: DataType = .float64, initialiser: Initialiser = Initialiser(.zeros),
        channel: Channel = .density, leafName: String = "kernel", tying: ParameterTying? = nil, reference: Double = 0
    ) {
        precondition(sector.siteCount > 1 && (channel == .density || sector.kind == .spinful))
        self.sector = sector
        self.dataType = dataType
        self.initialiser = initialiser
        self.channel = channel
        self.leafName = leafName
        self.tying = tying
        self.reference = reference
        precondition(tying.map { $0.index.count == pairCount && $0.isNegated == nil } ?? true)
    }

    public var siteCount: Int { sector.featureCount }
    private var pairCount: Int { sector.siteCount * (sector.siteCount - 1) / 2 }

    public var leaves: [LeafDeclaration] {
        [.init(leafName, [tying?.count ?? pairCount], isComplex: dataType.isComplex, initialiser)]
    }

    public func logPsi(_ tape: Recorder) -> Node {
        var number = channel == .spin ? sector.spin(on: tape) : sector.density(on: tape)
        if reference != 0 { number = tape.shifted(number, by: -reference) }
        guard let tying else {
            return tape.dense(tape.pairProducts(of: number), kernel: tape.parameter(leafName, rows: pairCount))
        }
        // Sums of products, so that rows have a number for each parameter, not for each pair.
        return tape.dense(
            tape.pairSums(of: number, classes: tying.index.map { $0 < 0 ? nil : $0 }, count: tying.count),
            kernel: tape.parameter(leafName, rows: tying.count))
    }

    public func amplitudeMethods(_ factor: RecordedFactor) -> AmplitudeMethods {
        .fields(
            factor, isComplex: dataType.isComplex,
            of: channel == .spin ? .spin : sector.kind == .spinful ? .density : .code,
            pairs: (leafName, tying?.entries ?? (0..<pairCount).map { ($0, false) }), reference: reference)
    }
}
