import LinearAlgebra
import Numerics

/// The pairing of a product of pairs, as a leaf `pairing`: which entries are parameters, and what they start from.
public struct Pairing: Sendable {
    public enum Variant: String, Sendable, CaseIterable {
        /// Pairs of one up and one down: f [N, N], F = ((0, f), (−fᵀ, 0)).
        case antiparallel
        /// Pairs of any two modes: [M(M−1)/2], the upper triangle of F row by row.
        case general
    }

    public let sector: FermionSector
    public let variant: Variant
    public let dataType: DataType
    public let initialiser: Initialiser
    /// By entry its parameter; nil for a parameter for each.
    public let tying: ParameterTying?
    /// The orbitals of a determinant that the pairs start from; nil for random ones.
    public let start: (@Sendable () -> StartingOrbitals?)?
    /// The pairs that are started from themselves; nil for none.
    public let pairs: StartingPairs?

    /// - Precondition: as many tied entries as there are, both spins where pairs are antiparallel or given, and at most one
    ///   thing to start from.
    public init(
        _ sector: FermionSector, variant: Variant, dataType: DataType = .float64,
        initialiser: Initialiser = Initialiser(.normal), tying: ParameterTying? = nil,
        start: (@Sendable () -> StartingOrbitals?)? = nil, pairs: StartingPairs? = nil
    ) {
        precondition(variant == .general || sector.kind != .spinless)
        precondition(
            pairs.map {
                start == nil && sector.kind != .spinless && $0.values.count == sector.siteCount * sector.siteCount
            }
                ?? true)
        self.sector = sector
        self.variant = variant
        self.dataType = dataType
        self.initialiser = initialiser
        self.tying = tying
        self.start = start
        self.pairs = pairs
        precondition(tying.map { $0.index.count == shape.reduce(1, *) } ?? true)
    }

    private var shape: [Int] {
        let (sites, modes) = (sector.siteCount, sector.modeCount)
        return variant == .antiparallel ? [sites, sites] : [modes * (modes - 1) / 2]
    }

    var leaf: LeafDeclaration {
        LeafDeclaration(
            "pairing", tying.map { [$0.count] } ?? shape, isComplex: dataType.isComplex, initialiser,
            start: startOfPairs)
    }

    private var startOfPairs: LeafDeclaration.Start? {
        if let pairs {
            return .init(noise: pairs.noise) {
                let f = pairs.values.map { Complex($0) }
                return reals(f, StartingPairs.general(f, siteCount: sector.siteCount))
            }
        }
        return start.map { start in
            .init(noise: 0.01) { start().flatMap { reals($0.pairing(), $0.generalPairing()) } }
        }
    }

    /// The reals of the leaf.
    ///
    /// - Parameters:
    ///   - antiparallel: f.
    ///   - general: F.
    private func reals(
        _ antiparallel: @autoclosure () -> [Complex<Double>], _ general: @autoclosure () -> [Complex<Double>]
    ) -> [Double]? {
        var values: [Complex<Double>]
        switch variant {
        case .antiparallel: values = antiparallel()
        case .general:
            let (modes, all) = (sector.modeCount, general())
            values = (0..<modes).flatMap { i in (i + 1..<max(i + 1, modes)).map { all[i * modes + $0] } }
        }
        if let tying { values = tying.means(of: values) }
        return StartingOrbitals.reals(values, isComplex: dataType.isComplex)
    }

    /// f, N × N, or the upper triangle of F, one row.
    private func entries(on tape: Recorder) -> Node {
        let rows = variant == .antiparallel ? sector.siteCount : 1
        guard let tying else { return tape.parameter("pairing", rows: rows) }
        return tying.entries(of: tape.parameter("pairing", rows: 1), rows: rows, on: tape)
    }

    /// The pairings of the occupied modes: f of ups and downs, or the antisymmetric F.
    func occupiedEntries(on tape: Recorder) -> Node {
        guard let tying else {
            return switch variant {
            case .antiparallel: tape.entries(of: entries(on: tape), rows: sector.upModes, columns: sector.downModes)
            case .general: tape.antisymmetricEntries(of: entries(on: tape), at: sector.modes)
            }
        }
        let (numbers, table) = tying.table(of: tape.parameter("pairing", rows: 1), on: tape)
        return switch variant {
        case .antiparallel:
            tape.entries(of: numbers, table: table, rows: sector.upModes, columns: sector.downModes)
        case .general: tape.antisymmetricEntries(of: numbers, table: table, at: sector.modes)
        }
    }

    /// The upper triangle of F, M(M−1)/2 rows of one number.
    func upperTriangle(on tape: Recorder) -> Node {
        let all = entries(on: tape)
        guard variant == .antiparallel else {
            return tape.gather(all, index: Array(0..<all.elements), rows: all.elements)
        }
        let (sites, modes) = (sector.siteCount, sector.modeCount)
        var index: [Int?] = []
        index.reserveCapacity(modes * (modes - 1) / 2)
        for i in 0..<modes {
            for j in i + 1..<max(i + 1, modes) { index.append(i < sites && j >= sites ? i * sites + j - sites : nil) }
        }
        return tape.gather(all, padded: index, rows: index.count)
    }

    /// What entry (row by row) of f, or number of the upper triangle of F, is.
    func entry(_ place: Int, isNegated: Bool = false) -> ParameterEntry {
        guard let tying else { return (place, isNegated) }
        guard tying.index[place] >= 0 else { return nil }
        return (tying.index[place], (tying.isNegated?[place] ?? false) != isNegated)
    }

    /// F of any two modes, row by row.
    var matrix: [ParameterEntry] {
        let (sites, modes) = (sector.siteCount, sector.modeCount)
        return (0..<modes * modes).map { place in
            let (i, j) = (place / modes, place % modes)
            let (a, b) = (min(i, j), max(i, j))
            switch variant {
            case .antiparallel:
                return a < sites && b >= sites ? entry(a * sites + b - sites, isNegated: i > j) : nil
            case .general:
                return i == j ? nil : entry(a * (2 * modes - a - 1) / 2 + b - a - 1, isNegated: i > j)
            }
        }
    }
}
