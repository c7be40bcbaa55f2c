import DistQGT
import DistQGTTestSupport
import KernelTestSupport
import LinearAlgebra
import Numerics
import Testing

/// States of fermions and of pairs, recorded on a tape, against expansions of determinants and Pfaffians.
@Suite struct DeterminantTests {
    private static let sites = 4
    private static let up = OccupiedModes.sites(4, up: true, count: 2)
    private static let down = OccupiedModes.sites(4, up: false, count: 2)
    private static let every = (0..<16).map { code in (0..<4).map { code >> $0 & 1 == 1 ? Int8(1) : -1 } }

    private func state(
        _ type: DataType, _ leaves: [(String, [Int], Bool)], _ record: @escaping @Sendable (Recorder) -> Node
    ) -> NeuralQuantumState {
        NeuralQuantumState(ProbeAnsatz(siteCount: Self.sites, dataType: type, leaves: leaves, record), seed: 12)
    }

    /// ψ of every configuration, by evaluation.
    private func psi(_ state: NeuralQuantumState) -> [C] {
        let spins = Array(Self.every.joined())
        var values = [Double](repeating: .nan, count: 32)
        state.amplitudes(blockRows: 8).evaluate(spins, count: 16, into: &values)
        // The exponential of a complex −∞ would be the point at infinity.
        return (0..<16).map { C.exp(C(0, values[2 * $0 + 1])) * C(.exp(values[2 * $0])) }
    }

    private func numbers(_ state: NeuralQuantumState, _ name: String) -> [C] {
        guard let index = state.layout.index(of: name) else { return [] }
        let (leaf, first) = (state.layout.leaves[index], state.layout.offsets[index])
        return (0..<leaf.count).map {
            leaf.isComplex
                ? C(state.parameters[first + 2 * $0], state.parameters[first + 2 * $0 + 1])
                : C(state.parameters[first + $0])
        }
    }

    private func sites(_ s: [Int8], _ value: Int8) -> [Int] { s.indices.filter { s[$0] == value } }

    private func orderSign(_ s: [Int8]) -> C {
        var pairs = 0
        for i in s.indices { for j in i + 1..<s.count where s[i] < 0 && s[j] > 0 { pairs += 1 } }
        return pairs % 2 == 0 ? 1 : -1
    }

    private func expectEqual(_ found: [C], _ exact: [C]) {
        for (a, b) in zip(found, exact) { #expect((a - b).length < 1e-13) }
    }

    @Test(arguments: [DataType.float64, .complex128]) func determinantOfEachSpin(_ type: DataType) {
        let state = state(type, [("up", [4, 2], type.isComplex), ("down", [4, 2], type.isComplex)]) { tape in
            tape.sum(
                tape.logDeterminant(tape.rows(of: tape.parameter("up"), at: Self.up)),
                tape.logDeterminant(tape.rows(of: tape.parameter("down"), at: Self.down)))
        }
        #expect(state.isComplex == type.isComplex && state.hasPhases)
        let (a, b) = (numbers(state, "up"), numbers(state, "down"))
        func determinant(_ a: [C], _ rows: [Int]) -> C {
            rows.count == 2 ? expandedDeterminant(rows.map { [a[2 * $0], a[2 * $0 + 1]] }) : 0
        }
        expectEqual(psi(state), Self.every.map { determinant(a, sites($0, 1)) * determinant(b, sites($0, -1)) })
    }

    /// det f[up, down] with the order of sites, and the same state by its Pfaffian: (−1)^{p(p−1)/2} times it.
    @Test(arguments: [DataType.float64, .complex128]) func pairProductInBothForms(_ type: DataType) {
        let determinant = state(type, [("f", [4, 4], type.isComplex)]) { tape in
            let f = tape.entries(of: tape.parameter("f"), rows: Self.up, columns: Self.down)
            return tape.sum(tape.logDeterminant(f), tape.siteOrderPhase())
        }
        let pfaffian = state(type, [("f", [4, 4], type.isComplex)]) { tape in
            // Modes 0..<4 are up, 4..<8 are down: F = ((0, f), (−fᵀ, 0)).
            var packed: [Int?] = []
            for i in 0..<8 { for j in i + 1..<8 { packed.append(i < 4 && j >= 4 ? 4 * i + j - 4 : nil) } }
            let f = tape.gather(tape.parameter("f"), padded: packed, rows: 1)
            let entries = tape.antisymmetricEntries(of: f, at: .spins(sites: 4))
            return tape.sum(tape.siteOrderPhase(), tape.logPfaffian(entries))
        }
        #expect(determinant.isComplex == type.isComplex && pfaffian.isComplex == type.isComplex)
        let f = numbers(determinant, "f")
        let exact = Self.every.map { s -> C in
            let (rows, columns) = (sites(s, 1), sites(s, -1))
            guard rows.count == 2 else { return 0 }
            return orderSign(s) * expandedDeterminant(rows.map { i in columns.map { f[4 * i + $0] } })
        }
        expectEqual(psi(determinant), exact)
        expectEqual(psi(pfaffian), exact.map { -$0 })
    }

    /// Rows of another order are taken as they come: the Pfaffian of the matrix at exchanged modes, with its sign.
    @Test(arguments: [DataType.float64, .complex128]) func pfaffianOfTurnedModes(_ type: DataType) {
        let turned = [1, 2, 3, 0, 5, 6, 7, 4]
        let state = state(type, [("f", [28], type.isComplex)]) { tape in
            let modes = OccupiedModes(OccupiedModes.spins(sites: 4).readings, count: 4, rows: turned)
            return tape.logPfaffian(tape.antisymmetricEntries(of: tape.parameter("f"), at: modes))
        }
        let packed = numbers(state, "f")
        func entry(_ i: Int, _ j: Int) -> C {
            if i >= j { return i == j ? 0 : -entry(j, i) }
            return packed[i * (2 * 8 - i - 1) / 2 + (j - i - 1)]
        }
        let exact = Self.every.map { s -> C in
            let modes = (sites(s, 1) + sites(s, -1).map { 4 + $0 }).map { turned[$0] }
            return expandedPfaffian(modes.map { i in modes.map { entry(i, $0) } })
        }
        expectEqual(psi(state), exact)
    }

    /// What vanishes has log ψ = −∞ and no derivative; nothing becomes NaN.
    @Test(arguments: DataType.allCases) func nodesHaveNoDerivative(_ type: DataType) throws {
        let state = state(type, [("w", [4, 2], type.isComplex), ("f", [4, 4], type.isComplex)]) { tape in
            let one = tape.logDeterminant(tape.rows(of: tape.parameter("w"), at: Self.up))
            let other = tape.logDeterminant(
                tape.entries(of: tape.parameter("f"), rows: Self.up, columns: Self.down))
            return tape.sum(one, other)
        }
        let configurations = Configurations(siteCount: 4, spins: [1, 1, 1, -1, 1, 1, -1, -1, -1, -1, -1, -1])
        let space = try SampleSpace(communicator: .alone(), localCount: 3, isComplex: state.isComplex)
        let jacobian = state.linearise(configurations, in: space)
        #expect(jacobian.logPsi[0] == -.infinity && jacobian.logPsi[1].isFinite)
        #expect(jacobian.logPsi[2].isFinite && jacobian.logPsi[4] == -.infinity)
        let rows = jacobian.rows()
        let width = rows.count / 3
        #expect(rows.allSatisfy { $0.isFinite })
        #expect(rows[..<width].allSatisfy { $0 == 0 } && rows[(2 * width)...].allSatisfy { $0 == 0 })
        #expect(rows[width..<2 * width].contains { $0 != 0 })
        let image = jacobian.makeCodomainVector()
        jacobian.apply(state.parameters, into: image)
        // d log det A along A itself is n, of each determinant.
        #expect(abs(image[space.components] - 4) < (type.isSingle ? 1e-4 : 1e-12))
        #expect(image[0] == 0 && image[2 * space.components] == 0)
    }

    /// A determinant of no rows is 1.
    @Test func noFermionsOfOneKind() throws {
        let state = state(.float64, [("a", [4, 1], false), ("empty", [4, 0], false)]) { tape in
            let none = OccupiedModes.sites(4, up: false, count: 0)
            return tape.sum(
                tape.dense(tape.spins, kernel: tape.parameter("a")),
                tape.logDeterminant(tape.rows(of: tape.parameter("empty", rows: 4), at: none)))
        }
        let a = numbers(state, "a")
        let exact = Self.every.map { s -> C in
            let terms = s.indices.map { a[$0].real * Double(s[$0]) }
            return .exp(C(terms.reduce(0, +)))
        }
        expectEqual(psi(state), exact)
        let space = try SampleSpace(communicator: .alone(), localCount: 1, isComplex: false)
        let jacobian = state.linearise(Configurations(siteCount: 4, spins: [1, 1, 1, 1]), in: space)
        #expect(jacobian.rows() == [1, 1, 1, 1])
    }

    /// Products of other numbers than the spins have no product form; signs added to real terms leave ψ real.
    @Test func formsThatAreRecognised() {
        func tape(_ leaves: [(String, [Int], Bool)], _ record: @escaping @Sendable (Recorder) -> Node) -> Tape {
            Tape(ProbeAnsatz(siteCount: 4, dataType: .float64, leaves: leaves, record))
        }
        let pairs = [("w", [6, 1], false)]
        #expect(ProductForm(tape(pairs) { $0.dense($0.pairProducts(), kernel: $0.parameter("w")) }) != nil)
        #expect(ProductForm(tape(pairs) { $0.dense($0.pairProducts(of: $0.spins), kernel: $0.parameter("w")) }) != nil)
        let occupied = tape(pairs) {
            $0.dense($0.pairProducts(of: $0.freeSites(upSpins: 2)), kernel: $0.parameter("w"))
        }
        #expect(ProductForm(occupied) == nil)
        let orbitals = [("w", [4, 2], false)]
        @Sendable func determinant(_ tape: Recorder, _ modes: OccupiedModes) -> Node {
            tape.logDeterminant(tape.rows(of: tape.parameter("w"), at: modes))
        }
        let real: [@Sendable (Recorder) -> Node] = [
            { determinant($0, Self.up) },
            { $0.sum(determinant($0, Self.up), determinant($0, Self.down)) },
            { $0.sum($0.sum(determinant($0, Self.up), $0.siteOrderPhase()), $0.sumFeatures($0.spins)) },
            { $0.logProduct([$0.sum(determinant($0, Self.up), $0.siteOrderPhase()), determinant($0, Self.down)]) },
            { $0.combination([(2, determinant($0, Self.up)), (-1, determinant($0, Self.down))]) },
        ]
        for record in real {
            let tape = tape(orbitals, record)
            #expect(!tape.output.isComplex && tape.hasPhases)
        }
        let complex: [@Sendable (Recorder) -> Node] = [
            { $0.combination([(.i, determinant($0, Self.up))]) },
            { $0.sum(determinant($0, Self.up), $0.combination([(.i, determinant($0, Self.down))])) },
            { $0.sum(determinant($0, Self.up), $0.activation(.tanh, determinant($0, Self.down))) },
        ]
        for record in complex { #expect(tape(orbitals, record).output.isComplex) }
    }
}
