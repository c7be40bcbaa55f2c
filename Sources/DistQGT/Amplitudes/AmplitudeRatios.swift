/// Evaluates ψ(σ′)/ψ(σ) for the configurations σ′ that a Hamiltonian connects with samples σ.
///
/// The local energies know a wave function only through this protocol. `BatchedRatios` serves any
/// `LogAmplitudes`; a factor with a cheaper way to an amplitude ratio brings its own.
/// Local: no communication.
public protocol AmplitudeRatios: AnyObject {
    /// N, the number of sites.
    var siteCount: Int { get }
    /// Whether `evaluate` reads `batch.logPsi`. By default true; a factor of a product is then given log ψ_f of itself.
    var readsLogPsi: Bool { get }
    /// Writes the ratio of every pair of `batch`, at the wave function's current parameters: 0 where σ′ is a
    /// node. Imaginary parts of a real wave function
    /// are 0.
    func evaluate(_ batch: ConnectedBatch)
}

extension AmplitudeRatios {
    public var readsLogPsi: Bool { true }
}
