import LinearAlgebra
import Numerics

/// A product of pairs, ⟨n|(½ Σ F_ij c†_i c†_j)^{n/2}/(n/2)!|0⟩: the determinant or Pfaffian of the pairings of occupied
/// modes.
public struct PairProduct: Ansatz {
    public enum Variant: String, Sendable, CaseIterable {
        /// Pairs of one up and one down: `pairing` [N, N], ψ = det f[R_up, R_down].
        case antiparallel
        /// Pairs of any two modes: `pairing` [M(M−1)/2], the upper triangle of F row by row, ψ = Pf F[R, R].
        case general
    }

    public let sector: FermionSector
    public let variant: Variant
    public let dataType: DataType
    public let initialiser: Initialiser
    /// By entry of the pairing its parameter; nil for a parameter for each.
    public let tying: ParameterTying?
    /// What the pairs start from; nil for random ones.
    public let start: (@Sendable () -> StartingOrbitals?)?

    /// - Precondition: `accepts`, and as many tied entries as the pairing has.
    public init(
        _ sector: FermionSector, variant: Variant, dataType: DataType = .float64,
        initialiser: Initialiser = Initialiser(.normal), tying: ParameterTying? = nil,
        start: (@Sendable () -> StartingOrbitals?)? = nil
    ) {
        self.start = start
        self.tying = tying
        precondition(Self.accepts(variant, sector))
        self.sector = sector
        self.variant = variant
        self.dataType = dataType
        self.initialiser = initialiser
        precondition(tying.map { $0.index.count == shape.reduce(1, *) } ?? true)
    }

    /// Whether the fermions have what the variant takes for granted.
    public static func accepts(_ variant: Variant, _ sector: FermionSector) -> Bool {
        switch variant {
        case .antiparallel: sector.kind != .spinless && sector.numbers.map { $0.up == $0.down } ?? false
        case .general: sector.count % 2 == 0
        }
    }

    public var siteCount: Int { sector.featureCount }

    /// Of the pairing.
    private var shape: [Int] {
        let (sites, modes) = (sector.siteCount, sector.modeCount)
        return variant == .antiparallel ? [sites, sites] : [modes * (modes - 1) / 2]
    }

    public var leaves: [LeafDeclaration] {
        [
            LeafDeclaration(
                "pairing", tying.map { [$0.count] } ?? shape, isComplex: dataType.isComplex, initialiser,
                start: startOfPairs)
        ]
    }

    private var startOfPairs: LeafDeclaration.Start? {
        start.map { start in
            .init(noise: 0.01) { [variant, tying, modes = sector.modeCount, isComplex = dataType.isComplex] in
                guard let from = start() else { return nil }
                var values: [Complex<Double>]
                switch variant {
                case .antiparallel: values = from.pairing()
                case .general:
                    let all = from.generalPairing()
                    values = (0..<modes).flatMap { i in (i + 1..<max(i + 1, modes)).map { all[i * modes + $0] } }
                }
                if let tying { values = tying.means(of: values) }
                return StartingOrbitals.reals(values, isComplex: isComplex)
            }
        }
    }

    private func pairing(on tape: Recorder) -> Node {
        let rows = variant == .antiparallel ? sector.siteCount : 1
        guard let tying else { return tape.parameter("pairing", rows: rows) }
        return tying.entries(of: tape.parameter("pairing", rows: 1), rows: rows, on: tape)
    }

    public func logPsi(_ tape: Recorder) -> Node {
        switch variant {
        case .antiparallel:
            let pairs = tape.entries(of: pairing(on: tape), rows: sector.upModes, columns: sector.downModes)
            return sector.inBasis(tape.logDeterminant(pairs), on: tape)
        case .general:
            let pairs = tape.antisymmetricEntries(of: pairing(on: tape), at: sector.modes)
            return sector.inBasis(tape.logPfaffian(pairs), on: tape)
        }
    }

    public func amplitudeMethods(_ factor: RecordedFactor) -> AmplitudeMethods {
        dataType.isComplex ? walkers(factor, ComplexScalar.self) : walkers(factor, Double.self)
    }

    private func walkers<S: MatrixScalar>(_ factor: RecordedFactor, _: S.Type) -> AmplitudeMethods {
        let tied = tying?.entries
        func entry(_ place: Int, _ isTransposed: Bool = false) -> ParameterEntry {
            guard let tied else { return (place, isTransposed) }
            return tied[place].map { ($0.parameter, $0.isNegated != isTransposed) }
        }
        let modes = sector.modeCount
        let entries: [ParameterEntry] =
            switch variant {
            case .antiparallel: (0..<sector.siteCount * sector.siteCount).map { entry($0) }
            case .general:
                (0..<modes * modes).map { place in
                    let (i, j) = (place / modes, place % modes)
                    if i == j { return nil }
                    let (a, b) = (min(i, j), max(i, j))
                    return entry(a * (2 * modes - a - 1) / 2 + b - a - 1, i > j)
                }
            }
        let table = ExpandedParameters<S>(factor, leaf: "pairing", entries: entries)
        let way =
            switch variant {
            case .antiparallel:
                pairWalkers(
                    factor, table,
                    (0..<entries.count).map {
                        entries[$0 % sector.siteCount * sector.siteCount + $0 / sector.siteCount]
                    })
            case .general:
                WalkerRatios(factor, bytesPerWalker: PfaffianWalker<S>.byteCount(sector)) { [sector] in
                    PfaffianWalker<S>(sector, table)
                }
            }
        return AmplitudeMethods(ratios: [way])
    }

    /// - Parameter transposed: the entries of fᵀ.
    private func pairWalkers<S: MatrixScalar>(
        _ factor: RecordedFactor, _ table: ExpandedParameters<S>, _ transposed: [ParameterEntry]
    ) -> WalkerRatios {
        let columns = ExpandedParameters<S>(factor, leaf: "pairing", entries: transposed)
        return WalkerRatios(factor, bytesPerWalker: PairingWalker<S>.byteCount(sector)) { [sector] in
            PairingWalker<S>(sector, table, transposed: columns)
        }
    }
}
