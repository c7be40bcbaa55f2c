import DistQGT
import LatticeSymmetry
import Numerics
import Testing

/// Levels and vectors of electrons, each held against H row by row in the order of the basis.
@Suite struct ElectronStateTests {
    /// ‖Hx − Ex‖ with elements from the rows of the operator.
    private func residual(_ hamiltonian: any Operator, _ space: HilbertSpace, _ energy: Double, _ vector: [Double])
        throws
        -> Double
    {
        let numbering = try BasisNumbering(space)
        let width = hamiltonian.isReal ? 1 : 2
        func amplitude(_ state: Int) -> Complex<Double> {
            Complex(vector[state * width], width == 2 ? vector[state * width + 1] : 0)
        }
        #expect(vector.count == width * numbering.dimension)
        var square = 0.0
        let transitions = TransitionList()
        for state in 0..<numbering.dimension {
            let configuration = try numbering.configuration(at: state)
            var image = configuration
            transitions.removeAll()
            var value =
                configuration.withUnsafeBufferPointer { configuration in
                    configuration.baseAddress.map {
                        hamiltonian.appendTransitions(from: $0, to: transitions)
                    } ?? .zero
                } * amplitude(state)
            for index in 0..<transitions.count {
                image.withUnsafeMutableBufferPointer { image in
                    if let image = image.baseAddress { transitions.apply(index, to: image) }
                }
                value += transitions.element(index) * amplitude(try numbering.index(of: image))
                image = configuration
            }
            value -= Complex(energy) * amplitude(state)
            square += value.lengthSquared
        }
        return square.squareRoot()
    }

    private func expectEigenvectors(_ hamiltonian: FermionSum, up: Int, down: Int, _ name: String) throws {
        let space = try HilbertSpace.fermions(siteCount: hamiltonian.siteCount, up: up, down: down)
        let found = try ExactDiagonalisation.lowestStates(
            of: hamiltonian, in: space, count: 2, communicator: .alone())
        #expect(found.result.iterations > 0, "\(name): by Lanczos")
        for level in 0..<2 {
            let vector = try found.vector(level, over: .alone())
            let residual = try residual(hamiltonian, space, found.result.energies[level], vector)
            #expect(residual < 1e-8, "\(name), level \(level): \(residual)")
        }
    }

    @Test func vectorsOfElectronsThatMoveBySpin() throws {
        let ring = try Lattice(.chain, extent: [8]).edges(shell: 1)
        let disorder = (0..<8).map { 0.3 * Double($0 % 3) - 0.1 * Double($0) }
        try expectEigenvectors(
            .hubbard(
                siteCount: 8, t: 1, U: .each(disorder.map { 4 + $0 }), hops: .along(ring), V: 0.7, pairs: ring,
                mu: .each(disorder)), up: 4, down: 3, "disorder")
        try expectEigenvectors(
            .hubbard(siteCount: 8, t: 1, U: 4, hops: ring.map { Hop($0.first, $0.second, phase: 0.2) }, mu: 0.3),
            up: 3, down: 5, "phases")
        // One spin alone can also hop where the other spin has nothing to do.
        try expectEigenvectors(
            .hubbard(siteCount: 8, t: .each((0..<8).map { 1 + 0.1 * Double($0) }), U: 6, hops: .along(ring)), up: 5,
            down: 3, "hops")
    }

    /// A hop that asks for an electron of the other spin moves no spin by itself.
    @Test func vectorsOfElectronsWhoseHopsDependOnTheOtherSpin() throws {
        let n = 8
        let ring = try Lattice(.chain, extent: [n]).edges(shell: 1)
        var strings: [FermionString] = []
        for edge in ring {
            for (from, to) in [(edge.first, edge.second), (edge.second, edge.first)] {
                for spin in [0, n] {
                    let hop: [FermionString.Factor] = [.creation(to + spin), .annihilation(from + spin)]
                    let other = n - spin
                    strings.append(FermionString(hop, coefficient: Complex(-1)))
                    strings.append(
                        FermionString(
                            hop + [.creation(to + other), .annihilation(to + other)], coefficient: Complex(0.4)))
                    strings.append(
                        FermionString(
                            hop + [.creation(from + other), .annihilation(from + other)], coefficient: Complex(0.4)))
                }
            }
        }
        try expectEigenvectors(FermionSum(strings, modes: .spinful(siteCount: n)), up: 4, down: 3, "correlated hops")
    }
}
