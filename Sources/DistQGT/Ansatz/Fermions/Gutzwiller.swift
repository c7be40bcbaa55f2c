import LinearAlgebra

/// The Gutzwiller factor: log ψ = Σ_i g_i n_i↑ n_i↓, with one g for all sites, or with one for each class of sites.
public struct Gutzwiller: Ansatz {
    public let sector: FermionSector
    public let dataType: DataType
    public let initialiser: Initialiser
    /// By site its parameter.
    public let tying: ParameterTying

    /// - Parameter tying: by site its parameter; nil for one of all.
    /// - Precondition: spinful fermions.
    public init(
        _ sector: FermionSector, dataType: DataType = .float64, initialiser: Initialiser = Initialiser(.zeros),
        tying: ParameterTying? = nil
    ) {
        precondition(sector.kind == .spinful)
        self.tying = tying ?? ParameterTying(count: 1, index: [Int](repeating: 0, count: sector.siteCount))
        precondition(self.tying.index.count == sector.siteCount)
        self.sector = sector
        self.dataType = dataType
        self.initialiser = initialiser
    }

    public var siteCount: Int { sector.featureCount }

    public var leaves: [LeafDeclaration] {
        [.init("gutzwiller", [tying.count], isComplex: dataType.isComplex, initialiser)]
    }

    public func logPsi(_ tape: Recorder) -> Node {
        let pairs = sector.doubleOccupancy(on: tape)
        guard tying.entries.contains(where: { $0?.parameter != 0 || $0?.isNegated == true }) else {
            return tape.dense(tape.sumFeatures(pairs), kernel: tape.parameter("gutzwiller", rows: 1))
        }
        let leaf = tape.parameter("gutzwiller", rows: 1)
        return tape.dense(pairs, kernel: tying.entries(of: leaf, rows: sector.siteCount, on: tape))
    }

    public func amplitudeMethods(_ factor: RecordedFactor) -> AmplitudeMethods {
        .fields(
            factor, isComplex: dataType.isComplex, of: .density, singles: ("gutzwiller", tying.entries))
    }
}
