import DistQGT
import LatticeSymmetry
import Numerics
import Testing

private func lowest(_ hamiltonian: PauliSum, _ space: HilbertSpace, _ count: Int) throws -> [Double] {
    try ExactDiagonalisation.lowestEnergies(
        of: hamiltonian, in: space, count: count, communicator: .alone()
    ).energies
}

private func ring(_ n: Int) throws -> [Edge] { try Lattice(.chain, extent: [n]).edges(shell: 1) }

@Test func exactLevelsOfTheMajumdarGhoshPointCountTwice() throws {
    let lattice = try Lattice(.chain, extent: [16])
    let hamiltonian = try PauliSum.j1j2(
        J1: 1, J2: 0.5, signRule: (false, false), edges: lattice.edges(shell: 1),
        edges2: lattice.edges(shell: 2), siteCount: 16)
    let space = try HilbertSpace(siteCount: 16, magnetisation: 0)
    let energies = try lowest(hamiltonian, space, 3)
    #expect(abs(energies[0] + 24) < 1e-11 && abs(energies[1] + 24) < 1e-11)
    #expect(energies[2] > -23.9)
}

@Test func exactLevelsOfTheClassicalIsingRingCountTheirConfigurations() throws {
    // A diagonal Hamiltonian: two ferromagnetic states, then N(N − 1) with two domain walls.
    let n = 12
    let hamiltonian = try PauliSum.ising(J: -1, h: 0, edges: ring(n), siteCount: n)
    let energies = try lowest(hamiltonian, HilbertSpace(siteCount: n), 9)
    #expect(energies.prefix(2).allSatisfy { abs($0 + 12) < 1e-12 })
    #expect(energies.dropFirst(2).allSatisfy { abs($0 + 8) < 1e-12 })
    // H = 0: every level at once.
    let nothing = try PauliSum.ising(J: 0, h: 0, edges: [], siteCount: n)
    #expect(try lowest(nothing, HilbertSpace(siteCount: n), 3) == [0, 0, 0])
}

@Test func exactLevelsOfTheHeisenbergRingComeInMultiplets() throws {
    let n = 12
    let hamiltonian = try PauliSum.heisenberg(J: 1, signRule: false, edges: ring(n), siteCount: n)
    let inSector = try (0...2).map {
        try lowest(hamiltonian, HilbertSpace(siteCount: n, magnetisation: 2 * $0), 4)
    }
    let whole = try lowest(hamiltonian, HilbertSpace(siteCount: n), 4)
    #expect(abs(whole[0] - inSector[0][0]) < 1e-11)
    // The triplet: once in M = 0, and three times in the whole space.
    for level in 1...3 { #expect(abs(whole[level] - inSector[1][0]) < 1e-11) }
    #expect(abs(inSector[0][1] - inSector[1][0]) < 1e-11)
    #expect(inSector[2][0] > inSector[1][0] + 0.1)
    // The ferromagnet: N + 1 states of largest spin at −N, all in the whole space.
    let ferromagnet = try PauliSum.heisenberg(J: -1, signRule: false, edges: ring(n), siteCount: n)
    let levels = try lowest(ferromagnet, HilbertSpace(siteCount: n), n + 2)
    #expect(levels.prefix(n + 1).allSatisfy { abs($0 + Double(n)) < 1e-11 })
    #expect(levels[n + 1] > -Double(n) + 0.1)
}

@Test func exactLevelsSeparateNearlyDegenerateGroundStates() throws {
    // Ordered phase: the splitting is of the order of h^N = 6e-8.
    let n = 14
    let h = 0.3
    let hamiltonian = try PauliSum.ising(J: -1, h: h, edges: ring(n), siteCount: n)
    let energies = try lowest(hamiltonian, HilbertSpace(siteCount: n), 2)
    func fermions(_ offset: Double) -> Double {
        var sum = 0.0
        for m in 0..<n {
            let k = 2 * Double.pi * (Double(m) + offset) / Double(n)
            sum -= (1 + h * h - 2 * h * Double.cos(k)).squareRoot()
        }
        return sum
    }
    let even = fermions(0.5)
    let odd = fermions(0)
    #expect(abs(energies[0] - even) < 1e-11)
    #expect(abs(energies[1] - odd) < 1e-11)
    #expect(odd - even > 1e-9)
}

@Test func exactLevelsOfAFewMagnonsOnManySites() throws {
    // One spin down on a ferromagnetic ring of 60: a plane wave, E = −N + 4(1 − cos k).
    let n = 60
    let hamiltonian = try PauliSum.heisenberg(J: -1, signRule: false, edges: ring(n), siteCount: n)
    let one = try lowest(hamiltonian, HilbertSpace(siteCount: n, magnetisation: n - 2), 3)
    let wave = -Double(n) + 4 * (1 - Double.cos(2 * Double.pi / Double(n)))
    #expect(abs(one[0] + Double(n)) < 1e-10)
    #expect(abs(one[1] - wave) < 1e-10 && abs(one[2] - wave) < 1e-10)
    // One on a thousand sites, in the antiferromagnet with δ: min_k [δN − 4δ + 4 cos k].
    let many = 1000
    let delta = 0.7
    let xxz = try PauliSum.xxz(J: 1, delta: delta, signRule: false, edges: ring(many), siteCount: many)
    let space = try HilbertSpace(siteCount: many, magnetisation: many - 2)
    let levels = try lowest(xxz, space, 3)
    func magnon(_ wave: Int) -> Double {
        delta * Double(many) - 4 * delta + 4 * Double.cos(2 * Double.pi * Double(wave) / Double(many))
    }
    for (level, wave) in [500, 499, 501].enumerated() { #expect(abs(levels[level] - magnon(wave)) < 1e-10) }
    #expect(abs(magnon(500) - 693.2) < 1e-12)
    // Two spins down (too many sites for ranking tables): the uniform state again.
    let two = try lowest(hamiltonian, HilbertSpace(siteCount: n, magnetisation: n - 4), 1)
    #expect(abs(two[0] + Double(n)) < 1e-9)
}

@Test func exactDiagonalisationRefusesWhatItCannotDo() throws {
    let edges = try ring(4)
    let ising = try PauliSum.ising(J: 1, h: 1, edges: edges, siteCount: 4)
    let whole = try HilbertSpace(siteCount: 4)
    func run(_ hamiltonian: PauliSum, _ space: HilbertSpace, _ count: Int) throws {
        _ = try lowest(hamiltonian, space, count)
    }
    #expect(throws: ExactDiagonalisationError.sectorNotConserved(magnetisation: 0)) {
        try run(ising, HilbertSpace(siteCount: 4, magnetisation: 0), 1)
    }
    #expect(throws: ExactDiagonalisationError.notHermitian) {
        try run(.pauliStrings([PauliString("XXII", coefficient: Complex(0, 1))], siteCount: 4), whole, 1)
    }
    #expect(throws: ExactDiagonalisationError.moreLevelsThanStates(count: 17, dimension: 16)) {
        try run(ising, whole, 17)
    }
    #expect(throws: ExactDiagonalisationError.countNotPositive(0)) { try run(ising, whole, 0) }
    #expect(throws: ExactDiagonalisationError.siteCountsDiffer(operatorSites: 4, spaceSites: 5)) {
        try run(ising, HilbertSpace(siteCount: 5), 1)
    }
    let large = try PauliSum.ising(J: 1, h: 1, edges: ring(100), siteCount: 100)
    #expect(throws: ExactDiagonalisationError.notNumbered(.tooManyStatesToNumber(siteCount: 100))) {
        try run(large, HilbertSpace(siteCount: 100), 1)
    }
    let forty = try PauliSum.ising(J: 1, h: 1, edges: ring(40), siteCount: 40)
    do {
        try run(forty, HilbertSpace(siteCount: 40), 1)
        Issue.record("40 spins do not fit")
    } catch let error as ExactDiagonalisationError {
        guard case .tooLarge(let bytes, let limit, let dimension) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(dimension == 1 << 40 && bytes > limit)
    }
    do {
        let ten = try PauliSum.ising(J: 1, h: 1, edges: ring(10), siteCount: 10)
        _ = try ExactDiagonalisation.lowestEnergies(
            of: ten, in: HilbertSpace(siteCount: 10), count: 1, communicator: .alone(),
            maximumIterations: 3)
        Issue.record("three iterations are not enough")
    } catch let error as ExactDiagonalisationError {
        guard case .notConverged(3, let residual, let required) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(residual > required)
    }
    #expect(try lowest(ising, whole, 16).count == 16)
}
