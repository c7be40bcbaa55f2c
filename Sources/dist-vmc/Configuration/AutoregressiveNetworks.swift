import DistQGT
import LatticeSymmetry

/// The layers of autoregressive networks.
extension AnsatzModel {
    /// Fills in the size of convolutions: what the lattice has room for.
    static func resolveCausalLayers(_ node: inout ConfigurationNode, on lattice: Lattice) throws {
        guard node["kernel_size"] == nil else { return }
        guard try node.required("type").string() == "arnn_conv2d" else {
            return node.set("kernel_size", to: .integer(max(2, min(8, lattice.siteCount))))
        }
        let (rows, columns) = try rectangle(node, lattice)
        let sizes = [min(3, rows), min(5, 2 * columns - 1)]
        node.set("kernel_size", to: .list(sizes.map { node.replacing(.integer($0)) }))
    }

    static func causalLayers(_ node: ConfigurationNode, on lattice: Lattice) throws -> [any CausalLayer] {
        let siteCount = lattice.siteCount
        let features = try node.required("features").integers()
        let type = try node.required("type").string()
        if type == "arnn_dense" { return AutoregressiveNetwork.denseLayers(siteCount: siteCount, features: features) }
        let sizeNode = try node.required("kernel_size")
        let dilation = try node.required("kernel_dilation")
        if type == "arnn_conv1d" {
            let size = try sizeNode.integer()
            guard size <= max(2, siteCount) else {
                throw sizeNode.error("\(size) sites of \(siteCount); accepted: from 2 to the number of sites")
            }
            return AutoregressiveNetwork.convolutionLayers(
                siteCount: siteCount, features: features, length: size, dilation: try dilation.integer())
        }
        let (rows, columns) = try rectangle(node, lattice)
        let (size, steps) = (try sizeNode.integers(), try dilation.integers())
        guard size[0] <= rows, size[1] < 2 * columns, size != [1, 1] else {
            throw sizeNode.error(
                "[\(size[0]), \(size[1])] on \(rows) rows of \(columns) sites; accepted: up to [\(rows), "
                    + "\(2 * columns - 1)], and not [1, 1], which reads no site before its own")
        }
        return AutoregressiveNetwork.convolutionLayers(
            extent: (rows, columns), features: features, height: size[0], width: size[1],
            dilation: (steps[0], steps[1]))
    }

    private static func rectangle(_ node: ConfigurationNode, _ lattice: Lattice) throws -> (rows: Int, columns: Int) {
        guard lattice.kind == .square else {
            throw try node.required("type").error(
                "arnn_conv2d needs rows and columns of sites, and lattice.type is '\(lattice.kind.rawValue)'; "
                    + "accepted: lattice type square, or ansatz type arnn_conv1d")
        }
        try node.required("type").describing { try lattice.requireCells() }
        return (lattice.extent[0], lattice.extent[1])
    }
}
