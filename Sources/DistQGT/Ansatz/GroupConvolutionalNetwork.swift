import Numerics

/// A group-convolutional network (Cohen and Welling, ICML 2016; Roth and MacDonald, arXiv:2104.05085): layers whose
/// features are functions on a symmetry group G, and a sum over G that projects on a sector,
///
///     y_1[o,a]     = b[o] + Σ_r K[o, g_a⁻¹(r)] s_r
///     y_{l+1}[o,b] = b[o] + Σ_i Σ_a K[o, i, g_a⁻¹ g_b] f(y_l[i,a])
///     log ψ        = ln Σ_o Σ_a χ_a exp(h(y_last[o,a])).
///
/// Then ψ(g s) = χ(g) ψ(s) for all elements with χ(g) ≠ 0. With a parity ±1 a second stream starts from −s and is
/// mixed with the first one by kernels of its own (each sum over √2); its exponentials enter the last sum times the
/// parity, and ψ(−s) = ±ψ(s).
///
/// A mask restricts the first kernel to some sites (its leaf then has numbers for these only).
///
/// Features lie feature by feature, point operation by point operation, the translations fastest: 1 × (F·P·T). As
/// g_a⁻¹ g_b = p_a⁻¹ τ_{t_b − t_a} p_b, a layer is a convolution over the translations between channels (feature, point
/// operation), whose kernels the parameter part of the tape gathers. A group without translations has its kernel written
/// out as one matrix.
public struct GroupConvolutionalNetwork: Ansatz {
    public let group: SymmetryGroup
    /// Features of each layer.
    public let features: [Int]
    /// Between layers.
    public let activation: Activation
    /// Before the sum.
    public let outputActivation: Activation
    public let useBias: Bool
    /// χ_a by element.
    public let characters: [Complex<Double>]
    /// The eigenvalue ±1 of the flip of all spins; nil where that is no symmetry of the network.
    public let parity: Int?
    /// By site: whether the kernel of the first layer has a number for it; nil for all.
    public let inputMask: [Bool]?
    public let dataType: DataType
    public let kernelInitialiser: Initialiser
    public let biasInitialiser: Initialiser
    /// How layers are evaluated; the function is the same.
    package var layerForm = LayerForm.convolution

    package enum LayerForm: Sendable {
        /// Over the translations: by Fourier modes, or as matrices where the lattice is very small.
        case convolution
        case fourier
        /// One matrix over the whole group.
        case matrix
    }

    public var siteCount: Int { group.siteCount }

    /// - Precondition: at least one layer, positive numbers of features, activations that are defined for the data
    ///   type, one character for each element, not all 0; a mask has one entry for each site, not all false.
    public init(
        group: SymmetryGroup, features: [Int], characters: [Complex<Double>], parity: Int? = nil,
        activation: Activation = .reimSELU, outputActivation: Activation = .identity, useBias: Bool = true,
        inputMask: [Bool]? = nil, dataType: DataType = .float64, kernelInitialiser: Initialiser = Initialiser(.lecunNormal),
        biasInitialiser: Initialiser = Initialiser(.zeros)
    ) {
        precondition(!features.isEmpty && features.allSatisfy { $0 > 0 })
        precondition(characters.count == group.order && characters.contains { $0 != 0 })
        precondition(inputMask.map { $0.count == group.siteCount && $0.contains(true) } ?? true)
        precondition(parity == nil || parity == 1 || parity == -1)
        precondition(!dataType.isComplex || (activation.acceptsComplex && outputActivation.acceptsComplex))
        self.group = group
        self.features = features
        self.activation = activation
        self.outputActivation = outputActivation
        self.useBias = useBias
        self.inputMask = inputMask
        self.characters = characters
        self.parity = parity
        self.dataType = dataType
        self.kernelInitialiser = kernelInitialiser
        self.biasInitialiser = biasInitialiser
    }

    /// Whether log ψ is real: a sum of positive numbers.
    public var isPositive: Bool {
        !dataType.isComplex && parity != -1 && characters.allSatisfy { $0.imaginary == 0 && $0.real >= 0 }
    }

    public var leaves: [LeafDeclaration] {
        var leaves = layer("dense_symm", [features[0], 1, maskedSites.count])
        for next in features.indices.dropFirst() {
            let shape = [features[next], features[next - 1], group.order]
            leaves += layer("equivariant_layers_\(next - 1)", shape)
            if parity != nil { leaves += layer("equivariant_layers_flip_\(next - 1)", shape) }
        }
        return leaves.sorted { $0.leaf.name < $1.leaf.name }
    }

    private func layer(_ name: String, _ shape: [Int]) -> [LeafDeclaration] {
        let complex = dataType.isComplex
        let kernel = LeafDeclaration(
            "\(name)/kernel", shape, isComplex: complex, kernelInitialiser, outputAxis: .first)
        return useBias
            ? [LeafDeclaration("\(name)/bias", [shape[0]], isComplex: complex, biasInitialiser), kernel] : [kernel]
    }

    public func logPsi(_ tape: Recorder) -> Node {
        let kernel = embedding(tape)
        let bias = bias(tape, "dense_symm", features[0])
        var y = tape.dense(tape.spins, kernel: kernel, bias: bias)
        let weights = repeated(characters)
        guard let parity else {
            for layer in features.indices.dropFirst() {
                y = convolution(tape, "equivariant_layers_\(layer - 1)", layer: layer)(tape.activation(activation, y))
            }
            return tape.logSumExp(tape.activation(outputActivation, y), weights: weights)
        }
        var flipped = tape.dense(tape.spins, kernel: tape.combination([(-1, kernel)]), bias: bias)
        for layer in features.indices.dropFirst() {
            let same = convolution(tape, "equivariant_layers_\(layer - 1)", layer: layer)
            let other = convolution(tape, "equivariant_layers_flip_\(layer - 1)", layer: layer)
            func mixed(_ x: Node, _ flipped: Node) -> Node {
                let factor = Complex(0.5.squareRoot())
                return tape.combination([(factor, same(x)), (factor, other(flipped))])
            }
            let f = (tape.activation(activation, y), tape.activation(activation, flipped))
            (y, flipped) = (mixed(f.0, f.1), mixed(f.1, f.0))
        }
        let both = tape.concatenation([y, flipped])
        return tape.logSumExp(
            tape.activation(outputActivation, both), weights: weights + weights.map { Complex(Double(parity)) * $0 })
    }

    // MARK: Layers

    /// The element of a column: columns count the translations fastest, elements the point operations.
    private func element(_ column: Int) -> Int {
        column % group.translationCount * group.pointCount + column / group.translationCount
    }

    /// One number for each column of the last layer.
    private func repeated(_ characters: [Complex<Double>]) -> [Complex<Double>] {
        (0 ..< features[features.count - 1]).flatMap { _ in (0 ..< group.order).map { characters[element($0)] } }
    }

    /// Each feature's bias for every element; nil without biases.
    private func bias(_ tape: Recorder, _ name: String, _ features: Int) -> Node? {
        guard useBias else { return nil }
        let index = (0 ..< features * group.order).map { $0 / group.order }
        return tape.gather(tape.parameter("\(name)/bias", rows: 1), index: index, rows: 1)
    }

    /// The sites that the kernel of the first layer has numbers for.
    private var maskedSites: [Int] { (0 ..< siteCount).filter { inputMask?[$0] ?? true } }

    /// The kernel of the first layer, sites × (F·G).
    private func embedding(_ tape: Recorder) -> Node {
        let symmetries = group.symmetries
        let sites = maskedSites
        var columns = [Int?](repeating: nil, count: siteCount)
        for (column, site) in sites.enumerated() { columns[site] = column }
        var index: [Int?] = []
        index.reserveCapacity(siteCount * features[0] * group.order)
        for site in 0 ..< siteCount {
            for feature in 0 ..< features[0] {
                for column in 0 ..< group.order {
                    index.append(columns[symmetries[element(column)][site]].map { feature * sites.count + $0 })
                }
            }
        }
        return tape.gather(tape.parameter("dense_symm/kernel", rows: features[0]), padded: index, rows: siteCount)
    }

    /// A layer after the first, with its kernel gathered once for any number of uses.
    private func convolution(_ tape: Recorder, _ name: String, layer: Int) -> (Node) -> Node {
        let (inputs, outputs) = (features[layer - 1], features[layer])
        let leaf = tape.parameter("\(name)/kernel", rows: outputs * inputs)
        let bias = bias(tape, name, outputs)
        guard layerForm != .matrix, group.translationCount > 1 else {
            let kernel = tape.gather(leaf, index: matrixIndex(inputs, outputs), rows: inputs * group.order)
            return { tape.dense($0, kernel: kernel, bias: bias) }
        }
        let rows = outputs * inputs * group.pointCount * group.pointCount
        let kernel = tape.gather(leaf, index: channelIndex(inputs, outputs), rows: rows)
        let extents = group.translationExtent
        return layerForm == .fourier
            ? { tape.fourierConvolution($0, kernel: kernel, bias: bias, extents: extents) }
            : { tape.convolution($0, kernel: kernel, bias: bias, extents: extents) }
    }

    /// K[o, i, g_a⁻¹ g_b] in row (i, a) and column (o, b).
    private func matrixIndex(_ inputs: Int, _ outputs: Int) -> [Int] {
        let order = group.order
        let quotients = (0 ..< order).map { a in (0 ..< order).map { group.quotient(element(a), element($0)) } }
        var index: [Int] = []
        index.reserveCapacity(inputs * outputs * order * order)
        for input in 0 ..< inputs {
            for row in quotients {
                for output in 0 ..< outputs {
                    let first = (output * inputs + input) * order
                    for quotient in row { index.append(first + quotient) }
                }
            }
        }
        return index
    }

    /// K[o, i, p_a⁻¹ τ_t p_b] in row (o, p_b, i, p_a) and column t.
    private func channelIndex(_ inputs: Int, _ outputs: Int) -> [Int] {
        let (order, points, translations) = (group.order, group.pointCount, group.translationCount)
        var index: [Int] = []
        index.reserveCapacity(inputs * outputs * points * order)
        for output in 0 ..< outputs {
            for b in 0 ..< points {
                for input in 0 ..< inputs {
                    let first = (output * inputs + input) * order
                    for a in 0 ..< points {
                        for t in 0 ..< translations { index.append(first + group.quotient(a, t * points + b)) }
                    }
                }
            }
        }
        return index
    }
}
