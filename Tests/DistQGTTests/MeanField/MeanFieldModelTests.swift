import DistQGT
import DistQGTTestSupport
import LinearAlgebra
import Numerics
import Testing

/// What mean-field theory reads of a Hamiltonian.
@Suite struct MeanFieldModelTests {
    /// ⟨i|h|j⟩ is the coefficient of c†_i c_j, above the diagonal, too.
    @Test func oneBodyPartIsTheHamiltonianOfOneParticle() throws {
        let (sites, modes) = (3, FermionModes.spinful(siteCount: 3))
        var stream = RandomStream(seed: 4, index: 0, purpose: .parameters)
        var expected = [[C]](repeating: [C](repeating: .zero, count: sites * sites), count: 2)
        var strings: [FermionString] = []
        for spin in 0..<2 {
            for i in 0..<sites {
                for j in 0...i {
                    let value = C(stream.normal(), i == j ? 0 : stream.normal())
                    let (a, b) = (spin * sites + i, spin * sites + j)
                    strings.append(FermionString([.creation(a), .annihilation(b)], coefficient: value))
                    expected[spin][i * sites + j] = value
                    guard i != j else { continue }
                    strings.append(FermionString([.creation(b), .annihilation(a)], coefficient: value.conjugate))
                    expected[spin][j * sites + i] = value.conjugate
                }
            }
        }
        let model = MeanFieldModel(try FermionSum(strings, modes: modes))
        for spin in 0..<2 {
            for place in expected[spin].indices {
                #expect((model.oneBody[spin][place] - expected[spin][place]).length < 1e-15)
            }
        }
    }

    /// The energy of the determinant of Hartree-Fock orbitals, by summation over its configurations.
    @Test func energyIsThatOfTheDeterminant() throws {
        let hamiltonian = try FermionSum.hubbard(
            siteCount: 4, t: [1, 0.7, 1.2], U: 3, hops: [Hop(0, 1), Hop(1, 2), Hop(3, 2)], V: 0.4,
            pairs: [.init(0, 1), .init(1, 2), .init(2, 3)])
        let space = try HilbertSpace.fermions(siteCount: 4, up: 2, down: 1)
        let field = try HartreeFock.solve(MeanFieldModel(hamiltonian), counts: [2, 1], from: .antiferromagnet)
        #expect(field.isConverged)
        let sector = try #require(FermionSector(space))
        let wave = NeuralQuantumState(
            SlaterDeterminant(sector, variant: .unrestricted), reading: Encoder(.occupations, of: space), seed: 1)
        // Leaves in alphabetical order: orbitals_down, orbitals_up.
        for (place, value) in (field.orbitals[1] + field.orbitals[0]).enumerated() {
            wave.parameters[place] = value.real
        }
        wave.parametersChanged()
        let state = try MonteCarloState(wave, in: space, samples: .fullSummation, communicator: .alone())
        let energy = try StateEnergy(of: hamiltonian, in: state).measured(samples: 0).statistics.mean.real
        #expect(abs(energy - field.energy) < 1e-7, "\(energy), \(field.energy)")
    }
}
