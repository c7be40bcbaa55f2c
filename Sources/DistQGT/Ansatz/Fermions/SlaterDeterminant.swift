import LinearAlgebra
import Numerics

/// A Slater determinant: log ψ = log det of the rows of orbitals at occupied modes, in ascending order.
public struct SlaterDeterminant: Ansatz {
    public enum Variant: String, Sendable, CaseIterable {
        /// Orbitals of their own for up and for down: `orbitals_up` [N, n_up] and `orbitals_down` [N, n_down].
        case unrestricted
        /// The same orbitals for both, as many up as down: `orbitals` [N, n_up].
        case restricted
        /// Orbitals over all modes, `orbitals` [2N, n]: one determinant.
        case generalised
        /// `orbitals` [N, n].
        case spinless
    }

    public let sector: FermionSector
    public let variant: Variant
    public let dataType: DataType
    public let initialiser: Initialiser
    /// What the orbitals start from; nil for random ones.
    public let start: (@Sendable () -> StartingOrbitals?)?

    /// - Precondition: `accepts`.
    public init(
        _ sector: FermionSector, variant: Variant, dataType: DataType = .float64,
        initialiser: Initialiser = Initialiser(.normal), start: (@Sendable () -> StartingOrbitals?)? = nil
    ) {
        self.start = start
        precondition(Self.accepts(variant, sector))
        self.sector = sector
        self.variant = variant
        self.dataType = dataType
        self.initialiser = initialiser
    }

    /// Whether the fermions have what the variant takes for granted.
    public static func accepts(_ variant: Variant, _ sector: FermionSector) -> Bool {
        switch variant {
        case .spinless: sector.kind == .spinless
        case .generalised: sector.kind != .spinless
        case .unrestricted: sector.kind != .spinless && sector.numbers != nil
        case .restricted: sector.kind != .spinless && sector.numbers.map { $0.up == $0.down } ?? false
        }
    }

    public var siteCount: Int { sector.featureCount }

    public var leaves: [LeafDeclaration] {
        let sites = sector.siteCount
        func leaf(_ name: String, _ rows: Int, _ columns: Int) -> LeafDeclaration {
            LeafDeclaration(
                name, [rows, columns], isComplex: dataType.isComplex, initialiser, start: start(of: name))
        }
        switch variant {
        case .unrestricted:
            guard let numbers = sector.numbers else { return [] }
            return [leaf("orbitals_down", sites, numbers.down), leaf("orbitals_up", sites, numbers.up)].filter {
                $0.leaf.count > 0
            }
        case .restricted: return [leaf("orbitals", sites, sector.count / 2)]
        case .generalised, .spinless: return [leaf("orbitals", sector.modeCount, sector.count)]
        }
    }

    private func start(of leaf: String) -> LeafDeclaration.Start? {
        start.map { start in
            .init(noise: 0.01) { [variant, isComplex = dataType.isComplex] in
                guard let from = start() else { return nil }
                let values: [Complex<Double>]
                switch (variant, leaf) {
                case (.unrestricted, "orbitals_down"): values = from.orbitals[1]
                case (.generalised, _):
                    // Orbitals of each spin side by side, zeros elsewhere.
                    let (n, up, down) = (from.siteCount, from.counts[0], from.counts[1])
                    values = (0..<2 * n * (up + down)).map { place in
                        let (mode, orbital) = (place / (up + down), place % (up + down))
                        if mode < n { return orbital < up ? from.orbitals[0][mode * up + orbital] : .zero }
                        return orbital < up ? .zero : from.orbitals[1][(mode - n) * down + orbital - up]
                    }
                default: values = from.orbitals[0]
                }
                return StartingOrbitals.reals(values, isComplex: isComplex)
            }
        }
    }

    public func logPsi(_ tape: Recorder) -> Node {
        func determinant(_ name: String, _ modes: OccupiedModes) -> Node {
            tape.logDeterminant(tape.rows(of: tape.parameter(name), at: modes))
        }
        switch variant {
        case .unrestricted, .restricted:
            let isRestricted = variant == .restricted
            var parts: [Node] = []
            if sector.upModes.count > 0 {
                parts.append(determinant(isRestricted ? "orbitals" : "orbitals_up", sector.upModes))
            }
            if sector.downModes.count > 0 {
                parts.append(determinant(isRestricted ? "orbitals" : "orbitals_down", sector.downModes))
            }
            return sector.inBasis(tape.logProduct(parts), on: tape)
        case .generalised, .spinless:
            return sector.inBasis(determinant("orbitals", sector.modes), on: tape)
        }
    }

    public func amplitudeMethods(_ factor: RecordedFactor) -> AmplitudeMethods {
        dataType.isComplex ? walkers(factor, ComplexScalar.self) : walkers(factor, Double.self)
    }

    private func walkers<S: MatrixScalar>(_ factor: RecordedFactor, _: S.Type) -> AmplitudeMethods {
        let sites = sector.siteCount
        func orbitals(_ name: String, _ modes: Range<Int>, _ count: Int) -> OrbitalWalker<S>.Orbitals {
            .init(modes: modes, offset: count > 0 ? factor.offset(of: name) : 0, count: count)
        }
        let all: [OrbitalWalker<S>.Orbitals]
        switch variant {
        case .generalised, .spinless: all = [orbitals("orbitals", 0..<sector.modeCount, sector.count)]
        case .unrestricted, .restricted:
            let isRestricted = variant == .restricted
            all = [
                orbitals(isRestricted ? "orbitals" : "orbitals_up", 0..<sites, sector.numbers?.up ?? 0),
                orbitals(isRestricted ? "orbitals" : "orbitals_down", sites..<2 * sites, sector.numbers?.down ?? 0),
            ]
        }
        let bytes = OrbitalWalker<S>.byteCount(sector, all)
        return AmplitudeMethods(ratios: [
            WalkerRatios(factor, bytesPerWalker: bytes, floor: OrbitalWalker<S>.floor(sector, all)) { [sector] in
                OrbitalWalker<S>(sector, factor, all)
            }
        ])
    }
}
