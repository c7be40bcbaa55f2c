/// Local energies of any operator on any space, from log ψ of all connected configurations in large batches.
/// Local: no communication.
final class TransitionEnergies {
    private let hamiltonian: any Operator
    private let amplitudes: any LogAmplitudes
    private let siteCount: Int
    private let capacity: Int
    private let transitions = TransitionList()
    /// Connected configurations that wait for their log ψ.
    private var connected: [Int8]
    private var logPsi: [Double]
    /// Of each of them its sample, and the matrix element, real and imaginary part in turn.
    private var owners: [Int] = []
    private var elements: [Double] = []

    init(of hamiltonian: any Operator, in amplitudes: any LogAmplitudes) {
        let block = max(1, amplitudes.blockRows)
        self.hamiltonian = hamiltonian
        self.amplitudes = amplitudes
        siteCount = hamiltonian.siteCount
        capacity = (BatchedRatios.defaultCapacity + block - 1) / block * block
        connected = [Int8](repeating: 0, count: capacity * siteCount)
        logPsi = [Double](repeating: 0, count: 2 * capacity)
    }

    /// As `LocalEnergies.evaluate`.
    func evaluate(
        _ samples: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>,
        into energies: UnsafeMutablePointer<Double>
    ) {
        for sample in 0..<count {
            if logPsi[2 * sample] == -.infinity {
                energies[2 * sample] = .nan
                energies[2 * sample + 1] = .nan
                continue
            }
            let configuration = samples + sample * siteCount
            transitions.removeAll()
            let diagonal = hamiltonian.appendTransitions(from: configuration, to: transitions).rawStorage
            energies[2 * sample] = diagonal.x
            energies[2 * sample + 1] = diagonal.y
            for transition in 0..<transitions.count {
                let element = transitions.element(transition).rawStorage
                if element == (0, 0) { continue }
                connected.withUnsafeMutableBufferPointer { connected in
                    guard let base = connected.baseAddress else { return }
                    let row = base + owners.count * siteCount
                    row.update(from: configuration, count: siteCount)
                    transitions.apply(transition, to: row)
                }
                owners.append(sample)
                elements.append(element.x)
                elements.append(element.y)
                if owners.count == capacity { add(logPsi, into: energies) }
            }
        }
        if !owners.isEmpty { add(logPsi, into: energies) }
    }

    /// Adds what waits, and forgets it.
    ///
    /// - Parameter own: log ψ of the samples.
    private func add(_ own: UnsafePointer<Double>, into energies: UnsafeMutablePointer<Double>) {
        connected.withUnsafeBufferPointer { connected in
            logPsi.withUnsafeMutableBufferPointer { logPsi in
                guard let connected = connected.baseAddress, let logPsi = logPsi.baseAddress else { return }
                amplitudes.evaluate(connected, count: owners.count, into: logPsi)
                for (place, sample) in owners.enumerated() {
                    let (x, y) = ConnectedBatch.ratio(
                        from: own + 2 * sample, to: logPsi + 2 * place, isComplex: amplitudes.isComplex)
                    let (a, b) = (elements[2 * place], elements[2 * place + 1])
                    energies[2 * sample] += a * x - b * y
                    energies[2 * sample + 1] += a * y + b * x
                }
            }
        }
        owners.removeAll(keepingCapacity: true)
        elements.removeAll(keepingCapacity: true)
    }
}
