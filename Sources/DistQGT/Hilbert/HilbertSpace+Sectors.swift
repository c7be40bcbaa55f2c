extension HilbertSpace {
    /// N sites of spinful fermions, with the numbers of both spins.
    ///
    /// - Parameter excludingDoubleOccupancy: whether a site holds at most one of them, as in the t-J model.
    /// - Throws: `HilbertSpaceError` for numbers that do not fit the sites.
    public static func fermions(
        siteCount: Int, up: Int, down: Int, excludingDoubleOccupancy: Bool = false
    ) throws(HilbertSpaceError) -> HilbertSpace {
        guard siteCount > 0 else { throw .noSites(siteCount) }
        for (count, name) in [(up, "n_up"), (down, "n_down")] where !(0...siteCount).contains(count) {
            throw .particlesDoNotFit(name: name, count: count, most: siteCount)
        }
        if excludingDoubleOccupancy, up + down > siteCount {
            throw .particlesDoNotFit(name: "n_up + n_down", count: up + down, most: siteCount)
        }
        let local: LocalSpace = excludingDoubleOccupancy ? .singleElectron : .electrons
        return try HilbertSpace(
            [LocalSpace](repeating: local, count: siteCount),
            conserving: [
                .electrons(.up, in: local, siteCount: siteCount, total: up),
                .electrons(.down, in: local, siteCount: siteCount, total: down),
            ])
    }

    /// N modes of fermions without spin.
    ///
    /// - Parameter count: their number, or nil for any.
    /// - Throws: `HilbertSpaceError` for a number that does not fit the modes.
    public static func spinlessFermions(siteCount: Int, count: Int?) throws(HilbertSpaceError) -> HilbertSpace {
        try particles(.mode, siteCount: siteCount, count: count, most: 1)
    }

    /// N sites with at most `maximum` bosons.
    ///
    /// - Parameter total: the number of bosons, or nil for any.
    /// - Throws: `HilbertSpaceError` for a number that does not fit the sites, or a maximum without codes.
    public static func bosons(siteCount: Int, maximum: Int, total: Int?) throws(HilbertSpaceError) -> HilbertSpace {
        guard (1...LocalSpace.largestCode).contains(maximum) else { throw .localStatesWithoutCodes(site: 0) }
        return try particles(.bosons(maximum: maximum), siteCount: siteCount, count: total, most: maximum)
    }

    private static func particles(
        _ local: LocalSpace, siteCount: Int, count: Int?, most: Int
    ) throws(HilbertSpaceError) -> HilbertSpace {
        guard siteCount > 0 else { throw .noSites(siteCount) }
        let sites = [LocalSpace](repeating: local, count: siteCount)
        guard let count else { return try HilbertSpace(sites) }
        guard (0...most * siteCount).contains(count) else {
            throw .particlesDoNotFit(name: "n", count: count, most: most * siteCount)
        }
        return try HilbertSpace(sites, conserving: [.ofCodes(sites, sites: sites.indices, total: count)])
    }

    /// N spins s.
    ///
    /// - Parameters:
    ///   - doubled: 2s.
    ///   - magnetisation: Σ_i 2m_i, or nil for the whole space.
    /// - Throws: `HilbertSpaceError` for a magnetisation that the spins cannot have, or spins without codes.
    public static func spins(
        siteCount: Int, doubled: Int, magnetisation: Int?
    ) throws(HilbertSpaceError) -> HilbertSpace {
        guard siteCount > 0 else { throw .noSites(siteCount) }
        guard (1...LocalSpace.largestCode).contains(doubled) else { throw .localStatesWithoutCodes(site: 0) }
        guard doubled > 1 else { return try HilbertSpace(siteCount: siteCount, magnetisation: magnetisation) }
        let sites = [LocalSpace](repeating: .spin(doubled: doubled), count: siteCount)
        guard let magnetisation else { return try HilbertSpace(sites) }
        let most = doubled * siteCount
        guard magnetisation.magnitude <= UInt(most) else {
            throw .totalSzTooLarge(magnetisation: magnetisation, largest: most)
        }
        guard (most - magnetisation) % 2 == 0 else {
            throw .totalSzParity(magnetisation: magnetisation, largest: most)
        }
        return try HilbertSpace(sites, conserving: [.ofCodes(sites, sites: sites.indices, total: magnetisation)])
    }

    /// N spins s.
    ///
    /// - Parameters:
    ///   - doubled: 2s.
    ///   - totalSz: Σ_i m_i, a multiple of 1/2, or nil for the whole space.
    /// - Throws: `HilbertSpaceError` for a value that the spins cannot have, or spins without codes.
    public static func spins(siteCount: Int, doubled: Int, totalSz: Double?) throws(HilbertSpaceError) -> HilbertSpace {
        guard let totalSz else { return try spins(siteCount: siteCount, doubled: doubled, magnetisation: nil) }
        guard let magnetisation = Int(exactly: 2 * totalSz) else { throw .totalSzNotHalfInteger(totalSz) }
        return try spins(siteCount: siteCount, doubled: doubled, magnetisation: magnetisation)
    }
}

extension HilbertSpace {
    /// The numbers of electrons of each spin, where these and nothing else are conserved.
    package var electronNumbers: (up: Int, down: Int)? {
        guard isOfElectrons, conservedSums.count == 2 else { return nil }
        func total(_ spin: ElectronSpin) -> Int? {
            conservedSums.first { counts($0) { $0.codes.map(spin.count) } }?.total
        }
        guard let up = total(.up), let down = total(.down) else { return nil }
        return (up, down)
    }

    /// The sum of all codes, where it and nothing else is conserved: the number of particles, or Σ 2m.
    package var codeSum: Int? {
        guard conservedSums.count == 1, !isOfElectrons else { return nil }
        return counts(conservedSums[0]) { $0.codes.map(Int.init) } ? conservedSums[0].total : nil
    }

    /// Whether a sum has these values on all sites.
    private func counts(_ sum: ConservedSum, _ values: (LocalSpace) -> [Int]) -> Bool {
        sum.sites.count == siteCount
            && zip(sum.sites, sum.values).allSatisfy { site, own in own == values(localSpaces[site]) }
    }
}

/// One spin of electrons, or both.
public enum ElectronSpin: Sendable, CaseIterable {
    case up, down, both

    /// The number of such electrons in a code: bit 0 is up, bit 1 down.
    package func count(in code: Int8) -> Int {
        let (up, down) = (Int(code & 1), Int(code >> 1 & 1))
        return switch self {
        case .up: up
        case .down: down
        case .both: up + down
        }
    }
}

extension ConservedSum {
    /// The number of electrons of a spin, or of both, on all sites.
    ///
    /// - Parameter local: the local states of every site, `.electrons` or `.singleElectron`.
    public static func electrons(
        _ spin: ElectronSpin, in local: LocalSpace, siteCount: Int, total: Int
    ) -> ConservedSum {
        let values = local.codes.map(spin.count)
        return ConservedSum(
            sites: Array(0..<siteCount), values: [[Int]](repeating: values, count: siteCount), total: total)
    }
}
