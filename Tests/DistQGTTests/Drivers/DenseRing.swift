import DistQGT
import DistQGTTestSupport
import Foundation
import LatticeSymmetry
import LinearAlgebra
import Numerics
import Testing

/// A transverse-field Ising ring and a network on it, small enough for dense matrices of everything.
struct DenseRing {
    let sites: Int
    let field: Double
    let ansatz: any Ansatz
    let hamiltonian: PauliSum
    let space: HilbertSpace
    let matrix: DenseOperator

    init(sites: Int, field: Double, alpha: Double, _ type: DataType = .complex128) throws {
        try self.init(
            sites: sites, field: field,
            RestrictedBoltzmannMachine(siteCount: sites, alpha: alpha, options: LayerOptions(type)))
    }

    init(sites: Int, field: Double, _ ansatz: any Ansatz) throws {
        self.sites = sites
        self.field = field
        self.ansatz = ansatz
        let edges = try Lattice(.chain, extent: [sites]).edges(shell: 1)
        hamiltonian = try .ising(J: -1, h: field, edges: edges, siteCount: sites)
        space = try HilbertSpace(siteCount: sites)
        var matrix = DenseOperator(siteCount: sites)
        for edge in edges { matrix.add("ZZ", on: [edge.first, edge.second], -1) }
        for site in 0..<sites { matrix.add("X", on: [site], -field) }
        self.matrix = matrix
    }

    /// Parameters large enough that S is not singular where it need not be.
    func makeState() -> NeuralQuantumState {
        let state = NeuralQuantumState(ansatz, seed: 1)
        var generator = SplitMix64(seed: 17)
        for index in 0..<state.layout.count { state.parameters[index] = 0.3 * generator.normalDeviate() }
        state.parametersChanged()
        return state
    }

    /// ψ at some parameters, in the order of the basis.
    func amplitudes(_ parameters: [Double]) throws -> [Complex<Double>] {
        let state = NeuralQuantumState(ansatz, seed: 1)
        for (index, value) in parameters.enumerated() { state.parameters[index] = value }
        state.parametersChanged()
        let basis = try BasisNumbering(space).configurations(in: 0..<1 << sites)
        let logPsi = state.amplitudes(blockRows: 16).logPsi(of: basis)
        return (0..<basis.count).map { Complex.exp(Complex(logPsi[2 * $0], logPsi[2 * $0 + 1])) }
    }

    func driver(
        _ state: NeuralQuantumState, _ time: EvolutionTime, _ tableau: RungeKuttaTableau, _ times: EvolutionTimes,
        control: StepSizeControl? = nil, solver: any ReconfigurationSolver = CholeskySolver(), shift: Double = 0,
        strategy: ReconfigurationStrategy = .parameters
    ) throws -> EvolutionDriver {
        try EvolutionDriver(
            state: MonteCarloState(state, in: space, samples: .fullSummation, communicator: .alone()),
            hamiltonian: hamiltonian, time: time, tableau: tableau, times: times, control: control,
            reconfiguration: StochasticReconfiguration(
                solvers: [solver], by: strategy, diagonalShift: .constant(shift)))
    }

    /// |⟨a|b⟩|² of the normalised states.
    static func fidelity(_ a: [Complex<Double>], _ b: [Complex<Double>]) -> Double {
        let overlap = zip(a, b).reduce(Complex<Double>.zero) { $0 + $1.0.conjugate * $1.1 }
        let (x, y) = (a.reduce(0) { $0 + $1.lengthSquared }, b.reduce(0) { $0 + $1.lengthSquared })
        return overlap.lengthSquared / (x * y)
    }

    func exact(_ start: [Complex<Double>], at time: Double) throws -> [Complex<Double>] {
        let evolution = try ExactEvolution(
            of: hamiltonian, in: space, time: .real, from: { _ in start.flatMap { [$0.real, $0.imaginary] } },
            communicator: .alone())
        try evolution.advance(to: time)
        let vector = try evolution.vector()
        return start.indices.map { Complex(vector[2 * $0], vector[2 * $0 + 1]) }
    }
}
