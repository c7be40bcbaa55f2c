import DistQGT

/// The inputs of a file of format `distqgt-reference-1`: problem, network, parameters and samples.
struct StateReference {
    let root: ReferenceValue
    let problem: Problem
    let ansatz: any Ansatz
    /// Whether log ψ may have an imaginary part.
    let hasComplexLogPsi: Bool
    let layout: ParameterLayout
    /// In the order of the layout.
    let parameters: [Double]
    let chains: Int
    let chainLength: Int
    /// All samples, in the order of the file.
    let spins: [Int8]
    /// w of each sample of a full summation; nil where every weight is the same.
    let probabilities: [Double]?

    var sampleCount: Int { chains * chainLength }

    /// - Throws: `ConfigurationError`.
    init(_ root: ReferenceValue) throws {
        self.root = root
        let model: AnsatzModel
        (problem, model) = try Self.problemAndModel(root)
        ansatz = model.ansatz
        hasComplexLogPsi = !model.isPositive
        layout = ParameterLayout(leaves: ansatz.leaves.map(\.leaf))
        parameters = try Self.parameters(root, layout)
        let (sizes, spins) = try root.required("samples").configurations(dimensions: 3, of: problem)
        self.spins = spins
        chains = sizes[0]
        chainLength = sizes[1]
        let samples = sizes[0] * sizes[1]
        probabilities = try root.optional("probabilities").map { weights in
            let numbers = try weights.numbers(count: samples)
            if let index = numbers.firstIndex(where: { $0 < 0 }) {
                throw weights.error("entry \(index) is \(numbers[index]); accepted: numbers >= 0")
            }
            guard numbers.contains(where: { $0 > 0 }) else { throw weights.error("all entries are 0") }
            return numbers
        }
    }

    /// Problem and network of a file that has both.
    static func problemAndModel(_ root: ReferenceValue) throws -> (Problem, AnsatzModel) {
        let problem = try Problem(
            lattice: root.required("lattice").node, hamiltonian: root.required("hamiltonian").node,
            sector: root.required("hilbert").node)
        if let frozen = try AnsatzModel.frozenKey(root.required("model").node) {
            throw frozen.error("a reference file has derivatives by every parameter; accepted here: false")
        }
        let model = try AnsatzModel(root.required("model").node, on: problem.lattice, in: problem.space)
        return (problem, model)
    }

    /// The tree `parameters`; `parameter_order` must name its leaves.
    static func parameters(_ root: ReferenceValue, _ layout: ParameterLayout) throws -> [Double] {
        let values = try root.required("parameters").tree(layout, withShapes: true)
        let order = try root.required("parameter_order")
        let names = try order.elements().map { try $0.string() }
        guard names.sorted() == layout.leaves.map(\.name).sorted() else {
            throw order.error("does not name every leaf of the parameters once")
        }
        return values
    }
}
