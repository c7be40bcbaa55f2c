import DistQGT
import Foundation

/// The resolved `sr` block.
struct ReconfigurationConfiguration {
    enum Solver: String {
        case cg, minres, cholesky
        case pinvSmooth = "pinv_smooth"
        case auto, minsr, none
    }
    enum Space: String { case parameters, samples, auto }
    enum Jacobian: String {
        case onTheFly = "on_the_fly"
        case stored, auto
    }
    enum Kernel: String { case formed, products, auto }
    enum Precision: String { case double, single }
    enum Preconditioner: String { case none, jacobi }
    let solver: Solver
    let space: Space
    let fallback: [Solver]
    let diagShift: Schedule
    let diagScale: Schedule
    let momentum: Schedule
    let maximumNorm: Double?
    let tolerance: Double
    let maximumIterations: Int
    let cutoff: Double
    let smoothTolerance: Double
    let warmStart: Bool
    let jacobian: Jacobian
    let kernel: Kernel
    let precision: Precision
    let preconditioner: Preconditioner
    /// Whether log ψ is said to be holomorphic.
    let claimsHolomorphy: Bool
    let centring: QuantumGeometricTensor.Centring

    /// - Throws: `ConfigurationError` for keys that contradict each other.
    init(_ node: ConfigurationNode, steps: Int) throws {
        func schedule(_ key: String) throws -> Schedule {
            try ScheduleReader.schedule(node.required(key), defaultSteps: steps)
        }
        solver = try node.named("solver")
        space = try node.named("space")
        fallback = try node.required("fallback").list("a list of solvers").map { entry in
            Solver(rawValue: try entry.string()) ?? .none
        }
        diagShift = try schedule("diag_shift")
        diagScale = try schedule("diag_scale")
        momentum = try schedule("momentum")
        maximumNorm = try node.optional("max_norm")?.real()
        tolerance = try node.required("tolerance").real()
        maximumIterations = try node.required("max_iterations").integer()
        cutoff = try node.required("rtol").real()
        smoothTolerance = try node.required("rtol_smooth").real()
        warmStart = try node.required("warm_start").boolean()
        jacobian = try node.named("jacobian")
        kernel = try node.named("kernel")
        precision = try node.named("matvec_precision")
        preconditioner = try node.named("preconditioner")
        claimsHolomorphy = try node.optional("holomorphic")?.boolean() ?? false
        centring = try node.named("centring")
        if solver == .minsr, space != .samples {
            throw try node.required("space").error(
                "'\(space.rawValue)' contradicts solver minsr, which is cholesky in sample space; accepted: samples")
        }
        if warmStart, space == .samples, solver != .none {
            throw try node.required("warm_start").error(
                "the samples are new at every step: a solve in sample space has nothing to start from; accepted: false")
        }
        if diagShift.endpoints.contains(0), diagScale.endpoints.contains(where: { $0 > 0 }), space == .samples {
            throw try node.required("diag_shift").error(
                "with diag_scale in sample space the diagonal is divided by; accepted: a number > 0")
        }
    }

    /// The block with the defaults that depend on the solver.
    static func resolved(_ node: ConfigurationNode) throws -> ConfigurationNode {
        var node = node
        let solver: Solver = try node.named("solver")
        if node["space"] == nil {
            node.set(
                "space",
                to: .string(solver == .minsr ? Space.samples.rawValue : Space.parameters.rawValue, quoted: false))
        }
        if node["fallback"] == nil {
            let names: [Solver]
            switch solver {
            case .cg: names = [.minres]
            case .cholesky, .minsr: names = [.pinvSmooth]
            case .auto: names = [.pinvSmooth]
            case .minres, .pinvSmooth, .none: names = []
            }
            let entries = try names.map { name in
                try ConfigurationNode(
                    yaml: name.rawValue, source: node.origin.source, trail: node.trail.key("fallback"),
                    lines: .all(node.origin.line))
            }
            node.set("fallback", to: .list(entries))
        }
        return node
    }

    /// Names of the keys that mean nothing to the solver, given a resolved block.
    static func keysWithoutEffect(_ node: ConfigurationNode) throws -> [String] {
        let solver: Solver = try node.named("solver")
        if solver == .none {
            return [
                "space", "fallback", "diag_shift", "diag_scale", "momentum", "tolerance", "max_iterations", "rtol",
                "rtol_smooth", "warm_start", "centring", "jacobian", "kernel", "matvec_precision", "preconditioner",
            ]
        }
        let names = try [solver.rawValue] + node.required("fallback").list("a list of solvers").map { try $0.string() }
        var keys: [String] = []
        if !names.contains(where: { ["cg", "minres", "auto"].contains($0) }) {
            keys += ["tolerance", "max_iterations", "warm_start", "jacobian", "kernel"]
        }
        if !names.contains(where: { ["cg", "auto"].contains($0) }) { keys += ["matvec_precision", "preconditioner"] }
        if !names.contains("pinv_smooth") { keys += ["rtol", "rtol_smooth"] }
        switch try node.required("space").string() {
        case "samples":
            keys.append("centring")
            if try node.required("kernel").string() == "formed" { keys += ["jacobian", "matvec_precision"] }
        case "parameters": keys.append("kernel")
        default: break
        }
        return keys
    }
}

// MARK: What it means for a state

extension ReconfigurationConfiguration {
    /// How each step solves its equation; nil for the plain gradient. With it, in words, why a solver or a space
    /// was taken where the configuration leaves the choice.
    ///
    /// - Parameters:
    ///   - distribution: of the rank with most samples, so that every rank chooses alike.
    ///   - memory: bytes that a matrix may take where the choice is free.
    func settings(
        for state: NeuralQuantumState, _ distribution: SampleDistribution, memory: Int
    ) -> (reconfiguration: StochasticReconfiguration?, reasoning: String?) {
        guard solver != .none else { return (nil, nil) }
        let (chosen, chosenSpace, solverReasoning) = choice(state, distribution, memory)
        var methods: [ReconfigurationMethod] = []
        for name in [chosen] + fallback where !methods.contains(where: { $0.name == name.rawValue }) {
            methods.append(method(name))
        }
        let isIterative = methods.contains { !$0.isDense }
        var reasons = solverReasoning.map { [$0] } ?? []
        var appliedKernel = ReconfigurationProducts.Kernel(rawValue: kernel.rawValue) ?? .formed
        if kernel == .auto, isIterative, chosenSpace == .samples {
            let (automatic, reason) = kernelChoice(state, distribution, memory)
            appliedKernel = automatic
            reasons.append(reason)
        }
        var storage = ReconfigurationProducts.Storage(rawValue: jacobian.rawValue) ?? .onTheFly
        if jacobian == .auto, isIterative, chosenSpace == .parameters || appliedKernel == .products {
            let (automatic, reason) = storageChoice(state, distribution, memory)
            storage = automatic
            reasons.append(reason)
        }
        let reasoning = reasons.isEmpty ? nil : reasons.joined(separator: "; ")
        let products = ReconfigurationProducts(
            storage: storage, kernel: appliedKernel, isSingle: precision == .single,
            isPreconditioned: preconditioner == .jacobi)
        let settings = StochasticReconfiguration(
            methods: methods, space: chosenSpace, diagonalShift: diagShift,
            diagonalScale: diagScale.isZero ? nil : diagScale, momentum: momentum.isZero ? nil : momentum,
            warmStart: warmStart && chosenSpace == .parameters && isIterative, centring: centring,
            products: products)
        return (settings, reasoning)
    }

    private func method(_ solver: Solver) -> ReconfigurationMethod {
        switch solver {
        case .minres: .minimalResidual(MinimalResidual(tolerance: tolerance, maximumIterations: maximumIterations))
        case .cholesky, .minsr: .cholesky
        case .pinvSmooth: .smoothPseudoInverse(cutoff: cutoff, smoothTolerance: smoothTolerance)
        case .cg, .auto, .none:
            .conjugateGradient(ConjugateGradient(tolerance: tolerance, maximumIterations: maximumIterations))
        }
    }

    /// Memory that a matrix may take where the choice is free and the configuration has no bound.
    static let matrixBytes = 4 << 30

    /// T formed, or products with the Jacobian, with the reason.
    private func kernelChoice(
        _ state: NeuralQuantumState, _ distribution: SampleDistribution, _ memory: Int
    ) -> (ReconfigurationProducts.Kernel, String) {
        let formed = ReconfigurationCost(
            state, distribution, space: .samples, isDense: false, maximumIterations: maximumIterations,
            hasDiagonal: !diagScale.isZero)
        let products = ReconfigurationCost.products(
            state, distribution, maximumIterations: maximumIterations, isSingle: precision == .single
        ).onTheFly
        let fits = formed.bytes <= memory
        let kernel: ReconfigurationProducts.Kernel =
            formed.multiplications <= products && fits ? .formed : .products
        return (
            kernel,
            "sr: kernel \(kernel.rawValue), by estimated multiplications per step and rank: formed "
                + "\(FigureText.short(formed.multiplications)), products \(FigureText.short(products))"
                + (fits ? "" : "; T is too large")
        )
    }

    /// On the fly or stored, with the reason.
    private func storageChoice(
        _ state: NeuralQuantumState, _ distribution: SampleDistribution, _ memory: Int
    ) -> (ReconfigurationProducts.Storage, String) {
        let cost = ReconfigurationCost.products(
            state, distribution, maximumIterations: maximumIterations, isSingle: precision == .single)
        let fits = cost.bytes <= memory
        let storage: ReconfigurationProducts.Storage = cost.stored < cost.onTheFly && fits ? .stored : .onTheFly
        let rows = String(format: "%.3g GB", Double(cost.bytes) / 1e9)
        return (
            storage,
            "sr: jacobian \(storage.rawValue), by estimated multiplications per step and rank: on_the_fly "
                + "\(FigureText.short(cost.onTheFly)), stored \(FigureText.short(cost.stored)) with rows of \(rows)"
                + (fits ? "" : ", too large")
        )
    }

    private func choice(
        _ state: NeuralQuantumState, _ distribution: SampleDistribution, _ memory: Int
    ) -> (solver: Solver, space: ReconfigurationSpace, reasoning: String?) {
        let solvers: [Solver] = solver == .auto ? [.cg, .cholesky] : [solver == .minsr ? .cholesky : solver]
        let spaces = ReconfigurationSpace(rawValue: space.rawValue).map { [$0] } ?? ReconfigurationSpace.allCases
        var candidates: [(solver: Solver, cost: ReconfigurationCost)] = []
        for solver in solvers {
            for space in spaces {
                candidates.append(
                    (
                        solver,
                        ReconfigurationCost(
                            state, distribution, space: space, isDense: method(solver).isDense,
                            maximumIterations: maximumIterations, hasDiagonal: !diagScale.isZero)
                    ))
            }
        }
        guard candidates.count > 1 else { return (candidates[0].solver, candidates[0].cost.space, nil) }
        let fitting = candidates.filter { $0.cost.bytes <= memory }
        let ordered = (fitting.isEmpty ? candidates : fitting).sorted {
            $0.cost.multiplications < $1.cost.multiplications
        }
        func words(_ candidate: (solver: Solver, cost: ReconfigurationCost)) -> String {
            "\(candidate.solver.rawValue) in \(candidate.cost.space.rawValue) "
                + FigureText.short(candidate.cost.multiplications)
        }
        let best = ordered[0]
        let others = candidates.filter { $0.solver != best.solver || $0.cost.space != best.cost.space }
        let tooLarge = candidates.count - fitting.count
        return (
            best.solver, best.cost.space,
            "sr: \(best.solver.rawValue) in the space of \(best.cost.space.rawValue), by estimated multiplications per "
                + "step and rank: \(words(best)), against \(others.map(words).joined(separator: ", "))"
                + (tooLarge > 0
                    ? " (\(tooLarge) left out: a matrix above \(FigureText.short(Double(memory) / 1e9)) GB)" : "")
        )
    }
}
