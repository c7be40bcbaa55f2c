import DistQGT
import LatticeSymmetry
import LinearAlgebra
import Numerics

extension Configurations {
    /// `count` independent uniform configurations.
    public static func random(
        siteCount: Int, count: Int, using generator: inout some RandomNumberGenerator
    ) -> Configurations {
        Configurations(
            siteCount: siteCount,
            spins: (0..<siteCount * count).map { _ in Bool.random(using: &generator) ? 1 : -1 })
    }

    /// Rows `range`, as a batch of their own.
    public func rows(_ range: Range<Int>) -> Configurations {
        Configurations(
            siteCount: siteCount, spins: Array(spins[range.lowerBound * siteCount..<range.upperBound * siteCount]))
    }
}

extension ProposalBatch {
    /// Lets one chain's proposal flip spins 1/2.
    ///
    /// - Parameter spins: the chain's configuration.
    public func proposeFlips(of flipped: some Collection<Int>, chain: Int, in spins: [Int8]) {
        siteCounts[chain] = Int32(flipped.count)
        for (index, site) in flipped.enumerated() {
            let place = chain * maximumSites + index
            sites[place] = Int32(site)
            formerCodes[place] = spins[site]
            codes[place] = -spins[site]
        }
    }
}

extension BasisNumbering {
    /// The whole basis.
    public func everyConfiguration() throws -> Configurations { try configurations(in: 0..<dimension) }
}

/// A network by name, for tests that run over all of them.
public struct NamedAnsatz: Sendable, CustomStringConvertible {
    public let description: String
    public let ansatz: any Ansatz

    public init(_ description: String, _ ansatz: any Ansatz) {
        self.description = description
        self.ansatz = ansatz
    }
}

/// Every network of the package in every data type and form that it admits, on `siteCount` sites, with
/// parameters large enough that the activations are used where they bend.
public func everyAnsatz(siteCount n: Int) -> [NamedAnsatz] {
    let wide = Initialiser(.normal, scale: 0.3)
    var all: [NamedAnsatz] = []
    func add(_ name: String, _ type: DataType, _ ansatz: any Ansatz) {
        all.append(NamedAnsatz("\(name) \(type.rawValue)", ansatz))
    }
    for type in DataType.allCases {
        add(
            "rbm", type,
            RestrictedBoltzmannMachine(
                siteCount: n, alpha: 2, options: LayerOptions(type, kernel: wide, bias: wide)))
        add(
            "rbm without biases", type,
            RestrictedBoltzmannMachine(
                siteCount: n, alpha: 1, useHiddenBias: false, useVisibleBias: false,
                options: LayerOptions(type, kernel: wide)))
        add(
            "rbm gelu", type,
            RestrictedBoltzmannMachine(
                siteCount: n, alpha: 1, options: LayerOptions(type, activation: .gelu, kernel: wide, bias: wide)))
        add("jastrow", type, Jastrow(siteCount: n, options: LayerOptions(type, kernel: wide)))
        for activation in Activation.allCases where !type.isComplex || activation.acceptsComplex {
            add(
                "ffnn \(activation.rawValue)", type,
                FeedForward(
                    siteCount: n, widths: [n + 1, 5],
                    options: LayerOptions(type, activation: activation, kernel: wide, bias: wide)))
        }
        add(
            "ffnn sum without bias", type,
            FeedForward(
                siteCount: n, widths: [4, 3, 5], output: .sum, useBias: false,
                options: LayerOptions(type, activation: .tanh, kernel: wide)))
        add(
            "mlp", type,
            MultilayerPerceptron(
                siteCount: n, hiddenDimensions: [7, 5], useOutputBias: true,
                options: LayerOptions(type, activation: .gelu, kernel: wide, bias: wide)))
        for (name, network) in groupNetworks(siteCount: n, type, wide) { add("gcnn \(name)", type, network) }
        add(
            "mlp without hidden layers", type,
            MultilayerPerceptron(
                siteCount: n, hiddenDimensions: [], options: LayerOptions(type, kernel: wide)))
        func arnn(
            _ name: String, _ activation: Activation, _ layers: [any CausalLayer], useBias: Bool = true,
            magnetisation: Int? = nil
        ) {
            add(
                "\(name) \(activation.rawValue)", type,
                AutoregressiveNetwork(
                    siteCount: n, layers: layers, useBias: useBias,
                    magnetisation: magnetisation,
                    options: LayerOptions(type, activation: activation, kernel: wide, bias: wide)))
        }
        arnn("arnn_dense", .tanh, AutoregressiveNetwork.denseLayers(siteCount: n, features: [3, 2]))
        arnn(
            "arnn_dense without bias", .identity, AutoregressiveNetwork.denseLayers(siteCount: n, features: []),
            useBias: false)
        arnn(
            "arnn_conv1d", .reimSELU,
            AutoregressiveNetwork.convolutionLayers(siteCount: n, features: [3], length: 2, dilation: 2))
        // Configurations outside of the sector have no meaning, but derivatives all the same.
        arnn(
            "arnn_conv2d in a sector", .gelu,
            AutoregressiveNetwork.convolutionLayers(
                extent: n % 2 == 0 ? (2, n / 2) : (1, n), features: [2], height: 2, width: 3),
            magnetisation: n % 2)
        if type.isComplex {
            add(
                "mixed_jastrow_rbm", type,
                MixedJastrowRBM(
                    siteCount: n, hiddenUnits: 4, options: LayerOptions(type, kernel: wide, bias: wide)))
        } else {
            add(
                "rbm_modphase", type,
                ModulusPhaseRBM(
                    siteCount: n, alpha: 1, options: LayerOptions(type, kernel: wide, bias: wide)))
        }
        for network in latticeNetworks(siteCount: n, type, wide) { all.append(network) }
        for network in products(siteCount: n, type, wide) { all.append(network) }
    }
    return all
}

/// Products of factors: of one form and of different ones, of real and complex factors, with signs.
private func products(siteCount n: Int, _ type: DataType, _ wide: Initialiser) -> [NamedAnsatz] {
    func rbm(_ type: DataType) -> RestrictedBoltzmannMachine {
        RestrictedBoltzmannMachine(
            siteCount: n, alpha: 1, options: LayerOptions(type, kernel: wide, bias: wide))
    }
    func jastrow(_ type: DataType) -> Jastrow { Jastrow(siteCount: n, options: LayerOptions(type, kernel: wide)) }
    func mlp(_ type: DataType, _ activation: Activation = .tanh) -> MultilayerPerceptron {
        MultilayerPerceptron(
            siteCount: n, hiddenDimensions: [5],
            options: LayerOptions(type, activation: activation, kernel: wide, bias: wide))
    }
    let network = groupNetworks(siteCount: n, type, wide).first { $0.0 == "reim_selu signs" }
    let signed = network.map { ("product of jastrow and gcnn reim_selu signs", [jastrow(type), $0.1] as [any Ansatz]) }
    let all: [(String, [any Ansatz])] = [
        ("product of jastrow and rbm", [jastrow(type), rbm(type)]),
        ("product of rbm and mlp", [rbm(type), mlp(type)]),
        (
            "mixed product of rbm, complex mlp and jastrow",
            [rbm(type), mlp(type.complex, .gelu), jastrow(type.real)]
        ),
    ]
    return (all + [signed].compactMap { $0 }).map { name, factors in
        NamedAnsatz(
            "\(name) \(type.rawValue)", FactorProduct(factors.enumerated().map { .init("\($0)", $1) }))
    }
}

/// Networks that know the lattice, on chains and (for even n) on cells of two sites.
private func latticeNetworks(siteCount n: Int, _ type: DataType, _ wide: Initialiser) -> [NamedAnsatz] {
    func lattice(_ kind: Lattice.Kind, _ extent: [Int], periodic: Bool = true) -> Lattice {
        guard let lattice = try? Lattice(kind, extent: extent, periodic: periodic) else {
            preconditionFailure("no \(kind) of extent \(extent)")
        }
        return lattice
    }
    func window(_ lattice: Lattice, _ extent: [Int]) -> CellWindow {
        guard let window = try? CellWindow(lattice, extent: extent) else {
            preconditionFailure("no window of \(extent) cells")
        }
        return window
    }
    func patches(_ lattice: Lattice, _ patch: [Int]) -> CellPatches {
        guard let patches = try? CellPatches(lattice, patch: patch) else {
            preconditionFailure("no patches of \(patch) cells")
        }
        return patches
    }
    let ring = lattice(.chain, [n])
    let chain = lattice(.chain, [n], periodic: false)
    var all: [(String, any Ansatz)] = [
        (
            "cnn",
            ConvolutionalNetwork(
                window: window(ring, [3]), channels: [3, 2], options: LayerOptions(type, kernel: wide, bias: wide))
        ),
        (
            "resnet",
            ResidualNetwork(
                window: window(chain, [3]), channels: 3, blocks: 1,
                options: LayerOptions(type, activation: .tanh, kernel: wide, bias: wide))
        ),
        (
            "transformer",
            VisionTransformer(
                patches: patches(ring, [n % 2 == 0 ? 2 : 1]), layers: 1, width: 4, heads: 2, feedForwardWidth: 3,
                layerNorm: !type.isComplex, options: LayerOptions(type, activation: .tanh, kernel: wide, bias: wide))
        ),
        (
            "transformer absolute",
            VisionTransformer(
                patches: patches(chain, [1]), layers: 1, width: 2, heads: 2, feedForwardWidth: 2, attention: .absolute,
                layerNorm: false, output: .logCosh,
                options: LayerOptions(type, activation: .tanh, kernel: wide, bias: wide))
        ),
    ]
    let translations = SpaceGroup(ring).group(.translation)
    let reflections = SpaceGroup(chain).group(.pointGroup)
    all.append(
        (
            "rbm_symm",
            SymmetricRBM(
                group: translations, features: 2, options: LayerOptions(type, kernel: wide, bias: wide))
        ))
    all.append(
        (
            "symmetrised rbm",
            Symmetrised(
                RestrictedBoltzmannMachine(
                    siteCount: n, alpha: 1, options: LayerOptions(type, kernel: wide, bias: wide)),
                group: translations, characters: translations.permutations.map { _ in 1 }, parity: 1)
        ))
    all.append(
        (
            "symmetrised cnn",
            Symmetrised(
                ConvolutionalNetwork(
                    window: window(chain, [3]), channels: [3, 2], output: .complexLogCosh,
                    options: LayerOptions(type, activation: .tanh, kernel: wide, bias: wide)),
                group: reflections, characters: reflections.permutations.map { _ in 1 })
        ))
    if n % 2 == 0 {
        all.append(
            (
                "cnn of two sublattices",
                ConvolutionalNetwork(
                    window: window(lattice(.honeycomb, [n / 2, 1]), [2, 1]), channels: [2],
                    output: .sum,
                    useBias: false, options: LayerOptions(type, activation: .tanh, kernel: wide))
            ))
        all += latticeNetworksOfBothSpins(lattice(.chain, [n / 2]), type, wide)
    }
    if !type.isComplex {
        all.append(
            (
                "resnet with layer norm",
                ResidualNetwork(
                    window: window(chain, [3]), channels: 4, blocks: 1, layerNorm: true,
                    output: .logCosh, options: LayerOptions(type, activation: .tanh, kernel: wide, bias: wide))
            ))
    }
    return all.map { NamedAnsatz("\($0.0) \(type.rawValue)", $0.1) }
}

/// Networks that read two numbers of each site of a ring.
private func latticeNetworksOfBothSpins(
    _ ring: Lattice, _ type: DataType, _ wide: Initialiser
) -> [(String, any Ansatz)] {
    guard let window = try? CellWindow(ring, extent: [2]), let patches = try? CellPatches(ring, patch: [1]) else {
        preconditionFailure("a ring of \(ring.siteCount) sites")
    }
    let options = LayerOptions(type, activation: .tanh, kernel: wide, bias: wide)
    return [
        (
            "cnn of both spins",
            ConvolutionalNetwork(window: window, channels: [2], numbersPerSite: 2, options: options)
        ),
        (
            "resnet of both spins",
            ResidualNetwork(window: window, channels: 2, blocks: 1, numbersPerSite: 2, options: options)
        ),
        (
            "transformer of both spins",
            VisionTransformer(
                patches: patches, layers: 1, width: 2, heads: 1, numbersPerSite: 2, feedForwardWidth: 2,
                layerNorm: false, options: options)
        ),
        (
            "rbm_symm of both spins",
            SymmetricRBM(
                group: SpaceGroup(ring).group(.translation), features: 2, numbersPerSite: 2,
                options: LayerOptions(type, kernel: wide, bias: wide))
        ),
    ]
}

/// Group-convolutional networks on a chain: real and complex sums, with signs and without, with parity, on a group
/// without translations. Their characters are numbers for which ψ has no nodes, not those of a representation.
private func groupNetworks(
    siteCount n: Int, _ type: DataType, _ initialiser: Initialiser
) -> [(String, GroupConvolutionalNetwork)] {
    func network(
        _ part: SpaceGroup.Part, _ features: [Int], parity: Int? = nil, paired: Bool = false, useBias: Bool = true,
        form: GroupConvolutionalNetwork.LayerForm = .convolution, numbersPerSite: Int = 1,
        _ character: (Int) -> Complex<Double>
    ) -> GroupConvolutionalNetwork {
        guard let chain = try? Lattice(.chain, extent: [n / numbersPerSite]) else {
            preconditionFailure("a chain of \(n / numbersPerSite) sites")
        }
        let group = SpaceGroup(chain).group(part)
        var network = GroupConvolutionalNetwork(
            group: group, features: features, characters: (0..<group.order).map(character), parity: parity,
            pairedOutput: paired, useBias: useBias, numbersPerSite: numbersPerSite,
            options: LayerOptions(type, kernel: initialiser, bias: initialiser))
        network.layerForm = form
        return network
    }
    let paired =
        type.isComplex
        ? []
        : [
            ("moduli and phases", network(.spaceGroup, [2, 4], paired: true) { $0 % 3 == 0 ? 1 : Complex(-0.2) })
        ]
    let ofBothSpins =
        n % 2 == 0
        ? [("reim_selu both spins", network(.spaceGroup, [2, 2], parity: 1, numbersPerSite: 2) { _ in 1 })] : []
    return paired + ofBothSpins + [
        ("reim_selu translations", network(.translation, [2, 3]) { _ in 1 }),
        (
            "reim_selu phases",
            network(.translation, [2, 2], useBias: false) {
                Complex(length: 0.3 + 1 / Double(1 + $0), phase: 0.4 * Double($0))
            }
        ),
        ("reim_selu signs", network(.spaceGroup, [2, 1, 2]) { $0 % 3 == 0 ? -2 : Complex(0.1) }),
        ("reim_selu parity", network(.spaceGroup, [2, 2], parity: 1) { $0 % 4 == 1 ? 0 : 1 }),
        (
            "reim_selu by Fourier modes",
            network(.spaceGroup, [2, 1], form: .fourier) { $0 % 2 == 0 ? 1 : Complex(-0.1) }
        ),
        ("reim_selu by matrices", network(.spaceGroup, [1, 2], form: .matrix) { _ in 1 }),
        ("reflections", network(.pointGroup, [3]) { _ in 1 }),
    ]
}

extension NeuralQuantumState {
    /// A state with parameters drawn from its leaves' distributions.
    public convenience init(
        _ ansatz: any Ansatz, reading encoder: Encoder? = nil, seed: UInt64, chunkRows: Int? = nil
    ) {
        self.init(ansatz, reading: encoder, chunkRows: chunkRows)
        var generator = SplitMix64(seed: seed)
        initialiseParameters(using: &generator)
    }
}
