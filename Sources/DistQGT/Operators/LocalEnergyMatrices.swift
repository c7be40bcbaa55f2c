import Foundation
import LinearAlgebra
import Numerics

/// Local matrices E_L = Ψ⁻¹ (HΨ) of a `StateEnsemble`, Ψ_ij = ψ_j(x_i) and (HΨ)_ij = Σ_x′ ⟨x_i|H|x′⟩ ψ_j(x′): K × K numbers
/// for each configuration of K walkers x_i.
///
/// Their mean over |det Ψ|² is S⁻¹ H with the overlaps S and the matrix H of the Hamiltonian between the ψ_j, whose
/// eigenvalues are the energies of the states (Pfau et al., Science 385, eadn0137 (2024), equations 5 to 7). The trace is
/// the local energy of the determinant under the sum of the copies' Hamiltonians.
///
/// (HΨ)_ij/ψ_j(x_i) are local energies of ψ_j, each by the cheapest way that ψ_j has. An object owns its scratch; it is not to
/// be shared between threads. Local: no communication.
public final class LocalEnergyMatrices {
    /// K.
    public let count: Int
    private let hamiltonian: any Operator
    private let states: [any LogAmplitudes]
    private let energies: [LocalEnergies]
    /// Configurations of K walkers that are worked on together.
    private static let batch = 64
    /// By state and walker: log ψ_j(x_i), and the local energies there; real and imaginary part in turn.
    private let logPsi: Region<Double>
    private let images: Region<Double>
    /// Of the configurations of a batch: Ψ with its rows and columns scaled, its logarithm, its inverse transposed.
    private let matrices: Region<Double>
    private let logarithms: Region<Double>
    private let inverses: Region<Double>
    private let work: Region<Double>
    /// Scales of one matrix: of the rows, then of the columns.
    private let scales: Region<Double>
    private let transitions = TransitionList()

    /// - Parameters:
    ///   - hamiltonian: H, of one copy.
    ///   - states: log ψ_j, of as many sites each.
    public init(of hamiltonian: any Operator, in states: [any LogAmplitudes]) {
        precondition(!states.isEmpty && states.allSatisfy { $0.siteCount == hamiltonian.siteCount })
        count = states.count
        self.hamiltonian = hamiltonian
        self.states = states
        energies = states.map { LocalEnergies(of: hamiltonian, in: $0) }
        let size = states.count * states.count
        logPsi = Region(capacity: 2 * size * Self.batch)
        images = Region(capacity: 2 * size * Self.batch)
        matrices = Region(capacity: 2 * size * Self.batch)
        inverses = Region(capacity: 2 * size * Self.batch)
        logarithms = Region(capacity: 2 * Self.batch)
        work = Region(capacity: Double.eliminationWork(size: states.count, complex: true))
        scales = Region(capacity: 2 * states.count)
    }

    /// The local matrices of configurations of K walkers, row by row, real and imaginary part in turn: 2K² numbers each. At a
    /// node of the determinant all of them are NaN.
    ///
    /// - Parameter blocks: consecutive ranges of the configurations; of two of them nothing is evaluated together. Nil for
    ///   one of all.
    public func evaluate(_ configurations: Configurations, blocks: [Range<Int>]? = nil) -> [Double] {
        precondition(configurations.siteCount == count * hamiltonian.siteCount, "numbers of sites differ")
        let size = 2 * count * count
        return [Double](unsafeUninitializedCapacity: size * configurations.count) { result, initialised in
            configurations.spins.withUnsafeBufferPointer { spins in
                guard let spins = spins.baseAddress, let result = result.baseAddress else { return }
                for block in blocks ?? [0..<configurations.count] {
                    for first in stride(from: block.lowerBound, to: block.upperBound, by: Self.batch) {
                        evaluate(
                            spins + first * configurations.siteCount, rows: min(Self.batch, block.upperBound - first),
                            into: result + first * size)
                    }
                }
            }
            initialised = size * configurations.count
        }
    }

    /// Their traces, real and imaginary part in turn: the local energies of the determinant.
    public static func traces(of matrices: [Double], count: Int) -> [Double] {
        let size = 2 * count * count
        var traces = [Double](repeating: 0, count: matrices.count / count / count)
        for sample in 0..<traces.count / 2 {
            for state in 0..<count {
                let place = sample * size + 2 * state * (count + 1)
                traces[2 * sample] += matrices[place]
                traces[2 * sample + 1] += matrices[place + 1]
            }
        }
        return traces
    }

    /// Of `rows` configurations, at most a batch.
    private func evaluate(_ spins: UnsafePointer<Int8>, rows: Int, into result: UnsafeMutablePointer<Double>) {
        let walkers = rows * count
        for state in 0..<count {
            let own = 2 * state * walkers
            states[state].evaluate(spins, count: walkers, into: logPsi.pointer + own)
            energies[state].evaluate(
                spins, count: walkers, logPsi: logPsi.pointer + own, into: images.pointer + own)
        }
        let size = 2 * count * count
        for row in 0..<rows { fill(matrices.pointer + row * size, row: row, walkers: walkers) }
        Double.logarithms(
            .determinant, matrices.pointer, value: logarithms.pointer, slope: inverses.pointer, work: work.pointer,
            count: rows, size: count, complex: true)
        for row in 0..<rows {
            guard logarithms.pointer[2 * row] > -.infinity else {
                (result + row * size).update(repeating: .nan, count: size)
                continue
            }
            multiply(spins, row: row, walkers: walkers, into: result + row * size)
        }
    }

    /// What is taken from log |ψ_j(x_i)|, so that the largest entry of each row and of each column is about 1.
    private func balance(row: Int, walkers: Int) {
        let (rowScales, columnScales) = (scales.pointer, scales.pointer + count)
        func modulus(_ walker: Int, _ state: Int) -> Double {
            logPsi.pointer[2 * (state * walkers + row * count + walker)]
        }
        func largest(_ value: (Int) -> Double) -> Double {
            var largest = -Double.infinity
            for index in 0..<count { largest = max(largest, value(index)) }
            return largest == -.infinity ? 0 : largest
        }
        for walker in 0..<count { rowScales[walker] = largest { modulus(walker, $0) } }
        for state in 0..<count { columnScales[state] = largest { modulus($0, state) - rowScales[$0] } }
    }

    /// Writes Ψ of one configuration, its rows and columns scaled.
    private func fill(_ matrix: UnsafeMutablePointer<Double>, row: Int, walkers: Int) {
        balance(row: row, walkers: walkers)
        for walker in 0..<count {
            for state in 0..<count {
                let logarithm = logPsi.pointer + 2 * (state * walkers + row * count + walker)
                let modulus = exp(logarithm[0] - scales.pointer[walker] - scales.pointer[count + state])
                let place = 2 * (walker * count + state)
                matrix[place] = modulus == 0 ? 0 : modulus * cos(logarithm[1])
                matrix[place + 1] = modulus == 0 ? 0 : modulus * sin(logarithm[1])
            }
        }
    }

    /// Ψ⁻¹ (HΨ) of one configuration. The scales of rows cancel; those of columns c turn element jk by exp(c_k − c_j).
    private func multiply(
        _ spins: UnsafePointer<Int8>, row: Int, walkers: Int, into result: UnsafeMutablePointer<Double>
    ) {
        balance(row: row, walkers: walkers)
        let size = 2 * count * count
        let (psi, inverse) = (matrices.pointer + row * size, inverses.pointer + row * size)
        // Ψ becomes HΨ.
        for walker in 0..<count {
            for state in 0..<count {
                let place = 2 * (walker * count + state)
                let own = 2 * (state * walkers + row * count + walker)
                let (x, y) = (psi[place], psi[place + 1])
                if logPsi.pointer[own] == -.infinity {
                    let scale = scales.pointer[walker] + scales.pointer[count + state]
                    let configuration = spins + (row * count + walker) * hamiltonian.siteCount
                    (psi[place], psi[place + 1]) = image(of: configuration, in: states[state], scale: scale)
                } else {
                    let (p, q) = (images.pointer[own], images.pointer[own + 1])
                    (psi[place], psi[place + 1]) = (p * x - q * y, p * y + q * x)
                }
            }
        }
        for line in 0..<count {
            for state in 0..<count {
                var (x, y) = (0.0, 0.0)
                for walker in 0..<count {
                    let left = inverse + 2 * (walker * count + line)
                    let right = psi + 2 * (walker * count + state)
                    x += left[0] * right[0] - left[1] * right[1]
                    y += left[0] * right[1] + left[1] * right[0]
                }
                let factor = exp(scales.pointer[count + state] - scales.pointer[count + line])
                result[2 * (line * count + state)] = factor * x
                result[2 * (line * count + state) + 1] = factor * y
            }
        }
    }

    /// (Hψ)(x)·exp(−scale) at a node x of ψ, where there is no local energy: it need not vanish.
    private func image(
        of configuration: UnsafePointer<Int8>, in state: any LogAmplitudes, scale: Double
    ) -> (Double, Double) {
        transitions.removeAll()
        _ = hamiltonian.appendTransitions(from: configuration, to: transitions)
        let siteCount = hamiltonian.siteCount
        var rows = Configurations(siteCount: siteCount)
        let codes = Array(UnsafeBufferPointer(start: configuration, count: siteCount))
        for transition in 0..<transitions.count {
            var changed = codes
            changed.withUnsafeMutableBufferPointer { changed in
                if let base = changed.baseAddress { transitions.apply(transition, to: base) }
            }
            rows.spins += changed
        }
        let logarithms = state.logPsi(of: rows)
        var sum = Complex<Double>.zero
        for transition in 0..<transitions.count where logarithms[2 * transition] > -.infinity {
            sum +=
                transitions.element(transition)
                * Complex(
                    length: exp(logarithms[2 * transition] - scale), phase: logarithms[2 * transition + 1])
        }
        return (sum.real, sum.imaginary)
    }
}
