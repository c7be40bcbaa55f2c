import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import LinearAlgebra
import Numerics
import Testing

/// A network in a sector of a lattice's symmetries.
struct SectorNetwork: Sendable, CustomStringConvertible {
    let description: String
    let network: GroupConvolutionalNetwork

    init(
        _ kind: Lattice.Kind, _ extent: [Int], _ part: SpaceGroup.Part, momentum: [Int]? = nil, irrep: String? = nil,
        parity: Int? = nil, paired: Bool = false, features: [Int] = [2, 3], mask: [Bool]? = nil,
        numbersPerSite: Int = 1, _ dataType: DataType = .float64
    ) throws {
        let spaceGroup = SpaceGroup(try Lattice(kind, extent: extent))
        let wide = Initialiser(.normal, scale: 0.4)
        description =
            "\(kind) \(extent) \(part) k=\(momentum ?? []) \(irrep ?? "") parity \(parity ?? 0) \(dataType)"
            + (paired ? " moduli and phases" : "") + (numbersPerSite > 1 ? " of both spins" : "")
        network = GroupConvolutionalNetwork(
            group: spaceGroup.group(part), features: features,
            characters: try spaceGroup.characters(of: part, momentum: momentum, irrep: irrep.map { .name($0) }),
            parity: parity, pairedOutput: paired, inputMask: mask, numbersPerSite: numbersPerSite,
            options: LayerOptions(dataType, kernel: wide, bias: wide))
    }

    static func all() throws -> [SectorNetwork] {
        [
            try .init(.chain, [6], .translation), try .init(.chain, [6], .translation, momentum: [1]),
            try .init(.chain, [7], .translation, momentum: [2], .complex128),
            try .init(.chain, [8], .spaceGroup, momentum: [4], irrep: "A''", features: [2, 1, 2]),
            try .init(.chain, [7], .spaceGroup, irrep: "A''", parity: -1, .complex128),
            try .init(.chain, [7], .pointGroup, irrep: "A''", parity: 1, features: [3]),
            try .init(.square, [3, 3], .spaceGroup, features: [1, 2]),
            try .init(
                .square, [2, 3], .spaceGroup, momentum: [0, 1], features: [2, 2],
                mask: [true, true, false, true, false, false]),
            try .init(.square, [4, 4], .spaceGroup, momentum: [2, 2], irrep: "B1", features: [1, 1]),
            try .init(.square, [3, 4], .spaceGroup, momentum: [1, 2], irrep: "A''", parity: 1),
            try .init(.square, [4, 4], .spaceGroup, momentum: [1, 1], features: [1, 2], .complex128),
            try .init(.triangular, [3, 3], .spaceGroup, momentum: [1, 2], irrep: "A1", features: [1, 1]),
            try .init(.honeycomb, [2, 2], .spaceGroup, irrep: "B2", parity: -1, features: [1, 1]),
            try .init(.kagome, [2, 2], .spaceGroup, momentum: [1, 0], irrep: "B1", features: [1, 1], .complex128),
            try .init(.chain, [6], .translation, momentum: [1], paired: true, features: [2, 4]),
            try .init(.square, [4, 4], .spaceGroup, irrep: "B2", paired: true, features: [1, 2]),
            try .init(.chain, [7], .spaceGroup, irrep: "A''", parity: -1, paired: true, features: [2, 2]),
            try .init(.cube, [2, 2, 2], .spaceGroup, momentum: [0, 0, 1], features: [1, 1]),
            try .init(.chain, [6], .translation, features: [2, 3], numbersPerSite: 2),
            try .init(.square, [3, 3], .spaceGroup, features: [1, 2], numbersPerSite: 2, .complex128),
            try .init(
                .square, [4, 4], .spaceGroup, momentum: [2, 2], irrep: "B1", features: [1, 1], numbersPerSite: 2),
            try .init(.chain, [7], .spaceGroup, irrep: "A''", parity: -1, numbersPerSite: 2),
            try .init(.honeycomb, [2, 2], .spaceGroup, parity: 1, features: [1, 1], numbersPerSite: 2),
            try .init(
                .square, [2, 3], .pointGroup, features: [2, 2], mask: [true, true, false, true, false, false],
                numbersPerSite: 2),
        ]
    }
}

struct GroupConvolutionalNetworkTests {
    private func psi(_ state: NeuralQuantumState, _ configurations: [[Int8]]) -> [Complex<Double>] {
        let amplitudes = state.amplitudes(blockRows: 16)
        var logPsi = [Double](repeating: .nan, count: 2 * configurations.count)
        amplitudes.evaluate(configurations.flatMap { $0 }, count: configurations.count, into: &logPsi)
        return configurations.indices.map {
            Complex(length: .exp(logPsi[2 * $0]), phase: logPsi[2 * $0] == -.infinity ? 0 : logPsi[2 * $0 + 1])
        }
    }

    private func configurations(_ count: Int, sites: Int, seed: UInt64) -> [[Int8]] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { _ in (0..<sites).map { _ in Bool.random(using: &random) ? 1 : -1 } }
    }

    /// ψ(g s) = χ(g) ψ(s) for every element of the little group, ψ(−s) = ±ψ(s).
    @Test(arguments: try SectorNetwork.all()) func everyElementMultipliesByItsCharacter(_ subject: SectorNetwork) {
        let network = subject.network
        let group = network.group
        let state = NeuralQuantumState(network, seed: 3)
        let samples = configurations(6, sites: network.siteCount, seed: 11)
        var images: [[Int8]] = []
        for configuration in samples {
            for preimages in group.symmetries {
                images.append(
                    stride(from: 0, to: configuration.count, by: group.siteCount).flatMap { first in
                        preimages.map { configuration[first + $0] }
                    })
            }
            images.append(
                network.numbersPerSite == 2
                    ? Array(configuration[group.siteCount...] + configuration[..<group.siteCount])
                    : configuration.map { -$0 })
        }
        let values = psi(state, images)
        var largest = 0.0
        for number in samples.indices {
            let first = number * (group.order + 1)
            let own = values[first]
            // What may have cancelled.
            let scale = amplitude(network, state, samples[number]).scale
            for element in 0..<group.order where network.characters[element] != 0 {
                let deviation = (values[first + element] - network.characters[element] * own).length
                #expect(deviation < 1e-12 * scale, "element \(element), configuration \(number)")
            }
            if let parity = network.parity {
                let deviation = (values[first + group.order] - Complex(Double(parity)) * own).length
                #expect(deviation < 1e-12 * scale)
            }
            largest = max(largest, own.length / scale)
        }
        #expect(largest > 1e-6)
    }

    /// The definition, written out element by element.
    @Test(
        arguments: try SectorNetwork.all(), [GroupConvolutionalNetwork.LayerForm.convolution, .fourier, .matrix])
    func valuesAreThoseOfTheDefinition(_ subject: SectorNetwork, _ form: GroupConvolutionalNetwork.LayerForm) {
        var network = subject.network
        network.layerForm = form
        let state = NeuralQuantumState(network, seed: 5)
        let samples = configurations(4, sites: network.siteCount, seed: 12)
        for (configuration, value) in zip(samples, psi(state, samples)) {
            let (expected, scale) = amplitude(network, state, configuration)
            #expect((value - expected).length < 1e-12 * scale)
        }
    }

    /// Kernels rotated mode by mode against one matrix over the whole group, on more shapes than sums over groups can check:
    /// rows, J and Jᵀ.
    @Test(
        arguments: try SectorNetwork.all() + [
            .init(.square, [3, 3], .spaceGroup, features: [5, 3]),
            .init(.square, [5, 5], .spaceGroup, momentum: [1, 2], features: [1, 2]),
            .init(.square, [5, 5], .spaceGroup, features: [2, 1], .complex128),
            .init(.square, [6, 4], .spaceGroup, parity: 1, features: [1, 4, 1]),
            .init(.triangular, [4, 4], .spaceGroup, momentum: [1, 2], features: [1, 2]),
            .init(.triangular, [3, 3], .spaceGroup, paired: true, features: [2, 2]),
            .init(.cube, [3, 3, 3], .spaceGroup, features: [1, 1]),
        ]) func derivativesDoNotDependOnTheForm(_ subject: SectorNetwork) throws
    {
        let sites = subject.network.siteCount
        let count = 7
        // Far from nodes, where derivatives are large.
        let state = NeuralQuantumState(subject.network, seed: 6)
        let away = configurations(200, sites: sites, seed: 13).filter { configuration in
            let (psi, scale) = amplitude(subject.network, state, configuration)
            return psi.length > 1e-2 * scale
        }
        try #require(away.count >= count)
        let samples = Configurations(siteCount: sites, spins: away.prefix(count).flatMap { $0 })
        let space = try SampleSpace(communicator: .alone(), localCount: count, isComplex: state.isComplex)
        func derivatives(_ form: GroupConvolutionalNetwork.LayerForm) -> [[Double]] {
            var network = subject.network
            network.layerForm = form
            let state = NeuralQuantumState(network, seed: 6, chunkRows: 4)
            let jacobian = state.linearise(samples, in: space)
            var generator = SplitMix64(seed: 14)
            let x = jacobian.makeDomainVector()
            x.fillWithNormalDeviates(using: &generator)
            let y = jacobian.makeCodomainVector()
            jacobian.apply(x, into: y)
            let seeds = jacobian.makeCodomainVector()
            seeds.fillWithNormalDeviates(using: &generator)
            let back = jacobian.makeDomainVector()
            jacobian.applyTransposed(seeds, into: back)
            return [jacobian.rows(), Array(y.values), Array(back.values)]
        }
        let expected = derivatives(.matrix)
        for form in [GroupConvolutionalNetwork.LayerForm.convolution, .fourier] {
            for (what, (own, other)) in zip(["rows", "J", "Jᵀ"], zip(derivatives(form), expected)) {
                let scale = other.map(abs).max() ?? 0
                #expect(own.count == other.count && scale > 0)
                #expect(zip(own, other).allSatisfy { abs($0 - $1) < 1e-11 * scale }, "\(what) \(form)")
            }
        }
    }

    /// ψ(s), and the sum of the moduli of its terms.
    private func amplitude(
        _ network: GroupConvolutionalNetwork, _ state: NeuralQuantumState, _ s: [Int8]
    ) -> (psi: Complex<Double>, scale: Double) {
        let group = network.group
        let (symmetries, table) = (group.symmetries, group.productTable)
        func leaf(_ name: String) -> [Complex<Double>] {
            guard let index = state.layout.index(of: name) else { return [] }
            let (leaf, offset) = (state.layout.leaves[index], state.layout.offsets[index])
            return (0..<leaf.count).map {
                leaf.isComplex
                    ? Complex(state.parameters[offset + 2 * $0], state.parameters[offset + 2 * $0 + 1])
                    : Complex(state.parameters[offset + $0])
            }
        }
        func selu(_ x: Double) -> Double {
            1.0507009873554804934 * (x > 0 ? x : 1.6732632423543772848 * .expMinusOne(x))
        }
        func activation(_ z: Complex<Double>) -> Complex<Double> {
            let root = 2.0.squareRoot()
            return network.dataType.isComplex
                ? Complex(selu(root * z.real) / root, selu(root * z.imaginary) / root) : Complex(selu(z.real))
        }
        func embedding(flipped: Bool) -> [[Complex<Double>]] {
            let (kernel, bias) = (leaf("dense_symm/kernel"), leaf("dense_symm/bias"))
            let (n, spins) = (group.siteCount, network.numbersPerSite)
            let sites = (0..<n).filter { network.inputMask?[$0] ?? true }
            let sign = flipped && spins == 1 ? -1.0 : 1
            return (0..<network.features[0]).map { o in
                symmetries.map { preimages in
                    (0..<spins * n).reduce(bias[o]) { sum, number in
                        let (spin, site) = (number / n, number % n)
                        guard let column = sites.firstIndex(of: preimages[site]) else { return sum }
                        let read = flipped && spins == 2 ? s[(1 - spin) * n + site] : s[number]
                        return sum + kernel[(o * spins + spin) * sites.count + column] * Complex(sign * Double(read))
                    }
                }
            }
        }
        func layer(_ name: String, _ f: [[Complex<Double>]], _ outputs: Int) -> [[Complex<Double>]] {
            let (kernel, bias) = (leaf("\(name)/kernel"), leaf("\(name)/bias"))
            return (0..<outputs).map { o in
                (0..<group.order).map { b in
                    var sum = bias[o]
                    for i in f.indices {
                        for a in 0..<group.order {
                            sum += kernel[(o * f.count + i) * group.order + table[a][b]] * f[i][a]
                        }
                    }
                    return sum
                }
            }
        }
        var streams = (network.parity == nil ? [false] : [false, true]).map(embedding)
        for next in network.features.indices.dropFirst() {
            let f = streams.map { $0.map { $0.map(activation) } }
            let width = network.features[next]
            if f.count == 1 {
                streams = [layer("equivariant_layers_\(next - 1)", f[0], width)]
            } else {
                streams = [(f[0], f[1]), (f[1], f[0])].map { same, other in
                    zip(
                        layer("equivariant_layers_\(next - 1)", same, width),
                        layer("equivariant_layers_flip_\(next - 1)", other, width)
                    )
                    .map { zip($0, $1).map { ($0 + $1) * Complex(0.5.squareRoot()) } }
                }
            }
        }
        var sum = Complex<Double>(0)
        var scale = 0.0
        for (stream, sign) in zip(streams, [1, Double(network.parity ?? 1)]) {
            let half = stream.count / 2
            let terms =
                network.pairedOutput
                ? (0..<half).map { o in zip(stream[o], stream[o + half]).map { $0 + .i * $1 } } : stream
            for feature in terms {
                for (value, character) in zip(feature, network.characters) {
                    let term = character * Complex(length: .exp(value.real), phase: value.imaginary)
                    sum += Complex(sign) * term
                    scale += term.length
                }
            }
        }
        return (sum, scale)
    }

    @Test func leavesAreThoseOfNetKet() throws {
        let plain = try SectorNetwork(.chain, [4], .spaceGroup, features: [3, 2, 5]).network
        #expect(
            plain.leaves.map(\.leaf.name) == [
                "dense_symm/bias", "dense_symm/kernel", "equivariant_layers_0/bias", "equivariant_layers_0/kernel",
                "equivariant_layers_1/bias", "equivariant_layers_1/kernel",
            ])
        #expect(plain.leaves.map(\.leaf.shape) == [[3], [3, 1, 4], [2], [2, 3, 8], [5], [5, 2, 8]])
        let masked = try SectorNetwork(.chain, [4], .translation, features: [3], mask: [true, true, false, true])
            .network
        #expect(masked.leaves.map(\.leaf.shape) == [[3], [3, 1, 3]])
        let ofBothSpins = try SectorNetwork(.chain, [4], .spaceGroup, features: [3, 2], numbersPerSite: 2).network
        #expect(ofBothSpins.leaves.map(\.leaf.name) == plain.leaves.prefix(4).map(\.leaf.name))
        #expect(ofBothSpins.leaves.map(\.leaf.shape) == [[3], [3, 2, 4], [2], [2, 3, 8]])
        #expect(ofBothSpins.siteCount == 8)
        let parity = try SectorNetwork(.chain, [4], .translation, parity: 1, features: [3, 2]).network
        #expect(
            parity.leaves.map(\.leaf.name).suffix(4) == [
                "equivariant_layers_0/bias", "equivariant_layers_0/kernel", "equivariant_layers_flip_0/bias",
                "equivariant_layers_flip_0/kernel",
            ])
    }

    /// Signs cost nothing: the derivatives of a real ψ of both signs are real.
    @Test func realNetworksHaveRealDerivatives() throws {
        let positive = NeuralQuantumState(try SectorNetwork(.chain, [6], .spaceGroup).network, seed: 1)
        #expect(!positive.isComplex && !positive.hasPhases)
        let signed = NeuralQuantumState(
            try SectorNetwork(.chain, [6], .spaceGroup, momentum: [3]).network, seed: 1)
        #expect(!signed.isComplex && signed.hasPhases)
        let phases = NeuralQuantumState(
            try SectorNetwork(.chain, [6], .translation, momentum: [1]).network, seed: 1)
        #expect(phases.isComplex && phases.hasPhases)
        let paired = NeuralQuantumState(
            try SectorNetwork(.chain, [6], .spaceGroup, paired: true, features: [2, 2]).network, seed: 1)
        #expect(paired.isComplex && paired.hasPhases)
        let samples = configurations(40, sites: 6, seed: 4)
        let signs = psi(signed, samples).map(\.real)
        #expect(signs.contains { $0 > 1e-6 } && signs.contains { $0 < -1e-6 })
    }

    /// At a node of ψ nothing becomes NaN that is not defined, and derivatives are 0.
    @Test func nodesDoNoHarm() throws {
        var network = try SectorNetwork(.chain, [4], .translation, momentum: [2], features: [1]).network
        network = GroupConvolutionalNetwork(
            group: network.group, features: [1], characters: network.characters,
            options: LayerOptions(kernel: Initialiser(.zeros)))
        let state = NeuralQuantumState(network, seed: 1)
        // With kernels of 0 the sum is 1 − 1 + 1 − 1.
        let all = Configurations(siteCount: 4, spins: [1, 1, 1, 1, 1, -1, 1, 1])
        let jacobian = state.linearise(
            all, in: try SampleSpace(communicator: .alone(), localCount: 2, isComplex: false))
        #expect(jacobian.logPsi[0] == -.infinity && jacobian.logPsi[2] == -.infinity)
        #expect(jacobian.rows().allSatisfy { $0 == 0 })
    }

    @Test func initialKernelsHaveTheVarianceOfTheirFan() throws {
        let chain = SpaceGroup(try Lattice(.chain, extent: [16]))
        let state = NeuralQuantumState(
            GroupConvolutionalNetwork(
                group: chain.group(.spaceGroup), features: [64, 50], characters: Array(repeating: 1, count: 32)),
            seed: 7)
        for (name, fan) in [("dense_symm/kernel", 16.0), ("equivariant_layers_0/kernel", 64 * 32)] {
            let index = try #require(state.layout.index(of: name))
            let (count, offset) = (state.layout.leaves[index].count, state.layout.offsets[index])
            let variance =
                (0..<count).reduce(0) { $0 + state.parameters[offset + $1] * state.parameters[offset + $1] }
                / Double(count)
            // The relative deviation of a variance of n normal numbers is √(2/n).
            #expect(abs(variance * fan - 1) < 5 * (2 / Double(count)).squareRoot())
        }
    }
}
