import Numerics

/// Local energies E_loc(σ) = Σ_σ′ ⟨σ|H|σ′⟩ ψ(σ′)/ψ(σ) of batches of configurations.
///
/// The connected configurations of as many samples as fit a fixed scratch are gathered, evaluated
/// together and added up in double precision; only non-zero elements cost an evaluation. An object
/// owns its scratch and allocates nothing per sample; it is not to be shared between threads.
///
/// Local: no communication.
public final class LocalEnergies {
    public static let defaultCapacity = 2048

    private let hamiltonian: any Operator
    private let amplitudes: any LogAmplitudes
    private let siteCount: Int
    private let isComplex: Bool
    /// Connected configurations that are evaluated together.
    private let capacity: Int
    private let flipSets: [[Int]]
    private var spins: [Int8]
    private var logPsi: [Double]
    private var owners: [Int]
    /// Elements of the gathered configurations, real and imaginary part in turn.
    private var gathered: [Double]
    /// One row of H.
    private var row: [Double]

    /// - Parameters:
    ///   - hamiltonian: H; need not be Hermitian.
    ///   - amplitudes: log ψ of the same number of sites.
    ///   - capacity: at least so many connected configurations are evaluated together (rounded up
    ///     to whole blocks of `amplitudes`).
    public init(
        of hamiltonian: any Operator, in amplitudes: any LogAmplitudes,
        capacity: Int = LocalEnergies.defaultCapacity
    ) {
        precondition(hamiltonian.siteCount == amplitudes.siteCount, "numbers of sites differ")
        let block = max(1, amplitudes.blockRows)
        self.hamiltonian = hamiltonian
        self.amplitudes = amplitudes
        siteCount = hamiltonian.siteCount
        isComplex = amplitudes.isComplex
        self.capacity = (max(1, capacity) + block - 1) / block * block
        flipSets = hamiltonian.flipSets
        spins = [Int8](repeating: 1, count: self.capacity * siteCount)
        logPsi = [Double](repeating: 0, count: 2 * self.capacity)
        owners = [Int](repeating: 0, count: self.capacity)
        gathered = [Double](repeating: 0, count: 2 * self.capacity)
        row = [Double](repeating: 0, count: 2 * max(1, flipSets.count))
    }

    /// The local energies of `configurations`.
    ///
    /// - Parameters:
    ///   - logPsi: log ψ of the configurations, real and imaginary part in turn.
    /// - Returns: real and imaginary part of each local energy in turn.
    public func evaluate(_ configurations: Configurations, logPsi: [Double]) -> [Double] {
        precondition(configurations.siteCount == siteCount, "numbers of sites differ")
        precondition(logPsi.count == 2 * configurations.count, "one log ψ per configuration")
        return [Double](unsafeUninitializedCapacity: 2 * configurations.count) { energies, count in
            configurations.spins.withUnsafeBufferPointer { spins in
                logPsi.withUnsafeBufferPointer { logPsi in
                    if let spins = spins.baseAddress, let logPsi = logPsi.baseAddress,
                        let energies = energies.baseAddress
                    {
                        evaluate(
                            spins, count: configurations.count, logPsi: logPsi, into: energies)
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
    ///   - sampleLogPsi: `2 × count` values: real and imaginary part of each log ψ(σ) in turn.
    ///   - energies: `2 × count` values: real and imaginary part of each local energy in turn.
    public func evaluate(
        _ samples: UnsafePointer<Int8>, count: Int, logPsi sampleLogPsi: UnsafePointer<Double>,
        into energies: UnsafeMutablePointer<Double>
    ) {
        spins.withUnsafeMutableBufferPointer { spins in
            logPsi.withUnsafeMutableBufferPointer { logPsi in
                owners.withUnsafeMutableBufferPointer { owners in
                    gathered.withUnsafeMutableBufferPointer { gathered in
                        row.withUnsafeMutableBufferPointer { row in
                            guard let spins = spins.baseAddress, let logPsi = logPsi.baseAddress,
                                let owners = owners.baseAddress,
                                let gathered = gathered.baseAddress, let row = row.baseAddress
                            else { return }
                            let scratch = Scratch(
                                spins: spins, logPsi: logPsi, owners: owners, elements: gathered,
                                row: row)
                            accumulate(
                                samples, count: count, logPsi: sampleLogPsi, into: energies,
                                scratch)
                        }
                    }
                }
            }
        }
    }

    private struct Scratch {
        let spins: UnsafeMutablePointer<Int8>
        let logPsi: UnsafeMutablePointer<Double>
        let owners: UnsafeMutablePointer<Int>
        let elements: UnsafeMutablePointer<Double>
        let row: UnsafeMutablePointer<Double>
    }

    private func accumulate(
        _ samples: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>,
        into energies: UnsafeMutablePointer<Double>, _ scratch: Scratch
    ) {
        var filled = 0
        for sample in 0 ..< count {
            if logPsi[2 * sample] == -.infinity {
                energies[2 * sample] = .nan
                energies[2 * sample + 1] = .nan
                continue
            }
            let configuration = samples + sample * siteCount
            let diagonal = hamiltonian.row(configuration, into: scratch.row).rawStorage
            energies[2 * sample] = diagonal.x
            energies[2 * sample + 1] = diagonal.y
            for connection in flipSets.indices {
                let real = scratch.row[2 * connection]
                let imaginary = scratch.row[2 * connection + 1]
                if real == 0 && imaginary == 0 { continue }
                let connected = scratch.spins + filled * siteCount
                connected.update(from: configuration, count: siteCount)
                for site in flipSets[connection] { connected[site] = -connected[site] }
                scratch.owners[filled] = sample
                scratch.elements[2 * filled] = real
                scratch.elements[2 * filled + 1] = imaginary
                filled += 1
                if filled == capacity {
                    add(filled, logPsi: logPsi, into: energies, scratch)
                    filled = 0
                }
            }
        }
        if filled > 0 { add(filled, logPsi: logPsi, into: energies, scratch) }
    }

    /// Evaluates the gathered configurations and adds element·ψ(σ′)/ψ(σ) to their samples.
    private func add(
        _ filled: Int, logPsi: UnsafePointer<Double>, into energies: UnsafeMutablePointer<Double>,
        _ scratch: Scratch
    ) {
        amplitudes.evaluate(scratch.spins, count: filled, into: scratch.logPsi)
        for index in 0 ..< filled {
            let logConnected = scratch.logPsi[2 * index]
            if logConnected == -.infinity { continue }
            let sample = scratch.owners[index]
            let modulus = Double.exp(logConnected - logPsi[2 * sample])
            let real = scratch.elements[2 * index]
            let imaginary = scratch.elements[2 * index + 1]
            if isComplex {
                let phase = scratch.logPsi[2 * index + 1] - logPsi[2 * sample + 1]
                let ratioReal = modulus * Double.cos(phase)
                let ratioImaginary = modulus * Double.sin(phase)
                energies[2 * sample] += real * ratioReal - imaginary * ratioImaginary
                energies[2 * sample + 1] += real * ratioImaginary + imaginary * ratioReal
            } else {
                energies[2 * sample] += real * modulus
                energies[2 * sample + 1] += imaginary * modulus
            }
        }
    }
}
