import LinearAlgebra

/// A Slater determinant whose orbitals depend on the configuration (Luo and Clark, PRL 122, 226401 (2019), in the form of
/// NetKet's tutorial): ψ = det (Φ + MLP(n))[R], the output of the perceptron reshaped to the orbitals row by row.
public struct NeuralBackflow: LayeredAnsatz {
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
        PerceptronLayers(
            widths: [siteCount] + hiddenDimensions + [sector.modeCount * sector.count], useHiddenBias: useHiddenBias,
            useOutputBias: useOutputBias, activation: activation, dataType: dataType,
            kernelInitialiser: kernelInitialiser, biasInitialiser: biasInitialiser,
            outputInitialiser: Initialiser(.lecunNormal, scale: 0.1))
    }

    /// The determinant without the perceptron.
    private var determinant: SlaterDeterminant {
        SlaterDeterminant(
            sector, variant: sector.kind == .spinless ? .spinless : .generalised, dataType: dataType,
            initialiser: orbitalInitialiser, start: start)
    }

    public var leaves: [LeafDeclaration] {
        layers.leaves + [
            .init(
                "orbitals", [sector.modeCount, sector.count], isComplex: dataType.isComplex, orbitalInitialiser,
                start: determinant.leaves[0].start)
        ]
    }

    public func logPsi(_ tape: Recorder) -> Node {
        let modes = sector.modes
        let corrections = layers.output(tape)
        let reshaped = tape.gather(corrections, index: Array(0..<corrections.elements), rows: sector.modeCount)
        let orbitals = tape.sum(
            tape.rows(of: tape.parameter("orbitals"), at: modes), tape.rows(of: reshaped, at: modes))
        return sector.inBasis(tape.logDeterminant(orbitals), on: tape)
    }
}
