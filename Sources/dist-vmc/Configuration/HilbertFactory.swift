import DistQGT

/// Makes the space that a `hilbert` block describes.
enum HilbertFactory {
    /// - Parameters:
    ///   - node: a normalised block; nil for spins 1/2.
    ///   - totalSz: the value of `sampler.total_sz`; null or nil for none.
    ///   - excludesDoubleOccupancy: whether the Hamiltonian is of sites without two fermions.
    /// - Throws: `ConfigurationError` for a sector that cannot be.
    static func space(
        _ node: ConfigurationNode?, totalSz: ConfigurationNode?, lattice: ConfigurationNode, siteCount: Int,
        excludesDoubleOccupancy: Bool
    ) throws -> HilbertSpace {
        guard let node else {
            return try spins(doubled: 1, totalSz: totalSz, at: lattice, siteCount: siteCount)
        }
        let type = try node.required("type").string()
        if let totalSz, !totalSz.isNull {
            let own = try node.optional("total_sz")
            guard type == "spin", own == nil else {
                throw totalSz.error("beside the block hilbert; accepted: null, and hilbert.total_sz for spins")
            }
        }
        switch type {
        case "spin":
            let spin = try node.required("s")
            let doubled = Int(2 * (try spin.real()))
            guard (1...127).contains(doubled) else { throw spin.error("accepted: 1/2, 1, 3/2, ... up to 127/2") }
            let total = try node.optional("total_sz") ?? totalSz
            return try spins(doubled: doubled, totalSz: total, at: node, siteCount: siteCount)
        case "bosons":
            let maximum = try node.required("n_max").integer()
            let number = try node.optional("n")
            return try (number ?? node).describing {
                try .bosons(siteCount: siteCount, maximum: maximum, total: number?.integer())
            }
        default: return try fermions(node, siteCount: siteCount, excludesDoubleOccupancy)
        }
    }

    private static func fermions(
        _ node: ConfigurationNode, siteCount: Int, _ excludesDoubleOccupancy: Bool
    ) throws -> HilbertSpace {
        let isSpinful = try node.required("spinful").boolean()
        let wanted = isSpinful ? ["n_up", "n_down"] : ["n"]
        for key in ["n_up", "n_down", "n"] where !wanted.contains(key) {
            if let given = try node.optional(key) {
                throw given.error("no effect with spinful: \(isSpinful); accepted: \(wanted.joined(separator: ", "))")
            }
        }
        let doubleOccupancy = try node.optional("double_occupancy")
        if let doubleOccupancy, try !isSpinful || excludesDoubleOccupancy && doubleOccupancy.boolean() {
            throw doubleOccupancy.error(
                isSpinful
                    ? "no site has two with the hamiltonian t_j; accepted: false" : "no effect with spinful: false")
        }
        let excludesDoubleOccupancy = try excludesDoubleOccupancy || doubleOccupancy?.boolean() == false
        let counts = try wanted.map { key in
            let count = try node.required(key)
            let value = try count.integer()
            guard value <= siteCount else {
                throw count.error("\(value) fermions do not fit \(siteCount) sites")
            }
            return value
        }
        guard isSpinful else {
            return try node.describing { try .spinlessFermions(siteCount: siteCount, count: counts[0]) }
        }
        if excludesDoubleOccupancy, counts[0] + counts[1] > siteCount {
            throw try node.required("n_down").error(
                "\(counts[0] + counts[1]) fermions do not fit \(siteCount) sites without two on one")
        }
        return try node.describing {
            try .fermions(
                siteCount: siteCount, up: counts[0], down: counts[1],
                excludingDoubleOccupancy: excludesDoubleOccupancy)
        }
    }

    private static func spins(
        doubled: Int, totalSz: ConfigurationNode?, at node: ConfigurationNode, siteCount: Int
    ) throws -> HilbertSpace {
        guard let totalSz, !totalSz.isNull else {
            return try node.describing { try .spins(siteCount: siteCount, doubled: doubled, magnetisation: nil) }
        }
        let value = try ValueKind.optional(.halfInteger).normalise(totalSz).real()
        let (total, most) = (Int(2 * value), doubled * siteCount)
        guard abs(total) <= most, (total - most) % 2 == 0 else {
            let half = Half(doubled: most)
            let sites = doubled == 1 ? "\(siteCount) sites" : "\(siteCount) spins \(Half(doubled: doubled))"
            throw totalSz.error(
                "\(Half(doubled: total)) cannot be reached with \(sites); accepted: "
                    + (most % 2 == 0 ? "whole numbers" : "odd multiples of 1/2") + " from -\(half) to \(half)")
        }
        return try totalSz.describing {
            try .spins(siteCount: siteCount, doubled: doubled, magnetisation: total)
        }
    }
}

/// What the basis of a space conserves, in words of the configuration.
extension HilbertSpace {
    /// "total_sz = 0", "n_up = 4, n_down = 4"; nil for a whole space.
    var sectorWords: String? {
        let totals = conservedSums.map(\.total)
        guard let local = localSpaces.first, let first = totals.first else { return nil }
        if local.isOfElectrons, totals.count == 2 { return "n_up = \(totals[0]), n_down = \(totals[1])" }
        if case .spin = local { return "total_sz = \(Half(doubled: first))" }
        return "n = \(first)"
    }
}
