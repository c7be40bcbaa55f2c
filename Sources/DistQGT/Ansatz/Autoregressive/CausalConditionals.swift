import LinearAlgebra

/// The conditional probabilities of an autoregressive network, site after site: every layer is evaluated at one site,
/// from what it and the layers before it gave at the sites before, which is kept. All sites together take half of
/// the multiplications of one evaluation of the network.
///
/// In double precision, with the rows of a block as the columns of every array: site, feature, row.
final class CausalConditionals: ConditionalEvaluator {
    /// Configurations that a direct sampler draws together.
    static let samplingBlockRows = 64

    let blockRows: Int
    private let network: AutoregressiveNetwork
    private let parameters: ParameterVector
    private let layers: [Layer]
    /// The input of every layer at the sites so far: N × features × rows, complex where the network is.
    private let inputs: [RealBuffer]
    /// The inputs of one product, where they do not lie side by side.
    private let patch: RealBuffer
    /// The output of a layer at one site.
    private let output: RealBuffer

    private struct Layer {
        let inputFeatures: Int
        let outputFeatures: Int
        let kernel: UnsafePointer<Double>
        let bias: UnsafePointer<Double>?
        /// By site.
        let products: [CausalProduct]
        /// By site: whether the product's sites are 0, 1, 2, ….
        let isPlain: [Bool]
    }

    init(_ network: AutoregressiveNetwork, _ parameters: ParameterVector, blockRows: Int) {
        self.network = network
        self.parameters = parameters
        self.blockRows = blockRows
        let layout = parameters.layout
        func leaf(_ name: String) -> UnsafePointer<Double> {
            guard let index = layout.index(of: name) else { preconditionFailure("no leaf '\(name)'") }
            return UnsafePointer(parameters.pointer + layout.offsets[index])
        }
        layers = network.layers.enumerated().map { number, layer in
            let products = (0..<network.siteCount).map(layer.product)
            return Layer(
                inputFeatures: layer.inputFeatures, outputFeatures: layer.outputFeatures,
                kernel: leaf(AutoregressiveNetwork.kernelName(number)),
                bias: network.useBias ? leaf(AutoregressiveNetwork.biasName(number)) : nil, products: products,
                isPlain: products.map { $0.sites == Array($0.sites.indices) })
        }
        let sizes = Self.sizes(network)
        inputs = sizes.inputs.map { RealBuffer(count: $0 * blockRows) }
        patch = RealBuffer(count: sizes.patch * blockRows)
        output = RealBuffer(count: sizes.output * blockRows)
    }

    var siteCount: Int { network.siteCount }
    var magnetisation: Int? { network.magnetisation }

    /// Reals for each row of a block.
    private static func sizes(_ network: AutoregressiveNetwork) -> (inputs: [Int], patch: Int, output: Int) {
        let components = network.dataType.isComplex ? 2 : 1
        return (
            network.layers.map { components * network.siteCount * $0.inputFeatures },
            components
                * (network.layers.map { layer in
                    ((0..<network.siteCount).map { layer.product(site: $0).sites.count }.max() ?? 0)
                        * layer.inputFeatures
                }.max() ?? 0),
            components * (network.layers.map(\.outputFeatures).max() ?? 0)
        )
    }

    static func byteCount(_ network: AutoregressiveNetwork, blockRows: Int) -> Int {
        let sizes = Self.sizes(network)
        return MemoryLayout<Double>.stride * blockRows * (sizes.inputs.reduce(0, +) + sizes.patch + sizes.output)
    }

    func evaluate(site: Int, spins: UnsafePointer<Int8>, into logOdds: UnsafeMutablePointer<Double>) {
        let components = network.dataType.isComplex ? 2 : 1
        if site > 0 {
            let target = inputs[0].pointer + (site - 1) * components * blockRows
            for row in 0..<blockRows { target[row * components] = Double(spins[row * siteCount + site - 1]) }
        }
        for (number, layer) in layers.enumerated() {
            multiply(layer, site: site, input: inputs[number].pointer)
            guard number + 1 < layers.count else { break }
            let count = layer.outputFeatures * blockRows
            activate(inputs[number + 1].pointer + site * components * count, count: count)
        }
        // Re a and Re b of every row.
        let down = output.pointer + components * blockRows
        for row in 0..<blockRows {
            logOdds[row] = 2 * (output.pointer[row * components] - down[row * components])
        }
    }

    /// The output of a layer at a site: features × rows.
    private func multiply(_ layer: Layer, site: Int, input: UnsafeMutablePointer<Double>) {
        let complex = network.dataType.isComplex
        let components = complex ? 2 : 1
        let product = layer.products[site]
        let features = layer.outputFeatures
        if let bias = layer.bias {
            Double.broadcastRows(
                bias + components * product.biasOffset, output.pointer, rows: features, columns: blockRows, factor: 1,
                complex: complex, accumulate: false)
        } else {
            output.pointer.update(repeating: 0, count: components * features * blockRows)
        }
        guard !product.sites.isEmpty else { return }
        var x = input
        if !layer.isPlain[site] {
            x = patch.pointer
            let width = components * layer.inputFeatures * blockRows
            for (position, source) in product.sites.enumerated() {
                if source < 0 {
                    (x + position * width).update(repeating: 0, count: width)
                } else {
                    (x + position * width).update(from: input + source * width, count: width)
                }
            }
        }
        let kernel = layer.kernel + components * product.kernelOffset
        let depth = product.sites.count * layer.inputFeatures
        if complex {
            Double.multiplyComplex(
                .transposed, .plain, features, blockRows, depth, kernel, product.kernelStride, x, blockRows,
                output.pointer, blockRows, accumulate: true)
        } else {
            Double.multiply(
                .transposed, .plain, features, blockRows, depth, kernel, product.kernelStride, x, blockRows,
                output.pointer, blockRows, accumulate: true)
        }
    }

    private func activate(_ target: UnsafeMutablePointer<Double>, count: Int) {
        let complex = network.dataType.isComplex
        if network.activation == .identity {
            target.update(from: output.pointer, count: complex ? 2 * count : count)
        } else if complex {
            Double.activateComplex(network.activation, output.pointer, value: target, slope: nil, count: count)
        } else {
            Double.activate(network.activation, output.pointer, value: target, slope: nil, count: count)
        }
    }
}

extension AutoregressiveNetwork {
    public var hasConditionals: Bool { true }

    public func amplitudeMethods(_ factor: RecordedFactor) -> AmplitudeMethods {
        var methods = AmplitudeMethods(shownBy: factor)
        let rows = CausalConditionals.samplingBlockRows
        methods.conditionals = ConditionalMethod(byteCount: CausalConditionals.byteCount(self, blockRows: rows)) {
            CausalConditionals(self, factor.parameters, blockRows: rows)
        }
        return methods
    }
}
