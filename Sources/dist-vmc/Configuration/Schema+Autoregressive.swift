import DistQGT

extension Schema {
    /// Networks that are normalised, and sampled without a Markov chain.
    static let autoregressiveNetworks: [SchemaBlock.Variant] = [
        .init(
            type: "arnn_dense",
            documentation: "Autoregressive network of masked dense layers: normalised, sampled directly.",
            keys: [features, activation(of: AutoregressiveNetwork.self), causalBias],
            layersOf: AutoregressiveNetwork.self),
        .init(
            type: "arnn_conv1d",
            documentation: "The same of masked convolutions along the order of the sites, which is taken as open.",
            keys: [
                features,
                SchemaKey(
                    "kernel_size", .integer(2...maximumSites), .derived("8, or n_sites if that is less"),
                    "Sites that a layer reads: a site and those before it; the first layer leaves the site itself out."),
                SchemaKey(
                    "kernel_dilation", .integer(1...maximumSites), .value("1"), "The step from one to the next."),
                activation(of: AutoregressiveNetwork.self), causalBias,
            ], layersOf: AutoregressiveNetwork.self),
        .init(
            type: "arnn_conv2d",
            documentation:
                "The same of masked convolutions on the rows and columns of a square lattice, taken as open.",
            keys: [
                features,
                SchemaKey(
                    "kernel_size", .list(of: .integer(1...maximumSites), count: 2...2),
                    .derived("[3, 5], or what fits the lattice"),
                    "Rows and columns that a layer reads: its own row, up to the site, and those before it."),
                SchemaKey(
                    "kernel_dilation", .list(of: .integer(1...maximumSites), count: 2...2), .value("[1, 1]"),
                    "The steps from one to the next."),
                activation(of: AutoregressiveNetwork.self), causalBias,
            ], layersOf: AutoregressiveNetwork.self),
    ]

    private static let features = SchemaKey(
        "features", .list(of: .integer(1...maximumSites), count: 0...1000), .value("[8]"),
        "Features for each site of every hidden layer; an output layer of two follows.")
    private static let causalBias = SchemaKey("use_bias", .boolean, .value("true"), "Whether the layers have biases.")
}
