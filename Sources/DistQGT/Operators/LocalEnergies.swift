import Numerics

/// Local energies E_loc(σ) = Σ_σ′ ⟨σ|H|σ′⟩ ψ(σ′)/ψ(σ) of batches of configurations.
///
/// The ratios of some samples at a time are evaluated together and added up in double precision; only
/// non-zero elements cost an evaluation. An object owns its scratch and allocates nothing per sample; it is
/// not to be shared between threads.
///
/// Local: no communication.
public final class LocalEnergies {
    private let hamiltonian: any FlipOperator
    private let ratios: any AmplitudeRatios
    private let siteCount: Int
    private let batch: ConnectedBatch
    /// The places of the batch's samples.
    private var owners: [Int]

    /// - Parameters:
    ///   - hamiltonian: H; need not be Hermitian.
    ///   - ratios: of a wave function of the same number of sites.
    public init(of hamiltonian: any FlipOperator, ratios: any AmplitudeRatios) {
        precondition(hamiltonian.siteCount == ratios.siteCount, "numbers of sites differ")
        self.hamiltonian = hamiltonian
        self.ratios = ratios
        siteCount = hamiltonian.siteCount
        let flipSets = hamiltonian.flipSets
        let capacity = Self.samplesPerBatch(flipSetCount: flipSets.count)
        batch = ConnectedBatch(siteCount: siteCount, flipSets: flipSets, capacity: capacity)
        owners = [Int](repeating: 0, count: capacity)
    }

    /// - Parameters:
    ///   - hamiltonian: H; need not be Hermitian.
    ///   - amplitudes: log ψ of the same number of sites, which knows its cheapest ratios.
    public convenience init(of hamiltonian: any FlipOperator, in amplitudes: any LogAmplitudes) {
        self.init(of: hamiltonian, ratios: amplitudes.makeAmplitudeRatios())
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
    ///   - samples: `count × N` values ±1, row-major.
    ///   - logPsi: `2 × count` values: real and imaginary part of each log ψ(σ) in turn.
    ///   - energies: `2 × count` values: real and imaginary part of each local energy in turn.
    public func evaluate(
        _ samples: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>,
        into energies: UnsafeMutablePointer<Double>
    ) {
        owners.withUnsafeMutableBufferPointer { owners in
            guard let owners = owners.baseAddress else { return }
            batch.removeAll()
            for sample in 0..<count {
                if logPsi[2 * sample] == -.infinity {
                    energies[2 * sample] = .nan
                    energies[2 * sample + 1] = .nan
                    continue
                }
                let configuration = samples + sample * siteCount
                owners[batch.count] = sample
                let elements = batch.append(configuration, logPsi: logPsi + 2 * sample)
                let diagonal = hamiltonian.row(configuration, into: elements).rawStorage
                energies[2 * sample] = diagonal.x
                energies[2 * sample + 1] = diagonal.y
                if batch.count == batch.capacity { add(into: energies, owners: owners) }
            }
            if batch.count > 0 { add(into: energies, owners: owners) }
        }
    }

    /// Adds what the samples of the batch are connected with, and empties it.
    private func add(into energies: UnsafeMutablePointer<Double>, owners: UnsafePointer<Int>) {
        batch.collectPairs()
        ratios.evaluate(batch)
        batch.addUp(into: energies, owners: owners)
        batch.removeAll()
    }
}
