import DistQGT
import LatticeSymmetry
import LinearAlgebra

/// The wave function that an `ansatz` block (or the `model` block of a reference file) describes: a network, or a
/// product of those of a list.
struct AnsatzModel {
    let ansatz: any Ansatz
    /// The number of real parameters: a complex one is two.
    let realParameterCount: Int
    /// Whether log ψ is real for every configuration.
    var isPositive: Bool { !ansatz.hasPhases }
    /// Whether |ψ|² can be drawn from directly.
    var isAutoregressive: Bool { ansatz.hasConditionals }

    /// The largest number of real parameters that is accepted: a parameter vector of 2 GB.
    static let maximumParameters = 1 << 28

    /// - Parameters:
    ///   - block: an `ansatz` or `model` block.
    ///   - space: that the wave function lives in.
    /// - Throws: `ConfigurationError` where the block is wrong or does not fit the lattice.
    init(_ block: ConfigurationNode, on lattice: Lattice, in space: HilbertSpace) throws {
        try self.init(
            resolved: Self.resolved(Schema.ansatz.normalise(block), on: lattice, in: space), on: lattice, in: space)
    }

    /// - Parameters:
    ///   - node: a normalised block whose derived defaults are filled in.
    ///   - mean: what orbitals of fermions start from; nil where nothing starts.
    init(
        resolved node: ConfigurationNode, on lattice: Lattice, in space: HilbertSpace, mean: MeanFieldModel? = nil
    ) throws {
        if case .list(let factors) = node.content {
            ansatz = try Self.product(factors, on: lattice, in: space, mean)
        } else {
            let factor = try Self.ansatz(node, on: lattice, in: space, mean)
            ansatz = try node.optional("frozen")?.boolean() == true ? Frozen(factor) : factor
        }
        realParameterCount = ansatz.leaves.reduce(0) { $0 + $1.leaf.realCount }
        guard realParameterCount <= Self.maximumParameters else {
            throw node.error(
                "the network has \(realParameterCount) real parameters; accepted: up to \(Self.maximumParameters)")
        }
        guard realParameterCount > 0 else { throw node.error("the network has no parameters") }
        if case .list = node.content { return }
        if let claimed = try node.optional("n_real_parameters"), try claimed.integer() != realParameterCount {
            throw claimed.error(
                "\(try claimed.integer()) does not fit the network, which has \(realParameterCount) real parameters")
        }
    }

    /// How many of the real parameters are trained.
    var trainedParameterCount: Int { ansatz.leaves.reduce(0) { $0 + ($1.leaf.isTrained ? $1.leaf.realCount : 0) } }

    /// The normalised block with its derived defaults.
    static func resolved(
        _ node: ConfigurationNode, on lattice: Lattice, in space: HilbertSpace
    ) throws -> ConfigurationNode {
        if case .list(let factors) = node.content {
            return node.replacing(.list(try factors.map { try resolved($0, on: lattice, in: space) }))
        }
        var node = node
        if try node.optional("frozen")?.boolean() == false { node = node.without(["frozen"]) }
        let siteCount = lattice.siteCount
        let widths = ConfigurationNode.Content.list([node.replacing(.integer(2 * siteCount))])
        switch try node.required("type").string() {
        case "ffnn" where node["widths"] == nil: node.set("widths", to: widths)
        case "mlp" where node["hidden_dims"] == nil, "neural_jastrow_slater" where node["hidden_dims"] == nil,
            "neural_backflow" where node["hidden_dims"] == nil, "hidden_fermion" where node["hidden_dims"] == nil:
            node.set("hidden_dims", to: widths)
        case "mixed_jastrow_rbm" where node["n_hidden"] == nil: node.set("n_hidden", to: .integer(siteCount))
        case "cnn", "resnet", "transformer": try resolveLatticeNetwork(&node, on: lattice)
        case "gcnn": try resolveGroupNetwork(&node)
        case "arnn_conv1d", "arnn_conv2d": try resolveCausalLayers(&node, on: lattice)
        case "symmetrised":
            node.set(
                "ansatz", to: try resolved(node.required("ansatz"), on: lattice, in: space).content)
            try resolveSpinPoints(&node, in: space)
        default: break
        }
        try resolveFermions(&node, in: space)
        return node
    }

    /// The product of the entries of a list, whose leaves are on branches `number_type`.
    private static func product(
        _ entries: [ConfigurationNode], on lattice: Lattice, in space: HilbertSpace, _ mean: MeanFieldModel?
    ) throws -> any Ansatz {
        let factors = try entries.enumerated().map { number, entry in
            FactorProduct.Factor(
                "\(number)_\(try entry.required("type").string())",
                try AnsatzModel(resolved: entry, on: lattice, in: space, mean: mean).ansatz)
        }
        let first = factors[0].ansatz.dataType
        for (entry, factor) in zip(entries, factors) where factor.ansatz.dataType.isSingle != first.isSingle {
            throw (entry["dtype"] ?? entry).error(
                "\(factor.ansatz.dataType) beside \(first): the factors of a product have one precision; accepted: "
                    + "\(first.real) or \(first.complex)")
        }
        return FactorProduct(factors)
    }

    private static func ansatz(
        _ node: ConfigurationNode, on lattice: Lattice, in space: HilbertSpace, _ mean: MeanFieldModel?
    ) throws -> any Ansatz {
        try requireInputs(node, space)
        if let fermions = try fermionAnsatz(node, on: lattice, in: space, mean) { return fermions }
        // Numbers that networks read.
        let siteCount = Encoder(space.defaultEncoding, of: space).featureCount
        func flag(_ key: String) throws -> Bool { try node.required(key).boolean() }
        func requirePairs() throws {
            guard siteCount > 1 else { throw node.error("this type needs at least two sites") }
        }
        switch try node.required("type").string() {
        case "rbm":
            return RestrictedBoltzmannMachine(
                siteCount: siteCount, alpha: try alpha(node, siteCount), useHiddenBias: try flag("use_hidden_bias"),
                useVisibleBias: try flag("use_visible_bias"), options: try layerOptions(node))
        case "rbm_modphase":
            return ModulusPhaseRBM(
                siteCount: siteCount, alpha: try alpha(node, siteCount), useHiddenBias: try flag("use_hidden_bias"),
                options: try layerOptions(node))
        case "jastrow":
            try requirePairs()
            return Jastrow(
                siteCount: siteCount, options: try layerOptions(node))
        case "ffnn":
            return FeedForward(
                siteCount: siteCount, widths: try node.required("widths").integers(),
                output: try node.named("output"), useBias: try flag("use_bias"), options: try layerOptions(node))
        case "mlp":
            return MultilayerPerceptron(
                siteCount: siteCount, hiddenDimensions: try node.required("hidden_dims").integers(),
                useHiddenBias: try flag("use_hidden_bias"),
                useOutputBias: try flag("use_output_bias"), options: try layerOptions(node))
        case "cnn": return try convolutionalNetwork(node, on: lattice, in: space)
        case "resnet": return try residualNetwork(node, on: lattice, in: space)
        case "transformer": return try transformer(node, on: lattice, in: space)
        case "gcnn": return try groupNetwork(node, on: lattice, in: space)
        case "rbm_symm": return try symmetricRBM(node, on: lattice, in: space)
        case "symmetrised": return try symmetrised(node, on: lattice, in: space, mean)
        case "arnn_dense", "arnn_conv1d", "arnn_conv2d":
            return AutoregressiveNetwork(
                siteCount: siteCount, layers: try causalLayers(node, on: lattice),
                useBias: try flag("use_bias"), magnetisation: space.magnetisation, options: try layerOptions(node))
        default:
            try requirePairs()
            return MixedJastrowRBM(
                siteCount: siteCount, hiddenUnits: try node.required("n_hidden").integer(),
                options: try layerOptions(node, dataType: .complex128))
        }
    }

    /// What the layers of a network have in common: the key `activation`, where it is, and those of
    /// `Schema.parameters(of:)`.
    ///
    /// - Parameter dataType: nil for that of the key `dtype`.
    static func layerOptions(_ node: ConfigurationNode, dataType: DataType? = nil) throws -> LayerOptions {
        LayerOptions(
            try dataType ?? node.named("dtype"), activation: try node["activation"].map { _ in try activation(node) },
            kernel: try initialiser(node, "kernel_init"),
            bias: try node["bias_init"].map { _ in try initialiser(node, "bias_init") })
    }

    static func initialiser(_ node: ConfigurationNode, _ key: String) throws -> Initialiser {
        let block = try node.required(key)
        let kind: Initialiser.Kind = try block.named("type")
        return Initialiser(kind, scale: try block.optional("scale")?.real() ?? 1)
    }

    private static func alpha(_ node: ConfigurationNode, _ siteCount: Int) throws -> Double {
        let alphaNode = try node.required("alpha")
        let alpha = try alphaNode.real()
        let units = alpha * Double(siteCount)
        guard units.rounded() >= 1, abs(units - units.rounded()) < 1e-9, units <= Double(Schema.maximumWidth) else {
            throw alphaNode.error(
                "\(ConfigurationDump.text(alpha)) on \(siteCount) sites makes \(ConfigurationDump.text(units)) "
                    + "hidden units; accepted: alpha * n_sites is an integer from 1 to \(Schema.maximumWidth)")
        }
        return alpha
    }

    static func activation(_ node: ConfigurationNode, _ key: String = "activation") throws -> Activation {
        let activation: Activation = try node.named(key)
        let dataType: DataType = try node.named("dtype")
        guard activation.acceptsComplex || !dataType.isComplex else {
            let accepted = Activation.allCases.filter(\.acceptsComplex).map(\.rawValue).joined(separator: ", ")
            throw try node.required(key).error(
                "'\(activation.rawValue)' needs a real ansatz.dtype; accepted with \(dataType.rawValue): \(accepted)")
        }
        return activation
    }
}
