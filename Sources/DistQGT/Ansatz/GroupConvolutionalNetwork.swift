import LatticeSymmetry
import LinearAlgebra
import Numerics

/// A group-convolutional network (Cohen and Welling, ICML 2016; Roth and MacDonald, arXiv:2104.05085): layers whose
/// features are functions on a symmetry group G, and a sum over G that projects on a sector,
///
///     y_1[o,a]     = b[o] + Σ_r K[o, g_a⁻¹(r)] s_r
///     y_{l+1}[o,b] = b[o] + Σ_i Σ_a K[o, i, g_a⁻¹ g_b] f(y_l[i,a])
///     log ψ        = ln Σ_o Σ_a χ_a exp(h(y_last[o,a])).
///
/// Then ψ(g s) = χ(g) ψ(s) for all elements with χ(g) ≠ 0. Of spinful fermions the first layer has a kernel for each spin,
/// y_1[o,a] = b[o] + Σ_rσ K[o, σ, g_a⁻¹(r)] n_rσ: g acts on the sites and leaves the spin. With a parity ±1 a second stream starts from −s and is
/// mixed with the first one by kernels of its own (each sum over √2); its exponentials enter the last sum times the
/// parity, and ψ(−s) = ±ψ(s). The flip of spinful fermions exchanges the occupations of both spins.
///
/// With a paired output the last layer of a real network has two channels for each term, o and o + F/2, its logarithm of
/// a modulus and its phase: exp(h(y[o,a]) + i h(y[o + F/2,a])) (Roth, Szabó and MacDonald, arXiv:2211.07749). ψ then has
/// phases of its own, and only the sum is complex.
///
/// A mask restricts the first kernel to some sites (its leaf then has numbers for these only).
///
/// Features lie feature by feature, point operation by point operation, the translations fastest: 1 × (F·P·T). As
/// g_a⁻¹ g_b = p_a⁻¹ τ_{t_b − t_a} p_b, a layer is a convolution over the translations between channels (feature, point
/// operation), whose kernels the parameter part of the tape gathers. A group without translations has its kernel written
/// out as one matrix.
public struct GroupConvolutionalNetwork: LayeredAnsatz {
    public let group: SymmetryGroup
    /// Features of each layer.
    public let features: [Int]
    /// Before the sum.
    public let outputActivation: Activation
    public let useBias: Bool
    /// χ_a by element.
    public let characters: [Complex<Double>]
    /// The eigenvalue ±1 of the flip of all spins; nil where that is no symmetry of the network.
    public let parity: Int?
    /// Whether the last layer's features are moduli and phases of half as many terms.
    public let pairedOutput: Bool
    /// By site: whether the kernel of the first layer has a number for it; nil for all.
    public let inputMask: [Bool]?
    /// Numbers that each site is read by (`HilbertSpace.numbersPerSite`).
    public let numbersPerSite: Int
    /// The activation is that between layers.
    public let options: LayerOptions
    public static let defaults = LayerDefaults.scaled(.reimSELU)
    /// How layers are evaluated; the function is the same.
    package var layerForm = LayerForm.convolution

    package enum LayerForm: Sendable {
        /// Over the translations: by Fourier modes, or as matrices where the lattice is very small.
        case convolution
        case fourier
        /// One matrix over the whole group.
        case matrix
    }

    public var siteCount: Int { numbersPerSite * group.siteCount }
    public var sector: SymmetrySector? { SymmetrySector(group, characters: characters, parity: parity) }
    public var withPositiveWeights: (any Ansatz)? {
        sector.map(\.withPositiveWeights).map {
            GroupConvolutionalNetwork(
                group: group, features: features, characters: $0.characters, parity: $0.parity,
                pairedOutput: pairedOutput, outputActivation: outputActivation, useBias: useBias, inputMask: inputMask,
                numbersPerSite: numbersPerSite, options: options)
        }
    }

    /// - Precondition: at least one layer, positive numbers of features, activations that are defined for the data
    ///   type, one character for each element, not all 0; a mask has one entry for each site, not all false; a paired output
    ///   has a real data type and an even number of features in the last layer.
    public init(
        group: SymmetryGroup, features: [Int], characters: [Complex<Double>], parity: Int? = nil,
        pairedOutput: Bool = false, outputActivation: Activation = .identity,
        useBias: Bool = true, inputMask: [Bool]? = nil, numbersPerSite: Int = 1,
        options: LayerOptions = LayerOptions()
    ) {
        precondition(!features.isEmpty && features.allSatisfy { $0 > 0 })
        precondition(characters.count == group.order && characters.contains { $0 != 0 })
        precondition(inputMask.map { $0.count == group.siteCount && $0.contains(true) } ?? true)
        precondition(parity == nil || parity == 1 || parity == -1)
        precondition(1...2 ~= numbersPerSite)
        self.group = group
        self.features = features
        self.outputActivation = outputActivation
        self.useBias = useBias
        self.inputMask = inputMask
        self.numbersPerSite = numbersPerSite
        self.characters = characters
        self.parity = parity
        self.pairedOutput = pairedOutput
        self.options = options
        precondition(!pairedOutput || (!dataType.isComplex && features[features.count - 1] % 2 == 0))
        precondition(activationIsDefined && (!dataType.isComplex || outputActivation.acceptsComplex))
    }

    /// Whether log ψ is real: a sum of positive numbers.
    public var isPositive: Bool {
        !dataType.isComplex && !pairedOutput && parity != -1
            && characters.allSatisfy { $0.imaginary == 0 && $0.real >= 0 }
    }

    public var leaves: [LeafDeclaration] {
        var leaves = layer("dense_symm", [features[0], numbersPerSite, maskedSites.count])
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
        let bias = useBias ? repeated(tape, bias: tape.parameter("dense_symm/bias", rows: 1)) : nil
        var y = embedded(tape, kernel, bias: bias)
        let weights = repeated(characters)
        guard let parity else {
            for layer in features.indices.dropFirst() {
                let leaves = kernelAndBias(tape, "equivariant_layers_\(layer - 1)", layer: layer)
                y = convolution(tape, tape.activation(activation, y), layer: layer, leaves.kernel, bias: leaves.bias)
            }
            return tape.logSumExp(terms(tape, y), weights: weights)
        }
        let flippedKernel =
            numbersPerSite == 2 ? embedding(tape, exchangingSpins: true) : tape.combination([(-1, kernel)])
        var flipped = embedded(tape, flippedKernel, bias: bias)
        for layer in features.indices.dropFirst() {
            let f = (tape.activation(activation, y), tape.activation(activation, flipped))
            (y, flipped) = mixedConvolution(tape, layer: layer, f.0, f.1)
        }
        return tape.logSumExp(
            tape.concatenation([terms(tape, y), terms(tape, flipped)]),
            weights: weights + weights.map { Complex(Double(parity)) * $0 })
    }

    /// The exponents of the sum.
    private func terms(_ tape: Recorder, _ y: Node) -> Node {
        let y = tape.activation(outputActivation, y)
        guard pairedOutput else { return y }
        let half = y.features / 2
        func part(_ first: Int) -> Node { tape.gather(y, index: Array(first..<first + half), rows: 1) }
        return tape.combination([(1, part(0)), (.i, part(half))])
    }

    // MARK: Layers

    /// The element of a column: columns count the translations fastest, elements the point operations.
    private func element(_ column: Int) -> Int {
        column % group.translationCount * group.pointCount + column / group.translationCount
    }

    /// One number for each term of a stream.
    private func repeated(_ characters: [Complex<Double>]) -> [Complex<Double>] {
        let terms = features[features.count - 1] / (pairedOutput ? 2 : 1)
        return (0..<terms).flatMap { _ in (0..<group.order).map { characters[element($0)] } }
    }

    /// Each feature's bias for every element.
    private func repeated(_ tape: Recorder, bias: Node) -> Node {
        let index = (0..<bias.features * group.order).map { $0 / group.order }
        return tape.gather(bias, index: index, rows: 1)
    }

    /// The sites that the kernel of the first layer has numbers for.
    private var maskedSites: [Int] { (0..<group.siteCount).filter { inputMask?[$0] ?? true } }

    /// The kernel of the first layer: (F·P·numbers of a site) × T where that is a convolution, else numbers × (F·G).
    ///
    /// - Parameter exchangingSpins: whether it reads the occupations down in place of those up and the reverse.
    private func embedding(_ tape: Recorder, exchangingSpins: Bool = false) -> Node {
        let symmetries = group.symmetries
        let sites = maskedSites
        var columns = [Int?](repeating: nil, count: group.siteCount)
        for (column, site) in sites.enumerated() { columns[site] = column }
        func entry(_ feature: Int, _ plane: Int, _ column: Int, _ site: Int) -> Int? {
            let plane = exchangingSpins ? numbersPerSite - 1 - plane : plane
            return columns[symmetries[element(column)][site]].map {
                (feature * numbersPerSite + plane) * sites.count + $0
            }
        }
        var index: [Int?] = []
        if translationsCountSites {
            index.reserveCapacity(numbersPerSite * features[0] * group.order)
            for channel in 0..<features[0] * group.pointCount {
                let (feature, point) = channel.quotientAndRemainder(dividingBy: group.pointCount)
                let first = point * group.translationCount
                for plane in 0..<numbersPerSite {
                    for column in first..<first + group.translationCount {
                        index.append(entry(feature, plane, column, 0))
                    }
                }
            }
        } else {
            index.reserveCapacity(siteCount * features[0] * group.order)
            for number in 0..<siteCount {
                let (plane, site) = number.quotientAndRemainder(dividingBy: group.siteCount)
                for feature in 0..<features[0] {
                    for column in 0..<group.order { index.append(entry(feature, plane, column, site)) }
                }
            }
        }
        return tape.gather(
            tape.parameter("dense_symm/kernel", rows: features[0]), padded: index,
            rows: translationsCountSites ? numbersPerSite * features[0] * group.pointCount : siteCount)
    }

    /// The first layer.
    private func embedded(_ tape: Recorder, _ kernel: Node, bias: Node?) -> Node {
        translationsCountSites
            ? tape.convolution(tape.spins, kernel: kernel, bias: bias, extents: group.translationExtent)
            : tape.dense(tape.spins, kernel: kernel, bias: bias)
    }

    /// Whether the translations take the first site to every site in order, so that K[o, g_a⁻¹(r)] depends on the point
    /// operation of g_a and the displacement t_a − r.
    private var translationsCountSites: Bool {
        group.translationCount == group.siteCount && group.siteCount > 1 && layerForm != .matrix
            && (0..<group.siteCount).allSatisfy { group.permutations[$0 * group.pointCount][0] == $0 }
    }

    /// The leaves of a layer after the first.
    private func kernelAndBias(_ tape: Recorder, _ name: String, layer: Int) -> (kernel: Node, bias: Node?) {
        let kernel = tape.parameter("\(name)/kernel", rows: features[layer] * features[layer - 1])
        return (kernel, useBias ? tape.parameter("\(name)/bias", rows: 1) : nil)
    }

    /// Both streams of a network with parity after a layer, (K x + L x′)/√2 and (L x + K x′)/√2 with the kernels K
    /// and L, as A ± B with A = (K + L)(x + x′)/√8 and B = (K − L)(x − x′)/√8: two convolutions instead of four.
    private func mixedConvolution(_ tape: Recorder, layer: Int, _ x: Node, _ flipped: Node) -> (Node, Node) {
        let same = kernelAndBias(tape, "equivariant_layers_\(layer - 1)", layer: layer)
        let other = kernelAndBias(tape, "equivariant_layers_flip_\(layer - 1)", layer: layer)
        func combination(_ sign: Complex<Double>, _ factor: Double, _ a: Node, _ b: Node) -> Node {
            tape.combination([(Complex(factor), a), (sign * Complex(factor), b)])
        }
        let factor = 0.125.squareRoot()
        let bias = same.bias.flatMap { same in other.bias.map { combination(1, 2 * factor, same, $0) } }
        let even = convolution(
            tape, combination(1, 1, x, flipped), layer: layer, combination(1, factor, same.kernel, other.kernel),
            bias: bias)
        let odd = convolution(
            tape, combination(-1, 1, x, flipped), layer: layer, combination(-1, factor, same.kernel, other.kernel),
            bias: nil)
        return (combination(1, 1, even, odd), combination(-1, 1, even, odd))
    }

    /// A layer after the first, with its leaves or combinations of leaves.
    private func convolution(_ tape: Recorder, _ x: Node, layer: Int, _ leaf: Node, bias: Node?) -> Node {
        let (inputs, outputs) = (features[layer - 1], features[layer])
        let bias = bias.map { repeated(tape, bias: $0) }
        guard layerForm != .matrix, group.translationCount > 1 else {
            let kernel = tape.gather(leaf, index: matrixIndex(inputs, outputs), rows: inputs * group.order)
            return tape.dense(x, kernel: kernel, bias: bias)
        }
        let points = group.pointCount
        let extents = group.translationExtent
        let channels = (inputs * points, outputs * points)
        guard
            layerForm == .fourier
                || tape.prefersModes(channels: channels, extents: extents, isComplex: dataType.isComplex)
        else {
            let rows = outputs * inputs * points * points
            let kernel = tape.gather(leaf, index: channelIndex(inputs, outputs), rows: rows)
            return tape.directConvolution(x, kernel: kernel, bias: bias, extents: extents)
        }
        let kernel = tape.gather(leaf, index: unrotatedIndex(inputs, outputs), rows: outputs * points * inputs)
        return tape.fourierConvolution(
            x, kernel: kernel, bias: bias, extents: extents, points: points > 1 ? pointOperations : nil)
    }

    /// By point operation: p⁻¹ t for each translation, p⁻¹ q for each point operation.
    private var pointOperations: (translations: [[Int]], quotients: [[Int]]) {
        let points = group.pointCount
        return (
            (0..<points).map { p in
                (0..<group.translationCount).map { group.quotient(p, $0 * points) / points }
            },
            (0..<points).map { p in (0..<points).map { group.quotient(p, $0) } }
        )
    }

    /// K[o, i, τ_t p] in row (o, p, i) and column t.
    private func unrotatedIndex(_ inputs: Int, _ outputs: Int) -> [Int] {
        let points = group.pointCount
        return (0..<outputs * points * inputs * group.translationCount).map { element in
            let (row, t) = element.quotientAndRemainder(dividingBy: group.translationCount)
            let (channel, input) = row.quotientAndRemainder(dividingBy: inputs)
            let (output, p) = channel.quotientAndRemainder(dividingBy: points)
            return (output * inputs + input) * group.order + t * points + p
        }
    }

    /// K[o, i, g_a⁻¹ g_b] in row (i, a) and column (o, b).
    private func matrixIndex(_ inputs: Int, _ outputs: Int) -> [Int] {
        let order = group.order
        let quotients = (0..<order).map { a in (0..<order).map { group.quotient(element(a), element($0)) } }
        var index: [Int] = []
        index.reserveCapacity(inputs * outputs * order * order)
        for input in 0..<inputs {
            for row in quotients {
                for output in 0..<outputs {
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
        for output in 0..<outputs {
            for b in 0..<points {
                for input in 0..<inputs {
                    let first = (output * inputs + input) * order
                    for a in 0..<points {
                        for t in 0..<translations { index.append(first + group.quotient(a, t * points + b)) }
                    }
                }
            }
        }
        return index
    }
}
