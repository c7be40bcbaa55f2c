import DistQGT

/// One quantity of a file of format `distqgt-reference-1`: its reference, read, and its error, to be
/// evaluated.
struct StateQuantity {
    let path: String
    let kind: Comparison.Kind
    /// The largest error. Collective; the same on every rank.
    let error: (StateEvaluation) throws -> Double

    private init(
        _ value: ReferenceValue, kind: Comparison.Kind = .evaluated, error: @escaping (StateEvaluation) throws -> Double
    ) {
        path = value.path
        self.kind = kind
        self.error = error
    }

    /// Everything that is compared, in the order of the report. Each entry reads the references of one kind
    /// of quantity; what no entry reads is reported as not checked.
    static var readers: [(StateReference) throws -> [StateQuantity]] {
        [
            probabilities, logPsi, localEnergies, energy, forces, products, diagonal, denseMatrix,
            stochasticReconfiguration, sampleSpaceSolution, spring, scaledDiagonal,
        ]
    }

    /// What the quantities are computed from, and remarks.
    static let inputs: Set<String> = [
        "format", "name", "source", "lattice", "hamiltonian", "hilbert", "model", "differentiation", "parameters",
        "parameter_order", "samples", "qgt.diag_shift", "qgt.vectors[].v", "sr.diag_shift", "minsr.diag_shift",
        "spring.diag_shift", "spring.momentum", "diag_scale.diag_shift", "diag_scale.diag_scale",
    ]

    // MARK: Lists over the samples

    private static func probabilities(_ reference: StateReference) throws -> [StateQuantity] {
        guard let expected = reference.probabilities else { return [] }
        return [
            StateQuantity(try reference.root.required("probabilities")) { evaluation in
                var deviation = Deviation(scale: expected)
                deviation.add(evaluation.probabilities, expected[evaluation.shard.range])
                try deviation.reduce(over: evaluation.world)
                return deviation.error
            }
        ]
    }

    /// Imaginary parts are compared modulo 2π. Both ways to log ψ count.
    private static func logPsi(_ reference: StateReference) throws -> [StateQuantity] {
        let list = try reference.root.required("log_psi")
        let expected = try list.complexNumbers(
            count: reference.sampleCount, nullable: true, imaginaryRequired: reference.hasComplexLogPsi)
        return [
            StateQuantity(list) { evaluation in
                var deviation = Deviation(scale: expected)
                for found in [evaluation.logPsi, evaluation.logPsiOfBlocks] {
                    for index in found.indices {
                        deviation.add(
                            found[index], expected[2 * evaluation.shard.offset + index],
                            period: index % 2 == 1 ? 2 * .pi : .infinity)
                    }
                }
                try deviation.reduce(over: evaluation.world)
                return deviation.error
            }
        ]
    }

    private static func localEnergies(_ reference: StateReference) throws -> [StateQuantity] {
        let list = try reference.root.required("local_energies")
        let expected = try list.complexNumbers(
            count: reference.sampleCount, nullable: true,
            imaginaryRequired: reference.hasComplexLogPsi || !reference.problem.hamiltonian.isReal)
        return [
            StateQuantity(list) { evaluation in
                let range = 2 * evaluation.shard.offset..<2 * (evaluation.shard.offset + evaluation.shard.count)
                var deviation = Deviation(scale: expected)
                deviation.add(evaluation.localEnergies, expected[range])
                try deviation.reduce(over: evaluation.world)
                return deviation.error
            }
        ]
    }

    private static func energy(_ reference: StateReference) throws -> [StateQuantity] {
        let energy = try reference.root.required("energy")
        let expected = try StatisticsReference(energy)
        return try StatisticsReference.names.enumerated().map { index, name in
            StateQuantity(try energy.required(name)) { expected.errors(of: $0.statistics)[index] }
        }
    }

    // MARK: Trees

    private static func forces(_ reference: StateReference) throws -> [StateQuantity] {
        try [("force", 1.0), ("gradient", 2.0)].map { name, factor in
            let tree = try reference.root.required(name)
            let expected = try tree.tree(reference.layout, nullable: true)
            return StateQuantity(tree) { evaluation in
                Comparison.relativeError(evaluation.gradient.forces.values.map { factor * $0 }, expected)
            }
        }
    }

    /// S v for given v, applied in both ways: the error is the larger one.
    private static func products(_ reference: StateReference) throws -> [StateQuantity] {
        try reference.root.required("qgt").required("vectors").elements().map { entry in
            let vector = try entry.required("v").tree(reference.layout)
            let tree = try entry.required("Sv")
            let expected = try tree.tree(reference.layout, nullable: true)
            return StateQuantity(tree) { evaluation in
                let errors = try QuantumGeometricTensor.Centring.allCases.map {
                    Comparison.relativeError(try evaluation.product(vector, centring: $0), expected)
                }
                return errors.contains { $0.isNaN } ? .nan : errors.max() ?? .nan
            }
        }
    }

    private static func diagonal(_ reference: StateReference) throws -> [StateQuantity] {
        guard let tree = try reference.root.required("qgt").optional("diagonal") else { return [] }
        let expected = try tree.tree(reference.layout, nullable: true)
        return [StateQuantity(tree) { Comparison.relativeError(try $0.diagonal(), expected) }]
    }

    /// S in the real-split order [Re of all leaves; Im of the complex ones].
    private static func denseMatrix(_ reference: StateReference) throws -> [StateQuantity] {
        guard let block = try reference.root.required("qgt").optional("dense") else { return [] }
        let count = reference.layout.count
        let sizes = try block.required("shape").elements().map { try $0.integer(1...Int(Int32.max)) }
        guard sizes == [count, count] else {
            throw block.error("is not \(count) by \(count), as the parameters make it")
        }
        let expected = try block.required("data").numbers(count: count * count, nullable: true)
        let order = reference.layout.realSplitOrder
        return [
            StateQuantity(block) { evaluation in
                let matrix = try evaluation.matrix()
                let split = order.flatMap { row in order.map { matrix[row * count + $0] } }
                return Comparison.relativeError(split, expected)
            }
        ]
    }

    // MARK: Solutions, by every solver in every space: the error is the largest one

    private static func worst(_ solutions: [[Double]], _ expected: [Double]) -> Double {
        let errors = solutions.map { Comparison.relativeError($0, expected) }
        return errors.contains { $0.isNaN } ? .nan : errors.max() ?? .nan
    }

    private static func stochasticReconfiguration(_ reference: StateReference) throws -> [StateQuantity] {
        try solution(reference, try reference.root.required("sr"))
    }

    private static func sampleSpaceSolution(_ reference: StateReference) throws -> [StateQuantity] {
        try solution(reference, try reference.root.optional("minsr"))
    }

    private static func scaledDiagonal(_ reference: StateReference) throws -> [StateQuantity] {
        try solution(reference, try reference.root.optional("diag_scale"))
    }

    private static func solution(_ reference: StateReference, _ block: ReferenceValue?) throws -> [StateQuantity] {
        guard let block else { return [] }
        let shift = try block.required("diag_shift").number()
        let scale = try block.optional("diag_scale")?.number() ?? 0
        let tree = try block.required("solution")
        let expected = try tree.tree(reference.layout, nullable: true)
        return [
            StateQuantity(tree, kind: .solved) { evaluation in
                worst(
                    try evaluation.solutions(of: evaluation.equation(diagonalShift: shift, diagonalScale: scale)),
                    expected)
            }
        ]
    }

    /// Each step starts from the step before as this program computed it, by one solver in each space.
    private static func spring(_ reference: StateReference) throws -> [StateQuantity] {
        guard let block = try reference.root.optional("spring") else { return [] }
        let shift = try block.required("diag_shift").number()
        let momentum = try block.required("momentum").number()
        let trees = try block.required("steps").elements()
        let expected = try trees.map { try $0.tree(reference.layout, nullable: true) }
        return trees.enumerated().map { index, tree in
            StateQuantity(tree, kind: .solved) { evaluation in
                var found: [[Double]] = []
                for inSampleSpace in [false, true] {
                    var previous: [Double]?
                    for _ in 0...index {
                        let equation = evaluation.equation(
                            diagonalShift: shift, momentum: momentum, previous: previous)
                        previous = try evaluation.direction(of: equation, inSampleSpace: inSampleSpace)
                    }
                    found.append(previous ?? [])
                }
                return worst(found, expected[index])
            }
        }
    }
}
