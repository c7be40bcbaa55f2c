import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import LinearAlgebra
import Numerics
import Testing

/// Local energies of models of fermions, bosons and spins in states with ratios of their own, against (Hψ)(σ)/ψ(σ).
@Suite struct FermionEnergyTests {
    struct Model: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let hamiltonian: any Operator
        let space: HilbertSpace
    }

    private static func ring(_ sites: Int) -> [Edge] { (0..<sites).map { Edge($0, ($0 + 1) % sites) } }

    static let models = makeModels()

    private static func makeModels() -> [Model] {
        var stream = RandomStream(seed: 3, index: 0, purpose: .parameters)
        func some(_ count: Int) -> Couplings { .each((0..<count).map { _ in stream.normal() }) }
        func hops(_ edges: [Edge]) -> [Hop] { edges.map { Hop($0.first, $0.second, phase: stream.normal()) } }
        var all: [Model] = []
        func add(_ name: String, _ space: @autoclosure () throws -> HilbertSpace, _ sum: () throws -> any Operator) {
            guard let space = try? space(), let sum = try? sum() else { return }
            all.append(Model(testDescription: name, hamiltonian: sum, space: space))
        }
        add("hubbard", try .fermions(siteCount: 4, up: 2, down: 2)) {
            try FermionSum.hubbard(
                siteCount: 4, t: some(4), U: some(4), hops: hops(ring(4)), t2: some(2),
                secondHops: hops([Edge(0, 2), Edge(3, 1)]), V: some(4), pairs: ring(4), mu: some(4))
        }
        add("t-J", try .fermions(siteCount: 5, up: 2, down: 2, excludingDoubleOccupancy: true)) {
            try FermionSum.tJ(siteCount: 5, t: some(5), J: some(5), hops: hops(ring(5)), pairs: ring(5))
        }
        add("t-V", try .spinlessFermions(siteCount: 6, count: 4)) {
            try FermionSum.tV(siteCount: 6, t: some(6), V: some(6), hops: hops(ring(6)), pairs: ring(6))
        }
        add("strings", try .spinlessFermions(siteCount: 7, count: 4)) {
            let modes = FermionModes.spinless(siteCount: 7)
            return try FermionSum(
                ["0^ 5", "2^ 3^ 4 6", "0^ 1^ 2^ 3 4 5", "6^ 5^ 4^ 2 1 0", "3^ 6^ 1 1^ 0 2", "0^ 2^ 4^ 6^ 1 3 5 4"].map {
                    try FermionString(parsing: $0, coefficient: Complex(stream.normal(), stream.normal()), modes: modes)
                }, modes: modes)
        }
        add("strings of electrons", try .fermions(siteCount: 4, up: 2, down: 2)) {
            let modes = FermionModes.spinful(siteCount: 4)
            return try FermionSum(
                ["0^ 4 5^ 1", "2^ 6 7^ 3", "0^ 1^ 6^ 2 3 7", "3^ 2^ 7^ 6^ 5 4 1 0", "1^ 5^ 6 2"].map {
                    try FermionString(parsing: $0, coefficient: Complex(stream.normal(), stream.normal()), modes: modes)
                }, modes: modes)
        }
        add("bose-hubbard", try .bosons(siteCount: 4, maximum: 3, total: 5)) {
            try LocalOperatorSum.boseHubbard(
                siteCount: 4, maximum: 3, J: some(4), U: some(4), V: some(4), mu: some(4), pairs: ring(4))
        }
        add("spins 1", try .spins(siteCount: 4, doubled: 2, magnetisation: nil)) {
            try LocalOperatorSum.bilinearBiquadratic(
                siteCount: 4, doubled: 2, theta: some(4), J: some(4), pairs: ring(4))
        }
        // Through flips of up to four spins.
        add("spins 1/2", try HilbertSpace(siteCount: 6, magnetisation: 0)) {
            var strings: [PauliString] = []
            for (letters, coefficient) in [("XXII", 0.4), ("IXXI", -0.7), ("IIXX", 1.1)] {
                for turned in [letters, String(letters.map { $0 == "X" ? "Y" : $0 })] {
                    strings.append(PauliString(turned + "ZI", coefficient: Complex(coefficient)))
                }
            }
            // Exchanges of two pairs.
            for first in ["XX", "YY"] {
                for second in ["XX", "YY"] {
                    strings.append(PauliString("IZ" + first + second, coefficient: Complex(0.3)))
                }
            }
            return try PauliSum.pauliStrings(strings, siteCount: 6)
        }
        return all
    }

    /// Wave functions of a space, some with exact nodes.
    private static func ansatze(_ space: HilbertSpace) -> [(String, any Ansatz)] {
        guard let sector = FermionSector(space) else {
            return RatioSubjects.codes.filter { $0.space == space }.map { ($0.testDescription, $0.ansatz) }
                + [
                    (
                        "mlp",
                        MultilayerPerceptron(
                            siteCount: space.siteCount, hiddenDimensions: [5],
                            options: LayerOptions(
                                .complex128, activation: .tanh, kernel: RatioSubjects.wide, bias: RatioSubjects.wide))
                    )
                ]
        }
        let all = RatioSubjects.factors(sector, .complex128) + RatioSubjects.factors(sector, .float64)
        let rbm = RestrictedBoltzmannMachine(
            siteCount: sector.featureCount, alpha: 1,
            options: LayerOptions(.complex128, kernel: RatioSubjects.wide, bias: RatioSubjects.wide))
        return all
            + all.filter { $0.1 is SlaterDeterminant || $0.1 is PairProduct }.map {
                ("\($0.0) × rbm", FactorProduct([.init("a", $0.1), .init("b", rbm)]))
            }
    }

    /// Lets the first mode be empty wherever ψ is not 0, or two modes alike.
    private func makeNodes(_ state: NeuralQuantumState, alike: Bool) {
        for (number, leaf) in state.layout.leaves.enumerated() {
            let isOfModes = leaf.name.contains("orbitals") || leaf.name.contains("pairing")
            guard isOfModes, leaf.shape.count == 2 else { continue }
            let (first, width) = (state.layout.offsets[number], leaf.shape[1] * (leaf.isComplex ? 2 : 1))
            for place in first..<first + width {
                state.parameters[place] = alike ? state.parameters[place + width] : 0
            }
        }
        state.parametersChanged()
    }

    @Test(arguments: models, [nil, false, true] as [Bool?])
    func localEnergiesAreThoseOfTheMatrix(_ model: Model, alike: Bool?) throws {
        let numbering = try BasisNumbering(model.space)
        let basis = try numbering.everyConfiguration()
        #expect(model.hamiltonian.conserves(model.space))
        var nodes = 0
        for (name, ansatz) in Self.ansatze(model.space) {
            let state = NeuralQuantumState(
                ansatz, reading: Encoder(model.space.defaultEncoding, of: model.space), seed: 7)
            if let alike { makeNodes(state, alike: alike) }
            let amplitudes = state.amplitudes(blockRows: 8)
            let logPsi = amplitudes.logPsi(of: basis)
            let table = try AmplitudeTable(state, in: model.space)
            let energies = LocalEnergies(of: model.hamiltonian, in: amplitudes).evaluate(basis, logPsi: logPsi)
            nodes += table.psi.count { $0 == .zero }
            let list = TransitionList()
            var worst = 0.0
            for row in 0..<basis.count {
                let found = Complex(energies[2 * row], energies[2 * row + 1])
                if logPsi[2 * row] == -.infinity {
                    #expect(energies[2 * row].isNaN && energies[2 * row + 1].isNaN)
                    continue
                }
                // What rounding makes of a node.
                if table.psi[row].length < 1e-6 { continue }
                list.removeAll()
                let own = Array(basis[row: row])
                var sum = model.hamiltonian.appendTransitions(from: own, to: list) * table.psi[row]
                var scale = table.psi[row].length
                for transition in 0..<list.count {
                    var other = own
                    list.apply(transition, to: &other)
                    let term = list.element(transition) * (try table(other))
                    sum += term
                    scale += term.length
                }
                let error = (found * table.psi[row] - sum).length / scale
                worst = max(worst, error.isFinite ? error : .infinity)
            }
            #expect(worst < 1e-10, "\(name)")
        }
        if alike != nil, FermionSector(model.space) != nil { #expect(nodes > 0) }
    }
}
