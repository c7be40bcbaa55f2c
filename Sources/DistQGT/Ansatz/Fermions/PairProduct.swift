import LinearAlgebra

/// A product of pairs, ⟨n|(½ Σ F_ij c†_i c†_j)^{n/2}/(n/2)!|0⟩: the determinant or Pfaffian of the pairings of occupied
/// modes.
public struct PairProduct: Ansatz {
    public typealias Variant = Pairing.Variant

    public let pairing: Pairing
    public var sector: FermionSector { pairing.sector }
    public var variant: Variant { pairing.variant }
    public var dataType: DataType { pairing.dataType }

    /// - Precondition: `accepts`.
    public init(_ pairing: Pairing) {
        precondition(Self.accepts(pairing.variant, pairing.sector))
        self.pairing = pairing
    }

    /// - Parameters:
    ///   - tying: by entry of the pairing its parameter; nil for a parameter for each.
    ///   - start: what the pairs start from; nil for random ones.
    /// - Precondition: `accepts`, and as many tied entries as the pairing has.
    public init(
        _ sector: FermionSector, variant: Variant, dataType: DataType = .float64,
        initialiser: Initialiser = Initialiser(.normal), tying: ParameterTying? = nil,
        start: (@Sendable () -> StartingOrbitals?)? = nil
    ) {
        self.init(
            Pairing(
                sector, variant: variant, dataType: dataType, initialiser: initialiser, tying: tying, start: start))
    }

    /// Whether the fermions have what the variant takes for granted.
    public static func accepts(_ variant: Variant, _ sector: FermionSector) -> Bool {
        switch variant {
        case .antiparallel: sector.kind != .spinless && sector.numbers.map { $0.up == $0.down } ?? false
        case .general: sector.count % 2 == 0
        }
    }

    public var siteCount: Int { sector.featureCount }
    public var leaves: [LeafDeclaration] { [pairing.leaf] }

    public func logPsi(_ tape: Recorder) -> Node {
        let pairs = pairing.occupiedEntries(on: tape)
        let logarithm = variant == .antiparallel ? tape.logDeterminant(pairs) : tape.logPfaffian(pairs)
        return sector.inBasis(logarithm, on: tape)
    }

    public func amplitudeMethods(_ factor: RecordedFactor) -> AmplitudeMethods {
        dataType.isComplex ? walkers(factor, ComplexScalar.self) : walkers(factor, Double.self)
    }

    private func walkers<S: MatrixScalar>(_ factor: RecordedFactor, _: S.Type) -> AmplitudeMethods {
        switch variant {
        case .antiparallel:
            let sites = sector.siteCount
            func table(_ place: (Int, Int) -> Int) -> ExpandedParameters<S> {
                ExpandedParameters<S>(
                    factor, leaf: "pairing",
                    entries: (0..<sites * sites).map { pairing.entry(place($0 / sites, $0 % sites)) })
            }
            let (rows, columns) = (table { $0 * sites + $1 }, table { $1 * sites + $0 })
            return AmplitudeMethods(ratios: [
                WalkerRatios(
                    factor, bytesPerWalker: PairingWalker<S>.byteCount(sector), floor: PairingWalker<S>.floor(sector)
                ) { [sector] in
                    PairingWalker<S>(sector, rows, transposed: columns)
                }
            ])
        case .general:
            let table = ExpandedParameters<S>(factor, leaf: "pairing", entries: pairing.matrix)
            return AmplitudeMethods(ratios: [
                WalkerRatios(
                    factor, bytesPerWalker: PfaffianWalker<S>.byteCount(sector), floor: PfaffianWalker<S>.floor(sector)
                ) { [sector] in
                    PfaffianWalker<S>(sector, table)
                }
            ])
        }
    }
}
