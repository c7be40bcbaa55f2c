import LinearAlgebra

/// A determinant with hidden fermions (Robledo Moreno, Carleo, Georges, Stokes, PNAS 119, e2122059119 (2022)):
/// ψ = det [[Φ[R], χ[R]], [Y]], where the m rows Y of the hidden fermions are the output of a perceptron on the
/// occupations, reshaped row by row to m × (n + m).
public struct HiddenFermion: PerceptronDeterminant {
    public let sector: FermionSector
    /// m.
    public let hiddenCount: Int
    public let hiddenDimensions: [Int]
    public let useHiddenBias: Bool
    public let useOutputBias: Bool
    public let options: LayerOptions
    public let orbitalInitialiser: Initialiser
    /// What the orbitals start from; nil for random ones.
    public let start: (@Sendable () -> StartingOrbitals?)?
    public static let defaults = LayerDefaults.scaled(.tanh)

    /// - Precondition: positive widths, at least one hidden fermion, an activation defined for the data type.
    public init(
        _ sector: FermionSector, hiddenCount: Int, hiddenDimensions: [Int], useHiddenBias: Bool = true,
        useOutputBias: Bool = true, options: LayerOptions = LayerOptions(),
        orbitals: Initialiser = Initialiser(.normal),
        start: (@Sendable () -> StartingOrbitals?)? = nil
    ) {
        self.start = start
        precondition(hiddenCount > 0 && hiddenDimensions.allSatisfy { $0 > 0 })
        self.sector = sector
        self.hiddenCount = hiddenCount
        self.hiddenDimensions = hiddenDimensions
        self.useHiddenBias = useHiddenBias
        self.useOutputBias = useOutputBias
        self.options = options
        orbitalInitialiser = orbitals
        precondition(activationIsDefined)
    }

    public var siteCount: Int { sector.featureCount }

    private var layers: PerceptronLayers { perceptron(outputs: hiddenCount * (sector.count + hiddenCount)) }

    public var leaves: [LeafDeclaration] {
        let hidden = LeafDeclaration(
            "hidden_orbitals", [sector.modeCount, hiddenCount], isComplex: dataType.isComplex, orbitalInitialiser)
        return layers.leaves + [hidden, orbitals]
    }

    public func logPsi(_ tape: Recorder) -> Node {
        let modes = sector.modes
        let visible = tape.concatenation([
            tape.rows(of: tape.parameter("orbitals"), at: modes),
            tape.rows(of: tape.parameter("hidden_orbitals"), at: modes),
        ])
        let hidden = reshaped(layers.output(tape), rows: hiddenCount, on: tape)
        return sector.inBasis(tape.logDeterminant(tape.stacked([visible, hidden])), on: tape)
    }
}
