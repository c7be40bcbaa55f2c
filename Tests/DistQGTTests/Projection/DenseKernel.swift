import DistQGT
import DistQGTTestSupport
import Foundation
import Numerics

/// The matrix G_{x′x} = ψ(x′) H_{x′x}/ψ(x) of a small state, with what a projection makes of it: from the operator's elements and
/// a table of ψ.
struct DenseKernel {
    let table: AmplitudeTable
    let basis: Configurations
    /// ψ(x′) H_{xx′}/ψ(x): (x, x′), of the states where ψ is not 0.
    let elements: [[Complex<Double>]]
    var dimension: Int { basis.count }

    init(_ hamiltonian: any Operator, _ state: NeuralQuantumState, in space: HilbertSpace) throws {
        table = try AmplitudeTable(state, in: space)
        basis = try table.numbering.everyConfiguration()
        let list = TransitionList()
        var elements = [[Complex<Double>]](
            repeating: [Complex<Double>](repeating: .zero, count: basis.count), count: basis.count)
        for x in 0..<basis.count {
            list.removeAll()
            let own = Array(basis[row: x])
            elements[x][x] = hamiltonian.appendTransitions(from: own, to: list)
            for transition in 0..<list.count {
                var other = own
                list.apply(transition, to: &other)
                let column = try table.numbering.index(of: other)
                elements[x][column] += list.element(transition) * table.psi[column] / table.psi[x]
            }
        }
        self.elements = elements
    }

    func localEnergy(_ x: Int) -> Double { elements[x].reduce(0) { $0 + $1.real } }

    /// The lowest eigenvalue of the fixed-node Hamiltonian: elements of the wrong sign are 0, and count on the diagonal. That of H
    /// where there are none.
    func fixedNodeEnergy() -> Double { lowest().energy }

    /// Its eigenvector, normalised and with the signs of ψ left out.
    func fixedNodeState() -> [Double] { lowest().vector }

    /// By powers of c − H.
    private func lowest() -> (energy: Double, vector: [Double]) {
        let reached = (0..<dimension).filter { table.psi[$0] != .zero }
        // Symmetric: H_{xx′} = element · ψ(x)/ψ(x′).
        var matrix = [[Double]](repeating: [Double](repeating: 0, count: dimension), count: dimension)
        for x in reached {
            for y in reached where y != x {
                let value = elements[x][y].real
                if value > 1e-12 {
                    matrix[x][x] += value
                } else {
                    matrix[x][y] = -abs(value * table.psi[x].length / table.psi[y].length)
                }
            }
            matrix[x][x] += elements[x][x].real
        }
        let shift = reached.map { x in matrix[x].reduce(0) { $0 + abs($1) } }.max() ?? 0
        var vector = (0..<dimension).map { table.psi[$0].length }
        var energy = 0.0
        for _ in 0..<200_000 {
            var next = [Double](repeating: 0, count: dimension)
            for x in reached {
                var sum = shift * vector[x]
                for y in reached { sum -= matrix[x][y] * vector[y] }
                next[x] = sum
            }
            let norm = next.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let before = energy
            energy = shift - norm
            vector = next.map { $0 / norm }
            if abs(energy - before) < 1e-13 * shift { break }
        }
        return (energy, vector)
    }

    /// ⟨H⟩ in ψ.
    func variationalEnergy() -> Double {
        let weights = table.psi.map(\.lengthSquared)
        let sum = (0..<dimension).reduce(0.0) { $1 >= 0 && weights[$1] > 0 ? $0 + weights[$1] * localEnergy($1) : $0 }
        return sum / weights.reduce(0, +)
    }
}
