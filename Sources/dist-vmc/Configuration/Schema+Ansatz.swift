import DistQGT
import LinearAlgebra

extension Schema {
    static let ansatz = SchemaBlock(
        name: "ansatz",
        documentation: "The wave function: log psi(s) as a network, or a list of such blocks, whose product it is: "
            + "[{type: jastrow}, {type: rbm}]. Leaf `name` of entry number n of a list (from 0), of type t, is n_t/name: "
            + "0_jastrow/kernel, 1_rbm/Dense/kernel.",
        keys: [
            SchemaKey(
                "n_real_parameters", .integer(0...Int.max), .none,
                "The number of real parameters (a complex one is two); checked against the network."),
            SchemaKey(
                "frozen", .boolean, .none,
                "true: the run leaves these parameters as they are, and SR solves for the others alone; of a factor of a "
                    + "list, or of what is symmetrised. At least one factor is to be trained. On resuming it may not change; "
                    + "run.initial_parameters starts another stage."),
        ],
        variants: [
            .init(
                type: "rbm", documentation: "Restricted Boltzmann machine: sum_j f(b_j + (s W)_j) + sum_i a_i s_i",
                keys: [
                    alpha, hiddenBias,
                    SchemaKey("use_visible_bias", .boolean, .value("true"), "Whether the sites have a bias a."),
                    activation(of: RestrictedBoltzmannMachine.self),
                ], layersOf: RestrictedBoltzmannMachine.self),
            .init(
                type: "rbm_modphase",
                documentation: "Two real machines without visible bias, one for the modulus and one for the phase.",
                keys: [alpha, hiddenBias, logCosh, realType, kernel(.small), bias(.small)]),
            .init(
                type: "jastrow",
                documentation:
                    "sum over pairs of kernel_ij s_i s_j; of spinful fermions with the number of them on a site, or its S^z",
                keys: densityKeys + [anyType, kernel(.small)]),
            .init(
                type: "ffnn", documentation: "Dense layers, each with activation, the last one summed.",
                keys: [
                    SchemaKey("widths", sizes, .derived("[2 n_sites]"), "The width of each layer."),
                    activation(of: FeedForward.self),
                    SchemaKey(
                        "output", .choice(FeedForward.Output.allCases.map(\.rawValue)), .value("sum_over_sqrt_width"),
                        "The sum of the last layer, or that sum over the square root of its width."),
                    SchemaKey("use_bias", .boolean, .value("true"), "Whether the layers have biases."),
                ], layersOf: FeedForward.self),
            .init(
                type: "mlp", documentation: "Hidden dense layers with activation, then a linear layer of one output.",
                keys: [
                    SchemaKey("hidden_dims", sizes, .derived("[2 n_sites]"), "The width of each hidden layer."),
                    activation(of: MultilayerPerceptron.self), hiddenBias,
                    SchemaKey("use_output_bias", .boolean, .value("false"), "Whether the output has a bias."),
                ], layersOf: MultilayerPerceptron.self),
            .init(
                type: "mixed_jastrow_rbm",
                documentation: "Real Jastrow factor and visible bias, times a complex restricted Boltzmann machine.",
                keys: [
                    SchemaKey(
                        "n_hidden", .integer(1...maximumWidth), .derived("n_sites"), "The number of hidden units."),
                    SchemaKey(
                        "dtype", .choice(["mixed"]), .value("mixed"),
                        "float64 for the real leaves, complex128 for the complex ones."),
                    kernel(.small), bias(.small),
                ]),
            groupNetwork,
        ] + latticeNetworks + autoregressiveNetworks + symmetrised + fermionFactors,
        acceptsList: true)

    private static let alpha = SchemaKey(
        "alpha", .real(.positive), .value("1"), "Hidden units per site; alpha * n_sites must be an integer.")
    private static let hiddenBias = SchemaKey(
        "use_hidden_bias", .boolean, .value("true"), "Whether hidden units have a bias.")
    private static let logCosh = SchemaKey(
        "activation", .choice(["log_cosh"]), .value("log_cosh"), "Always log_cosh for this type.")
    static let sizes = ValueKind.list(of: .integer(1...maximumWidth), count: 1...1000)
    static func activation(of network: any LayeredAnsatz.Type) -> SchemaKey {
        SchemaKey(
            "activation", .choice(Activation.allCases.map(\.rawValue)),
            .value(network.defaults.activation.rawValue),
            "relu and selu are for real types; reim_selu acts on real and imaginary parts apart (on a real type it "
                + "is selu).")
    }
    /// Data type and initialisers, which `AnsatzModel.layerOptions` reads.
    static func parameters(of network: any LayeredAnsatz.Type) -> [SchemaKey] {
        [anyType, kernel(network.defaults), bias(network.defaults)]
    }
    static let anyType = SchemaKey(
        "dtype", .choice(DataType.allCases.map(\.rawValue)), .value("float64"),
        "The type of the parameters. A real type gives a real log psi: no signs, no phases.")
    private static let realType = SchemaKey(
        "dtype", .choice(["float32", "float64"]), .value("float64"), "The type of the parameters.")

    static func kernel(_ defaults: LayerDefaults) -> SchemaKey {
        SchemaKey(
            "kernel_init", .initialiser, .value(defaults.kernelInitialiser.kind.rawValue),
            "The distribution of initial weights. The scale is the standard deviation of normal, the half-width of "
                + "uniform, and a factor on the deviation of the others.")
    }

    static func bias(_ defaults: LayerDefaults) -> SchemaKey {
        SchemaKey(
            "bias_init", .initialiser, .value(defaults.biasInitialiser.kind.rawValue),
            "The distribution of initial biases.")
    }
}
