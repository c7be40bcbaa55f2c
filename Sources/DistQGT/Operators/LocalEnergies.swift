import Numerics

/// Local energies E_loc(σ) = Σ_σ′ ⟨σ|H|σ′⟩ ψ(σ′)/ψ(σ) of batches of configurations.
///
/// The ratios of some samples at a time are evaluated together and added up in double precision; only
/// non-zero elements cost an evaluation. An object owns its scratch and allocates nothing per sample; it is
/// not to be shared between threads.
///
/// Local: no communication.
public final class LocalEnergies {
    private enum Method {
        case flips(FlipEnergies)
        case transitions(TransitionEnergies)
    }

    private let method: Method
    private let siteCount: Int

    /// - Parameters:
    ///   - hamiltonian: H; need not be Hermitian.
    ///   - ratios: of a wave function of the same number of sites.
    public init(of hamiltonian: any FlipOperator, ratios: any AmplitudeRatios) {
        precondition(hamiltonian.siteCount == ratios.siteCount, "numbers of sites differ")
        siteCount = hamiltonian.siteCount
        method = .flips(FlipEnergies(of: hamiltonian, ratios: ratios))
    }

    /// - Parameters:
    ///   - hamiltonian: H; need not be Hermitian.
    ///   - amplitudes: log ψ of the same number of sites, which knows its cheapest ratios to flipped spins.
    public init(of hamiltonian: any Operator, in amplitudes: any LogAmplitudes) {
        precondition(hamiltonian.siteCount == amplitudes.siteCount, "numbers of sites differ")
        siteCount = hamiltonian.siteCount
        method =
            if let flips = hamiltonian as? any FlipOperator {
                .flips(FlipEnergies(of: flips, ratios: amplitudes.makeAmplitudeRatios()))
            } else {
                .transitions(TransitionEnergies(of: hamiltonian, ratios: amplitudes.makeTransitionRatios()))
            }
    }

    /// Enough samples for their common flips to be worth a look, few enough for the cache and, with very many
    /// flip sets, for memory.
    static func samplesPerBatch(flipSetCount: Int) -> Int { min(64, max(1, 65_536 / max(1, flipSetCount))) }

    /// Bytes of the scratch.
    static func byteCount(siteCount: Int, flipSetCount: Int) -> Int {
        ConnectedBatch.byteCount(
            siteCount: siteCount, flipSetCount: flipSetCount, capacity: samplesPerBatch(flipSetCount: flipSetCount))
    }

    /// The local energies of `configurations`.
    ///
    /// - Parameters:
    ///   - logPsi: log ψ of the configurations, real and imaginary part in turn.
    ///   - blocks: consecutive ranges of the configurations; of two of them nothing is evaluated together, so that a
    ///     block's bits do not depend on the others. Nil for one of all.
    /// - Returns: real and imaginary part of each local energy in turn.
    public func evaluate(_ configurations: Configurations, logPsi: [Double], blocks: [Range<Int>]? = nil) -> [Double] {
        precondition(configurations.siteCount == siteCount, "numbers of sites differ")
        precondition(logPsi.count == 2 * configurations.count, "one log ψ per configuration")
        return [Double](unsafeUninitializedCapacity: 2 * configurations.count) { energies, count in
            configurations.spins.withUnsafeBufferPointer { spins in
                logPsi.withUnsafeBufferPointer { logPsi in
                    if let spins = spins.baseAddress, let logPsi = logPsi.baseAddress,
                        let energies = energies.baseAddress
                    {
                        for block in blocks ?? [0..<configurations.count] {
                            evaluate(
                                spins + block.lowerBound * siteCount, count: block.count,
                                logPsi: logPsi + 2 * block.lowerBound, into: energies + 2 * block.lowerBound)
                        }
                    }
                }
            }
            count = 2 * configurations.count
        }
    }

    /// The local energies of `count` configurations.
    ///
    /// A connected node (ψ(σ′) = 0, log ψ = −∞) contributes 0. At a node (ψ(σ) = 0) the local energy is
    /// not defined: both parts are NaN.
    ///
    /// - Parameters:
    ///   - samples: `count × N` codes of local states, row-major.
    ///   - logPsi: `2 × count` values: real and imaginary part of each log ψ(σ) in turn.
    ///   - energies: `2 × count` values: real and imaginary part of each local energy in turn.
    public func evaluate(
        _ samples: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>,
        into energies: UnsafeMutablePointer<Double>
    ) {
        switch method {
        case .flips(let flips): flips.evaluate(samples, count: count, logPsi: logPsi, into: energies)
        case .transitions(let all): all.evaluate(samples, count: count, logPsi: logPsi, into: energies)
        }
    }
}
