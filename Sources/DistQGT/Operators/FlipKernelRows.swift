import LinearAlgebra

/// Rows of the importance-sampled Hamiltonian of a sum of Pauli strings on spins 1/2: the configurations of a batch that a
/// flip set changes are evaluated together. Local: no communication.
final class FlipKernelRows {
    private let hamiltonian: any FlipOperator
    private let amplitudes: any LogAmplitudes
    private let ratios: any AmplitudeRatios
    private let siteCount: Int
    private let batch: ConnectedBatch
    private let logPsi: Region<Double>
    /// Of each configuration of a batch: Σ |G|, Σ |Im G|, and what is left of the drawn share of the rate.
    private let moduli: Region<Double>
    private let phases: Region<Double>
    private let shares: Region<Double>

    init(of hamiltonian: any FlipOperator, _ amplitudes: any LogAmplitudes) {
        self.hamiltonian = hamiltonian
        self.amplitudes = amplitudes
        ratios = amplitudes.makeAmplitudeRatios()
        siteCount = hamiltonian.siteCount
        let flipSets = hamiltonian.flipSets
        let capacity = LocalEnergies.samplesPerBatch(flipSetCount: flipSets.count)
        batch = ConnectedBatch(siteCount: siteCount, flipSets: flipSets, capacity: capacity)
        logPsi = Region(capacity: 2 * capacity)
        moduli = Region(capacity: capacity)
        phases = Region(capacity: capacity)
        shares = Region(capacity: capacity)
    }

    /// As `ImportanceSampledKernel.evaluate`.
    func evaluate(
        _ configurations: UnsafePointer<Int8>, count: Int, draws: UnsafePointer<Double>,
        into rows: UnsafeMutablePointer<KernelRow>
    ) {
        for first in stride(from: 0, to: count, by: batch.capacity) {
            evaluateBatch(
                configurations + first * siteCount, count: min(batch.capacity, count - first), draws: draws + first,
                into: rows + first)
        }
    }

    private func evaluateBatch(
        _ configurations: UnsafePointer<Int8>, count: Int, draws: UnsafePointer<Double>,
        into rows: UnsafeMutablePointer<KernelRow>
    ) {
        let (logPsi, moduli, phases, shares) = (logPsi.pointer, moduli.pointer, phases.pointer, shares.pointer)
        if ratios.readsLogPsi {
            amplitudes.evaluate(configurations, count: count, into: logPsi)
        } else {
            logPsi.update(repeating: 0, count: 2 * count)
        }
        batch.removeAll()
        for row in 0..<count {
            let configuration = configurations + row * siteCount
            let elements = batch.append(configuration, logPsi: logPsi + 2 * row)
            rows[row] = KernelRow()
            rows[row].energy = hamiltonian.row(configuration, into: elements).real
            // At a node of ψ nothing is defined.
            if logPsi[2 * row] == -.infinity { rows[row].energy = .nan }
            (moduli[row], phases[row]) = (0, 0)
        }
        batch.collectPairs()
        ratios.evaluate(batch)
        batch.forEachProduct { _, row, product in
            rows[row].energy += product.x
            if product.x < 0 { rows[row].rate -= product.x }
            moduli[row] += (product * product).sum().squareRoot()
            phases[row] += abs(product.y)
        }
        for row in 0..<count {
            shares[row] = draws[row] * rows[row].rate
            rows[row].phase = moduli[row] > 0 ? phases[row] / moduli[row] : 0
        }
        batch.forEachProduct { set, row, product in
            if KernelRow.drops(product.x, of: moduli[row]) { rows[row].wrongSigns += 1 }
            // The last one takes what rounding leaves.
            guard product.x < 0, shares[row] >= 0 else { return }
            rows[row].move = Int32(truncatingIfNeeded: set)
            shares[row] += product.x
        }
    }

    var flipSetCount: Int { batch.flipSetCount }

    /// As `ImportanceSampledKernel.apply`.
    func apply(_ set: Int, to configuration: UnsafeMutablePointer<Int8>) {
        for place in batch.siteStarts[set]..<batch.siteStarts[set + 1] {
            let site = Int(batch.sites[place])
            configuration[site] = -configuration[site]
        }
    }
}
