import DistQGT

/// The block `projection`, checked.
struct ProjectionConfiguration {
    let plan: ProjectionPlan
    /// 0: only at the end.
    let checkpointEvery: Int
    /// The block of observables; nil for none.
    let observables: ConfigurationNode?

    /// Keys of `run` that a projection reads.
    static let runKeys = ["seed", "threads", "deterministic", "time_limit"]

    /// - Parameters:
    ///   - node: a normalised block.
    ///   - seed: run.seed.
    /// - Throws: `ConfigurationError` for an equilibration that is too short.
    init(_ node: ConfigurationNode, seed: Int) throws {
        let equilibration = try node.required("equilibration")
        let correctionLength = try node.required("correction_length").integer()
        plan = ProjectionPlan(
            walkers: try node.required("walkers").integer(), interval: try node.required("interval").real(),
            equilibration: try equilibration.integer(), generations: try node.required("generations").integer(),
            correctionLength: correctionLength, forwardLength: try node.required("forward_length").integer(),
            seed: UInt64(seed))
        observables = try node.optional("observables")
        for block in try observables?.map() ?? [] {
            if let precision = block.value["precision"] {
                throw precision.error(
                    "in a projection nothing is sampled until it is precise; projection.generations says how much")
            }
        }
        checkpointEvery = try node.required("checkpoint_every").integer()
        guard plan.equilibration >= correctionLength else {
            throw equilibration.error(
                "\(plan.equilibration) generations are fewer than correction_length, of which the first that is measured needs "
                    + "as many before it; accepted: at least \(correctionLength)")
        }
    }

    /// The configuration of a finished run with other values.
    ///
    /// - Parameter arguments: `key.path=value`.
    /// - Throws: `ConfigurationError` for keys that a projection does not read: the state is what it is.
    static func overriding(_ root: ConfigurationNode, by arguments: [String]) throws -> ConfigurationNode {
        var root = root
        for argument in arguments {
            let override = try Override(argument: argument)
            guard override.block == "projection" || runKeys.contains(where: { override.isOf("run", $0) }) else {
                throw ConfigurationError(
                    "belongs to the run whose state is projected; accepted: keys of projection, and "
                        + runKeys.map { "run.\($0)" }.joined(separator: ", "), at: override.origin)
            }
            root = try override.applied(to: root)
        }
        return root
    }
}
