import LatticeSymmetry
import LinearAlgebra

/// A Slater determinant whose orbital rows depend on what is near the fermion (local backflow; SCALE, arXiv 2604.25775):
/// ψ = det (Φ[m, :] + Σ_f h_f(site of m; n) Θ[m, f, :])[R], with features h of each site that a window of cells around it
/// decides. A hop changes the rows of fermions within its reach only, so that ratios are small determinants.
public struct LocalBackflow: OrbitalDeterminant {
    public let sector: FermionSector
    public let window: CellWindow
    /// F, the number of features of a site.
    public let features: Int
    /// The convolution, and what follows it at each cell on its own.
    public let depth: Int
    /// Whether ratios come from products that are kept, not from whole evaluations.
    public let keepsProducts: Bool
    public let options: LayerOptions
    public let orbitalInitialiser: Initialiser
    public let correctionInitialiser: Initialiser
    /// What the orbitals start from; nil for random ones.
    public let start: (@Sendable () -> StartingOrbitals?)?
    public static let defaults = LayerDefaults.scaled(.tanh)

    /// - Precondition: a window on the sites of the sector, positive numbers, an activation defined for the data type.
    public init(
        _ sector: FermionSector, window: CellWindow, features: Int, depth: Int = 1,
        keepsProducts: Bool = true, options: LayerOptions = LayerOptions(),
        orbitals: Initialiser = Initialiser(.normal),
        corrections: Initialiser = Initialiser(.normal, scale: 0.01),
        start: (@Sendable () -> StartingOrbitals?)? = nil
    ) {
        precondition(window.cellCount * window.sitesPerCell == sector.siteCount && features > 0 && depth > 0)
        self.sector = sector
        self.window = window
        self.features = features
        self.depth = depth
        self.keepsProducts = keepsProducts
        self.options = options
        orbitalInitialiser = orbitals
        correctionInitialiser = corrections
        self.start = start
        precondition(activationIsDefined)
    }

    public var siteCount: Int { sector.featureCount }

    private var siteFeatures: SiteFeatures {
        SiteFeatures(
            sector: sector, window: window, features: features, depth: depth, options: options, activation: activation,
            kernel: kernelInitialiser, bias: biasInitialiser)
    }

    public var leaves: [LeafDeclaration] {
        siteFeatures.leaves
            + [
                LeafDeclaration(
                    "corrections", [sector.modeCount, features, sector.count], isComplex: dataType.isComplex,
                    correctionInitialiser), orbitals,
            ]
    }

    public func logPsi(_ tape: Recorder) -> Node {
        let modes = sector.modes
        let corrections = tape.rows(
            of: tape.parameter("corrections", rows: sector.modeCount), combinedBy: siteFeatures.record(tape),
            places: (0..<sector.modeCount).map { $0 % sector.siteCount }, at: modes)
        let rows = tape.sum(tape.rows(of: tape.parameter("orbitals"), at: modes), corrections)
        return sector.inBasis(tape.logDeterminant(rows), on: tape)
    }

    public func amplitudeMethods(_ factor: RecordedFactor) -> AmplitudeMethods {
        guard keepsProducts else { return AmplitudeMethods(ratios: []) }
        return dataType.isComplex ? walkers(factor, ComplexScalar.self) : walkers(factor, Double.self)
    }

    private func walkers<S: MatrixScalar>(_ factor: RecordedFactor, _: S.Type) -> AmplitudeMethods {
        let windows = (0..<window.cellCount).map { Array(window.cells[$0 * window.size..<($0 + 1) * window.size]) }
        let network = KeptSiteFeatures<S>.Network(
            sector, factor, windows: windows, features: features, depth: depth, activation: activation)
        return AmplitudeMethods(ratios: [
            WalkerRatios(
                factor, bytesPerWalker: LocalBackflowWalker<S>.byteCount(sector, network),
                floor: LocalBackflowWalker<S>.floor(sector, network)
            ) { [sector] in LocalBackflowWalker<S>(sector, factor, network) }
        ])
    }
}
