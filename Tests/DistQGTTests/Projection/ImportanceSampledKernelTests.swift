import Communication
import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import LinearAlgebra
import Numerics
import Testing

/// An operator whose elements are each a sum of two transitions of opposite signs, with their sites in another order.
private struct SplitOperator: Operator {
    let whole: any Operator

    init(_ whole: any Operator) { self.whole = whole }

    var siteCount: Int { whole.siteCount }
    var isHermitian: Bool { whole.isHermitian }
    var isReal: Bool { whole.isReal }
    var energyBound: (centre: Double, radius: Double) { whole.energyBound }
    var transitionBound: Int { 2 * whole.transitionBound }
    func conserves(_ space: HilbertSpace) -> Bool { whole.conserves(space) }
    func meanDiagonal(in space: HilbertSpace) throws(OperatorError) -> Complex<Double> {
        try whole.meanDiagonal(in: space)
    }

    func appendTransitions(from configuration: UnsafePointer<Int8>, to list: TransitionList) -> Complex<Double> {
        let inner = TransitionList()
        let diagonal = whole.appendTransitions(from: configuration, to: inner)
        for transition in 0..<inner.count {
            var other = (0..<siteCount).map { configuration[$0] }
            inner.apply(transition, to: &other)
            let changed = (0..<siteCount).filter { other[$0] != configuration[$0] }
            list.append(element: 3 * inner.element(transition))
            for site in changed { list.change(site, to: other[site]) }
            list.append(element: -2 * inner.element(transition))
            for site in changed.reversed() { list.change(site, to: other[site]) }
        }
        return diagonal
    }
}

/// Rows of the importance-sampled Hamiltonian against its matrix: energies, rates, signs, and how often each move is drawn.
@Suite struct ImportanceSampledKernelTests {
    struct Subject: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let hamiltonian: any Operator
        let space: HilbertSpace
        let ansatz: any Ansatz
        var isComplex = false
    }

    static let subjects: [Subject] = (try? makeSubjects()) ?? []

    private static func makeSubjects() throws -> [Subject] {
        let wide = Initialiser(.normal, scale: 0.3)
        func machine(_ sites: Int, _ type: DataType) -> any Ansatz {
            RestrictedBoltzmannMachine(
                siteCount: sites, alpha: 1, options: LayerOptions(type, kernel: wide, bias: wide))
        }
        var all: [Subject] = []
        for problem in [
            try SmallProblem.ising(sites: 6), try .heisenberg(sites: 6, signRule: true),
            try .heisenberg(sites: 6, signRule: false),
        ] {
            all.append(
                Subject(
                    testDescription: "\(problem)", hamiltonian: problem.hamiltonian, space: problem.space,
                    ansatz: machine(6, .float64)))
        }
        let ising = try SmallProblem.ising(sites: 5)
        all.append(
            Subject(
                testDescription: "ising, mlp", hamiltonian: ising.hamiltonian, space: ising.space,
                ansatz: MultilayerPerceptron(
                    siteCount: 5, hiddenDimensions: [4],
                    options: LayerOptions(.float64, activation: .tanh, kernel: wide, bias: wide))))
        let complex = try SmallProblem.dzyaloshinskiiMoriya(sites: 5)
        all.append(
            Subject(
                testDescription: "complex", hamiltonian: complex.hamiltonian, space: complex.space,
                ansatz: machine(5, .complex128), isComplex: true))
        let ring = (0..<4).map { Edge($0, ($0 + 1) % 4) }
        let electrons = try HilbertSpace.fermions(siteCount: 4, up: 2, down: 2)
        let sector = try #require(FermionSector(electrons))
        let hops = ring.map { Hop($0.first, $0.second, phase: 0) }
        all.append(
            Subject(
                testDescription: "determinants",
                hamiltonian: SplitOperator(try FermionSum.hubbard(siteCount: 4, t: 1, U: 4, hops: hops)),
                space: electrons, ansatz: SlaterDeterminant(sector, variant: .unrestricted, dataType: .float64)))
        let bosons = try HilbertSpace.bosons(siteCount: 4, maximum: 3, total: 5)
        all.append(
            Subject(
                testDescription: "bosons",
                hamiltonian: try LocalOperatorSum.boseHubbard(siteCount: 4, maximum: 3, J: 1, U: 2, pairs: ring),
                space: bosons, ansatz: Jastrow(siteCount: 4, options: LayerOptions(.float64, kernel: wide))))
        return all
    }

    @Test func thereAreSubjects() { #expect(Self.subjects.count == 7) }

    @Test(arguments: subjects) func rowsAreThoseOfTheMatrix(subject: Subject) throws {
        let state = NeuralQuantumState(
            subject.ansatz, reading: Encoder(subject.space.defaultEncoding, of: subject.space), seed: 7)
        let dense = try DenseKernel(subject.hamiltonian, state, in: subject.space)
        let kernel = ImportanceSampledKernel(of: subject.hamiltonian, in: state.amplitudes(blockRows: 16))
        let reached = (0..<dense.dimension).filter { dense.table.psi[$0].length > 1e-6 }
        let codes = reached.flatMap { Array(dense.basis[row: $0]) }
        let sites = subject.space.siteCount
        let draws = 64
        var moved = reached.map { _ in [Int: Int]() }
        for number in 0..<draws {
            var rows = [KernelRow](repeating: KernelRow(), count: reached.count)
            let drawn = [Double](repeating: (Double(number) + 0.5) / Double(draws), count: reached.count)
            kernel.evaluate(codes, count: reached.count, draws: drawn, into: &rows)
            for (place, x) in reached.enumerated() {
                let row = rows[place]
                let own = dense.elements[x]
                let scale = own.reduce(1) { $0 + $1.length }
                let others = own.indices.filter { $0 != x && own[$0].length > 1e-9 * scale }
                #expect(abs(row.energy - dense.localEnergy(x)) < 1e-9 * scale)
                let rate = others.reduce(0) { $0 + max(0, -own[$1].real) }
                #expect(abs(row.rate - rate) < 1e-9 * scale)
                #expect(Int(row.wrongSigns) == others.filter { own[$0].real > 1e-9 * scale }.count)
                #expect((row.phase > 1e-6) == others.contains { abs(own[$0].imaginary) > 1e-6 * scale })
                guard row.move >= 0 else {
                    #expect(rate < 1e-9 * scale)
                    continue
                }
                var next = Array(codes[place * sites..<(place + 1) * sites])
                #expect(kernel.isMove(row.move, from: next))
                kernel.apply(row.move, to: &next)
                moved[place][try dense.table.numbering.index(of: next), default: 0] += 1
            }
        }
        for (place, x) in reached.enumerated() where !moved[place].isEmpty {
            let rates = dense.elements[x].enumerated().map { $0.offset == x ? 0 : max(0, -$0.element.real) }
            let sum = rates.reduce(0, +)
            for (y, rate) in rates.enumerated() {
                // Evenly spaced draws fall into an interval as often as its length says, up to one.
                #expect(abs(Double(moved[place][y] ?? 0) - Double(draws) * rate / sum) <= 1 + 1e-9)
            }
        }
        if subject.isComplex { #expect(reached.count > 0) }
    }

    /// What H leads to and ψ does not have is dropped, too.
    @Test func aNodeIsNotGoneTo() throws {
        // Two fermions of one spin in modes 0 and 1 of three: both other configurations are nodes.
        let electrons = try HilbertSpace.fermions(siteCount: 3, up: 2, down: 0)
        let sector = try #require(FermionSector(electrons))
        let state = NeuralQuantumState(
            SlaterDeterminant(sector, variant: .unrestricted, dataType: .float64),
            reading: Encoder(electrons.defaultEncoding, of: electrons), seed: 1)
        #expect(state.layout.leaves[0].shape == [3, 2])
        for (place, value) in [1.0, 0, 0, 1, 0, 0].enumerated() { state.parameters[place] = value }
        state.parametersChanged()
        let kernel = ImportanceSampledKernel(
            of: try FermionSum.hubbard(siteCount: 3, t: 1, U: 1, hops: [Hop(0, 2, phase: 0), Hop(1, 2, phase: 0)]),
            in: state.amplitudes(blockRows: 4))
        let table = try AmplitudeTable(state, in: electrons)
        let basis = try table.numbering.everyConfiguration()
        let x = try #require(table.psi.firstIndex { $0 != .zero })
        var rows = [KernelRow()]
        kernel.evaluate(Array(basis[row: x]), count: 1, draws: [0.5], into: &rows)
        #expect(rows[0].wrongSigns == 2)
        #expect(rows[0].move == -1)
        #expect(rows[0].rate == 0)
    }

    @Test func aNodeIsNotFinite() throws {
        // A determinant in which both modes are alike vanishes everywhere.
        let electrons = try HilbertSpace.fermions(siteCount: 3, up: 2, down: 0)
        let sector = try #require(FermionSector(electrons))
        let state = NeuralQuantumState(
            SlaterDeterminant(sector, variant: .unrestricted, dataType: .float64),
            reading: Encoder(electrons.defaultEncoding, of: electrons), seed: 1)
        for place in 0..<state.parameters.count { state.parameters[place] = 1 }
        state.parametersChanged()
        let kernel = ImportanceSampledKernel(
            of: try FermionSum.hubbard(siteCount: 3, t: 1, U: 1, hops: [Hop(0, 1, phase: 0), Hop(1, 2, phase: 0)]),
            in: state.amplitudes(blockRows: 4))
        var rows = [KernelRow()]
        let configuration = Array(try BasisNumbering(electrons).everyConfiguration()[row: 0])
        kernel.evaluate(configuration, count: 1, draws: [0.5], into: &rows)
        #expect(!rows[0].energy.isFinite || !rows[0].rate.isFinite)
    }
}
