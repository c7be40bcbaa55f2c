import DistQGT

extension Schema {
    /// Networks that know the geometry of the lattice: any type but graph.
    static let latticeNetworks: [SchemaBlock.Variant] = [
        .init(
            type: "cnn",
            documentation:
                "Convolutions over the cells of the lattice, each with activation. The sites of a cell are channels, "
                + "of spinful fermions their occupations up, then those down; convolutions wrap around along periodic directions and see zeros beyond open ones.",
            keys: [
                SchemaKey("channels", sizes, .value("[8, 8]"), "The number of channels of each layer."),
                window, activation(of: ConvolutionalNetwork.self), output("sum_over_sqrt_width"),
                SchemaKey("use_bias", .boolean, .value("true"), "Whether the convolutions have biases."),
            ], layersOf: ConvolutionalNetwork.self),
        .init(
            type: "resnet",
            documentation:
                "Residual blocks of two convolutions, x + conv(f(conv(f(x / sqrt(block number))))), after a first "
                + "convolution of the spins; otherwise as cnn.",
            keys: [
                SchemaKey("channels", .integer(1...maximumWidth), .value("16"), "The number of channels."),
                SchemaKey("blocks", .integer(1...1000), .value("2"), "The number of residual blocks."),
                window, activation(of: ResidualNetwork.self),
                SchemaKey(
                    "layer_norm", .boolean, .value("false"),
                    "Layer normalisation before each block and the output, for real types, instead of the divisors."),
                output("complex_log_cosh"),
            ], layersOf: ResidualNetwork.self),
        .init(
            type: "transformer",
            documentation:
                "Vision transformer with factored attention: the spins of each patch (of spinful fermions its "
                + "occupations up, then those down) are embedded, then layers of "
                + "attention with weights that do not depend on the spins and of two dense layers are added up.",
            keys: [
                SchemaKey(
                    "patch", .list(of: .integer(1...maximumSites), count: 1...3), .derived("[2, ...]"),
                    "Cells of a patch along each direction; they must divide the extent. By default 2 where it is even, "
                        + "otherwise 1."),
                SchemaKey("layers", .integer(1...1000), .value("2"), "The number of layers."),
                SchemaKey("width", .integer(1...maximumWidth), .value("32"), "The number of features of a patch."),
                SchemaKey(
                    "heads", .integer(1...maximumWidth), .value("4"),
                    "The number of heads, each with attention weights of its own; divides the width."),
                SchemaKey(
                    "mlp_width", .integer(1...maximumWidth), .derived("4 width"),
                    "The width of the hidden dense layer of each layer."),
                SchemaKey(
                    "attention", .choice(VisionTransformer.Attention.allCases.map(\.rawValue)), .value("relative"),
                    "Whether attention weights depend on the displacement between two patches only, or on both."),
                activation(of: VisionTransformer.self),
                SchemaKey(
                    "layer_norm", .boolean, .derived("true for a real dtype"),
                    "Layer normalisation before attention, before the dense layers and before the output, for real types."
                ),
                SchemaKey(
                    "output", .choice([OutputHead.logCosh, .complexLogCosh].map(\.rawValue)),
                    .value("complex_log_cosh"),
                    "log_cosh of a dense layer on the sum over patches; complex_log_cosh has complex weights there, so "
                        + "that log psi is complex also with a real dtype."),
            ], layersOf: VisionTransformer.self),
    ]

    private static let window = SchemaKey(
        "kernel", .list(of: .integer(1...maximumSites), count: 1...3), .derived("[3, ...]"),
        "Cells of the convolutions' window along each direction, at most the extent. By default 3, or the extent where "
            + "that is smaller.")

    private static func output(_ name: String) -> SchemaKey {
        SchemaKey(
            "output", .choice(OutputHead.allCases.map(\.rawValue)), .value(name),
            "The sum over cells and channels, that sum over the square root of the number of channels, or log_cosh of a "
                + "dense layer on the sum over cells; complex_log_cosh has complex weights there, so that log psi is "
                + "complex also with a real dtype.")
    }
}
