import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import LinearAlgebra
import Numerics
import Testing

/// Networks made symmetric: against sums over the group in plain numbers, against NetKet, and the character of
/// the wave function under every element.
@Suite struct SymmetrisedTests {
    private static let wide = Initialiser(.normal, scale: 0.3)

    /// Leaf after leaf, real parts 0.4 sin 1.7k with k = 1, 2, … through all leaves; imaginary parts 0.3 cos 2.3k, where
    /// each leaf begins at the number after its last real part.
    private func fill(_ state: NeuralQuantumState) {
        var k = 1
        for (index, leaf) in state.layout.leaves.enumerated() {
            let first = state.layout.offsets[index]
            let step = leaf.isComplex ? 2 : 1
            for element in 0..<leaf.count {
                state.parameters[first + step * element] = 0.4 * Double.sin(1.7 * Double(k + element))
                guard leaf.isComplex else { continue }
                state.parameters[first + 2 * element + 1] = 0.3 * Double.cos(2.3 * Double(k + leaf.count + element))
            }
            k += leaf.count
        }
        state.parametersChanged()
    }

    private static let samples = Configurations(
        siteCount: 6, spins: [1, -1, -1, 1, -1, 1, 1, 1, -1, 1, 1, -1, -1, -1, 1, 1, 1, -1])

    /// ψ; 0 where log ψ is −∞, which a `Complex` does not tell from other infinities.
    private func amplitudes(_ state: NeuralQuantumState, _ samples: Configurations) -> [C] {
        var logPsi = [Double](repeating: 0, count: 2 * samples.count)
        state.amplitudes(blockRows: 8).evaluate(samples.spins, count: samples.count, into: &logPsi)
        return (0..<samples.count).map {
            logPsi[2 * $0] == -.infinity ? .zero : C.exp(C(logPsi[2 * $0], logPsi[2 * $0 + 1]))
        }
    }

    private func compare(_ state: NeuralQuantumState, _ expected: [C], _ name: String) {
        for (value, expected) in zip(amplitudes(state, Self.samples), expected) {
            // Where ψ vanishes NetKet has −∞, or the logarithm of a rounding error.
            let exact = expected.real < -30 ? .zero : C.exp(expected)
            #expect((value - exact).length < 1e-12 * max(1, exact.length), "\(name)")
        }
    }

    /// NetKet 3.23, `RBMSymm(symmetries, alpha: 2)` and `SymmExpSum(RBM(alpha: 1), characters)` on a ring of 6 sites.
    @Test func valuesAreThoseOfNetKet() throws {
        let space = SpaceGroup(try Lattice(.chain, extent: [6]))
        let group = space.group(.translation)
        let machines: [(DataType, [C])] = [
            (.float64, [C(4.167484845693925), C(5.495082175823964), C(1.7689818331153275)]),
            (
                .complex128,
                [
                    C(1.5218364474958186, 1.3253423667665343), C(2.7262275771488556, 0.5529319110795539),
                    C(1.2053836627097363, 0.900691521444416),
                ]
            ),
        ]
        for (type, expected) in machines {
            let state = NeuralQuantumState(SymmetricRBM(group: group, features: 2, options: LayerOptions(type)))
            fill(state)
            compare(state, expected, "RBMSymm \(type)")
        }
        let sums: [(DataType, Int, [C])] = [
            (.float64, 0, [C(2.6164783548042982), C(3.2507360710269824), C(0.9631444832753973)]),
            (
                .float64, 1,
                [C(1.873713595396608, 1.1724835168954681), C(-35), C(0.3986520830724163, 0.46014660487438164)]
            ),
            (.float64, 3, [C(0.8071216450104353, .pi), C(-35), C(-0.5876476499964252)]),
            (
                .complex128, 0,
                [
                    C(1.9399529145558816, -0.4601160502082592), C(2.797469592766447, 0.4972269420535422),
                    C(-2.0534768519025812, -1.5843371441640652),
                ]
            ),
            (
                .complex128, 1,
                [
                    C(1.700971662696544, 0.4487805613368403), C(-35), C(-0.9860885334029019, 2.8976982817483528),
                ]
            ),
            (
                .complex128, 3,
                [
                    C(1.2901702315356274, 2.559585504279077), C(-35), C(-0.8450200471962075, -2.921072610946407),
                ]
            ),
        ]
        for (type, k, expected) in sums {
            // NetKet's permutations are the inverse ones: its momentum k is −k here.
            let state = NeuralQuantumState(
                Symmetrised(
                    RestrictedBoltzmannMachine(siteCount: 6, alpha: 1, options: LayerOptions(type)), group: group,
                    characters: try space.characters(of: .translation, momentum: [-k])))
            fill(state)
            compare(state, expected, "SymmExpSum \(type) \(k)")
        }
    }

    struct Sector: Sendable, CustomStringConvertible {
        let kind: Lattice.Kind
        let extent: [Int]
        let part: SpaceGroup.Part
        var momentum: [Int]?
        var irrep: IrrepChoice?
        var parity: Int?
        var description: String {
            "\(kind.rawValue) \(extent) \(part.rawValue) \(momentum ?? []) \(String(describing: irrep)) \(parity ?? 0)"
        }
    }

    private static let sectors = [
        Sector(kind: .chain, extent: [6], part: .translation, momentum: [2]),
        Sector(kind: .chain, extent: [5], part: .spaceGroup, parity: -1),
        Sector(kind: .square, extent: [3, 3], part: .spaceGroup, irrep: .name("B1")),
        Sector(kind: .square, extent: [2, 4], part: .translation, momentum: [1, 1], parity: 1),
        Sector(kind: .square, extent: [4, 4], part: .pointGroup, irrep: .name("A2")),
        Sector(kind: .square, extent: [4, 4], part: .spaceGroup, momentum: [2, 2], irrep: .index(1), parity: -1),
        Sector(kind: .triangular, extent: [3, 3], part: .spaceGroup),
        Sector(kind: .honeycomb, extent: [2, 2], part: .translation, momentum: [0, 1]),
    ]

    /// The sum over images of whole evaluations of the network, and ψ(g s) = χ(g) ψ(s) for every element.
    @Test(arguments: sectors, [DataType.float64, .complex128])
    func sectorsAreSumsOverTheGroup(_ sector: Sector, _ type: DataType) throws {
        let lattice = try Lattice(sector.kind, extent: sector.extent)
        let space = SpaceGroup(lattice)
        let group = space.group(sector.part)
        let characters = try space.characters(of: sector.part, momentum: sector.momentum, irrep: sector.irrep)
        let n = lattice.siteCount
        let base = MultilayerPerceptron(
            siteCount: n, hiddenDimensions: [8, 3],
            options: LayerOptions(type, activation: .tanh, kernel: Self.wide, bias: Self.wide))
        let state = NeuralQuantumState(
            Symmetrised(base, group: group, characters: characters, parity: sector.parity), seed: 4)
        let plain = NeuralQuantumState(base, seed: 4)
        #expect(plain.parameters.values == state.parameters.values)
        let isReal = characters.allSatisfy { $0.imaginary == 0 } && !type.isComplex
        #expect(state.isComplex == !isReal)

        var generator = SplitMix64(seed: 12)
        let signs = sector.parity == nil ? [1] : [1, -1]
        for spins in (0..<3).map({ _ in Configurations.random(siteCount: n, count: 1, using: &generator).spins }) {
            // Spin r of g s is spin g⁻¹(r) of s; of g⁻¹ s it is spin g(r).
            let preimages = group.symmetries
            let moved = (0..<group.order).flatMap { a in
                signs.flatMap { sign in preimages[a].map { spins[$0] * Int8(sign) } }
            }
            let count = group.order * signs.count
            let whole = amplitudes(plain, Configurations(siteCount: n, spins: moved))
            var sum = C.zero
            for a in 0..<group.order {
                for (index, sign) in signs.enumerated() {
                    // ψ at g_b s with g_b = g_a⁻¹.
                    let term = whole[group.inverse[a] * signs.count + index]
                    sum += characters[a] * C(sign < 0 ? Double(sector.parity ?? 1) : 1) * term
                }
            }
            sum /= C(Double(count))
            let images = amplitudes(state, Configurations(siteCount: n, spins: moved))
            let here = images[0]
            // A sum of terms that cancel has their rounding errors.
            let scale = whole.map(\.length).max() ?? 1
            #expect((here - sum).length < 1e-13 * scale)
            for a in 0..<group.order where characters[a] != 0 {
                for (index, sign) in signs.enumerated() {
                    let character = characters[a] * C(sign < 0 ? Double(sector.parity ?? 1) : 1)
                    let there = images[a * signs.count + index]
                    #expect((there - character * here).length < 1e-12 * max(scale, there.length), "\(a) \(sign)")
                }
            }
        }
    }

    /// All spins up is left as it is by every translation, so ψ vanishes there: in this sector exactly.
    @Test func nodesHaveNoDerivatives() throws {
        let space = SpaceGroup(try Lattice(.chain, extent: [4]))
        for type in DataType.allCases {
            for momentum in [1, 2] {
                let state = NeuralQuantumState(
                    Symmetrised(
                        RestrictedBoltzmannMachine(
                            siteCount: 4, alpha: 1, options: LayerOptions(type, kernel: Self.wide, bias: Self.wide)),
                        group: space.group(.translation),
                        characters: try space.characters(of: .translation, momentum: [momentum])), seed: 2)
                // Sums of few bits: the same in any order, so that images with the same spins have the same log ψ
                // whatever the CPU's matrix product adds first.
                for index in 0..<state.parameters.count {
                    state.parameters[index] = (1024 * state.parameters[index]).rounded() / 1024
                }
                state.parametersChanged()
                let samples = Configurations(siteCount: 4, spins: [1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1])
                let space = try SampleSpace(communicator: .alone(), localCount: 3, isComplex: state.isComplex)
                let jacobian = state.linearise(samples, in: space)
                #expect(jacobian.logPsi[0] == -.infinity && jacobian.logPsi[4] == -.infinity)
                #expect(jacobian.logPsi[2].isFinite)
                let rows = jacobian.rows()
                let width = space.components * state.layout.count
                #expect(rows.allSatisfy { $0.isFinite })
                #expect(rows[..<width].allSatisfy { $0 == 0 } && rows[(2 * width)...].allSatisfy { $0 == 0 })
                #expect(rows[width..<2 * width].contains { $0 != 0 })
            }
        }
    }

    /// Parameters of a machine of orbits are those of an ordinary one with tied weights.
    @Test(arguments: DataType.allCases) func orbitsAreHiddenUnits(_ type: DataType) throws {
        let lattice = try Lattice(.square, extent: [2, 3])
        let group = SpaceGroup(lattice).group(.spaceGroup)
        let state = NeuralQuantumState(
            SymmetricRBM(
                group: group, features: 2, options: LayerOptions(type, kernel: Self.wide, bias: Self.wide)),
            seed: 5)
        let plain = PlainNetwork(state)
        let error = largestError(state) { spins in
            let s = spins.map { C(Double($0)) }
            var sum = s.reduce(0, +) * plain["visible_bias"][0]
            for symmetry in group.symmetries {
                for feature in 0..<2 {
                    let angle = (0..<6).reduce(plain["Dense/bias"][feature]) {
                        $0 + plain["Dense/kernel"][feature * 6 + symmetry[$1]] * s[$1]
                    }
                    sum += PlainNetwork.activation(.logCosh, angle)
                }
            }
            return sum
        }
        #expect(error < (type.isSingle ? 1e-5 : 1e-13))
        #expect(state.productsAreUsable)
    }
}
