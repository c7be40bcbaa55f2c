import DistQGT
import LatticeSymmetry
import LinearAlgebra
import Numerics

/// Group-convolutional networks: their group, its characters, and their layers.
extension AnsatzModel {
    /// The largest number of elements of a kernel with its copies for all point operations.
    private static let maximumKernel = 1 << 28

    /// Fills in the number of layers and the features of each.
    static func resolveGroupNetwork(_ node: inout ConfigurationNode) throws {
        let features = try node.required("features")
        let layers = try node.optional("n_layers")
        guard case .list(let list) = features.content else {
            let count = try layers?.integer() ?? 2
            node.set("features", to: .list(Array(repeating: features, count: count)))
            node.set("n_layers", to: .integer(count))
            return
        }
        if let layers, try layers.integer() != list.count {
            throw layers.error("\(try layers.integer()) does not fit features, which has \(list.count) entries")
        }
        node.set("n_layers", to: .integer(list.count))
    }

    static func groupNetwork(
        _ node: ConfigurationNode, on lattice: Lattice, in space: HilbertSpace
    ) throws -> any Ansatz {
        let (group, part) = try group(node, on: lattice)
        let features = try node.required("features")
        let widths = try features.integers()
        // What is gathered for a layer: for the first one by site, for others by point operation, or by element.
        let columns = group.translationCount > 1 ? group.pointCount : group.order
        for (rows, width) in zip([space.numbersPerSite * lattice.siteCount] + widths.map { $0 * columns }, widths) {
            let (size, overflow) = rows.multipliedReportingOverflow(by: width * group.order)
            guard !overflow, size <= maximumKernel else {
                throw features.error(
                    "\(width) features on \(group.order) elements of the group make a kernel of more than "
                        + "\(maximumKernel) numbers")
            }
        }
        let characters = try characters(node, group, part, on: lattice)
        let parity = try node.optional("parity")
        guard try parity?.integer() != 0 else { throw try node.required("parity").mismatch("1, -1 or null") }
        let mask = try node.optional("input_mask")
        let kept = try mask?.integers().map { $0 == 1 }
        if let mask, let kept, kept.count != lattice.siteCount || !kept.contains(true) {
            throw mask.error(
                "has \(kept.count) entries, \(kept.count { $0 }) of them 1; accepted: one for each of \(lattice.siteCount) "
                    + "sites, not all 0")
        }
        let dataType: DataType = try node.named("dtype")
        let paired = try node.required("paired_output")
        let pairedOutput = try paired.boolean()
        if pairedOutput, dataType.isComplex || widths[widths.count - 1] % 2 != 0 {
            throw paired.error(
                "true needs a real dtype and an even number of features in the last layer; found \(dataType.rawValue) and "
                    + "\(widths[widths.count - 1])")
        }
        let network = GroupConvolutionalNetwork(
            group: group, features: widths, characters: characters, parity: try parity?.integer(),
            pairedOutput: pairedOutput,
            outputActivation: try activation(node, "output_activation"),
            useBias: try node.required("use_bias").boolean(), inputMask: kept, numbersPerSite: space.numbersPerSite,
            options: try layerOptions(node))
        let complexOutput = try node.required("complex_output")
        guard try complexOutput.boolean() || network.isPositive else {
            throw complexOutput.error(
                "false needs a real dtype, characters that are not negative, no parity -1 and no paired output; accepted here: true"
            )
        }
        return network
    }

    /// The group of the given tables, or of the lattice by its name; nil for the part where it is none of the lattice.
    private static func group(
        _ node: ConfigurationNode, on lattice: Lattice
    ) throws -> (group: SymmetryGroup, part: SpaceGroup.Part?) {
        let nameNode = try node.required("group")
        let name = try nameNode.string()
        let part = SpaceGroup.Part(rawValue: name)
        let given = try node.optional("symmetries")
        for key in ["inverse", "product_table"] {
            let other = try node.optional(key)
            guard (other == nil) == (given == nil) else {
                throw (other ?? given ?? node).error(
                    "symmetries, inverse and product_table are given together or not at all")
            }
        }
        let spaceGroup = SpaceGroup(lattice)
        if let given, let inverse = try node.optional("inverse"), let table = try node.optional("product_table") {
            let symmetries = try given.list().map { try $0.integers() }
            guard symmetries.allSatisfy({ $0.count == lattice.siteCount }) else {
                throw given.error(
                    "has lists of other lengths; accepted: \(lattice.siteCount) entries each, one per site")
            }
            let tables = try (inverse.integers(), table.list().map { try $0.integers() })
            let read = try given.describing {
                try SymmetryGroup(symmetries: symmetries, inverse: tables.0, productTable: tables.1)
            }
            // Translations make layers that are convolutions on the lattice.
            let own = try part.map { try lattices($0, spaceGroup, nameNode) }
            if let own, own.order == read.order, own.hasTables(of: read) { return (try checked(own, node), part) }
            return (try checked(read, node), nil)
        }
        guard let part else {
            throw ValueKind.unknown(name, among: SpaceGroup.Part.allCases.map(\.rawValue), at: nameNode)
        }
        return (try checked(lattices(part, spaceGroup, nameNode), node), part)
    }

    static func lattices(
        _ part: SpaceGroup.Part, _ spaceGroup: SpaceGroup, _ node: ConfigurationNode
    ) throws -> SymmetryGroup {
        guard spaceGroup.order(of: part) <= Schema.maximumGroup else {
            throw node.error(
                "the group has \(spaceGroup.order(of: part)) elements; accepted: up to \(Schema.maximumGroup)")
        }
        return spaceGroup.group(part)
    }

    private static func checked(_ group: SymmetryGroup, _ node: ConfigurationNode) throws -> SymmetryGroup {
        if let claimed = try node.optional("n_symm"), try claimed.integer() != group.order {
            throw claimed.error("\(try claimed.integer()) does not fit the group, which has \(group.order) elements")
        }
        return group
    }

    static func characters(
        _ node: ConfigurationNode, _ group: SymmetryGroup, _ part: SpaceGroup.Part?, on lattice: Lattice
    ) throws -> [Complex<Double>] {
        let (momentum, irrep) = try (node.optional("momentum"), node.optional("irrep"))
        if let given = try node.optional("characters") {
            if let other = momentum ?? irrep {
                throw other.error("the key 'characters' is given too; accepted: one of them")
            }
            let real = try given.required("real").list().map { try $0.real() }
            let imaginary = try given.optional("imag")?.list().map { try $0.real() } ?? real.map { _ in 0 }
            guard real.count == group.order, imaginary.count == group.order else {
                throw given.error(
                    "has \(real.count) real and \(imaginary.count) imaginary parts; accepted: \(group.order), one per element"
                )
            }
            let characters = zip(real, imaginary).map { Complex($0, $1) }
            guard characters.contains(where: { $0 != 0 }) else { throw given.error("all entries are 0") }
            return characters
        }
        guard let chosen = momentum ?? irrep else { return Array(repeating: 1, count: group.order) }
        guard let part else { throw chosen.error("needs a group of the lattice; accepted: characters") }
        let choice = try irrep.map { irrep -> IrrepChoice in
            if case .integer(let index) = irrep.content { return .index(index) }
            return .name(try irrep.string())
        }
        let components = try momentum?.integers()
        do throws(SymmetryError) {
            return try SpaceGroup(lattice).characters(of: part, momentum: components, irrep: choice)
        } catch {
            switch error {
            case .unknownIrrep, .irrepOutOfRange, .emptySector: throw (irrep ?? chosen).error(String(describing: error))
            default: throw chosen.error(String(describing: error))
            }
        }
    }

    /// What to say about a Hamiltonian that does not have the network's symmetries; nil if it has them.
    static func symmetryNotice(
        _ ansatz: any Ansatz, _ problem: Problem, _ node: ConfigurationNode
    ) throws -> String? {
        guard let sector = ansatz.sector else {
            for (part, block) in zip(ansatz.constituents, node.constituents) {
                if let notice = try symmetryNotice(part, problem, block) { return notice }
            }
            return nil
        }
        guard let hamiltonian = problem.pauliSum else { return nil }
        let hasGroup = hamiltonian.isInvariant(under: sector.permutations)
        guard !hasGroup || (sector.parity != nil && !hamiltonian.isInvariantUnderSpinFlip) else { return nil }
        return
            "\(try node.required(hasGroup ? "parity" : "group").path): the hamiltonian does not have the symmetries of the "
            + "network, which can then not be exact"
    }
}
