import DistQGT
import Foundation
import LatticeSymmetry
import Numerics
import Testing

private struct PublishedEnergies: Sendable, CustomTestStringConvertible {
    let lattice: Lattice.Kind
    let extent: [Int]
    let model: Model
    let e0: Double
    let e1: Double

    enum Model: Sendable {
        case ising(h: Double)
        case heisenberg
        case j1j2(Double)
    }

    init(_ lattice: Lattice.Kind, _ extent: [Int], _ model: Model, _ e0: Double, _ e1: Double) {
        (self.lattice, self.extent, self.model, self.e0, self.e1) = (lattice, extent, model, e0, e1)
    }

    var testDescription: String { "\(model) on \(lattice) \(extent)" }

    /// The Hamiltonian and the sector (total_sz 0, or the whole space for the Ising model).
    func system() throws -> (PauliSum, HilbertSpace) {
        let lattice = try Lattice(lattice, extent: extent)
        let edges = try lattice.edges(shell: 1)
        let n = lattice.siteCount
        switch model {
        case .ising(let h):
            return (
                try .ising(J: -1, h: h, edges: edges, siteCount: n), try HilbertSpace(siteCount: n)
            )
        case .heisenberg:
            return (
                try .heisenberg(J: 1, signRule: false, edges: edges, siteCount: n),
                try HilbertSpace(siteCount: n, magnetisation: 0)
            )
        case .j1j2(let j2):
            return (
                try .j1j2(
                    J1: 1, J2: j2, signRule: (false, false), edges: edges,
                    edges2: lattice.edges(shell: 2), siteCount: n),
                try HilbertSpace(siteCount: n, magnetisation: 0)
            )
        }
    }
}

private let published = [
    PublishedEnergies(.chain, [8], .ising(h: 1), -10.251661790966036, -10.054678984251698),
    PublishedEnergies(.chain, [10], .ising(h: 0.5), -10.63560440934797, -10.635283682667286),
    PublishedEnergies(.chain, [10], .ising(h: 1), -12.784906442999326, -12.627503029350075),
    PublishedEnergies(.chain, [10], .ising(h: 2), -21.271208818695946, -19.270567365334564),
    PublishedEnergies(.chain, [16], .ising(h: 0.5), -17.016712496347452, -17.016708622779817),
    PublishedEnergies(.chain, [16], .ising(h: 1), -20.404594474756678, -20.306340775217752),
    PublishedEnergies(.chain, [16], .ising(h: 2), -34.03342499269477, -32.03341724555956),
    PublishedEnergies(.square, [4, 4], .ising(h: 3.044), -52.06038042506963, -50.963539481552246),
    PublishedEnergies(.chain, [8], .heisenberg, -14.604373635748692, -12.513676255378321),
    PublishedEnergies(.chain, [10], .heisenberg, -18.061785417968167, -16.368829386954626),
    PublishedEnergies(.chain, [16], .heisenberg, -28.569185442467074, -27.488426713465852),
    PublishedEnergies(.square, [4, 4], .heisenberg, -44.913932833715464, -42.599539490653726),
    PublishedEnergies(.square, [4, 4], .j1j2(0.5), -33.8316934055795, -32.5559562433732),
    PublishedEnergies(.chain, [16], .j1j2(0.25), -25.788338944108403, -24.892884002326003),
    PublishedEnergies(.chain, [16], .j1j2(0.5), -24, -24),
]

@Test(arguments: published)
private func exactEnergiesMatchThePublishedOnes(_ entry: PublishedEnergies) throws {
    let (hamiltonian, space) = try entry.system()
    let result = try ExactDiagonalisation.lowestEnergies(
        of: hamiltonian, in: space, count: 2, communicator: .alone())
    #expect(result.energies.count == 2)
    #expect(abs(result.energies[0] / entry.e0 - 1) < 2e-13)
    #expect(abs(result.energies[1] / entry.e1 - 1) < 2e-13)
    #expect(result.residuals.allSatisfy { $0 < 1e-8 })
    #expect(try result.dimension == BasisNumbering(space).dimension)
}

/// The transverse-field Ising ring by free fermions: E0 = −Σ_k √(1 + h² − 2h cos k) over the odd
/// multiples of π/N (Pfeuty, Ann. Phys. 57, 79 (1970)).
@Test func exactIsingEnergiesMatchFreeFermions() throws {
    for (n, h) in [(9, 0.3), (12, 0.7), (13, 1.6)] {
        let ring = try Lattice(.chain, extent: [n])
        let hamiltonian = try PauliSum.ising(
            J: -1, h: h, edges: ring.edges(shell: 1), siteCount: n)
        let result = try ExactDiagonalisation.lowestEnergies(
            of: hamiltonian, in: HilbertSpace(siteCount: n), count: 1, communicator: .alone())
        var expected = 0.0
        for m in 0..<n {
            let k = Double.pi * Double(2 * m + 1) / Double(n)
            expected -= (1 + h * h - 2 * h * Double.cos(k)).squareRoot()
        }
        #expect(abs(result.energies[0] - expected) < 1e-11)
    }
}

/// A rotation of spin i about z by φ·i turns the open Heisenberg chain into a complex Hamiltonian
/// with the same spectrum.
@Test func exactEnergiesOfAComplexHamiltonianAreThoseOfItsRotation() throws {
    let n = 11
    let phi = 0.7
    func bond(_ first: Character, _ second: Character, _ site: Int, _ value: Double) -> PauliString {
        var letters = [Character](repeating: "I", count: n)
        letters[site] = first
        letters[site + 1] = second
        return PauliString(String(letters), coefficient: Complex(value))
    }
    let strings = (0..<n - 1).flatMap { site in
        [
            bond("Z", "Z", site, 1), bond("X", "X", site, .cos(phi)), bond("Y", "Y", site, .cos(phi)),
            bond("X", "Y", site, .sin(phi)), bond("Y", "X", site, -.sin(phi)),
        ]
    }
    let rotated = try PauliSum.pauliStrings(strings, siteCount: n)
    #expect(!rotated.isReal && rotated.isHermitian && rotated.conservesMagnetisation)
    let chain = try PauliSum.heisenberg(
        J: 1, signRule: false, edges: (0..<n - 1).map { Edge($0, $0 + 1) }, siteCount: n)
    let spaces = [
        try HilbertSpace(siteCount: n), try HilbertSpace(siteCount: n, magnetisation: 1),
    ]
    for space in spaces {
        let complex = try ExactDiagonalisation.lowestEnergies(
            of: rotated, in: space, count: 5, communicator: .alone())
        let real = try ExactDiagonalisation.lowestEnergies(
            of: chain, in: space, count: 5, communicator: .alone())
        #expect(zip(complex.energies, real.energies).allSatisfy { abs($0 - $1) < 1e-11 })
    }
}

/// H = A + iB has the spectrum of the real [[A, −B], [B, A]] on one more spin, each level twice;
/// strings with an odd number of Y are the imaginary ones, and [[0, −1], [1, 0]] = −iY.
@Test(arguments: [1, 2] as [UInt64])
func exactEnergiesOfRandomComplexHamiltoniansMatchTheirRealForm(_ seed: UInt64) throws {
    var random = RandomPauliStrings(seed: 400 + seed)
    let n = 9
    let strings = random.strings(siteCount: n, count: 30, isComplex: false)
    let doubled = strings.map { string in
        let isImaginary = string.paulis.filter { $0 == "Y" }.count % 2 == 1
        return PauliString(
            (isImaginary ? "Y" : "I") + string.paulis,
            coefficient: isImaginary ? -string.coefficient : string.coefficient)
    }
    let complex = try PauliSum.pauliStrings(strings, siteCount: n)
    let real = try PauliSum.pauliStrings(doubled, siteCount: n + 1)
    #expect(!complex.isReal && real.isReal)
    let levels = try ExactDiagonalisation.lowestEnergies(
        of: complex, in: HilbertSpace(siteCount: n), count: 4, communicator: .alone())
    let twice = try ExactDiagonalisation.lowestEnergies(
        of: real, in: HilbertSpace(siteCount: n + 1), count: 8, communicator: .alone())
    for (index, energy) in twice.energies.enumerated() {
        #expect(abs(energy - levels.energies[index / 2]) < 1e-11)
    }
}
