/// Several copies of a system side by side, one after the other in the order of the sites, each with its own conserved
/// sums.
extension HilbertSpace {
    /// - Precondition: at least one copy.
    /// - Throws: never for a space that exists.
    public func copies(_ count: Int) throws(HilbertSpaceError) -> HilbertSpace {
        precondition(count > 0)
        let sums = (0..<count).flatMap { copy in
            conservedSums.map { sum in
                ConservedSum(sites: sum.sites.map { copy * siteCount + $0 }, values: sum.values, total: sum.total)
            }
        }
        return try HilbertSpace((0..<count).flatMap { _ in localSpaces }, conserving: sums)
    }
}

extension Encoder {
    /// Of each of several copies of the sites, the places of its numbers among those of all: they make its configuration
    /// as this encoder reads it.
    func featuresOfCopies(_ count: Int) -> [[Int]] {
        (0..<count).map { copy in
            guard encoding == .occupations else {
                return (0..<featureCount).map { copy * featureCount + $0 }
            }
            // Modes up of all copies come before all modes down.
            return [0, count].flatMap { spin in (0..<siteCount).map { (spin + copy) * siteCount + $0 } }
        }
    }

    /// How one of several copies of the sites is read.
    ///
    /// - Precondition: the sites are that many copies.
    package func ofOneCopy(of count: Int) -> Encoder {
        precondition(siteCount % count == 0)
        return Encoder(encoding, ofSites: Array(localSpaces.prefix(siteCount / count)))
    }
}
