import DistQGT

/// The physics of a configuration or of a reference file: sites, Hamiltonian and basis.
struct Problem {
    let model: LatticeModel
    let hamiltonian: PauliSum
    /// Σ_i s_i of the basis, twice total_sz; nil for the whole space.
    let magnetisation: Int?

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

    init(normalisedLattice: ConfigurationNode, hamiltonian node: ConfigurationNode, totalSz: ConfigurationNode?) throws {
        model = try LatticeModel(normalisedLattice)
        hamiltonian = try HamiltonianFactory.hamiltonian(node, on: model)
        guard let totalSz, !totalSz.isNull else {
            magnetisation = nil
            return
        }
        let value = try ValueKind.optional(.halfInteger).normalise(totalSz).real()
        let sites = model.siteCount
        let half = Half(doubled: sites)
        guard abs(value) <= Double(sites) / 2 else {
            throw totalSz.error(
                "\(Half(doubled: Int(2 * value))) cannot be reached with \(sites) sites; accepted: from -\(half) to \(half)")
        }
        let doubled = Int(2 * value)
        guard (doubled - sites) % 2 == 0 else {
            throw totalSz.error(
                "\(Half(doubled: doubled)) cannot be reached with \(sites) sites (lattice.extent, lattice.n_sites): "
                    + (sites % 2 == 0 ? "accepted: whole numbers" : "accepted: odd multiples of 1/2")
                    + " from -\(half) to \(half)")
        }
        magnetisation = doubled
    }

    /// The number of states of the basis, or nil if it does not fit an integer.
    var dimension: Int? {
        guard let magnetisation else { return siteCount < 63 ? 1 << siteCount : nil }
        let up = (siteCount + magnetisation) / 2
        var count = 1
        for k in 1 ... max(1, min(up, siteCount - up)) where min(up, siteCount - up) > 0 {
            let (product, overflow) = count.multipliedReportingOverflow(by: siteCount - k + 1)
            guard !overflow else { return nil }
            count = product / k
        }
        return count
    }
}

/// A multiple of 1/2 as messages write it.
struct Half: CustomStringConvertible {
    let doubled: Int
    var description: String { doubled % 2 == 0 ? "\(doubled / 2)" : "\(doubled)/2" }
}
