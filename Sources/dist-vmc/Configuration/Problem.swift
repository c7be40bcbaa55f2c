import DistQGT
import LatticeSymmetry

/// The physics of a configuration or of a reference file: sites, Hamiltonian and basis.
struct Problem {
    let model: LatticeModel
    let hamiltonian: PauliSum
    /// The whole space, or the sector that total_sz gives.
    let space: HilbertSpace

    var lattice: Lattice { model.lattice }
    var siteCount: Int { model.siteCount }

    /// - Parameters:
    ///   - lattice: a `lattice` block.
    ///   - hamiltonian: a `hamiltonian` block.
    ///   - totalSz: the value of `total_sz`; null or nil for the whole space.
    /// - Throws: `ConfigurationError` for blocks that are wrong or do not fit together.
    init(lattice: ConfigurationNode, hamiltonian: ConfigurationNode, totalSz: ConfigurationNode?) throws {
        let latticeBlock = try Schema.lattice.normalise(lattice)
        let hamiltonianBlock = try Schema.hamiltonian.normalise(hamiltonian)
        try self.init(normalisedLattice: latticeBlock, hamiltonian: hamiltonianBlock, totalSz: totalSz)
    }

    init(normalisedLattice: ConfigurationNode, hamiltonian node: ConfigurationNode, totalSz: ConfigurationNode?) throws
    {
        model = try LatticeModel(normalisedLattice)
        hamiltonian = try HamiltonianFactory.hamiltonian(node, on: model)
        let sites = model.siteCount
        guard let totalSz, !totalSz.isNull else {
            space = try normalisedLattice.describing { try HilbertSpace(siteCount: sites) }
            return
        }
        let value = try ValueKind.optional(.halfInteger).normalise(totalSz).real()
        let doubled = Int(2 * value)
        guard abs(doubled) <= sites, (doubled - sites) % 2 == 0 else {
            let half = Half(doubled: sites)
            throw totalSz.error(
                "\(Half(doubled: doubled)) cannot be reached with \(sites) sites; accepted: "
                    + (sites % 2 == 0 ? "whole numbers" : "odd multiples of 1/2") + " from -\(half) to \(half)")
        }
        space = try totalSz.describing { try HilbertSpace(siteCount: sites, magnetisation: doubled) }
    }
}

/// A multiple of 1/2 as messages write it.
struct Half: CustomStringConvertible {
    let doubled: Int
    var description: String { doubled % 2 == 0 ? "\(doubled / 2)" : "\(doubled)/2" }
}
