import DistQGT

/// The resolved `sr` block.
struct ReconfigurationConfiguration {
    enum Solver {
        case named(any ReconfigurationSolver)
        /// What is estimated to be the fastest of these.
        case automatic([any ReconfigurationSolver])
        /// The plain gradient.
        case none
    }
    enum Space: String { case parameters, samples, auto }
    enum Jacobian: String {
        case onTheFly = "on_the_fly"
        case stored, auto
    }
    enum Kernel: String { case formed, products, auto }

    let solver: Solver
    let space: Space
    let fallback: [any ReconfigurationSolver]
    /// That of the first step, where it is chosen step by step.
    let diagShift: Schedule
    let controlsShift: Bool
    /// The least that it becomes.
    var leastShift: Double { controlsShift ? StepControl.shifts.lowerBound : diagShift.endpoints.min() ?? 0 }
    let diagScale: Schedule
    let momentum: Schedule
    /// How MARCH weights the shift; nil where it does not.
    let march: MomentScaling?
    /// Whether the shift is a number of mean eigenvalues.
    let isShiftRelative: Bool
    /// Whether the null vector of T is lifted.
    let liftsMean: Bool
    /// What of S is kept.
    let blocks: ParameterBlocks
    let maximumNorm: Double?
    /// Mean absolute deviations that local energies in the forces are clipped to; nil for as they are.
    let energyClipping: Double?
    let warmStart: Bool
    let jacobian: Jacobian
    let kernel: Kernel
    /// Whether log ψ is said to be holomorphic.
    let claimsHolomorphy: Bool
    /// Every solver that may be chosen for a user.
    let automaticSolvers: [any ReconfigurationSolver]

    /// Names for `solver` beside those of solvers.
    static let (automatic, minSR, plainGradient) = (ConfigurationNode.automatic, "minsr", "none")

    /// - Throws: `ConfigurationError` for keys that contradict each other.
    init(_ node: ConfigurationNode) throws {
        func schedule(_ key: String) throws -> Schedule {
            try ScheduleReader.schedule(node.required(key))
        }
        let settings = SolverBlock(node: node)
        let blocks: ParameterBlocks = try node["blocks"] == nil ? .whole : node.named("blocks")
        self.blocks = blocks
        let automaticSolvers: [any ReconfigurationSolver] =
            try SolverList.all.filter { $0.isAutomatic && (blocks == .whole || Self.factorises($0)) }
            .map { try $0.init(settings) }
        self.automaticSolvers = automaticSolvers
        let name = try node.required("solver").string()
        if name == Self.automatic {
            solver = .automatic(automaticSolvers)
        } else {
            solver = try Self.type(name).map { .named(try $0.init(settings)) } ?? .none
        }
        fallback = try node.required("fallback").list("a list of solvers").compactMap { entry in
            try SolverList.named(entry.string())?.init(settings)
        }
        space = try node.named("space")
        let diagShift = try ScheduleReader.automaticSchedule(node.required("diag_shift"))
        controlsShift = diagShift == nil
        self.diagShift = try diagShift ?? .constant(StepControl.firstShift)
        diagScale = try schedule("diag_scale")
        momentum = try schedule("momentum")
        march = try node.optional("march").map {
            MomentScaling(decay: try $0.required("decay").real(), epsilon: try $0.required("epsilon").real())
        }
        isShiftRelative = try node.optional("relative_shift")?.boolean() ?? false
        liftsMean = try node.optional("lift_mean")?.boolean() ?? false
        maximumNorm = try node.optional("max_norm")?.real()
        energyClipping = try node.optional("clip_energies")?.real()
        warmStart = try node.required("warm_start").boolean()
        jacobian = try node.named("jacobian")
        kernel = try node.named("kernel")
        claimsHolomorphy = try node.optional("holomorphic")?.boolean() ?? false
        if name == Self.minSR, space != .samples {
            throw try node.required("space").error(
                "'\(space.rawValue)' contradicts solver minsr, which is cholesky in sample space; accepted: samples")
        }
        if blocks != .whole {
            let fallback = try node.required("fallback").list("a list of solvers")
            if let type = Self.type(name), !Self.factorises(type) {
                throw try node.required("blocks").error(
                    "S is divided for solvers that factorise it; accepted with solver \(name): whole")
            }
            for entry in fallback {
                guard let type = try SolverList.named(entry.string()), !Self.factorises(type) else { continue }
                throw entry.error("with blocks only solvers that factorise are accepted")
            }
        }
        if liftsMean, space != .samples || kernel != .formed {
            throw try node.required("lift_mean").error(
                "the null vector of T is lifted where T is formed; accepted here: false, or true with space samples and kernel "
                    + "formed")
        }
        if liftsMean, name == SmoothPseudoInverseSolver.name {
            throw try node.required("lift_mean").error(
                "pinv_smooth counts its cut-offs from the largest eigenvalue, which would be the lifted one; accepted here: false"
            )
        }
        if march != nil, controlsShift {
            throw try node.required("diag_shift").error(
                "the shift is chosen for steps along the solution of the SR equation as it is, without march; accepted: a "
                    + "number or a schedule")
        }
        if warmStart, space == .samples, name != Self.plainGradient {
            throw try node.required("warm_start").error(
                "the samples are new at every step: a solve in sample space has nothing to start from; accepted: false")
        }
        if try node.required("preconditioner").string() == ConjugateGradientSolver.subspacePreconditioner,
            try !Self.keysWithoutEffect(node).contains("preconditioner"), space != .parameters
        {
            throw try node.required("space").error(
                "'\(space.rawValue)' contradicts preconditioner subspace: the samples are new at every step, what is kept are "
                    + "vectors of parameters; accepted: parameters")
        }
        if self.diagShift.endpoints.contains(0),
            march != nil || diagScale.endpoints.contains(where: { $0 > 0 }), space == .samples
        {
            throw try node.required("diag_shift").error(
                "with \(march == nil ? "diag_scale" : "march") in sample space the diagonal is divided by; accepted: a number > 0"
            )
        }
    }

    private static func factorises(_ type: any ReconfigurationSolver.Type) -> Bool {
        type is any DirectReconfigurationSolver.Type
    }

    /// The solver that a name stands for; nil where that is none or any.
    private static func type(_ name: String) -> (any ReconfigurationSolver.Type)? {
        name == minSR ? CholeskySolver.self : SolverList.named(name)
    }

    /// The block with the defaults that depend on the solver.
    static func resolved(_ node: ConfigurationNode) throws -> ConfigurationNode {
        var node = node
        let name = try node.required("solver").string()
        func set(_ key: String, _ value: String) {
            if node[key] == nil { node.set(key, to: .string(value, quoted: false)) }
        }
        let isAutomatic = name == automatic
        let defaultSpace: Space = name == minSR ? .samples : isAutomatic ? .auto : .parameters
        // Where a key decides that others mean something, what it leaves open is chosen, too.
        set("space", defaultSpace.rawValue)
        set("jacobian", (isAutomatic ? Jacobian.auto : .onTheFly).rawValue)
        set("kernel", (isAutomatic ? Kernel.auto : .formed).rawValue)
        if node["fallback"] == nil {
            let names = isAutomatic ? CholeskySolver.fallback : type(name)?.fallback ?? []
            let entries = try names.map { name in
                try ConfigurationNode(
                    yaml: name, source: node.origin.source, trail: node.trail.key("fallback"),
                    lines: .all(node.origin.line))
            }
            node.set("fallback", to: .list(entries))
        }
        return node
    }

    /// Names of the keys that mean nothing to the solver, given a resolved block.
    static func keysWithoutEffect(_ node: ConfigurationNode) throws -> [String] {
        let name = try node.required("solver").string()
        if name == plainGradient {
            return [
                "space", "fallback", "diag_shift", "diag_scale", "momentum", "march", "relative_shift", "lift_mean",
                "blocks",
            ]
                + SolverList.keys
        }
        let chosen = name == automatic ? SolverList.all.filter { $0.isAutomatic } : type(name).map { [$0] } ?? []
        let fallback = try node.required("fallback").list("a list of solvers").compactMap {
            SolverList.named(try $0.string())
        }
        let used = Set((chosen + fallback).flatMap { $0.keys })
        var keys = SolverList.keys.filter { !used.contains($0) }
        let preconditioner = try node.required("preconditioner").string()
        if preconditioner != ConjugateGradientSolver.subspacePreconditioner, !keys.contains("subspace_size") {
            keys.append("subspace_size")
        }
        switch try node.required("space").string() {
        case "samples":
            if try node.required("kernel").string() == "formed" { keys += ["jacobian", "matvec_precision"] }
        case "parameters": keys.append("kernel")
        default: break
        }
        return keys
    }
}
