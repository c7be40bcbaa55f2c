import DistQGT
import Numerics

/// A small state as a vector over the whole basis, normalised; 0 outside the space it lives in.
struct DenseState {
    let siteCount: Int
    let amplitudes: [Complex<Double>]

    init(_ state: NeuralQuantumState, in space: HilbertSpace) {
        siteCount = state.siteCount
        let logAmplitudes = state.amplitudes(blockRows: 16)
        let spins = (0..<1 << siteCount).flatMap { DenseOperator.spins($0, state.siteCount) }
        var logPsi = [Double](repeating: 0, count: 2 << siteCount)
        logAmplitudes.evaluate(spins, count: 1 << siteCount, into: &logPsi)
        var vector = (0..<1 << siteCount).map { index -> Complex<Double> in
            if let magnetisation = space.magnetisation,
                DenseOperator.magnetisation(index, state.siteCount) != magnetisation
            {
                return .zero
            }
            return .exp(Complex(logPsi[2 * index], logPsi[2 * index + 1]))
        }
        let norm = vector.reduce(0) { $0 + $1.lengthSquared }.squareRoot()
        vector = vector.map { $0 / Complex(norm) }
        amplitudes = vector
    }

    func expectation(_ dense: DenseOperator) -> Complex<Double> {
        let product = dense.times(amplitudes)
        return zip(amplitudes, product).reduce(.zero) { $0 + $1.0.conjugate * $1.1 }
    }

    func expectation(_ letters: String, on sites: [Int]) -> Double {
        var dense = DenseOperator(siteCount: siteCount)
        dense.add(letters, on: sites, 1)
        return expectation(dense).real
    }

    /// ⟨A²⟩ − ⟨A⟩²
    func variance(_ dense: DenseOperator) -> Double {
        let product = dense.times(amplitudes)
        let mean = expectation(dense).real
        return product.reduce(0) { $0 + $1.lengthSquared } - mean * mean
    }

    /// Tr ρ_A² from the reduced density matrix, element by element.
    func purity(_ sites: [Int]) -> Double {
        let others = (0..<siteCount).filter { !sites.contains($0) }
        func index(_ inside: Int, _ outside: Int) -> Int {
            var index = 0
            for (place, site) in sites.enumerated() where inside >> place & 1 == 1 {
                index |= 1 << (siteCount - 1 - site)
            }
            for (place, site) in others.enumerated() where outside >> place & 1 == 1 {
                index |= 1 << (siteCount - 1 - site)
            }
            return index
        }
        let dimension = 1 << sites.count
        var sum = 0.0
        for row in 0..<dimension {
            for column in 0..<dimension {
                var element = Complex<Double>.zero
                for outside in 0..<1 << others.count {
                    element += amplitudes[index(row, outside)] * amplitudes[index(column, outside)].conjugate
                }
                sum += element.lengthSquared
            }
        }
        return sum
    }
}

extension DenseOperator {
    func times(_ vector: [Complex<Double>]) -> [Complex<Double>] {
        (0..<dimension).map { row in
            (0..<dimension).reduce(Complex.zero) { $0 + self[row, $1] * vector[$1] }
        }
    }
}
