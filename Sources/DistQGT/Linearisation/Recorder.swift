import LinearAlgebra
import Numerics

/// What a network author writes `logPsi` with: each call records one operation and returns the node
/// that holds its result. Nothing is computed yet; the finished tape is then run for any number of
/// samples, in either precision, forwards, along tangents and backwards.
///
/// Misuse (a shape or field that does not fit, an unknown leaf) is a programming error of the
/// network and stops with a message that names the call.
public final class Recorder {
    private let layout: ParameterLayout
    private(set) var nodes: [Node] = []
    private(set) var operations: [any Primitive] = []
    private(set) var leafNodes: [(node: Node, leaf: Int)] = []

    /// The spins ±1 of a sample, or of an image of it, or the numbers that stand for other local states (`Encoder`): 1 × N
    /// real numbers, no tangent.
    public internal(set) var spins: Node
    /// Images of a sample that operations are recorded for.
    var images = 1
    /// The branch of the parameter tree that names of leaves begin at, with a slash behind; empty for the whole tree.
    private var branch = ""
    private var knownWaves: [WavesKey: LatticeWaves] = [:]
    private struct WavesKey: Hashable {
        let extents: [Int]
        let isComplex: Bool
    }

    /// - Parameter readsSpins: whether the numbers that the tape begins with are ±1.
    package init(layout: ParameterLayout, siteCount: Int, readsSpins: Bool = true) {
        self.layout = layout
        spins = Node(
            index: 0, part: .sample, rows: 1, features: siteCount, isComplex: false, hasTangent: false,
            isSpins: readsSpins)
        nodes = [spins]
    }

    /// The Fourier modes of a lattice, made once.
    func waves(_ extents: [Int], isComplex: Bool) -> LatticeWaves {
        let key = WavesKey(extents: extents, isComplex: isComplex)
        if let waves = knownWaves[key] { return waves }
        let waves = LatticeWaves(extents: extents, isComplex: isComplex)
        knownWaves[key] = waves
        return waves
    }

    func makeNode(
        part: Node.Part, rows: Int, features: Int, isComplex: Bool, hasTangent: Bool, isSpins: Bool = false
    ) -> Node {
        let node = Node(
            index: nodes.count, part: part, rows: rows, features: features, isComplex: isComplex,
            hasTangent: hasTangent, images: part == .sample ? images : 1, isSpins: isSpins)
        nodes.append(node)
        return node
    }

    func append(_ operation: any Primitive) {
        operations.append(operation.output.part == .sample ? operation.forImages(images) : operation)
    }

    /// A leaf of the parameter tree, as a matrix of `rows × features` (by default all but the last
    /// index of its shape, times the last index).
    public func parameter(_ name: String, rows: Int? = nil, features: Int? = nil) -> Node {
        let name = branch + name
        guard let index = layout.index(of: name) else { preconditionFailure("parameter: no leaf '\(name)'") }
        let leaf = layout.leaves[index]
        let columns = features ?? rows.map { leaf.count / max(1, $0) } ?? leaf.shape.last ?? 1
        let lines = rows ?? leaf.count / max(1, columns)
        precondition(
            lines * columns == leaf.count, "parameter: '\(name)' has \(leaf.count) elements, not \(lines) × \(columns)")
        if let known = leafNodes.first(where: { $0.leaf == index && $0.node.rows == lines }) { return known.node }
        let node = makeNode(
            part: .parameter, rows: lines, features: columns, isComplex: leaf.isComplex, hasTangent: leaf.isTrained)
        leafNodes.append((node, index))
        return node
    }

    /// Evaluates `body` on a branch of the parameter tree: the leaf that it calls `name` is `branch/name`.
    ///
    /// - Parameter name: empty for the branch that it is on.
    public func onBranch(_ name: String, _ body: (Recorder) -> Node) -> Node {
        if name.isEmpty { return body(self) }
        let outer = branch
        branch += name + "/"
        defer { branch = outer }
        return body(self)
    }

    /// x W (+ b), for x with `in` features, W a parameter node in × out, b a parameter node 1 × out.
    public func dense(_ x: Node, kernel: Node, bias: Node? = nil) -> Node {
        dense(x, kernel: kernel, bias: bias, convolution: nil)
    }

    /// - Parameter convolution: see `Dense`.
    func dense(_ x: Node, kernel: Node, bias: Node?, convolution: Dense.WrittenOut?) -> Node {
        precondition(x.part == .sample && kernel.part == .parameter, "dense: a sample node times a parameter node")
        precondition(x.features == kernel.rows, "dense: \(x.features) features into a kernel with \(kernel.rows) rows")
        let kernel = x.isComplex ? complexified(kernel) : kernel
        let isComplex = kernel.isComplex
        var bias = bias
        if let given = bias {
            precondition(
                given.part == .parameter && given.elements == kernel.features,
                "dense: bias of \(given.elements) elements for \(kernel.features) features")
            precondition(isComplex || !given.isComplex, "dense: a complex bias needs a complex kernel")
            bias = isComplex ? complexified(given) : given
        }
        let output = makeNode(
            part: .sample, rows: x.rows, features: kernel.features, isComplex: isComplex,
            hasTangent: x.hasTangent || kernel.hasTangent || bias?.hasTangent == true)
        append(Dense(input: x, kernel: kernel, bias: bias, output: output, convolution: convolution))
        return output
    }

    /// f(x), element by element.
    public func activation(_ activation: Activation, _ x: Node) -> Node {
        if activation == .identity { return x }
        precondition(
            !x.isComplex || activation.acceptsComplex,
            "activation: \(activation.rawValue) is not defined on complex numbers")
        let output = makeNode(
            part: x.part, rows: x.rows, features: x.features, isComplex: x.isComplex, hasTangent: x.hasTangent)
        append(Pointwise(activation: activation, input: x, output: output))
        return output
    }

    /// factor · Σ over the features of each row.
    public func sumFeatures(_ x: Node, factor: Double = 1) -> Node {
        let output = makeNode(part: x.part, rows: x.rows, features: 1, isComplex: x.isComplex, hasTangent: x.hasTangent)
        append(SumFeatures(factor: factor, input: x, output: output))
        return output
    }

    /// factor · Σ over the rows of each sample.
    public func sumRows(_ x: Node, factor: Double = 1) -> Node {
        precondition(x.part == .sample, "sumRows: a sample node")
        let output = makeNode(
            part: x.part, rows: 1, features: x.features, isComplex: x.isComplex, hasTangent: x.hasTangent)
        append(SumRows(factor: factor, input: x, output: output))
        return output
    }

    /// Σ_i a_i x_i of nodes of one shape; complex where a coefficient or a term is.
    public func combination(_ terms: [(coefficient: Complex<Double>, node: Node)]) -> Node {
        combination(terms, complex: terms.contains { $0.node.isComplex || $0.coefficient.imaginary != 0 })
    }

    /// Σ x_i.
    public func sum(_ terms: Node...) -> Node { combination(terms.map { (1, $0) }) }

    private func combination(_ terms: [(coefficient: Complex<Double>, node: Node)], complex: Bool) -> Node {
        guard let first = terms.first?.node else { preconditionFailure("combination: no terms") }
        precondition(
            terms.allSatisfy {
                $0.node.rows == first.rows && $0.node.features == first.features && $0.node.part == first.part
            },
            "combination: terms of different shapes")
        let output = makeNode(
            part: first.part, rows: first.rows, features: first.features, isComplex: complex,
            hasTangent: terms.contains { $0.node.hasTangent })
        append(
            LinearCombination(coefficients: terms.map(\.coefficient), inputs: terms.map(\.node), output: output))
        return output
    }

    /// x as complex numbers.
    public func complexified(_ x: Node) -> Node { x.isComplex ? x : combination([(1, x)], complex: true) }

    public func realPart(_ x: Node) -> Node { part(.real, of: x) }
    public func imaginaryPart(_ x: Node) -> Node { part(.imaginary, of: x) }

    private func part(_ part: ComplexPart.Part, of x: Node) -> Node {
        precondition(x.isComplex, "the \(part) part of a real node")
        let output = makeNode(
            part: x.part, rows: x.rows, features: x.features, isComplex: false, hasTangent: x.hasTangent)
        append(ComplexPart(part: part, input: x, output: output))
        return output
    }

    /// Element e of the result (counted row by row) is element `index[e]` of x (likewise): selections,
    /// permutations, patches, repetitions.
    public func gather(_ x: Node, index: [Int], rows: Int) -> Node { gather(x, padded: index, rows: rows) }

    /// The same with zeros where there is no index: patches that reach beyond an open boundary.
    public func gather(_ x: Node, padded index: [Int?], rows: Int) -> Node {
        precondition(rows > 0 && index.count % rows == 0, "gather: \(index.count) elements in \(rows) rows")
        precondition(
            index.allSatisfy { $0.map { 0..<x.elements ~= $0 } ?? true }, "gather: an index outside 0..<\(x.elements)")
        let output = makeNode(
            part: x.part, rows: rows, features: index.count / rows, isComplex: x.isComplex, hasTangent: x.hasTangent)
        append(Gather(index: index.map { Int32($0 ?? -1) }, input: x, output: output))
        return output
    }

    /// x[patches] W (+ b), row by row: each row's patch is a list of as many elements of x (counted row by row; nil for
    /// a zero) as W has rows. The same as `dense` of `gather(x, padded: patches, rows: rows)`, with less memory.
    public func patchProduct(_ x: Node, patches: [Int?], rows: Int, kernel: Node, bias: Node? = nil) -> Node {
        precondition(
            x.part == .sample && kernel.part == .parameter, "patchProduct: a sample node times a parameter node")
        precondition(
            rows > 0 && patches.count == rows * kernel.rows,
            "patchProduct: \(patches.count) elements for \(rows) patches of \(kernel.rows)")
        precondition(
            patches.allSatisfy { $0.map { 0..<x.elements ~= $0 } ?? true },
            "patchProduct: an element outside 0..<\(x.elements)")
        precondition(
            bias.map { $0.elements == kernel.features && (kernel.isComplex || x.isComplex || !$0.isComplex) } ?? true,
            "patchProduct: the bias does not fit the kernel")
        let kernel = x.isComplex ? complexified(kernel) : kernel
        let bias = kernel.isComplex ? bias.map(complexified) : bias
        let output = makeNode(
            part: .sample, rows: rows, features: kernel.features, isComplex: kernel.isComplex,
            hasTangent: x.hasTangent || kernel.hasTangent || bias?.hasTangent == true)
        append(
            PatchProduct(patches: patches.map { Int32($0 ?? -1) }, input: x, kernel: kernel, bias: bias, output: output)
        )
        return output
    }

    /// Each row less its mean, over its standard deviation: (x − μ)/√(variance + ε), for real x.
    public func layerNormalisation(_ x: Node, epsilon: Double = 1e-6) -> Node {
        precondition(!x.isComplex && x.part == .sample, "layerNormalisation: a real sample node")
        let output = makeNode(
            part: x.part, rows: x.rows, features: x.features, isComplex: false, hasTangent: x.hasTangent)
        append(LayerNormalisation(epsilon: epsilon, input: x, output: output))
        return output
    }

    /// y[o, f] = Σ_i A[o, i, head(f)] x[i, f]: mixes the rows of each sample, with coefficients of their own for
    /// each head of features / heads consecutive features.
    ///
    /// - Parameter coefficients: a parameter node of (rows · rows of x) × heads, the row of x running faster.
    public func mixRows(_ x: Node, coefficients: Node, rows: Int) -> Node {
        precondition(x.part == .sample && coefficients.part == .parameter, "mixRows: a sample node by a parameter node")
        precondition(
            coefficients.rows == rows * x.rows && x.features % coefficients.features == 0,
            "mixRows: \(coefficients.rows) × \(coefficients.features) coefficients for \(rows) rows of \(x.rows) × \(x.features)"
        )
        let isComplex = x.isComplex || coefficients.isComplex
        let x = isComplex ? complexified(x) : x
        let coefficients = isComplex ? complexified(coefficients) : coefficients
        let output = makeNode(
            part: .sample, rows: rows, features: x.features, isComplex: isComplex,
            hasTangent: x.hasTangent || coefficients.hasTangent)
        append(RowMixing(input: x, coefficients: coefficients, output: output))
        return output
    }

    /// x times real numbers that depend on no parameter, element by element: spins, or what is made of them.
    public func product(_ x: Node, fixed factor: Node) -> Node {
        precondition(
            x.part == .sample && factor.part == .sample && x.rows == factor.rows && x.features == factor.features,
            "product: nodes of different shapes")
        precondition(
            !x.isComplex && !factor.isComplex && !factor.hasTangent, "product: a factor that is real and fixed")
        let output = makeNode(
            part: .sample, rows: x.rows, features: x.features, isComplex: false, hasTangent: x.hasTangent)
        append(FixedProduct(input: x, factor: factor, output: output))
        return output
    }

    /// For every site 1 where the spins before it leave its direction open, if `upSpins` spins are up in all, and 0
    /// where they decide it: 1 × N.
    public func freeSites(upSpins: Int) -> Node {
        precondition(0...spins.features ~= upSpins, "freeSites: \(upSpins) up spins of \(spins.features)")
        let output = makeNode(part: .sample, rows: 1, features: spins.features, isComplex: false, hasTangent: false)
        append(FreeSites(upSpins: upSpins, input: spins, output: output))
        return output
    }

    /// The N(N−1)/2 products s_i s_j of the spins, i > j, entry i(i−1)/2 + j.
    public func pairProducts() -> Node { pairProducts(of: spins) }

    /// The F(F−1)/2 products x_i x_j of real numbers that depend on no parameter, 1 × F: spins, occupations or what is made
    /// of them; i > j, entry i(i−1)/2 + j.
    public func pairProducts(of x: Node) -> Node {
        precondition(isRowOfConstants(x), "pairProducts: one row of real numbers that depend on no parameter")
        let output = makeNode(
            part: .sample, rows: 1, features: x.features * (x.features - 1) / 2, isComplex: false, hasTangent: false)
        append(PairProducts(input: x, output: output))
        return output
    }

    /// The sums of such products over classes of pairs, 1 × `count`.
    ///
    /// - Parameter classes: by pair, i(i−1)/2 + j, its class; nil for none.
    public func pairSums(of x: Node, classes: [Int?], count: Int) -> Node {
        precondition(
            isRowOfConstants(x) && x.features > 1 && classes.count == x.features * (x.features - 1) / 2
                && classes.allSatisfy { $0.map { 0..<count ~= $0 } ?? true },
            "pairSums: \(classes.count) pairs of one row of real numbers that depend on no parameter")
        let output = makeNode(part: .sample, rows: 1, features: count, isComplex: false, hasTangent: false)
        append(PairSums(index: classes.map { Int32($0 ?? -1) }, input: x, output: output))
        return output
    }

    private func isRowOfConstants(_ x: Node) -> Bool {
        x.part == .sample && x.rows == 1 && !x.isComplex && !x.hasTangent
    }
}
