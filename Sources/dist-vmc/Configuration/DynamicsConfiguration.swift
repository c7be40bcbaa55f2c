import DistQGT

/// The block `dynamics`, checked.
struct DynamicsConfiguration {
    /// What an evolution starts from.
    enum InitialState: String, CaseIterable {
        case parameters
        case xUp = "x_up"
    }

    let time: EvolutionTime
    let tableau: RungeKuttaTableau
    let times: EvolutionTimes
    /// Nil where steps have one size.
    let control: StepSizeControl?
    let initialState: InitialState
    let initialScale: Double
    let crossValidates: Bool
    /// The block of observables; nil for none.
    let observables: ConfigurationNode?

    /// - Parameter node: a resolved block.
    init(_ node: ConfigurationNode) throws {
        time = try node.named("time")
        let integrator = try node.required("integrator")
        guard let tableau = RungeKuttaTableau(named: try integrator.string()) else {
            throw integrator.mismatch("one of the documented names")
        }
        self.tableau = tableau
        times = EvolutionTimes(
            step: try node.required("step").real(), end: try node.required("end_time").real(),
            interval: try node.optional("save_every")?.real())
        control =
            try tableau.isAdaptive
            ? StepSizeControl(tolerance: node.required("tolerance").real(), norm: node.named("error_norm")) : nil
        initialState = try node.named("initial_state")
        initialScale = try node.required("initial_scale").real()
        crossValidates = try node.required("cross_validation").boolean()
        observables = try node.optional("observables")
        for block in try observables?.map() ?? [] {
            if let precision = block.value["precision"] {
                throw precision.error(
                    "along an evolution nothing is sampled until it is precise; sampler.samples says how much")
            }
        }
    }

    /// The block with the defaults that depend on other keys.
    ///
    /// - Throws: `ConfigurationError` for keys that contradict each other.
    static func resolved(_ node: ConfigurationNode) throws -> ConfigurationNode {
        var node = node
        let isAdaptive = RungeKuttaTableau(named: try node.required("integrator").string())?.isAdaptive ?? false
        let step = try node.required("step").real()
        if let steps = try node.optional("steps") {
            guard !isAdaptive else {
                throw steps.error("the size of the steps of this integrator is chosen; accepted: end_time")
            }
            let end = Double(try steps.integer()) * step
            if let given = try node.optional("end_time"), abs(try given.real() - end) > 1e-9 * end {
                throw given.error("contradicts \(try steps.integer()) steps of \(step), which end at \(end)")
            }
            node.set("end_time", to: .real(end))
        }
        guard let end = try node.optional("end_time") else {
            throw node.error("the key 'end_time' is missing; accepted: end_time, or the number of steps")
        }
        guard try end.real() / step < 1e9 else {
            throw end.error("makes more than 10^9 steps of \(step)")
        }
        let solver = try node.required("solver").string()
        if node["space"] == nil {
            node.set(
                "space", to: .string(solver == ReconfigurationConfiguration.minSR ? "samples" : "auto", quoted: false))
        }
        let needsShift = solver != SmoothPseudoInverseSolver.name
        if node["diag_shift"] == nil { node.set("diag_shift", to: .real(needsShift ? 1e-4 : 0)) }
        if needsShift, try node.required("diag_shift").real() == 0 {
            throw try node.required("diag_shift").error(
                "S is singular, and \(solver) does not leave out what is lost in it; accepted: a number > 0, or solver "
                    + SmoothPseudoInverseSolver.name)
        }
        return node
    }

    /// The block `sr` that says the same about the equation.
    ///
    /// - Parameter node: a resolved block.
    static func reconfiguration(_ node: ConfigurationNode) throws -> ConfigurationNode {
        var block = try Schema.sr.normalise(node.replacing(.map([])))
        for key in ["solver", "space", "diag_shift", "rtol", "rtol_smooth", "snr", "max_iterations"] {
            block.set(key, to: try node.required(key))
        }
        block.set("tolerance", to: try node.required("solver_tolerance"))
        block.set("momentum", to: .real(0))
        return block
    }

    /// Names of the keys that mean nothing beside the others, given a resolved block.
    static func keysWithoutEffect(_ node: ConfigurationNode, isSummed: Bool) throws -> [String] {
        var keys: [String] = []
        if RungeKuttaTableau(named: try node.required("integrator").string())?.isAdaptive == false {
            keys += ["tolerance", "error_norm"]
        }
        if isSummed { keys.append("cross_validation") }
        if try node.required("initial_state").string() != InitialState.xUp.rawValue { keys.append("initial_scale") }
        switch try node.required("solver").string() {
        case SmoothPseudoInverseSolver.name:
            keys += ["solver_tolerance", "max_iterations"] + (isSummed ? ["snr"] : [])
        case ConjugateGradientSolver.name, MinimalResidualSolver.name: keys += ["rtol", "rtol_smooth", "snr"]
        default: keys += ["solver_tolerance", "max_iterations"]
        }
        return keys
    }
}
