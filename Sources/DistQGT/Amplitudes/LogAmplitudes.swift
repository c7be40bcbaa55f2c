/// Evaluates log ψ for batches of spin configurations at the current parameters.
///
/// The sampler and the local energies know a wave function only through this protocol.
/// Local: no communication.
///
/// Rows are evaluated in blocks of exactly `blockRows` rows; the last block of a call is padded.
/// Row `i` of a call sits at position `i % blockRows` of its block, and its value depends, bit for
/// bit, only on its own spins and on that position (a row of a matrix product can change its last
/// bits with the number of rows, so the number of rows is always the same). A caller that needs
/// equal bits on any number of ranks therefore keeps a row's position independent of the ranks.
public protocol LogAmplitudes: AnyObject {
    /// N, the number of sites of one configuration.
    var siteCount: Int { get }
    /// Number of rows evaluated together.
    var blockRows: Int { get }
    /// Whether log ψ has an imaginary part that can be non-zero.
    var isComplex: Bool { get }
    /// Writes log ψ of `count` configurations.
    ///
    /// - Parameters:
    ///   - spins: `count × siteCount` values ±1, row-major.
    ///   - logPsi: `2 × count` values: real and imaginary part of each log ψ in turn
    ///     (imaginary part 0 where log ψ is real). A node of ψ is −∞.
    func evaluate(_ spins: UnsafePointer<Int8>, count: Int, into logPsi: UnsafeMutablePointer<Double>)
    /// The cheapest way known to the ratios that Metropolis proposals need. By default batches of whole
    /// evaluations.
    func makeProposalEvaluator() -> any ProposalEvaluator
    /// The cheapest way known to the ratios that local energies need. By default batches of whole
    /// evaluations.
    func makeAmplitudeRatios() -> any AmplitudeRatios
}
