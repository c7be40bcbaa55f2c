import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import Numerics
import Testing

/// A random wave function with some nodes.
private func amplitudes(siteCount: Int, seed: UInt64, nodes: Int) -> TabulatedAmplitudes {
    let table = TabulatedAmplitudes(siteCount: siteCount, seed: seed, blockRows: 8)
    for node in 0..<min(nodes, 1 << siteCount) {
        let index = (node * 7 + 3) % (1 << siteCount)
        table.logPsi[2 * index] = -.infinity
        table.logPsi[2 * index + 1] = .nan
    }
    return table
}

/// E_loc = (Hψ)(σ)/ψ(σ) from the dense matrix, at every configuration, twice over.
private func expectLocalEnergies(
    _ hamiltonian: PauliSum, _ dense: DenseOperator, seed: UInt64, capacity: Int
) {
    let n = hamiltonian.siteCount
    let table = amplitudes(siteCount: n, seed: seed, nodes: n > 2 ? 3 : 0)
    let indices = Array(0..<dense.dimension) + (0..<dense.dimension).reversed()
    let samples = Configurations(
        siteCount: n, spins: indices.flatMap { DenseOperator.spins($0, n) })
    var logPsi = [Double](repeating: 0, count: 2 * samples.count)
    table.evaluate(samples.spins, count: samples.count, into: &logPsi)
    let psi = (0..<dense.dimension).map { index in
        logPsi[2 * index] == -.infinity
            ? .zero : Complex.exp(Complex(logPsi[2 * index], logPsi[2 * index + 1]))
    }
    let local = LocalEnergies(of: hamiltonian, ratios: BatchedRatios(table, capacity: capacity))
    let energies = local.evaluate(samples, logPsi: logPsi)
    var largest = 0.0
    for (sample, index) in indices.enumerated() {
        if psi[index] == .zero {
            #expect(energies[2 * sample].isNaN && energies[2 * sample + 1].isNaN)
            continue
        }
        var expected = Complex<Double>.zero
        for column in 0..<dense.dimension { expected += dense[index, column] * psi[column] }
        expected /= psi[index]
        let energy = Complex(energies[2 * sample], energies[2 * sample + 1])
        largest = max(largest, (energy - expected).length / (1 + expected.length))
    }
    #expect(largest < 1e-12)
    // The scratch holds nothing from one call to the next.
    let again = local.evaluate(samples, logPsi: logPsi)
    #expect(zip(again, energies).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
}

@Test(arguments: 0..<8 as Range<UInt64>)
func localEnergiesOfRandomStringsMatchTheDenseMatrix(_ seed: UInt64) throws {
    var random = RandomPauliStrings(seed: 300 + seed)
    let n = 1 + Int(seed)
    let strings = random.strings(siteCount: n, count: 15, isComplex: seed % 2 == 0)
    try expectLocalEnergies(
        PauliSum.pauliStrings(strings, siteCount: n), DenseOperator(strings, siteCount: n),
        seed: seed, capacity: seed % 3 == 0 ? 1 : 100)
}

@Test func localEnergiesOfTheModelsMatchTheDenseMatrix() throws {
    let lattice = try Lattice(.square, extent: [2, 4])
    let edges = try lattice.edges(shell: 1)
    let edges2 = try lattice.edges(shell: 2)
    let n = lattice.siteCount
    let models = [
        try PauliSum.ising(J: -1, h: 0.8, edges: edges, siteCount: n),
        try PauliSum.heisenberg(J: 1, signRule: true, edges: edges, siteCount: n),
        try PauliSum.xxz(J: 1, delta: 1.4, signRule: false, edges: edges, siteCount: n),
        try PauliSum.j1j2(
            J1: 1, J2: 0.5, signRule: (true, false), edges: edges, edges2: edges2, siteCount: n),
        try PauliSum.pauliStrings(
            [
                PauliString("YIIIIIII"), PauliString("YYYIIIII", coefficient: Complex(0.2, 0.4)),
                PauliString("YXZYIIYY", coefficient: -1), PauliString("YYYYYYYX"),
            ], siteCount: n),
    ]
    for (index, model) in models.enumerated() {
        expectLocalEnergies(
            model, DenseOperator(model.strings, siteCount: n), seed: UInt64(index), capacity: 33)
    }
}

@Test func localEnergiesOfNoConfigurationsAreNone() throws {
    let sum = try PauliSum.ising(J: 1, h: 1, edges: [Edge(0, 1)], siteCount: 2)
    let local = LocalEnergies(of: sum, in: amplitudes(siteCount: 2, seed: 1, nodes: 0))
    #expect(local.evaluate(Configurations(siteCount: 2), logPsi: []) == [])
}
