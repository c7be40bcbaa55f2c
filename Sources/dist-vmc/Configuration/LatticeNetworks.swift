import DistQGT
import LatticeSymmetry
import LinearAlgebra

/// Networks that know the geometry of the lattice.
extension AnsatzModel {
    /// Fills in the defaults that depend on the lattice or on other keys.
    static func resolveLatticeNetwork(_ node: inout ConfigurationNode, on lattice: Lattice) throws {
        let type = try node.required("type")
        guard lattice.kind != .graph else {
            throw type.error(
                "'\(try type.string())' needs unit cells, which a graph does not have; accepted: any other lattice")
        }
        try type.describing { try lattice.requireCells() }
        func setCells(_ key: String, _ cells: (Int) -> Int) {
            guard node[key] == nil else { return }
            node.set(key, to: .list(lattice.extent.map { node.replacing(.integer(cells($0))) }))
        }
        guard try type.string() == "transformer" else { return setCells("kernel") { min(3, $0) } }
        setCells("patch") { $0 % 2 == 0 ? 2 : 1 }
        if node["mlp_width"] == nil {
            let width = try node.required("width").integer()
            node.set("mlp_width", to: .integer(min(4 * width, Schema.maximumWidth)))
        }
        if node["layer_norm"] == nil {
            let dataType: DataType = try node.named("dtype")
            node.set("layer_norm", to: .boolean(!dataType.isComplex))
        }
    }

    static func convolutionalNetwork(
        _ node: ConfigurationNode, on lattice: Lattice, in space: HilbertSpace
    ) throws -> any Ansatz {
        let channels = try node.required("channels")
        let window = try window(node, on: lattice)
        for width in try channels.integers() { try checkWidth(width, window.cellCount, channels) }
        return ConvolutionalNetwork(
            window: window, channels: try channels.integers(), numbersPerSite: space.numbersPerSite,
            output: try node.named("output"), useBias: try node.required("use_bias").boolean(),
            options: try layerOptions(node))
    }

    static func residualNetwork(
        _ node: ConfigurationNode, on lattice: Lattice, in space: HilbertSpace
    ) throws -> any Ansatz {
        let channels = try node.required("channels")
        let window = try window(node, on: lattice)
        try checkWidth(try channels.integer(), window.cellCount, channels)
        return ResidualNetwork(
            window: window, channels: try channels.integer(), blocks: try node.required("blocks").integer(),
            numbersPerSite: space.numbersPerSite, layerNorm: try layerNorm(node), output: try node.named("output"),
            options: try layerOptions(node))
    }

    static func transformer(
        _ node: ConfigurationNode, on lattice: Lattice, in space: HilbertSpace
    ) throws -> any Ansatz {
        let patch = try node.required("patch")
        let patches = try patch.describing { try CellPatches(lattice, patch: try patch.integers()) }
        let width = try node.required("width")
        let heads = try node.required("heads")
        guard try width.integer() % heads.integer() == 0 else {
            throw heads.error("\(try heads.integer()) does not divide the width, \(try width.integer())")
        }
        for width in [width, try node.required("mlp_width")] {
            try checkWidth(try width.integer(), patches.count, width)
        }
        return VisionTransformer(
            patches: patches, layers: try node.required("layers").integer(), width: try width.integer(),
            heads: try heads.integer(), numbersPerSite: space.numbersPerSite,
            feedForwardWidth: try node.required("mlp_width").integer(),
            attention: try node.named("attention"), layerNorm: try layerNorm(node),
            output: try node.named("output"), options: try layerOptions(node))
    }

    private static func window(_ node: ConfigurationNode, on lattice: Lattice) throws -> CellWindow {
        let kernel = try node.required("kernel")
        return try kernel.describing { try CellWindow(lattice, extent: try kernel.integers()) }
    }

    private static func layerNorm(_ node: ConfigurationNode) throws -> Bool {
        let layerNorm = try node.required("layer_norm")
        let dataType: DataType = try node.named("dtype")
        guard try !(layerNorm.boolean() && dataType.isComplex) else {
            throw layerNorm.error(
                "layer normalisation needs a real ansatz.dtype; accepted with \(dataType.rawValue): false")
        }
        return try layerNorm.boolean()
    }

    /// A layer's units are counted over all positions of the lattice.
    static func checkWidth(_ width: Int, _ positions: Int, _ node: ConfigurationNode) throws {
        guard width <= Schema.maximumWidth / positions else {
            throw node.error(
                "a layer of \(width) features at \(positions) positions is too wide; accepted: up to "
                    + "\(Schema.maximumWidth) units")
        }
    }
}
