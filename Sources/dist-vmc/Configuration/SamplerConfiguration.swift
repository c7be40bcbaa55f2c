import DistQGT

/// The normalised `sampler` block.
struct SamplerConfiguration {
    enum Method {
        case metropolis(ProposalRule)
        /// Independent samples of an autoregressive network.
        case direct
        /// The whole basis, exactly.
        case fullSum
    }

    /// The largest basis that full summation takes.
    static let maximumDimension = 1 << 22

    let method: Method
    let chains: Int
    /// Of a step, at most, as asked for; `samplesPerChain` rounds it up.
    let samples: Int
    /// Whether a step of an optimisation may have fewer.
    let choosesSamples: Bool
    let sweep: Int
    let discard: Int
    /// Whether proposals are screened in single precision.
    let screensProposals: Bool
    let ladder: ReplicaLadder

    var samplesPerChain: Int { (samples - 1) / chains + 1 }
    var drawsChains: Bool {
        if case .fullSum = method { false } else { true }
    }

    /// What the run should say once.
    let notices: [String]

    /// - Parameters:
    ///   - node: a normalised block whose derived defaults are filled in.
    ///   - ansatz: nil where nothing is sampled.
    /// - Throws: `ConfigurationError` where the keys do not fit together, or not the problem, or not the network.
    init(
        _ node: ConfigurationNode, problem: Problem, ansatz: AnsatzModel?, _ ensemble: EnsembleConfiguration
    ) throws {
        chains = try node.required("chains").integer()
        samples = try Self.mostSamples(node)
        choosesSamples = try node.required("samples").isAutomatic
        sweep = try node.required("sweep").integer()
        discard = try node.required("discard").integer()
        screensProposals = try node.required("screening").string() == "single"
        let replicasNode = try node.required("replicas")
        ladder = ReplicaLadder(
            replicas: try replicasNode.integer(), leastBeta: try node.required("replica_beta").real())
        let ruleNode = try node.required("rule")
        var notices: [String] = []
        if case .string("full_sum", _) = ruleNode.content {
            let limit = Self.maximumDimension
            let dimension = ensemble.space.dimension
            guard let dimension, dimension <= limit else {
                let size = dimension.map { "\($0)" } ?? "2^63 or more"
                let copies = ensemble.isOfSeveral ? ", \(ensemble.count) walkers" : ""
                throw ruleNode.error(
                    "full_sum would take \(size) states (\(problem.siteCount) sites\(copies)); accepted: up to \(limit)"
                )
            }
            method = .fullSum
        } else if case .string("direct", _) = ruleNode.content {
            if let ansatz, !ansatz.isAutoregressive {
                throw ruleNode.error(
                    "direct draws from the conditional probabilities of an autoregressive network (ansatz types "
                        + "arnn_dense, arnn_conv1d, arnn_conv2d); accepted with this ansatz: local, exchange, full_sum")
            }
            guard !ensemble.isOfSeveral else {
                throw ruleNode.error(
                    "direct draws from one state, not from a determinant of several (states.count: \(ensemble.count)); "
                        + "accepted: local, exchange, hop, full_sum")
            }
            method = .direct
        } else {
            let weights = try Self.weights(ruleNode)
            let rules = try weights.map { name, weight in
                let rule = try Self.rule(name, node, ruleNode, problem)
                if ensemble.isOfSeveral, weight > 0, case .local(let flips) = rule, flips > 2,
                    !problem.space.conservedSums.isEmpty
                {
                    throw try node.required("flips").error(
                        "\(flips) sites of several walkers hardly ever keep what is conserved in each (states.count: "
                            + "\(ensemble.count)); accepted: 2")
                }
                return WeightedRule(weight: weight, rule: rule)
            }
            if problem.space.isOfSpinsHalf, problem.space.magnetisation == nil,
                weights.allSatisfy({ $0.name != "local" || $0.weight == 0 })
            {
                throw ruleNode.error(
                    "exchange alone keeps total S^z, so sampler.total_sz must be given (or mix in local)")
            }
            method = .metropolis(rules.count == 1 ? rules[0].rule : .mixture(rules))
        }
        if case .metropolis = method {
            guard ladder.replicas <= (1 << 32) / chains else {
                throw replicasNode.error(
                    "\(ladder.replicas) replicas of \(chains) chains are too many; accepted: up to 2^32 in all")
            }
        } else if ladder.replicas > 1 {
            throw replicasNode.error(
                "\(ladder.replicas) replicas with sampler.rule \(try ruleNode.string()), which draws no Markov chains; "
                    + "accepted: 1, or the rules local, exchange and hop")
        }
        if case .fullSum = method {
        } else if samples % chains != 0 {
            notices.append(
                "sampler.\(choosesSamples ? "max_samples" : "samples"): \(samples) is rounded up to \(((samples - 1) / chains + 1) * chains), "
                    + "a multiple of \(chains) chains")
        }
        if case .metropolis = method, problem.space.isOfSpinsHalf, problem.space.magnetisation == nil,
            problem.conservesTotal
        {
            notices.append(
                "sampler.total_sz: the hamiltonian conserves total S^z; with a value, as \(problem.siteCount % 2 == 0 ? "0" : "1/2") "
                    + "for antiferromagnets, all samples are of one sector")
        }
        self.notices = notices
    }

    /// The normalised block with its derived defaults.
    static func resolved(
        _ node: ConfigurationNode, problem: Problem, ansatz: AnsatzModel?, _ ensemble: EnsembleConfiguration
    ) -> ConfigurationNode {
        var node = node
        if node["rule"] == nil {
            node.set(
                "rule",
                to: ansatz?.isAutoregressive == true && !ensemble.isOfSeveral
                    ? .string("direct", quoted: false) : rule(of: problem, node))
        }
        if node["sweep"] == nil || node["sweep"]?.content == .integer(0) {
            node.set("sweep", to: .integer(problem.siteCount))
        }
        return node
    }

    /// Fills in how many samples steps have, where the configuration says nothing: that is left to the program if steps are.
    ///
    /// - Parameters:
    ///   - node: the block `sampler`.
    ///   - optimiser: its block, completed.
    ///   - reconfiguration: the block `sr`, completed.
    /// - Throws: `ConfigurationError` where nothing would measure the noise of steps.
    static func complete(
        _ node: inout ConfigurationNode, _ optimiser: ConfigurationNode, _ reconfiguration: ConfigurationNode,
        for purpose: Configuration.Purpose
    ) throws {
        let choosesRate = try optimiser.required("learning_rate").isAutomatic
        var isSummed = false
        if case .string("full_sum", _) = node["rule"]?.content { isSummed = true }
        guard let samples = node["samples"] else {
            node.set(
                "samples",
                to: choosesRate && !isSummed
                    ? .string(ConfigurationNode.automatic, quoted: false) : try node.required("max_samples").content)
            return
        }
        let isControlled = try choosesRate || reconfiguration.required("diag_shift").isAutomatic
        if purpose == .optimisation, samples.isAutomatic, !isSummed, !isControlled {
            throw samples.error(
                "the noise of a step is measured where optimiser.learning_rate or sr.diag_shift is auto; accepted: an integer "
                    + "from 1 to \(Schema.maximumCount)")
        }
    }

    /// Of a step, as asked for.
    ///
    /// - Parameter node: the completed block.
    static func mostSamples(_ node: ConfigurationNode) throws -> Int {
        try node.required("samples").automaticInteger() ?? node.required("max_samples").integer()
    }

    /// Names of the keys that mean nothing to the rule.
    static func keysWithoutEffect(_ node: ConfigurationNode) throws -> [String] {
        let ruleNode = try node.required("rule")
        if case .string("full_sum", _) = ruleNode.content {
            return ["chains", "samples", "max_samples", "sweep", "discard", "flips", "distance", "screening"]
        }
        if case .string("direct", _) = ruleNode.content {
            return ["sweep", "discard", "flips", "distance", "screening"]
        }
        let names = try weights(ruleNode).filter { $0.weight > 0 }.map(\.name)
        let hasPairs = names.contains("exchange") || names.contains("hop")
        return (names.contains("local") ? [] : ["flips"]) + (hasPairs ? [] : ["distance"])
    }

    /// The rule that reaches every state of a space, and moves what there is to move.
    private static func rule(of problem: Problem, _ node: ConfigurationNode) -> ConfigurationNode.Content {
        let space = problem.space
        func name(_ name: String) -> ConfigurationNode.Content { .string(name, quoted: false) }
        func mixture(_ weights: [(String, Double)]) -> ConfigurationNode.Content {
            .map(weights.map { .init(key: $0.0, keyOrigin: node.origin, value: node.replacing(.real($0.1))) })
        }
        let moving = space.isOfSpinsHalf ? "exchange" : "hop"
        guard !space.conservedSums.isEmpty else {
            // A lowest state has amplitudes in one sector only, which no change of a single site leads through.
            return problem.conservesTotal && !problem.model.edges.isEmpty
                ? mixture([(moving, 0.5), ("local", 0.5)]) : name("local")
        }
        guard space.isOfElectrons else { return name(moving) }
        // Hops alone move no two spins past each other where repulsion is strong.
        return mixture([("hop", 0.75), ("exchange", 0.25)])
    }

    private static func weights(_ node: ConfigurationNode) throws -> [(name: String, weight: Double)] {
        guard case .map(let entries) = node.content else { return [(try node.string(), 1)] }
        return try entries.map { entry in
            guard entry.key != "full_sum", entry.key != "direct" else {
                throw ConfigurationError(
                    "\(entry.key) cannot be mixed with another rule; accepted: local, exchange, hop",
                    at: entry.keyOrigin,
                    path: entry.value.path)
            }
            return (entry.key, try entry.value.real())
        }
    }

    private static func rule(
        _ name: String, _ node: ConfigurationNode, _ ruleNode: ConfigurationNode, _ problem: Problem
    ) throws -> ProposalRule {
        if name == "local" {
            let flipsNode = try node.required("flips")
            let flips = try flipsNode.integer()
            guard flips <= problem.siteCount else {
                throw flipsNode.error(
                    "\(flips) flips on \(problem.siteCount) sites; accepted: up to the number of sites")
            }
            guard problem.space.magnetisation == nil || flips % 2 == 0 else {
                throw ruleNode.error(
                    "local with \(flips) \(flips == 1 ? "flip" : "flips") leaves the basis of sampler.total_sz; "
                        + "accepted with total_sz: exchange, or local with an even sampler.flips")
            }
            return .local(flips: flips)
        }
        let pairs = try problem.model.pairs(withinBonds: node.required("distance").integer())
        guard !pairs.isEmpty else { throw ruleNode.error("\(name) needs bonds, and lattice has none") }
        let sites = pairs.map { SIMD2(Int32($0.first), Int32($0.second)) }
        return name == "hop" ? .hop(pairs: sites) : .exchange(pairs: sites)
    }
}
