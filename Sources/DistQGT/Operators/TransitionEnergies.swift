import LinearAlgebra

/// Local energies of any operator on any space, from the ratios of the transitions of one sample after the other.
/// Local: no communication.
final class TransitionEnergies {
    private let hamiltonian: any Operator
    private let ratios: any TransitionRatios
    private let siteCount: Int
    private let transitions = TransitionList()
    private let values = Region<Double>(capacity: 0)

    init(of hamiltonian: any Operator, ratios: any TransitionRatios) {
        self.hamiltonian = hamiltonian
        self.ratios = ratios
        siteCount = hamiltonian.siteCount
    }

    /// As `LocalEnergies.evaluate`.
    func evaluate(
        _ samples: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>,
        into energies: UnsafeMutablePointer<Double>
    ) {
        for sample in 0..<count {
            let energy = energies + 2 * sample
            if logPsi[2 * sample] == -.infinity {
                energy[0] = .nan
                energy[1] = .nan
                continue
            }
            let configuration = samples + sample * siteCount
            transitions.removeAll()
            let diagonal = hamiltonian.appendTransitions(from: configuration, to: transitions).rawStorage
            energy[0] = diagonal.x
            energy[1] = diagonal.y
            guard transitions.count > 0 else { continue }
            values.reserve(2 * transitions.count)
            ratios.evaluate(configuration, transitions, into: values.pointer)
            for transition in 0..<transitions.count {
                let element = transitions.element(transition).rawStorage
                let (x, y) = (values.pointer[2 * transition], values.pointer[2 * transition + 1])
                energy[0] += element.x * x - element.y * y
                energy[1] += element.x * y + element.y * x
            }
        }
    }
}
