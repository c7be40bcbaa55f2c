import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import LinearAlgebra
import Numerics
import Testing

/// Networks on the lattice against plain loops over coordinates, and their translations.
@Suite struct LatticeNetworkTests {
    private static let wide = Initialiser(.normal, scale: 0.3)

    struct Grid: Sendable, CustomStringConvertible {
        let kind: Lattice.Kind
        let extent: [Int]
        let periodic: [Bool]
        let window: [Int]
        let patch: [Int]
        var description: String { "\(kind.rawValue) \(extent) \(periodic)" }
        func lattice() throws -> Lattice { try Lattice(kind, extent: extent, periodic: periodic) }
    }

    private static let grids = [
        Grid(kind: .chain, extent: [7], periodic: [true], window: [3], patch: [1]),
        Grid(kind: .chain, extent: [6], periodic: [false], window: [4], patch: [2]),
        Grid(kind: .square, extent: [4, 2], periodic: [true, true], window: [3, 2], patch: [2, 1]),
        Grid(kind: .square, extent: [3, 4], periodic: [false, true], window: [3, 1], patch: [1, 2]),
        Grid(kind: .triangular, extent: [3, 3], periodic: [true], window: [3, 3], patch: [1, 3]),
        Grid(kind: .honeycomb, extent: [2, 3], periodic: [true], window: [2, 3], patch: [1, 1]),
        Grid(kind: .kagome, extent: [2, 2], periodic: [true, false], window: [1, 2], patch: [2, 1]),
        Grid(kind: .cube, extent: [2, 3, 2], periodic: [true, true, false], window: [2, 3, 2], patch: [1, 3, 2]),
    ]

    @Test(arguments: grids, [DataType.float64, .complex128])
    func convolutionalNetworkIsItsFormula(_ grid: Grid, _ type: DataType) throws {
        let lattice = try grid.lattice()
        for (activation, output, useBias, numbersPerSite) in [
            (.logCosh, .sumOverSquareRootWidth, true, 1), (.tanh, .sum, false, 1), (.tanh, .complexLogCosh, true, 1),
            (.tanh, .logCosh, true, 1), (.tanh, .logCosh, true, 2),
        ] as [(Activation, OutputHead, Bool, Int)] {
            let network = ConvolutionalNetwork(
                window: try CellWindow(lattice, extent: grid.window), channels: [3, 2], numbersPerSite: numbersPerSite,
                output: output, useBias: useBias,
                options: LayerOptions(type, activation: activation, kernel: Self.wide, bias: Self.wide))
            let state = NeuralQuantumState(network, seed: 5)
            #expect(state.isComplex == (type.isComplex || output == .complexLogCosh))
            let plain = PlainNetwork(state)
            let error = largestError(state) { spins in
                let x = ["Conv_0", "Conv_1"].reduce(cellFeatures(spins, on: lattice)) { x, name in
                    plain.convolution(name, x, on: lattice, window: grid.window)
                        .map { $0.map { PlainNetwork.activation(activation, $0) } }
                }
                return plain.head(output, x)
            }
            #expect(error < 1e-13, "\(output), \(numbersPerSite) numbers per site")
        }
    }

    @Test(arguments: grids, [DataType.float64, .complex128])
    func residualNetworkIsItsFormula(_ grid: Grid, _ type: DataType) throws {
        let lattice = try grid.lattice()
        for (layerNorm, numbersPerSite) in [(!type.isComplex, 1), (false, 1), (false, 2)] {
            let network = ResidualNetwork(
                window: try CellWindow(lattice, extent: grid.window), channels: 3, blocks: 2,
                numbersPerSite: numbersPerSite, layerNorm: layerNorm,
                options: LayerOptions(type, activation: .tanh, kernel: Self.wide, bias: Self.wide)
            )
            let state = NeuralQuantumState(network, seed: 6)
            let plain = PlainNetwork(state)
            func normalised(_ x: [[C]], _ summands: Int) -> [[C]] {
                x.map { cell in
                    layerNorm ? PlainNetwork.normalised(cell) : cell.map { $0 / C(Double(summands).squareRoot()) }
                }
            }
            let error = largestError(state) { spins in
                var x = plain.convolution("Conv_0", cellFeatures(spins, on: lattice), on: lattice, window: grid.window)
                for block in 0..<2 {
                    var y = normalised(x, block + 1)
                    for name in ["Conv_0", "Conv_1"] {
                        y = plain.convolution(
                            "Block_\(block)/\(name)", y.map { $0.map { PlainNetwork.activation(.tanh, $0) } },
                            on: lattice, window: grid.window)
                    }
                    x = zip(x, y).map { zip($0, $1).map { $0 + $1 } }
                }
                return plain.head(.complexLogCosh, normalised(x, 3))
            }
            #expect(error < 1e-12, "layer norm: \(layerNorm), \(numbersPerSite) numbers per site")
        }
    }

    @Test(arguments: grids, [DataType.float64, .complex128])
    func transformerIsItsFormula(_ grid: Grid, _ type: DataType) throws {
        let lattice = try grid.lattice()
        for (attention, layerNorm, numbersPerSite) in [
            (.relative, !type.isComplex, 1), (.absolute, false, 1), (.relative, false, 2),
        ] as [(VisionTransformer.Attention, Bool, Int)] {
            let patches = try CellPatches(lattice, patch: grid.patch)
            let network = VisionTransformer(
                patches: patches, layers: 2, width: 6, heads: 3, numbersPerSite: numbersPerSite, feedForwardWidth: 5,
                attention: attention, layerNorm: layerNorm,
                options: LayerOptions(type, activation: .tanh, kernel: Self.wide, bias: Self.wide)
            )
            let state = NeuralQuantumState(network, seed: 7)
            let plain = PlainNetwork(state)
            let counts = grid.extent.indices.map { grid.extent[$0] / grid.patch[$0] }
            // Patches by the coordinates of their sites, in the order of their corners.
            let patchOfSite = lattice.siteCoordinates.map { place in place.indices.map { place[$0] / grid.patch[$0] } }
            let places = Set(patchOfSite).sorted { $0.lexicographicallyPrecedes($1) }
            /// α of head h between patches p and q.
            func weight(_ layer: Int, _ h: Int, _ p: Int, _ q: Int) -> C {
                let alpha = plain["Layer_\(layer)/alpha"]
                if attention == .absolute { return alpha[(h * places.count + p) * places.count + q] }
                var (number, total) = (0, 1)
                for direction in counts.indices {
                    let difference = places[q][direction] - places[p][direction]
                    let isPeriodic = lattice.periodic[direction]
                    let length = isPeriodic ? counts[direction] : 2 * counts[direction] - 1
                    number =
                        number * length
                        + (isPeriodic ? (difference + length) % length : difference + counts[direction] - 1)
                    total *= length
                }
                return alpha[h * total + number]
            }
            let error = largestError(state) { spins in
                let s = spins.map { C(Double($0)) }
                func normalised(_ x: [C]) -> [C] { layerNorm ? PlainNetwork.normalised(x) : x }
                var x = places.map { place in
                    plain.dense(
                        "Embedding",
                        s.indices.filter { patchOfSite[$0 % lattice.siteCount] == place }.map { s[$0] })
                }
                for layer in 0..<2 {
                    let values = x.map { plain.dense("Layer_\(layer)/Value", normalised($0)) }
                    x = places.indices.map { p in
                        let mixed = (0..<6).map { feature in
                            places.indices.reduce(C.zero) {
                                $0 + weight(layer, feature / 2, p, $1) * values[$1][feature]
                            }
                        }
                        return zip(x[p], plain.dense("Layer_\(layer)/Projection", mixed)).map { $0 + $1 }
                    }
                    x = x.map { x in
                        let hidden = plain.dense("Layer_\(layer)/Dense_0", normalised(x))
                        let out = plain.dense("Layer_\(layer)/Dense_1", hidden.map { .tanh($0) })
                        return zip(x, out).map { $0 + $1 }
                    }
                }
                return plain.head(.complexLogCosh, x, layerNorm: layerNorm)
            }
            #expect(error < 1e-12, "\(attention), \(numbersPerSite) numbers per site")
        }
    }

    /// log ψ of all translations of some configurations, as far as the patches allow.
    @Test func translationsDoNotChangeLogPsi() throws {
        let lattice = try Lattice(.honeycomb, extent: [4, 2])
        let window = try CellWindow(lattice, extent: [3, 2])
        let networks: [(any Ansatz, [Int])] = [
            (
                ConvolutionalNetwork(window: window, channels: [3, 2], options: LayerOptions(kernel: Self.wide)),
                [1, 1]
            ),
            (
                ResidualNetwork(window: window, channels: 3, blocks: 1, options: LayerOptions(kernel: Self.wide)),
                [1, 1]
            ),
            (
                VisionTransformer(
                    patches: try CellPatches(lattice, patch: [2, 1]), layers: 2, width: 4, heads: 2,
                    options: LayerOptions(kernel: Self.wide)), [2, 1]
            ),
        ]
        for (network, steps) in networks {
            let state = NeuralQuantumState(network, seed: 8)
            var generator = SplitMix64(seed: 3)
            let spins = Configurations.random(siteCount: 16, count: 1, using: &generator).spins
            for shift in [[1, 0], [0, 1], [3, 1]] {
                let moved = (0..<16).map { site -> Int8 in
                    let place = lattice.siteCoordinates[site]
                    let source = place.indices.map {
                        (place[$0] + shift[$0] * steps[$0]) % lattice.extent[$0]
                    }
                    return spins[(source[0] * 2 + source[1]) * 2 + lattice.basisIndices[site]]
                }
                let both = logAmplitudes(state, Configurations(siteCount: 16, spins: spins + moved))
                #expect((both[0] - both[1]).length < 1e-13, "\(type(of: network)) \(shift)")
            }
        }
    }
}
