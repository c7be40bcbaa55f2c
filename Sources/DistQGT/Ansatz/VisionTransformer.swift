import LatticeSymmetry

/// A vision transformer with factored attention (Viteritti, Rende, Becca, PRL 130, 236401, 2023; Viteritti, Rende,
/// Parola, Goldt, Becca, PRB 111, 134411, 2025): the lattice is cut into patches, each patch's spins are embedded into
/// `width` features x[p] (of spinful fermions the occupations up of its sites, then those down), and every layer does
///
///     x ← x + W·attention(N(x)) + b,   attention[p, f] = Σ_q α[head(f), p, q] (V N(x) + v)[q, f]
///     x ← x + W₂ f(W₁ N(x) + b₁) + b₂
///
/// The attention weights α are parameters: they do not depend on the spins, so attention is linear in x. They depend
/// on both patches, or on the displacement between them only; log ψ of a periodic lattice then does not change under
/// translations by patches. N is layer normalisation over the features of a patch (without scale and offset, which the
/// dense layers that read it contain), or the identity. An output head acts on the sum over patches.
public struct VisionTransformer: LayeredAnsatz {
    public enum Attention: String, Sendable, CaseIterable { case relative, absolute }

    public let siteCount: Int
    /// Numbers that each site is read by (`HilbertSpace.numbersPerSite`).
    public let numbersPerSite: Int
    public let patches: CellPatches
    public let layers: Int
    public let width: Int
    public let heads: Int
    public let feedForwardWidth: Int
    public let attention: Attention
    public let layerNorm: Bool
    public let output: OutputHead
    public let options: LayerOptions
    public static let defaults = LayerDefaults.scaled(.gelu)

    /// - Precondition: positive sizes, heads that divide the width, an activation defined for the data type, a real
    ///   data type with `layerNorm`.
    public init(
        patches: CellPatches, layers: Int, width: Int, heads: Int, numbersPerSite: Int = 1,
        feedForwardWidth: Int? = nil,
        attention: Attention = .relative, layerNorm: Bool = true,
        output: OutputHead = .complexLogCosh, options: LayerOptions = LayerOptions()
    ) {
        let feedForwardWidth = feedForwardWidth ?? 4 * width
        precondition(layers > 0 && width > 0 && heads > 0 && feedForwardWidth > 0 && width % heads == 0)
        siteCount = numbersPerSite * patches.sites.reduce(0) { $0 + $1.count }
        self.numbersPerSite = numbersPerSite
        self.patches = patches
        self.layers = layers
        self.width = width
        self.heads = heads
        self.feedForwardWidth = feedForwardWidth
        self.attention = attention
        self.layerNorm = layerNorm
        self.output = output
        self.options = options
        precondition(activationIsDefined && !(dataType.isComplex && layerNorm))
    }

    /// Numbers that a patch is read by.
    private var patchNumbers: Int { siteCount / patches.count }

    public var leaves: [LeafDeclaration] {
        let isComplex = dataType.isComplex
        func dense(_ name: String, _ inputs: Int, _ outputs: Int) -> [LeafDeclaration] {
            [
                .init("\(name)/bias", [outputs], isComplex: isComplex, biasInitialiser),
                .init("\(name)/kernel", [inputs, outputs], isComplex: isComplex, kernelInitialiser),
            ]
        }
        // A sum over patches of the size of its terms.
        let weights = Initialiser(.normal, scale: 1 / Double(patches.count).squareRoot())
        let weightShape = attention == .relative ? [patches.displacementCount] : [patches.count, patches.count]
        let blocks = (0..<layers).flatMap { layer -> [LeafDeclaration] in
            let name = "Layer_\(layer)"
            return [.init("\(name)/alpha", [heads] + weightShape, isComplex: isComplex, weights)]
                + dense("\(name)/Value", width, width) + dense("\(name)/Projection", width, width)
                + dense("\(name)/Dense_0", width, feedForwardWidth) + dense("\(name)/Dense_1", feedForwardWidth, width)
        }
        return dense("Embedding", patchNumbers, width) + blocks
            + output.leaves(width: width, isComplex: isComplex, kernel: kernelInitialiser, bias: biasInitialiser)
    }

    public func logPsi(_ tape: Recorder) -> Node {
        func dense(_ name: String, _ x: Node) -> Node {
            tape.dense(x, kernel: tape.parameter("\(name)/kernel"), bias: tape.parameter("\(name)/bias", rows: 1))
        }
        func normalised(_ x: Node) -> Node { layerNorm ? tape.layerNormalisation(x) : x }
        let sites = siteCount / numbersPerSite
        let index = patches.sites.flatMap { patch in
            (0..<numbersPerSite).flatMap { plane in patch.map { plane * sites + $0 } }
        }
        var x = dense("Embedding", tape.gather(tape.spins, index: index, rows: patches.count))
        for layer in (0..<layers).map({ "Layer_\($0)" }) {
            let mixed = tape.mixRows(
                dense("\(layer)/Value", normalised(x)), coefficients: coefficients(tape, "\(layer)/alpha"),
                rows: patches.count)
            x = tape.sum(x, dense("\(layer)/Projection", mixed))
            let hidden = tape.activation(activation, dense("\(layer)/Dense_0", normalised(x)))
            x = tape.sum(x, dense("\(layer)/Dense_1", hidden))
        }
        return output.record(tape, x, isComplex: dataType.isComplex, normalise: layerNorm)
    }

    /// α as (patches · patches) × heads.
    private func coefficients(_ tape: Recorder, _ name: String) -> Node {
        let pairs = patches.count * patches.count
        let entries = attention == .relative ? patches.displacements : Array(0..<pairs)
        let stride = attention == .relative ? patches.displacementCount : pairs
        let index = entries.flatMap { entry in (0..<heads).map { $0 * stride + entry } }
        return tape.gather(tape.parameter(name, rows: heads), index: index, rows: pairs)
    }
}
