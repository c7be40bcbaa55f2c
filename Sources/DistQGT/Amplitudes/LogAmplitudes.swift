/// Evaluates log ψ for batches of spin configurations at the current parameters.
///
/// The sampler and the local energies know a wave function only through this protocol.
/// Local: no communication.
///
/// A row's value depends, bit for bit, on its own spins only: neither on how many rows there are nor on its place among
/// them. So a rank evaluates the rows that it has and no others, and gets what any other distribution over ranks would.
public protocol LogAmplitudes: AnyObject {
    /// N, the number of sites of one configuration.
    var siteCount: Int { get }
    /// The most rows that are evaluated together.
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
    /// The same for transitions of any kind. By default batches of whole evaluations.
    func makeTransitionRatios() -> any TransitionRatios
}

extension LogAmplitudes {
    public func makeTransitionRatios() -> any TransitionRatios { BatchedTransitions(self) }

    /// log ψ of configurations, real and imaginary part in turn. Local.
    public func logPsi(of configurations: Configurations) -> [Double] {
        let count = configurations.count
        return [Double](unsafeUninitializedCapacity: 2 * count) { buffer, initialised in
            configurations.spins.withUnsafeBufferPointer { spins in
                if let spins = spins.baseAddress, let output = buffer.baseAddress {
                    evaluate(spins, count: count, into: output)
                }
            }
            initialised = 2 * count
        }
    }
}
