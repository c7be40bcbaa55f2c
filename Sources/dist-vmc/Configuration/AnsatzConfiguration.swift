/// The normalised `ansatz` block.
struct AnsatzConfiguration {
    /// How initial values are drawn.
    struct Initialiser: Equatable {
        let name: String
        let scale: Double
    }

    enum Network {
        case restrictedBoltzmannMachine(alpha: Double, useHiddenBias: Bool, useVisibleBias: Bool)
        case modulusPhaseRBM(alpha: Double, useHiddenBias: Bool)
        case jastrow
        case feedForward(widths: [Int], activation: String, output: String, useBias: Bool)
        case multilayerPerceptron(hiddenDimensions: [Int], activation: String, useHiddenBias: Bool, useOutputBias: Bool)
        case mixedJastrowRBM(hiddenUnits: Int)
    }

    let node: ConfigurationNode
    let type: String
    let network: Network
    /// float32, float64, complex64, complex128 or mixed.
    let dataType: String
    let kernelInitialiser: Initialiser
    let biasInitialiser: Initialiser
    /// The number of real parameters that the block claims.
    let claimedParameterCount: Int?

    /// Whether all parameters are real.
    var isReal: Bool { dataType.hasPrefix("float") }

    /// Whether log ψ is real for every configuration.
    var isPositive: Bool {
        if case .modulusPhaseRBM = network { false } else { isReal }
    }

    /// - Parameter node: a normalised block whose derived defaults are filled in.
    /// - Throws: `ConfigurationError` where the keys do not fit together or not the lattice.
    init(_ node: ConfigurationNode, siteCount: Int) throws {
        self.node = node
        type = try node.required("type").string()
        dataType = try node.required("dtype").string()
        kernelInitialiser = try Self.initialiser(node.optional("kernel_init"))
        biasInitialiser = try Self.initialiser(node.optional("bias_init"))
        claimedParameterCount = try node.optional("n_real_parameters")?.integer()
        func flag(_ key: String) throws -> Bool { try node.required(key).boolean() }
        switch type {
        case "rbm":
            network = .restrictedBoltzmannMachine(
                alpha: try Self.alpha(node, siteCount), useHiddenBias: try flag("use_hidden_bias"),
                useVisibleBias: try flag("use_visible_bias"))
        case "rbm_modphase":
            network = .modulusPhaseRBM(
                alpha: try Self.alpha(node, siteCount), useHiddenBias: try flag("use_hidden_bias"))
        case "jastrow":
            guard siteCount > 1 else { throw node.error("a jastrow ansatz needs at least two sites") }
            network = .jastrow
        case "ffnn":
            network = .feedForward(
                widths: try node.required("widths").integers(), activation: try Self.activation(node),
                output: try node.required("output").string(), useBias: try flag("use_bias"))
        case "mlp":
            network = .multilayerPerceptron(
                hiddenDimensions: try node.required("hidden_dims").integers(), activation: try Self.activation(node),
                useHiddenBias: try flag("use_hidden_bias"), useOutputBias: try flag("use_output_bias"))
        default:
            network = .mixedJastrowRBM(hiddenUnits: try node.required("n_hidden").integer())
        }
    }

    /// The normalised block with its derived defaults.
    static func resolved(_ node: ConfigurationNode, siteCount: Int) throws -> ConfigurationNode {
        var node = node
        let widths = ConfigurationNode.Content.list([node.replacing(.integer(2 * siteCount))])
        switch try node.required("type").string() {
        case "ffnn" where node["widths"] == nil: node.set("widths", to: widths)
        case "mlp" where node["hidden_dims"] == nil: node.set("hidden_dims", to: widths)
        case "mixed_jastrow_rbm" where node["n_hidden"] == nil: node.set("n_hidden", to: .integer(siteCount))
        default: break
        }
        return node
    }

    private static func alpha(_ node: ConfigurationNode, _ siteCount: Int) throws -> Double {
        let alphaNode = try node.required("alpha")
        let alpha = try alphaNode.real()
        let units = alpha * Double(siteCount)
        guard units.rounded() >= 1, abs(units - units.rounded()) < 1e-9 * units, units <= Double(Schema.maximumCount)
        else {
            throw alphaNode.error(
                "\(ConfigurationDump.text(alpha)) on \(siteCount) sites makes \(ConfigurationDump.text(units)) "
                    + "hidden units; accepted: alpha * n_sites is a positive integer")
        }
        return alpha
    }

    private static func activation(_ node: ConfigurationNode) throws -> String {
        let activationNode = try node.required("activation")
        let activation = try activationNode.string()
        let isComplex = try node.required("dtype").string().hasPrefix("complex")
        if isComplex, ["relu", "selu", "gelu"].contains(activation) {
            throw activationNode.error(
                "'\(activation)' needs a real ansatz.dtype; accepted with a complex one: identity, tanh, log_cosh, reim_selu")
        }
        return activation
    }

    private static func initialiser(_ node: ConfigurationNode?) throws -> Initialiser {
        guard let node else { return Initialiser(name: "zeros", scale: 0) }
        return Initialiser(
            name: try node.required("type").string(), scale: try node.optional("scale")?.real() ?? 0)
    }
}
