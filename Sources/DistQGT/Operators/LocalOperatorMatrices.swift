import Foundation
import LinearAlgebra
import Numerics

/// Local matrices A_L = Ψ⁻¹ (AΨ) of operators A in a `StateEnsemble`, Ψ_ij = ψ_j(x_i) and (AΨ)_ij = Σ_x′ ⟨x_i|A|x′⟩ ψ_j(x′):
/// K × K numbers for each operator and each configuration of K walkers x_i.
///
/// Their mean over |det Ψ|² is S⁻¹ A with the overlaps S and the matrix A of the operator between the ψ_j. The eigenvalues of
/// that of the Hamiltonian are the energies of the states (Pfau et al., Science 385, eadn0137 (2024), equations 5 to 7). The trace
/// is the local value of the determinant under the sum of the copies' operators.
///
/// (AΨ)_ij/ψ_j(x_i) are local values of A in ψ_j, each by the cheapest way that ψ_j has; of functions of the configuration they are
/// its values at x_i. An object owns its scratch; it is not to
/// be shared between threads. Local: no communication.
public final class LocalOperatorMatrices {
    /// K.
    public let count: Int
    /// Matrices of each configuration: of the operators, then of the functions.
    public let quantityCount: Int
    private let siteCount: Int
    private let operators: [any Operator]
    private let functions: Functions?
    private let states: [any LogAmplitudes]
    /// Of each operator in every state.
    private let localValues: [[LocalEnergies]]
    /// Configurations of K walkers that are worked on together.
    private static let batch = 64
    /// By state and walker: log ψ_j(x_i), and, operator by operator, the local values there; real and imaginary part in turn.
    private let logPsi: Region<Double>
    private let images: Region<Double>
    /// By walker: the values of the functions.
    private let functionValues: Region<Double>
    /// Of the configurations of a batch: Ψ with its rows and columns scaled, its logarithm, its inverse transposed.
    private let matrices: Region<Double>
    private let logarithms: Region<Double>
    private let inverses: Region<Double>
    private let work: Region<Double>
    /// AΨ of one configuration, likewise scaled.
    private let product: Region<Double>
    /// Scales of one matrix: of the rows, then of the columns.
    private let scales: Region<Double>
    private let transitions = TransitionList()

    /// Functions of the configuration of one copy.
    public struct Functions {
        public let count: Int
        /// Writes those of so many configurations, of one so many numbers behind those of the one before.
        let evaluate: (UnsafePointer<Int8>, Int, UnsafeMutablePointer<Double>, Int) -> Void

        public init(
            count: Int, evaluate: @escaping (UnsafePointer<Int8>, Int, UnsafeMutablePointer<Double>, Int) -> Void
        ) {
            self.count = count
            self.evaluate = evaluate
        }
    }

    /// - Parameters:
    ///   - operators: A, of one copy.
    ///   - functions: operators that multiply with a function; nil for none.
    ///   - states: log ψ_j, of as many sites each.
    public init(
        of operators: [any Operator], functions: Functions? = nil, in states: [any LogAmplitudes]
    ) {
        precondition(!states.isEmpty, "no states")
        let siteCount = states[0].siteCount
        precondition(
            states.allSatisfy { $0.siteCount == siteCount } && operators.allSatisfy { $0.siteCount == siteCount })
        count = states.count
        quantityCount = operators.count + (functions?.count ?? 0)
        self.siteCount = siteCount
        self.operators = operators
        self.functions = functions
        self.states = states
        localValues = operators.map { one in states.map { LocalEnergies(of: one, in: $0) } }
        let size = states.count * states.count
        logPsi = Region(capacity: 2 * size * Self.batch)
        images = Region(capacity: 2 * size * Self.batch * operators.count)
        functionValues = Region(capacity: states.count * Self.batch * (functions?.count ?? 0))
        product = Region(capacity: 2 * size)
        matrices = Region(capacity: 2 * size * Self.batch)
        inverses = Region(capacity: 2 * size * Self.batch)
        logarithms = Region(capacity: 2 * Self.batch)
        work = Region(capacity: Double.eliminationWork(size: states.count, complex: true))
        scales = Region(capacity: 2 * states.count)
    }

    /// The local matrices of configurations of K walkers, one behind the other, row by row, real and imaginary part in turn: 2K²
    /// numbers each. At a node of the determinant all of them are NaN.
    ///
    /// - Parameter blocks: consecutive ranges of the configurations; of two of them nothing is evaluated together. Nil for
    ///   one of all.
    public func evaluate(_ configurations: Configurations, blocks: [Range<Int>]? = nil) -> [Double] {
        precondition(configurations.siteCount == count * siteCount, "numbers of sites differ")
        let size = 2 * count * count * quantityCount
        return [Double](unsafeUninitializedCapacity: size * configurations.count) { result, initialised in
            configurations.spins.withUnsafeBufferPointer { spins in
                guard let spins = spins.baseAddress, let result = result.baseAddress else { return }
                for block in blocks ?? [0..<configurations.count] {
                    evaluate(
                        spins + block.lowerBound * configurations.siteCount, count: block.count,
                        into: result + block.lowerBound * size, stride: size)
                }
            }
            initialised = size * configurations.count
        }
    }

    /// The same of `number` configurations, those of one `stride` numbers behind those of the one before.
    ///
    /// - Parameters:
    ///   - spins: number · K · N codes.
    ///   - result: number · stride numbers.
    func evaluate(
        _ spins: UnsafePointer<Int8>, count number: Int, into result: UnsafeMutablePointer<Double>, stride width: Int
    ) {
        for first in stride(from: 0, to: number, by: Self.batch) {
            evaluate(
                spins + first * count * siteCount, rows: min(Self.batch, number - first), into: result + first * width,
                width: width)
        }
    }

    /// The traces of a single operator's matrices, real and imaginary part in turn: the local energies of the determinant.
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
    private func evaluate(
        _ spins: UnsafePointer<Int8>, rows: Int, into result: UnsafeMutablePointer<Double>, width: Int
    ) {
        let walkers = rows * count
        for state in 0..<count {
            let own = 2 * state * walkers
            states[state].evaluate(spins, count: walkers, into: logPsi.pointer + own)
            for (number, values) in localValues.enumerated() {
                values[state].evaluate(
                    spins, count: walkers, logPsi: logPsi.pointer + own,
                    into: images.pointer + 2 * number * count * walkers + own)
            }
        }
        functions.map { $0.evaluate(spins, walkers, functionValues.pointer, $0.count) }
        let size = 2 * count * count
        for row in 0..<rows { fill(matrices.pointer + row * size, row: row, walkers: walkers) }
        Double.logarithms(
            .determinant, matrices.pointer, value: logarithms.pointer, slope: inverses.pointer, work: work.pointer,
            count: rows, size: count, complex: true)
        for row in 0..<rows {
            guard logarithms.pointer[2 * row] > -.infinity else {
                (result + row * width).update(repeating: .nan, count: quantityCount * size)
                continue
            }
            balance(row: row, walkers: walkers)
            for quantity in 0..<quantityCount {
                if quantity < operators.count {
                    apply(quantity, spins, row: row, walkers: walkers)
                } else {
                    multiply(byFunction: quantity - operators.count, row: row)
                }
                multiply(row: row, into: result + row * width + quantity * size)
            }
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

    /// Writes AΨ of one configuration, scaled as Ψ is.
    private func apply(_ number: Int, _ spins: UnsafePointer<Int8>, row: Int, walkers: Int) {
        let psi = matrices.pointer + row * 2 * count * count
        let local = images.pointer + 2 * number * count * walkers
        for walker in 0..<count {
            for state in 0..<count {
                let place = 2 * (walker * count + state)
                let own = 2 * (state * walkers + row * count + walker)
                let (x, y) = (psi[place], psi[place + 1])
                if logPsi.pointer[own] == -.infinity {
                    let scale = scales.pointer[walker] + scales.pointer[count + state]
                    let configuration = spins + (row * count + walker) * siteCount
                    (product.pointer[place], product.pointer[place + 1]) = image(
                        operators[number], of: configuration, in: states[state], scale: scale)
                } else {
                    let (p, q) = (local[own], local[own + 1])
                    (product.pointer[place], product.pointer[place + 1]) = (p * x - q * y, p * y + q * x)
                }
            }
        }
    }

    /// The same of a function of the configuration.
    private func multiply(byFunction number: Int, row: Int) {
        let psi = matrices.pointer + row * 2 * count * count
        for walker in 0..<count {
            let value = functionValues.pointer[(row * count + walker) * (quantityCount - operators.count) + number]
            for place in 2 * walker * count..<2 * (walker + 1) * count { product.pointer[place] = value * psi[place] }
        }
    }

    /// Ψ⁻¹ (AΨ) of one configuration. The scales of rows cancel; those of columns c turn element jk by exp(c_k − c_j).
    private func multiply(row: Int, into result: UnsafeMutablePointer<Double>) {
        let inverse = inverses.pointer + row * 2 * count * count
        for line in 0..<count {
            for state in 0..<count {
                var (x, y) = (0.0, 0.0)
                for walker in 0..<count {
                    let left = inverse + 2 * (walker * count + line)
                    let right = product.pointer + 2 * (walker * count + state)
                    x += left[0] * right[0] - left[1] * right[1]
                    y += left[0] * right[1] + left[1] * right[0]
                }
                let factor = exp(scales.pointer[count + state] - scales.pointer[count + line])
                result[2 * (line * count + state)] = factor * x
                result[2 * (line * count + state) + 1] = factor * y
            }
        }
    }

    /// (Aψ)(x)·exp(−scale) at a node x of ψ, where there is no local value: it need not vanish.
    private func image(
        _ one: any Operator, of configuration: UnsafePointer<Int8>, in state: any LogAmplitudes, scale: Double
    ) -> (Double, Double) {
        transitions.removeAll()
        _ = one.appendTransitions(from: configuration, to: transitions)
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
