/// Evaluates the conditional probabilities of an autoregressive wave function, site after site, for a block of
/// configurations. Local: no communication.
///
/// A row's values depend, bit for bit, only on its own spins and on its position in the block, which always has
/// `blockRows` rows.
public protocol ConditionalEvaluator: AnyObject {
    /// N, the number of sites.
    var siteCount: Int { get }
    /// Configurations evaluated together.
    var blockRows: Int { get }
    /// Σ_i s_i of the sector that the wave function is normalised in; nil for the whole space.
    var magnetisation: Int? { get }
    /// Writes ln p(1) − ln p(−1) of the spin at `site` for every row, at the wave function's current parameters. Sites
    /// are asked for in the order of their numbers, beginning with 0 for new configurations.
    ///
    /// - Parameters:
    ///   - spins: `blockRows × siteCount` values, row-major; those of the sites before `site` are ±1 and as they were at
    ///     the calls for these sites.
    ///   - logOdds: `blockRows` values.
    func evaluate(site: Int, spins: UnsafePointer<Int8>, into logOdds: UnsafeMutablePointer<Double>)
}
