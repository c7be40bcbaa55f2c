import DistQGT

/// The normalised `optimiser` block.
struct OptimiserConfiguration {
    let method: OptimiserRule
    /// Nil where it is chosen step by step.
    let learningRate: Schedule?
    /// Whether it is the norm of a step.
    let fixesNorm: Bool

    init(_ node: ConfigurationNode) throws {
        func number(_ key: String) throws -> Double { try node.required(key).real() }
        learningRate = try ScheduleReader.automaticSchedule(node.required("learning_rate"))
        method =
            switch try node.required("type").string() {
            case "momentum": .momentum(beta: try number("beta"))
            case "adam":
                .adam(beta1: try number("beta1"), beta2: try number("beta2"), epsilon: try number("epsilon"))
            default: .gradientDescent
            }
        fixesNorm = try node.optional("fixed_norm")?.boolean() ?? false
        if fixesNorm, learningRate == nil {
            throw try node.required("learning_rate").error(
                "with fixed_norm it is the norm of a step; accepted: a number or a schedule")
        }
        if learningRate == nil, method != .gradientDescent {
            throw try node.required("learning_rate").error(
                "the size of a step is chosen for a step along the solution of the SR equation, which optimiser.type "
                    + "sgd makes; accepted: a number or a schedule")
        }
    }

    /// Fills in what steps depend on where the configuration says nothing: all of it is left to the program if the learning
    /// rate is.
    ///
    /// - Parameters:
    ///   - optimiser: its block.
    ///   - reconfiguration: the block `sr`.
    ///   - hasOrbitals: whether the wave function has orbitals or pairs. These are parameters of any scale, and some of them
    ///     hardly change ψ where it is sampled: without a share of the diagonal of S their noise alone carries them across nodes.
    static func complete(
        _ optimiser: inout ConfigurationNode, _ reconfiguration: inout ConfigurationNode, hasOrbitals: Bool
    ) throws {
        func set(_ key: String, _ content: ConfigurationNode.Content, of block: inout ConfigurationNode) {
            if block[key] == nil { block.set(key, to: content) }
        }
        let automatic = ConfigurationNode.Content.string(ConfigurationNode.automatic, quoted: false)
        let isPlain = try reconfiguration["solver"]?.string() == ReconfigurationConfiguration.plainGradient
        let takesSolution = try optimiser.required("type").string() == "sgd" && !isPlain
        set("learning_rate", takesSolution ? automatic : .real(0.02), of: &optimiser)
        let isControlled = optimiser["learning_rate"]?.isAutomatic ?? false
        // Vectors that are kept from step to step are those of conjugate gradients in parameter space.
        let keepsSubspace =
            try reconfiguration.required("preconditioner").string() == ConjugateGradientSolver.subspacePreconditioner
        set("solver", isControlled && !keepsSubspace ? automatic : .string("cg", quoted: false), of: &reconfiguration)
        let isMarch = try reconfiguration.optional("march") != nil
        if isMarch, isControlled, let rate = optimiser["learning_rate"] {
            throw rate.error(
                "the size of a step is chosen for steps along the solution of the SR equation as it is, without sr.march; "
                    + "accepted: a number or a schedule")
        }
        set("diag_shift", isControlled ? automatic : .real(isMarch ? 1e-3 : 0.01), of: &reconfiguration)
        set("tolerance", isControlled ? automatic : .real(1e-6), of: &reconfiguration)
        set("diag_scale", .real(isControlled && hasOrbitals ? 0.02 : 0), of: &reconfiguration)
        set("momentum", .real(isMarch ? 0.95 : isControlled ? 0.9 : 0), of: &reconfiguration)
    }

    /// Names of the keys that mean nothing to the type.
    static func keysWithoutEffect(_ node: ConfigurationNode) throws -> [String] {
        switch try node.required("type").string() {
        case "momentum": ["beta1", "beta2", "epsilon"]
        case "adam": ["beta"]
        default: ["beta", "beta1", "beta2", "epsilon"]
        }
    }
}

/// The normalised `run` block.
struct RunConfiguration {
    /// Nil for as many as it takes.
    let steps: Int?
    /// As many at most; that number where it is given.
    let maximumSteps: Int
    /// Seconds of all steps and the final energy, in all parts of the run.
    let maximumTime: Double?
    /// Last ones whose parameters are averaged; nil for a fifth of all.
    let averagedSteps: Int?
    /// To better parameters.
    let maximumReturns: Int
    let seed: Int
    /// 0: only at the end.
    let checkpointEvery: Int
    let finalSamples: Int
    /// BLAS threads per rank, where the configuration asks for a number; 1 where it is deterministic.
    let threads: Int?
    let deterministic: Bool
    /// Bytes of a step on a rank; nil for no bound.
    let memory: Int?
    /// Seconds.
    let timeLimit: Double?
    let output: String?
    /// The file of the parameters to start from; nil for random ones.
    var initialParameters: ConfigurationNode?
    /// Whether a divergence leads back to the last good checkpoint, with the learning rate times this factor, and how
    /// often to one checkpoint.
    let rollsBack: Bool
    let rollbackFactor: Double
    let maximumRollbacks: Int

    init(_ node: ConfigurationNode) throws {
        steps = try node.required("steps").automaticInteger()
        maximumSteps = try steps ?? node.optional("max_steps")?.integer() ?? Self.defaultMaximumSteps
        maximumTime = try node.optional("max_time")?.real()
        averagedSteps = try node.required("averaged_steps").automaticInteger()
        maximumReturns = try node.required("max_returns").integer()
        seed = try node.required("seed").integer()
        checkpointEvery = try node.required("checkpoint_every").integer()
        finalSamples = try node.required("final_samples").integer()
        deterministic = try node.required("deterministic").boolean()
        let asked = try node.optional("threads")?.integer()
        if deterministic, let asked, asked > 1 {
            throw try node.required("threads").error(
                "with run.deterministic a product's bits must not depend on threads; accepted: 1 or null")
        }
        threads = deterministic ? 1 : asked
        // Above 2^62 bytes nothing is bounded.
        memory = try node.optional("memory").map { Int(min(1e9 * (try $0.real()), 0x1p62)) }
        timeLimit = try node.optional("time_limit")?.real()
        output = try node.optional("output")?.string()
        initialParameters = try node.optional("initial_parameters")
        rollsBack = try node.required("on_divergence").string() == "rollback"
        rollbackFactor = try node.required("rollback_factor").real()
        maximumRollbacks = try node.required("max_rollbacks").integer()
    }

    /// Names of the keys that mean something to an optimisation only.
    static let keysOfOptimisation = [
        "steps", "max_steps", "max_time", "averaged_steps", "max_returns", "final_samples", "on_divergence",
        "max_rollbacks",
        "rollback_factor",
    ]

    static let defaultMaximumSteps = 2000

    /// Fills in what depends on other keys.
    ///
    /// - Parameters:
    ///   - choosesRate: whether the learning rate is chosen step by step.
    ///   - isNoisy: whether the space is sampled: otherwise the last parameters are the best.
    static func complete(_ node: inout ConfigurationNode, choosesRate: Bool, isNoisy: Bool) throws {
        let steps = try node.required("steps").automaticInteger()
        if steps == nil, node["max_steps"] == nil { node.set("max_steps", to: .integer(defaultMaximumSteps)) }
        if node["averaged_steps"] == nil {
            let fifth = steps.map { ConfigurationNode.Content.integer($0 / 5) }
            let automatic = ConfigurationNode.Content.string(ConfigurationNode.automatic, quoted: false)
            node.set("averaged_steps", to: choosesRate && isNoisy ? fifth ?? automatic : .integer(0))
        }
        if node["max_returns"] == nil { node.set("max_returns", to: .integer(choosesRate ? 3 : 0)) }
    }

    /// That a bound on the steps is given beside their number; nil where it is not.
    static func keysWithoutEffectOfSteps(_ node: ConfigurationNode) throws -> [String] {
        try node.required("steps").isAutomatic ? [] : ["max_steps"]
    }

    /// Names of the keys that mean nothing to on_divergence.
    static func keysWithoutEffect(_ node: ConfigurationNode) throws -> [String] {
        try node.required("on_divergence").string() == "rollback" ? [] : ["max_rollbacks", "rollback_factor"]
    }
}

extension ConfigurationNode {
    /// The word that leaves a choice to the program.
    static let automatic = "auto"

    var isAutomatic: Bool {
        if case .string(Self.automatic, _) = content { true } else { false }
    }

    /// Nil where the choice is left to the program.
    func automaticInteger() throws -> Int? { isAutomatic ? nil : try integer() }

    /// The value under `key` as one of an enumeration's names.
    func named<Name: RawRepresentable>(_ key: String) throws -> Name where Name.RawValue == String {
        let node = try required(key)
        guard let name = Name(rawValue: try node.string()) else { throw node.mismatch("one of the documented names") }
        return name
    }
}
