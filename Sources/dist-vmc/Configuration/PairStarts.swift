import DistQGT
import LatticeSymmetry

/// Pairs that a product of pairs starts from as they are.
extension AnsatzModel {
    /// The pairs of a BCS state that a block asks for; nil where it starts from anything else, or nothing starts.
    static func startingPairs(
        _ node: ConfigurationNode, _ sector: FermionSector, _ mean: MeanFieldModel?, on lattice: Lattice
    ) throws -> StartingPairs? {
        try bcsPairs(node, sector, mean, on: lattice)?.pairs
    }

    private static func bcsPairs(
        _ node: ConfigurationNode, _ sector: FermionSector, _ mean: MeanFieldModel?, on lattice: Lattice
    ) throws -> BCSPairs? {
        let key = try node.required("orbitals_from")
        let gapNode = try node.optional("gap")
        guard try key.string() == "bcs" else {
            if let gapNode {
                throw gapNode.error("no effect with orbitals_from: \(try key.string()); accepted with bcs")
            }
            return nil
        }
        guard let gapNode else { throw key.error("needs the key gap, {form: s, extended_s or d, size: ...}") }
        guard sector.kind != .spinless, let numbers = sector.numbers, numbers.up == numbers.down else {
            throw key.error("'bcs' pairs as many fermions with spin up as down; accepted here: random")
        }
        guard let mean, mean.spinCount == 2 else { return nil }
        let scale = mean.oneBody[0].reduce(0) { max($0, $1.length) }
        guard zip(mean.oneBody[0], mean.oneBody[1]).allSatisfy({ ($0 - $1).length <= 1e-12 * scale }) else {
            throw key.error("'bcs' needs hops that are the same for both spins")
        }
        let gap = BCSPairs.Gap(
            try gapNode.named("form"), size: try gapNode.required("size").real(),
            chemicalPotential: try gapNode.optional("mu")?.real())
        do throws(BCSError) {
            return try BCSPairs(on: lattice, oneBody: mean.oneBody[0], gap: gap, count: sector.count)
        } catch {
            let cause =
                switch error {
                case .notASquare: try gapNode.required("form")
                case .noPairs: try gapNode.optional("mu") ?? gapNode
                default: key
                }
            throw cause.error(String(describing: error))
        }
    }

    /// What to tell about momenta at which the gap of a BCS state vanishes; nil where there are none.
    static func gapNotice(
        _ node: ConfigurationNode, _ mean: MeanFieldModel?, on lattice: Lattice, in space: HilbertSpace
    ) throws -> String? {
        for block in node.constituents {
            if let notice = try gapNotice(block, mean, on: lattice, in: space) { return notice }
        }
        guard case .map = node.content, let gap = try node.optional("gap"), let sector = FermionSector(space),
            let pairs = try bcsPairs(node, sector, mean, on: lattice), pairs.nodeCount > 0
        else { return nil }
        return gap.error(
            "the gap vanishes at \(pairs.nodeCount) of \(pairs.momenta.count) momenta at or below the Fermi level, where v/u has no "
                + "bound; it is taken as a hundredth of its size there, and v/u as 1 at the level itself"
        ).description
    }
}
