import DistQGT

/// A whole configuration, checked: what can be known to be wrong before anything runs is an error.
struct Configuration {
    /// What the configuration is read for.
    enum Purpose {
        /// All blocks count.
        case optimisation
        /// The Hamiltonian and its sector count; the block `ansatz` may be missing.
        case exactDiagonalisation
    }

    /// Every key with its value, defaults filled in: what config.yaml holds.
    let resolved: ConfigurationNode
    let problem: Problem
    /// Nil only where `Purpose` allows it.
    let ansatz: AnsatzModel?
    let sampler: SamplerConfiguration
    let reconfiguration: ReconfigurationConfiguration
    let optimiser: OptimiserConfiguration
    var run: RunConfiguration
    /// What a user should be told once: keys without effect, rounded numbers.
    let notices: [String]

    /// - Parameter root: the tree of the file, with the overrides in it.
    /// - Throws: `ConfigurationError`.
    init(_ root: ConfigurationNode, for purpose: Purpose) throws {
        var blocks = try Self.normalisedBlocks(root, for: purpose)
        guard let latticeBlock = blocks["lattice"], let hamiltonianBlock = blocks["hamiltonian"],
            var samplerBlock = blocks["sampler"], var srBlock = blocks["sr"], var optimiserBlock = blocks["optimiser"],
            var runBlock = blocks["run"]
        else { throw root.error("a block is missing") }

        problem = try Problem(
            normalisedLattice: latticeBlock, hamiltonian: hamiltonianBlock, hilbert: blocks["hilbert"],
            totalSz: samplerBlock["total_sz"])
        var notices: [String] = []
        try Self.checkHamiltonian(problem, hamiltonianBlock, samplerBlock)
        if let notice = try HamiltonianFactory.signRuleNotice(hamiltonianBlock, on: problem.model) {
            notices.append(notice)
        }
        if let notice = try HamiltonianFactory.secondNeighbourNotice(hamiltonianBlock, on: problem.model) {
            notices.append(notice)
        }

        let steps = try runBlock.required("steps").integer()
        try OptimiserConfiguration.complete(&optimiserBlock, &srBlock)
        for key in ["diag_shift", "diag_scale", "momentum"] {
            srBlock.set(key, to: ScheduleReader.resolved(try srBlock.required(key), defaultSteps: steps))
        }
        optimiserBlock.set(
            "learning_rate",
            to: ScheduleReader.resolved(try optimiserBlock.required("learning_rate"), defaultSteps: steps))
        let samples = try samplerBlock.required("samples").integer()
        if runBlock["final_samples"] == nil {
            runBlock.set("final_samples", to: .integer(min(4 * samples, Schema.maximumCount)))
        }

        if let block = blocks["ansatz"] {
            let ansatzBlock = try AnsatzModel.resolved(block, on: problem.lattice, in: problem.space)
            if purpose == .optimisation { try AnsatzModel.requireUntwisted(ansatzBlock, hamiltonianBlock) }
            let ansatz = try AnsatzModel(
                resolved: ansatzBlock, on: problem.lattice, in: problem.space,
                mean: purpose == .optimisation ? problem.meanField : nil)
            if purpose == .optimisation, !problem.hamiltonian.isReal, ansatz.isPositive {
                throw (ansatzBlock["dtype"] ?? ansatzBlock).error(
                    "\(ansatz.ansatz.dataType) makes log psi real, but the hamiltonian has complex elements; "
                        + "accepted: complex64 or complex128")
            }
            if purpose == .optimisation,
                let notice = try AnsatzModel.symmetryNotice(ansatz.ansatz, problem, ansatzBlock)
            {
                notices.append(notice)
            }
            if purpose == .optimisation, let notice = try AnsatzModel.spinPointsNotice(ansatzBlock, in: problem.space) {
                notices.append(notice)
            }
            if purpose == .optimisation {
                try AnsatzModel.requireStates(ansatz.ansatz, in: problem.space, ansatzBlock)
            }
            if purpose == .optimisation, let notice = try SignNotice.text(problem, ansatz, hamiltonianBlock) {
                notices.append(notice)
            }
            self.ansatz = ansatz
            blocks.set("ansatz", to: ansatzBlock)
        } else {
            ansatz = nil
        }
        samplerBlock = SamplerConfiguration.resolved(samplerBlock, problem: problem, ansatz: ansatz)
        sampler = try SamplerConfiguration(samplerBlock, problem: problem, ansatz: ansatz)
        if purpose == .optimisation { try sampler.requireReach(samplerBlock, in: problem) }
        srBlock = try ReconfigurationConfiguration.resolved(srBlock)
        reconfiguration = try ReconfigurationConfiguration(srBlock, steps: steps)
        optimiser = try OptimiserConfiguration(optimiserBlock, steps: steps)
        if optimiser.learningRate == nil, case .none = reconfiguration.solver {
            throw try optimiserBlock.required("learning_rate").error(
                "without a solver of the SR equation (sr.solver: none) nothing measures a step; accepted: a number or a "
                    + "schedule")
        }
        run = try RunConfiguration(runBlock)
        if purpose == .optimisation {
            notices += Self.withoutEffect(
                problem.lattice.kind == .graph ? [] : ["site_coords"], "lattice", "type", root)
            notices += sampler.notices
            notices += Self.withoutEffect(
                try SamplerConfiguration.keysWithoutEffect(samplerBlock), "sampler", "rule", root)
            notices += Self.withoutEffect(
                try ReconfigurationConfiguration.keysWithoutEffect(srBlock), "sr", "solver", root)
            notices += Self.withoutEffect(
                try OptimiserConfiguration.keysWithoutEffect(optimiserBlock), "optimiser", "type", root)
            notices += Self.withoutEffect(
                try RunConfiguration.keysWithoutEffect(runBlock), "run", "on_divergence", root)
        }
        self.notices = notices

        blocks.set("sampler", to: samplerBlock)
        blocks.set("sr", to: srBlock)
        blocks.set("optimiser", to: optimiserBlock)
        blocks.set("run", to: runBlock)
        // The others are as they were, and may be long.
        resolved = try Self.normalisedBlocks(blocks, for: purpose, except: ["lattice", "hamiltonian"])
    }

    /// A map of the blocks in the order of the schema, each normalised.
    ///
    /// - Parameter done: blocks that are in their normal form already.
    private static func normalisedBlocks(
        _ root: ConfigurationNode, for purpose: Purpose, except done: Set<String> = []
    ) throws -> ConfigurationNode {
        let known = Schema.blocks.map(\.name)
        guard !root.isNull else {
            throw root.error("the document is empty; accepted: the blocks \(known.joined(separator: ", "))")
        }
        let entries = try root.map("a map of the blocks \(known.joined(separator: ", "))")
        for entry in entries where !known.contains(entry.key) {
            throw SchemaKey.unknownKey(entry, known: known, in: root)
        }
        var blocks = root.replacing(.map([]))
        for block in Schema.blocks {
            var node = root[block.name]
            let isRequired =
                Schema.requiredBlocks.contains(block.name)
                && !(purpose == .exactDiagonalisation && block.name == "ansatz")
            if node == nil || node?.isNull == true {
                if isRequired { throw root.error("the block '\(block.name)' is missing") }
                if block.name == "ansatz" || block.name == "hilbert" { continue }
                node = ConfigurationNode(content: .map([]), origin: root.origin, trail: root.trail.key(block.name))
            }
            if let node {
                blocks.set(block.name, to: done.contains(block.name) ? node : try block.normalise(node))
            }
        }
        return blocks
    }

    private static func checkHamiltonian(
        _ problem: Problem, _ hamiltonian: ConfigurationNode, _ sampler: ConfigurationNode
    ) throws {
        guard problem.hamiltonian.isHermitian else {
            throw (hamiltonian["terms"] ?? hamiltonian).error(
                "the sum is not Hermitian; accepted: real coefficients")
        }
        guard problem.hamiltonian.conserves(problem.space) else {
            guard problem.space.isOfSpinsHalf, let total = sampler["total_sz"], !total.isNull else {
                throw hamiltonian.error(
                    "the hamiltonian does not conserve what the block hilbert fixes (\(problem.space.sectorWords ?? ""))"
                )
            }
            let type = try hamiltonian.required("type").string()
            let terms = type != "pauli_strings" && hamiltonian["terms"] != nil ? " with its terms" : ""
            throw total.error(
                "the hamiltonian (type '\(type)'\(terms)) does not conserve total S^z; accepted: null")
        }
    }

    /// One notice for the keys of a block that were given and mean nothing.
    private static func withoutEffect(
        _ keys: [String], _ block: String, _ decidingKey: String, _ root: ConfigurationNode
    ) -> [String] {
        let given = keys.filter { root[block]?[$0] != nil }
        guard !given.isEmpty else { return [] }
        return [
            "\(given.map { "\(block).\($0)" }.joined(separator: ", ")): no effect with this \(block).\(decidingKey)"
        ]
    }
}
