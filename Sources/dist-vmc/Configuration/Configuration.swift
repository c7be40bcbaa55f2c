import DistQGT

/// A whole configuration, checked: what can be known to be wrong before anything runs is an error.
struct Configuration {
    /// What the configuration is read for.
    enum Purpose {
        /// All blocks count.
        case optimisation
        /// The Hamiltonian and its sector count; the block `ansatz` may be missing.
        case exactDiagonalisation
        /// The block `dynamics` takes the place of `sr` and `optimiser`; its Hamiltonian, where it has one, that of the
        /// problem.
        case evolution
        /// The state of a finished run is projected, as the block `projection` says, which has defaults throughout; `sr`,
        /// `optimiser` and `dynamics` mean nothing.
        case projection

        /// Whether a wave function is to be sampled.
        var hasState: Bool { self != .exactDiagonalisation }
    }

    /// Every key with its value, defaults filled in: what config.yaml holds.
    let resolved: ConfigurationNode
    let problem: Problem
    /// Nil only where `Purpose` allows it.
    let ansatz: AnsatzModel?
    /// The states that are sought together.
    let ensemble: EnsembleConfiguration
    let sampler: SamplerConfiguration
    let reconfiguration: ReconfigurationConfiguration
    let optimiser: OptimiserConfiguration
    /// Of an evolution.
    let dynamics: DynamicsConfiguration?
    /// How its Hamiltonian depends on the time; nil where it does not.
    let courses: CouplingCourses?
    /// What a projection of the state is to be; nil where nothing says so.
    let projection: ProjectionConfiguration?
    var run: RunConfiguration
    /// What a user should be told once: keys without effect, rounded numbers.
    let notices: [String]

    /// - Parameter root: the tree of the file, with the overrides in it.
    /// - Throws: `ConfigurationError`.
    init(_ root: ConfigurationNode, for purpose: Purpose) throws {
        var blocks = try Self.normalisedBlocks(root, for: purpose)
        let dynamicsBlock = try blocks["dynamics"].map(DynamicsConfiguration.resolved)
        if purpose == .evolution {
            guard let block = dynamicsBlock else { throw root.error("the block 'dynamics' is missing") }
            blocks.set("sr", to: try DynamicsConfiguration.reconfiguration(block))
            blocks["optimiser"].map { optimiser in
                var optimiser = optimiser
                optimiser.set("learning_rate", to: .real(1))
                blocks.set("optimiser", to: optimiser)
            }
        }
        guard let latticeBlock = blocks["lattice"], let hamiltonianBlock = blocks["hamiltonian"],
            var samplerBlock = blocks["sampler"], var srBlock = blocks["sr"], var optimiserBlock = blocks["optimiser"],
            var runBlock = blocks["run"]
        else { throw root.error("a block is missing") }

        func makeProblem(_ hamiltonian: ConfigurationNode) throws -> Problem {
            let problem = try Problem(
                normalisedLattice: latticeBlock, hamiltonian: hamiltonian, hilbert: blocks["hilbert"],
                totalSz: samplerBlock["total_sz"])
            try Self.checkHamiltonian(problem, hamiltonian, samplerBlock)
            return problem
        }
        var notices: [String] = []
        let initialProblem = try makeProblem(hamiltonianBlock)
        let moving: Problem
        if let quench = dynamicsBlock?["hamiltonian"] {
            let quenched = try makeProblem(quench)
            guard quenched.space == initialProblem.space,
                try HamiltonianFactory.rotation(quench, on: quenched.model)
                    == HamiltonianFactory.rotation(hamiltonianBlock, on: initialProblem.model)
            else {
                throw quench.error(
                    "belongs to another basis than the block hamiltonian (sign_rule, or no double occupancy)")
            }
            moving = quenched
        } else {
            moving = initialProblem
        }
        let courses = try dynamicsBlock?["couplings"].map { node in
            try CouplingCourses(node, of: dynamicsBlock?["hamiltonian"] ?? hamiltonianBlock, moving, makeProblem)
        }
        self.courses = purpose == .evolution ? courses : nil
        problem = purpose == .evolution ? courses?.first ?? moving : initialProblem
        if let notice = try HamiltonianFactory.signRuleNotice(hamiltonianBlock, on: problem.model) {
            notices.append(notice)
        }
        if let notice = try HamiltonianFactory.secondNeighbourNotice(hamiltonianBlock, on: problem.model) {
            notices.append(notice)
        }

        ensemble = try EnsembleConfiguration(blocks["states"], of: problem)

        let steps = try runBlock.required("steps").automaticInteger()
        try OptimiserConfiguration.complete(
            &optimiserBlock, &srBlock, hasOrbitals: blocks["ansatz"].map(AnsatzModel.hasOrbitals) ?? false)
        for key in ["diag_shift", "diag_scale", "momentum"] {
            srBlock.set(key, to: try ScheduleReader.resolved(srBlock.required(key), defaultSteps: steps))
        }
        optimiserBlock.set(
            "learning_rate",
            to: try ScheduleReader.resolved(optimiserBlock.required("learning_rate"), defaultSteps: steps))
        try SamplerConfiguration.complete(&samplerBlock, optimiserBlock, srBlock, for: purpose)
        let samples = try SamplerConfiguration.mostSamples(samplerBlock)
        if runBlock["final_samples"] == nil {
            runBlock.set("final_samples", to: .integer(min(4 * samples, Schema.maximumCount)))
        }

        if let block = blocks["ansatz"] {
            let ansatzBlock = try AnsatzModel.resolved(block, on: problem.lattice, in: problem.space)
            if purpose.hasState { try AnsatzModel.requireUntwisted(ansatzBlock, hamiltonianBlock) }
            let ansatz = try AnsatzModel(
                resolved: ansatzBlock, on: problem.lattice, in: problem.space,
                mean: purpose.hasState ? initialProblem.meanField : nil)
            if purpose.hasState, !problem.hamiltonian.isReal, ansatz.isPositive {
                throw (ansatzBlock["dtype"] ?? ansatzBlock).error(
                    "\(ansatz.ansatz.dataType) makes log psi real, but the hamiltonian has complex elements; "
                        + "accepted: complex64 or complex128")
            }
            if purpose.hasState,
                let notice = try AnsatzModel.symmetryNotice(ansatz.ansatz, problem, ansatzBlock)
            {
                notices.append(notice)
            }
            if purpose.hasState,
                let notice = try AnsatzModel.openShellNotice(ansatzBlock, initialProblem.meanField, in: problem.space)
            {
                notices.append(notice)
            }
            if purpose.hasState,
                let notice = try AnsatzModel.gapNotice(
                    ansatzBlock, initialProblem.meanField, on: problem.lattice, in: problem.space)
            {
                notices.append(notice)
            }
            if purpose.hasState, let notice = try AnsatzModel.spinPointsNotice(ansatzBlock, in: problem.space) {
                notices.append(notice)
            }
            if purpose.hasState {
                try AnsatzModel.requireStates(ansatz.ansatz, in: problem.space, ansatzBlock)
            }
            try AnsatzModel.requireTrained(ansatz, ansatzBlock, for: purpose)
            if purpose == .optimisation, let notice = try SignNotice.text(problem, ansatz, hamiltonianBlock) {
                notices.append(notice)
            }
            self.ansatz = ansatz
            blocks.set("ansatz", to: ansatzBlock)
        } else {
            ansatz = nil
        }
        try ensemble.requireMeaning(of: blocks["states"], for: purpose, ansatz, blocks["ansatz"], in: problem)
        samplerBlock = SamplerConfiguration.resolved(samplerBlock, problem: problem, ansatz: ansatz, ensemble)
        sampler = try SamplerConfiguration(samplerBlock, problem: problem, ansatz: ansatz, ensemble)
        if purpose.hasState { try sampler.requireReach(samplerBlock, in: problem) }
        srBlock = try ReconfigurationConfiguration.resolved(srBlock)
        reconfiguration = try ReconfigurationConfiguration(srBlock)
        optimiser = try OptimiserConfiguration(optimiserBlock)
        if optimiser.learningRate == nil, case .none = reconfiguration.solver {
            throw try optimiserBlock.required("learning_rate").error(
                "without a solver of the SR equation (sr.solver: none) nothing measures a step; accepted: a number or a "
                    + "schedule")
        }
        if srBlock["tolerance"]?.isAutomatic == true, optimiser.learningRate != nil, !reconfiguration.controlsShift {
            throw try srBlock.required("tolerance").error(
                "the noise of a step is measured where optimiser.learning_rate or sr.diag_shift is auto; accepted: a number > 0 "
                    + "and < 1")
        }
        if optimiser.fixesNorm, reconfiguration.controlsShift {
            throw try srBlock.required("diag_shift").error(
                "the shift is chosen by what a step of its own length does, not one of optimiser.fixed_norm; accepted: a number or "
                    + "a schedule")
        }
        if ensemble.isOfSeveral, purpose.hasState, sampler.screensProposals {
            throw try samplerBlock.required("screening").error(
                "single precision has too few digits for determinants of several states (states.count: \(ensemble.count)); "
                    + "accepted: none")
        }
        try RunConfiguration.complete(
            &runBlock, choosesRate: optimiser.learningRate == nil, isNoisy: sampler.drawsChains)
        run = try RunConfiguration(runBlock)
        // Also where another purpose does not need it, what is wrong with it is an error.
        let evolution = try dynamicsBlock.map { try DynamicsConfiguration($0) }
        dynamics = purpose == .evolution ? evolution : nil
        let seed = run.seed
        projection = try blocks["projection"].map { try ProjectionConfiguration($0, seed: seed) }
        if let dynamics, dynamics.initialState == .xUp, let state = dynamicsBlock?["initial_state"] {
            guard ProductState.xUp.isIn(problem.space) else {
                throw state.error("x_up is a state of all spins 1/2, not of this space or sector; accepted: parameters")
            }
            guard run.initialParameters == nil else {
                throw state.error("contradicts run.initial_parameters; accepted: parameters")
            }
        }
        if purpose.hasState {
            notices += Self.withoutEffect(
                problem.lattice.kind == .graph ? [] : ["site_coords"], "lattice", "type", root)
            notices += sampler.notices
            notices += Self.withoutEffect(
                try SamplerConfiguration.keysWithoutEffect(samplerBlock), "sampler", "rule", root)
            if !sampler.choosesSamples, sampler.drawsChains, root["sampler"]?["samples"] != nil {
                notices += Self.withoutEffect(["max_samples"], "sampler", "samples", root)
            }
            if sampler.ladder.replicas == 1 {
                notices += Self.withoutEffect(["replica_beta"], "sampler", "replicas", root)
            }
        }
        if purpose == .evolution, let block = dynamicsBlock {
            let isSummed = if case .fullSum = sampler.method { true } else { false }
            notices += Self.withoutEffect(
                try DynamicsConfiguration.keysWithoutEffect(block, isSummed: isSummed), "dynamics",
                "integrator, solver, initial_state and sampler.rule", root)
            for (name, keys) in [("sr", nil), ("optimiser", nil), ("run", RunConfiguration.keysOfOptimisation)] {
                notices += Self.withoutEffectOnEvolution(name, keys, root)
            }
        }
        if purpose == .optimisation {
            notices += Self.withoutEffect(
                try ReconfigurationConfiguration.keysWithoutEffect(srBlock), "sr", "solver", root)
            if !sampler.drawsChains, reconfiguration.energyClipping != nil {
                notices.append("sr.clip_energies: no effect with this sampler.rule")
            }
            notices += Self.withoutEffect(
                try OptimiserConfiguration.keysWithoutEffect(optimiserBlock), "optimiser", "type", root)
            notices += Self.withoutEffect(
                try RunConfiguration.keysWithoutEffect(runBlock), "run", "on_divergence", root)
            notices += Self.withoutEffect(
                try RunConfiguration.keysWithoutEffectOfSteps(runBlock), "run", "steps", root)
        }
        self.notices = notices

        blocks.set("sampler", to: samplerBlock)
        blocks.set("sr", to: srBlock)
        blocks.set("optimiser", to: optimiserBlock)
        blocks.set("run", to: runBlock)
        if let block = dynamicsBlock { blocks.set("dynamics", to: block) }
        // The others are as they were, and may be long.
        var resolved = try Self.normalisedBlocks(blocks, for: purpose, except: ["lattice", "hamiltonian"])
        switch purpose {
        case .evolution:
            resolved = resolved.without(["sr", "optimiser", "projection"])
            resolved["run"].map { resolved.set("run", to: $0.without(RunConfiguration.keysOfOptimisation)) }
        case .projection:
            resolved = resolved.without(["sr", "optimiser", "dynamics"])
            let others = Schema.run.keys.map(\.name).filter { !ProjectionConfiguration.runKeys.contains($0) }
            if let run = resolved["run"] { resolved.set("run", to: run.without(others)) }
        case .optimisation, .exactDiagonalisation:
            // A projection is to find its block.
            resolved = resolved.without(["dynamics"])
        }
        self.resolved = resolved
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
                let isOptional = purpose != .projection || block.name != Schema.projection.name
                if isOptional, Schema.optionalBlocks.contains(block.name) { continue }
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
                problem.hamiltonian is FermionSum
                    ? "the sum is not Hermitian; accepted: beside every product its conjugate, the operators in reverse order, ^ "
                        + "where there was none and none where there was one, with the conjugate of the coefficient"
                    : "the sum is not Hermitian; accepted: real coefficients")
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

    /// One notice for what was given in a block and means nothing to an evolution.
    ///
    /// - Parameter keys: nil for all.
    private static func withoutEffectOnEvolution(
        _ block: String, _ keys: [String]?, _ root: ConfigurationNode
    ) -> [String] {
        guard case .map(let entries)? = root[block]?.content else { return [] }
        let given = entries.map(\.key).filter { keys?.contains($0) ?? true }
        guard !given.isEmpty else { return [] }
        return ["\(given.map { "\(block).\($0)" }.joined(separator: ", ")): no effect on an evolution in time"]
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
