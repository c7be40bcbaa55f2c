import LinearAlgebra

/// A Slater determinant whose orbitals depend on the configuration (Luo and Clark, PRL 122, 226401 (2019), in the form of
/// NetKet's tutorial): ψ = det (Φ + MLP(n))[R], the output of the perceptron reshaped to the orbitals row by row.
public struct NeuralBackflow: PerceptronDeterminant {
    public let sector: FermionSector
    public let hiddenDimensions: [Int]
    public let useHiddenBias: Bool
    public let useOutputBias: Bool
    public let options: LayerOptions
    public let orbitalInitialiser: Initialiser
    /// What the orbitals start from; nil for random ones.
    public let start: (@Sendable () -> StartingOrbitals?)?
    public static let defaults = LayerDefaults.scaled(.tanh)

    /// - Precondition: positive widths, an activation defined for the data type.
    public init(
        _ sector: FermionSector, hiddenDimensions: [Int], useHiddenBias: Bool = true, useOutputBias: Bool = true,
        options: LayerOptions = LayerOptions(), orbitals: Initialiser = Initialiser(.normal),
        start: (@Sendable () -> StartingOrbitals?)? = nil
    ) {
        self.start = start
        precondition(hiddenDimensions.allSatisfy { $0 > 0 })
        self.sector = sector
        self.hiddenDimensions = hiddenDimensions
        self.useHiddenBias = useHiddenBias
        self.useOutputBias = useOutputBias
        self.options = options
        orbitalInitialiser = orbitals
        precondition(activationIsDefined)
    }

    public var siteCount: Int { sector.featureCount }

    private var layers: PerceptronLayers {
        perceptron(
            outputs: sector.modeCount * sector.count, outputInitialiser: Initialiser(.lecunNormal, scale: 0.1))
    }

    public var leaves: [LeafDeclaration] { layers.leaves + [orbitals] }

    public func logPsi(_ tape: Recorder) -> Node {
        let modes = sector.modes
        let corrections = reshaped(layers.output(tape), rows: sector.modeCount, on: tape)
        let orbitals = tape.sum(
            tape.rows(of: tape.parameter("orbitals"), at: modes), tape.rows(of: corrections, at: modes))
        return sector.inBasis(tape.logDeterminant(orbitals), on: tape)
    }
}
