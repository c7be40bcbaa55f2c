/// A sum over a set of sites that is the same in every configuration of a space: Σ_i v_i(local state of i) = total.
///
/// Several may hold together, as the numbers of fermions of each spin do.
public struct ConservedSum: Sendable, Equatable {
    /// Distinct sites.
    public let sites: [Int]
    /// For each of `sites` the value of each of its local states, in their order.
    public let values: [[Int]]
    public let total: Int

    public init(sites: [Int], values: [[Int]], total: Int) {
        self.sites = sites
        self.values = values
        self.total = total
    }

    /// The sum of the codes of some sites: Σ 2m of spins, the number of particles in modes.
    ///
    /// - Parameters:
    ///   - localSpaces: of all sites.
    ///   - sites: of `localSpaces`.
    public static func ofCodes(_ localSpaces: [LocalSpace], sites: some Sequence<Int>, total: Int) -> ConservedSum {
        let sites = Array(sites)
        return ConservedSum(sites: sites, values: sites.map { localSpaces[$0].codes.map(Int.init) }, total: total)
    }
}
