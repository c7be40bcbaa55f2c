/// Sites (or modes) with local states, and sums over sets of them that are conserved: all configurations in which
/// these sums have their totals.
///
/// A space says what its states are. `BasisNumbering` numbers them, where they can be numbered.
public struct HilbertSpace: Sendable, Equatable {
    /// The local states of each site.
    public let localSpaces: [LocalSpace]
    public let conservedSums: [ConservedSum]
    /// Σ_i s_i = 2·total_sz of spins 1/2, where that and nothing else is conserved; nil for any other space.
    public let magnetisation: Int?
    /// Whether the sites are spins 1/2, with no conserved sum but the magnetisation.
    public let isOfSpinsHalf: Bool

    public var siteCount: Int { localSpaces.count }

    /// N spins 1/2.
    ///
    /// - Parameter magnetisation: Σ_i s_i, or `nil` for the whole space.
    /// - Throws: `HilbertSpaceError` for a magnetisation that N spins cannot have.
    public init(siteCount: Int, magnetisation: Int? = nil) throws(HilbertSpaceError) {
        guard siteCount > 0 else { throw .noSites(siteCount) }
        localSpaces = [LocalSpace](repeating: .spinHalf, count: siteCount)
        isOfSpinsHalf = true
        self.magnetisation = magnetisation
        guard let magnetisation else {
            conservedSums = []
            return
        }
        guard magnetisation.magnitude <= UInt(siteCount) else {
            throw .magnetisationTooLarge(magnetisation: magnetisation, siteCount: siteCount)
        }
        guard (siteCount - magnetisation) % 2 == 0 else {
            throw .magnetisationParity(magnetisation: magnetisation, siteCount: siteCount)
        }
        conservedSums = [.ofCodes(localSpaces, sites: 0..<siteCount, total: magnetisation)]
    }

    /// N spins 1/2.
    ///
    /// - Parameter totalSz: Σ_i s_i / 2, a multiple of 1/2, or `nil` for the whole space.
    /// - Throws: `HilbertSpaceError` for a value that N spins cannot have.
    public init(siteCount: Int, totalSz: Double?) throws(HilbertSpaceError) {
        guard let totalSz else {
            try self.init(siteCount: siteCount)
            return
        }
        guard let magnetisation = Int(exactly: 2 * totalSz) else {
            throw .totalSzNotHalfInteger(totalSz)
        }
        try self.init(siteCount: siteCount, magnetisation: magnetisation)
    }

    /// Any sites with any conserved sums.
    ///
    /// - Throws: `HilbertSpaceError` for local states without codes, and for a sum that does not fit the sites or
    ///   whose total no configuration has. Several sums that exclude each other only together are found by whoever
    ///   counts the states.
    public init(_ localSpaces: [LocalSpace], conserving sums: [ConservedSum] = []) throws(HilbertSpaceError) {
        guard !localSpaces.isEmpty else { throw .noSites(0) }
        for (site, local) in localSpaces.enumerated() where !local.isValid {
            throw .localStatesWithoutCodes(site: site)
        }
        for (number, sum) in sums.enumerated() {
            let fits =
                sum.sites.count == sum.values.count && Set(sum.sites).count == sum.sites.count
                && zip(sum.sites, sum.values).allSatisfy { site, values in
                    localSpaces.indices.contains(site) && values.count == localSpaces[site].dimension
                }
            guard fits else { throw .sumDoesNotFit(number: number) }
            guard sum.isReachable else { throw .totalOutOfReach(number: number, total: sum.total) }
        }
        self.localSpaces = localSpaces
        conservedSums = sums
        let magnetisation = sums.first.map(\.total)
        isOfSpinsHalf =
            localSpaces.allSatisfy { $0 == .spinHalf }
            && sums == magnetisation.map { [.ofCodes(localSpaces, sites: localSpaces.indices, total: $0)] } ?? []
        self.magnetisation = isOfSpinsHalf ? magnetisation : nil
    }

    /// Number of spins 1/2 that are down in every configuration; nil where `magnetisation` is.
    public var downCount: Int? { magnetisation.map { (siteCount - $0) / 2 } }

    /// Number of basis states; nil where an `Int` does not hold it, or where the conserved sums take too many values
    /// on the way to be counted. Counted at each call.
    public var dimension: Int? {
        guard isOfSpinsHalf else {
            do { return try BasisNumbering(self).dimension } catch { return error == .noStates ? 0 : nil }
        }
        if let downCount { return Binomials.checkedChoose(siteCount, downCount) }
        return siteCount < Int.bitWidth - 1 ? 1 << siteCount : nil
    }

    /// Whether N codes are local states of their sites and have the conserved sums.
    public func contains(_ codes: some Collection<Int8>) -> Bool {
        guard codes.count == siteCount else { return false }
        guard isOfSpinsHalf else { return containsAny(Array(codes)) }
        var sum = 0
        for spin in codes {
            guard spin == 1 || spin == -1 else { return false }
            sum += Int(spin)
        }
        return magnetisation == nil || sum == magnetisation
    }

    private func containsAny(_ codes: [Int8]) -> Bool {
        var indices: [Int] = []
        for (local, code) in zip(localSpaces, codes) {
            guard let index = local.index(of: code) else { return false }
            indices.append(index)
        }
        return conservedSums.allSatisfy { sum in
            zip(sum.sites, sum.values).reduce(0) { $0 + $1.1[indices[$1.0]] } == sum.total
        }
    }

    /// `total_sz` as text, from a magnetisation.
    static func halved(_ magnetisation: Int) -> String {
        magnetisation % 2 == 0 ? "\(magnetisation / 2)" : "\(Double(magnetisation) / 2)"
    }
}

extension ConservedSum {
    /// Whether some configuration of the sites has the total.
    fileprivate var isReachable: Bool {
        var reached: Set<Int> = [0]
        for values in values {
            let distinct = Set(values)
            reached = reached.reduce(into: []) { next, sum in
                for value in distinct { next.insert(sum + value) }
            }
        }
        return reached.contains(total)
    }
}
