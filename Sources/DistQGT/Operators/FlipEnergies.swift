/// Local energies of a sum of Pauli strings on spins 1/2: the samples of a batch that a flip set changes are evaluated
/// together. Local: no communication.
final class FlipEnergies {
    private let hamiltonian: any FlipOperator
    private let ratios: any AmplitudeRatios
    private let siteCount: Int
    private let batch: ConnectedBatch
    /// The places of the batch's samples.
    private var owners: [Int]

    init(of hamiltonian: any FlipOperator, ratios: any AmplitudeRatios) {
        self.hamiltonian = hamiltonian
        self.ratios = ratios
        siteCount = hamiltonian.siteCount
        let flipSets = hamiltonian.flipSets
        let capacity = LocalEnergies.samplesPerBatch(flipSetCount: flipSets.count)
        batch = ConnectedBatch(siteCount: siteCount, flipSets: flipSets, capacity: capacity)
        owners = [Int](repeating: 0, count: capacity)
    }

    /// As `LocalEnergies.evaluate`.
    func evaluate(
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
