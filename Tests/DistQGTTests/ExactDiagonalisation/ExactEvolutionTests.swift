import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import Numerics
import Testing

/// exp(−i t H) ψ or exp(−t H) ψ/‖…‖ by Taylor's series in short steps, of a matrix from the operator's elements.
private struct DenseEvolution {
    let numbering: BasisNumbering
    let matrix: [[Complex<Double>]]

    init(_ hamiltonian: any Operator, _ space: HilbertSpace) throws {
        numbering = try BasisNumbering(space)
        let (dimension, numbering) = (numbering.dimension, numbering)
        let transitions = TransitionList()
        matrix = try (0..<dimension).map { row in
            var elements = [Complex<Double>](repeating: .zero, count: dimension)
            let codes = try numbering.configuration(at: row)
            transitions.removeAll()
            codes.withUnsafeBufferPointer { codes in
                guard let base = codes.baseAddress else { return }
                elements[row] = hamiltonian.appendTransitions(from: base, to: transitions)
            }
            for transition in 0..<transitions.count {
                var image = codes
                image.withUnsafeMutableBufferPointer { image in
                    if let base = image.baseAddress { transitions.apply(transition, to: base) }
                }
                elements[try numbering.index(of: image)] += transitions.element(transition)
            }
            return elements
        }
    }

    func evolved(_ start: [Complex<Double>], _ time: EvolutionTime, by interval: Double) -> [Complex<Double>] {
        let norm = matrix.map { $0.reduce(0) { $0 + $1.length } }.max() ?? 0
        let steps = max(1, Int((2 * norm * interval).rounded(.up)))
        let factor = time == .real ? Complex(0, -interval / Double(steps)) : Complex(-interval / Double(steps), 0)
        var psi = start
        for _ in 0..<steps {
            var (term, sum) = (psi, psi)
            for order in 1...20 {
                term = matrix.map { row in
                    factor * zip(row, term).reduce(Complex.zero) { $0 + $1.0 * $1.1 } / Complex(Double(order))
                }
                sum = zip(sum, term).map { $0 + $1 }
            }
            psi = sum
        }
        let length = psi.reduce(0) { $0 + $1.lengthSquared }.squareRoot()
        return psi.map { $0 / Complex(length) }
    }
}

@Suite struct ExactEvolutionTests {
    /// The largest difference of amplitudes at some times, the intervals between them of very different lengths.
    private func error(
        _ hamiltonian: any Operator, _ space: HilbertSpace, _ time: EvolutionTime, memoryLimit: Int = 6 << 30,
        at times: [Double] = [0.01, 0.2, 1.5, 4]
    ) throws -> Double {
        let dense = try DenseEvolution(hamiltonian, space)
        var generator = SplitMix64(seed: 5)
        let start = (0..<dense.numbering.dimension).map { _ in
            Complex(generator.normalDeviate(), generator.normalDeviate())
        }
        let norm = start.reduce(0) { $0 + $1.lengthSquared }.squareRoot()
        var expected = start.map { $0 / Complex(norm) }
        let evolution = try ExactEvolution(
            of: hamiltonian, in: space, time: time,
            from: { configurations in
                #expect(configurations.count == start.count)
                return start.flatMap { [$0.real, $0.imaginary] }
            }, communicator: .alone(), memoryLimit: memoryLimit)
        var (last, worst) = (0.0, 0.0)
        for now in times {
            try evolution.advance(to: now)
            expected = dense.evolved(expected, time, by: now - last)
            last = now
            let found = try evolution.vector()
            for (index, amplitude) in expected.enumerated() {
                worst = max(worst, (Complex(found[2 * index], found[2 * index + 1]) - amplitude).length)
            }
        }
        return worst
    }

    @Test(arguments: EvolutionTime.allCases) func pauliSums(_ time: EvolutionTime) throws {
        for problem in [
            try SmallProblem.ising(sites: 6, h: 0.7), try .heisenberg(sites: 8, signRule: false),
            try .dzyaloshinskiiMoriya(sites: 5),
        ] {
            #expect(try error(problem.hamiltonian, problem.space, time) < 2e-12, "\(problem)")
        }
    }

    @Test(arguments: EvolutionTime.allCases) func storedElements(_ time: EvolutionTime) throws {
        let edges = (0..<4).map { Edge($0, $0 + 1) }
        let bosons = [LocalSpace](repeating: .bosons(maximum: 2), count: 5)
        let sector = try HilbertSpace(
            bosons, conserving: [.ofCodes(bosons, sites: bosons.indices, total: 4)])
        #expect(try error(BoseHubbard(siteCount: 5, maximum: 2, edges: edges, U: 3), sector, time) < 2e-12)
        // Complex elements.
        var twisted = SpinExchange(siteCount: 4, doubledSpin: 2, edges: Array(edges.dropLast()))
        twisted.phase = 0.7
        let spins = try HilbertSpace([LocalSpace](repeating: .spin(doubled: 2), count: 4))
        #expect(try error(twisted, spins, time) < 2e-12)
    }

    /// A basis of four vectors, in which every step has to be shortened.
    @Test func littleMemory() throws {
        let problem = try SmallProblem.ising(sites: 4, h: 0.7)
        let bytes = 16 * 16 * (5 + 1 + 4)
        #expect(try error(problem.hamiltonian, problem.space, .real, memoryLimit: bytes, at: [0.05, 0.3]) < 2e-12)
        #expect(throws: ExactDiagonalisationError.self) {
            try error(problem.hamiltonian, problem.space, .real, memoryLimit: bytes - 17 * 16)
        }
    }

    @Test func startsThatAreNone() throws {
        let problem = try SmallProblem.ising(sites: 3)
        for value in [0, Double.nan] {
            #expect(throws: ExactDiagonalisationError.startVanishes) {
                try ExactEvolution(
                    of: problem.hamiltonian, in: problem.space, time: .real,
                    from: { [Double](repeating: value, count: 2 * $0.count) }, communicator: .alone())
            }
        }
    }

    /// An eigenstate stays, whatever the time; the space of one state has nothing else.
    @Test func eigenstates() throws {
        let classical = try SmallProblem.ising(sites: 4, h: 0)
        let evolution = try ExactEvolution(
            of: classical.hamiltonian, in: classical.space, time: .real, from: ProductState.zUp.amplitudes,
            communicator: .alone())
        try evolution.advance(to: 3)
        let vector = try evolution.vector()
        #expect(abs(vector[0] * vector[0] + vector[1] * vector[1] - 1) < 1e-12)
        // E = −4.
        #expect(abs(vector[0] - Double.cos(12)) < 1e-12 && abs(vector[1] - Double.sin(12)) < 1e-12)
        let single = try HilbertSpace(siteCount: 3, magnetisation: 3)
        let heisenberg = try PauliSum.heisenberg(
            J: 1, signRule: false, edges: [Edge(0, 1), Edge(1, 2)], siteCount: 3)
        let alone = try ExactEvolution(
            of: heisenberg, in: single, time: .imaginary, from: ProductState.zUp.amplitudes, communicator: .alone())
        try alone.advance(to: 1)
        #expect(abs(try alone.vector()[0] - 1) < 1e-12)
    }
}
