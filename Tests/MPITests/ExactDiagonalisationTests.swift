import Communication
import DistQGT
import LatticeSymmetry
import Numerics

/// The same levels as one rank alone, and the same bits on every rank.
private func checkLevels(
    _ hamiltonian: PauliSum, _ space: HilbertSpace, _ count: Int, _ world: Communicator,
    _ name: String
) throws {
    let distributed = try ExactDiagonalisation.lowestEnergies(
        of: hamiltonian, in: space, count: count, communicator: world)
    let alone = try ExactDiagonalisation.lowestEnergies(
        of: hamiltonian, in: space, count: count, communicator: .alone())
    checkClose(distributed.energies, alone.energies, relative: 1e-12, name)
    let everywhere = try world.allGather(distributed.energies)
    for rank in 0..<world.size {
        checkEqual(
            Array(everywhere[rank * count..<(rank + 1) * count]), distributed.energies, name)
    }
}

let exactDiagonalisationTests: [MPITest] = [
    MPITest("exact diagonalisation: Heisenberg sector") { world in
        let lattice = try Lattice(.square, extent: [3, 4])
        let hamiltonian = try PauliSum.j1j2(
            J1: 1, J2: 0.3, signRule: (false, false), edges: lattice.edges(shell: 1),
            edges2: lattice.edges(shell: 2), siteCount: 12)
        try checkLevels(
            hamiltonian, HilbertSpace(siteCount: 12, magnetisation: 0), 4, world, "J1-J2")
    },
    MPITest("exact diagonalisation: whole space with degenerate levels") { world in
        let edges = try Lattice(.chain, extent: [11]).edges(shell: 1)
        let ising = try PauliSum.ising(J: -1, h: 0.5, edges: edges, siteCount: 11)
        try checkLevels(ising, HilbertSpace(siteCount: 11), 2, world, "Ising")
        let heisenberg = try PauliSum.heisenberg(
            J: 1, signRule: false, edges: edges, siteCount: 11)
        try checkLevels(heisenberg, HilbertSpace(siteCount: 11), 5, world, "Heisenberg")
    },
    MPITest("exact diagonalisation: complex Hamiltonian") { world in
        let n = 10
        let strings = (0..<n - 1).flatMap { site in
            ["XY", "YX", "ZZ", "YI"].enumerated().map { index, pair in
                PauliString(
                    String(repeating: "I", count: site) + pair
                        + String(repeating: "I", count: n - 2 - site),
                    coefficient: Complex(0.3 * Double(index + 1) - 0.05 * Double(site)))
            }
        }
        try checkLevels(
            .pauliStrings(strings, siteCount: n), HilbertSpace(siteCount: n), 3, world, "complex")
    },
    MPITest("exact diagonalisation: electrons of each spin, levels and vectors") { world in
        // Open, so that the lowest level is not degenerate.
        let edges = (0..<7).map { Edge($0, $0 + 1) }
        // Few up electrons: uneven rows.
        for (hamiltonian, up, down) in [
            (try FermionSum.hubbard(siteCount: 8, t: 1, U: 4, hops: .along(edges), V: 0.5, pairs: edges), 3, 4),
            (
                try FermionSum.hubbard(
                    siteCount: 8, t: 1, U: 4, hops: edges.map { Hop($0.first, $0.second, phase: 0.2) }), 4, 3
            ),
        ] {
            let space = try HilbertSpace.fermions(siteCount: 8, up: up, down: down)
            let here = try ExactDiagonalisation.lowestStates(
                of: hamiltonian, in: space, count: 2, communicator: world)
            let alone = try ExactDiagonalisation.lowestStates(
                of: hamiltonian, in: space, count: 2, communicator: .alone())
            check(here.result.iterations > 0)
            checkClose(here.result.energies, alone.result.energies, relative: 1e-12)
            // Of a vector its phase is not fixed.
            let (one, other) = (try here.vector(0, over: world), try alone.vector(0, over: .alone()))
            let width = hamiltonian.isReal ? 1 : 2
            func overlap(_ a: [Double], _ b: [Double]) -> Double {
                var (real, imaginary) = (0.0, 0.0)
                for place in stride(from: 0, to: a.count, by: width) {
                    if width == 1 {
                        real += a[place] * b[place]
                    } else {
                        real += a[place] * b[place] + a[place + 1] * b[place + 1]
                        imaginary += a[place] * b[place + 1] - a[place + 1] * b[place]
                    }
                }
                return (real * real + imaginary * imaginary).squareRoot()
            }
            checkEqual(one.count, other.count)
            checkClose([overlap(one, other)], [1], relative: 1e-9, "overlap")
        }
    },
    MPITest("spectrum of S: dense and by block Lanczos, as on one rank") { world in
        let ansatz = RestrictedBoltzmannMachine(siteCount: 8, alpha: 1)
        let samples = RandomSamples(siteCount: 8, count: 160, weighted: true)
        let shards = ShardSizes(
            sizes: (0..<world.size).map {
                Shard.block(of: 160, rank: $0, size: world.size).count
            })
        let here = try ShardedProblem(ansatz, samples, shards, on: world)
        let alone = try ShardedProblem(alone: ansatz, samples)
        let expected = try TensorSpectrum(alone.jacobian, count: 2)
        checkEqual(expected.method, .denseTensor)
        for largest in [2048, 0] {
            let spectrum = try TensorSpectrum(here.jacobian, count: 2, largestDenseSize: largest)
            check(spectrum.lowest.isConverged && spectrum.highest.isConverged)
            checkClose(spectrum.highest.values, expected.highest.values, relative: 1e-11)
            let scale = expected.highest.values[0]
            checkClose(spectrum.lowest.values, expected.lowest.values, absolute: 1e-8 * scale)
            let all = try world.allGather(spectrum.lowest.values + spectrum.highest.values)
            for rank in 0..<world.size {
                checkEqual(
                    Array(all[4 * rank..<4 * rank + 4]), spectrum.lowest.values + spectrum.highest.values, "\(largest)")
            }
        }
    },
    MPITest("exact diagonalisation: dense, and fewer states than ranks") { world in
        let edges = try Lattice(.chain, extent: [6]).edges(shell: 1)
        let hamiltonian = try PauliSum.heisenberg(
            J: 1, signRule: true, edges: edges, siteCount: 6)
        try checkLevels(
            hamiltonian, HilbertSpace(siteCount: 6, magnetisation: 0), 6, world, "dense")
        try checkLevels(
            hamiltonian, HilbertSpace(siteCount: 6, magnetisation: 6), 1, world, "one state")
    },
]
