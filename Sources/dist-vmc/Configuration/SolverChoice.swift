import DistQGT
import Foundation

/// How each step solves its SR equation, where the configuration leaves something open: what is estimated to be the
/// fastest of all that it allows.
struct SolverChoice {
    /// A solver by a strategy.
    struct Way {
        let solver: any ReconfigurationSolver
        let strategy: ReconfigurationStrategy
        let cost: ReconfigurationCost

        fileprivate init(
            _ solver: any ReconfigurationSolver, _ strategy: ReconfigurationStrategy,
            _ problem: (ReconfigurationStrategy) -> ReconfigurationProblem
        ) {
            self.solver = solver
            self.strategy = strategy
            cost = solver.cost(problem(strategy))
        }

        /// The keys of `sr` that ask for it, and how the strategy is told from others of the space.
        fileprivate var jacobian: String? {
            guard solver.work(by: strategy) == .products else { return nil }
            return strategy.storesRows ? "stored" : "on_the_fly"
        }
        fileprivate var kernel: String? {
            guard strategy.space == .samples else { return nil }
            switch solver.work(by: strategy) {
            case .products: return "products"
            case .kernel: return "formed"
            case .factorisation: return nil
            }
        }

        /// With its cost.
        fileprivate var words: String {
            ([solver.name, "in \(strategy.space.rawValue)"]
                + [kernel.map { "with T \($0 == "formed" ? "formed" : "as products")" }, jacobian].compactMap { $0 })
                .joined(separator: " ") + " \(TerminalNumber.short(cost.multiplications))"
        }
    }

    /// How each step solves its equation; nil for the plain gradient.
    let reconfiguration: StochasticReconfiguration?
    /// Why, in words, where the configuration leaves a choice.
    let reasoning: String?
    /// That another way is estimated to be much faster, where it is.
    let advice: String?

    /// Bytes that matrices may take where the choice is free and the configuration has no bound.
    static let matrixBytes = 4 << 30
    /// Another way is worth a word where it is estimated to be faster by so much, and the chosen one takes long: at
    /// some 10⁹ multiplications per second, a second per step.
    private static let worthwhile = (factor: 3.0, multiplications: 1e9)

    /// - Parameters:
    ///   - distribution: of the rank with most samples, so that every rank chooses alike.
    ///   - memory: bytes that matrices may take where the choice is free.
    ///   - isOfEvolution: whether the equation is that of the block `dynamics`, whose solver is the one that is named.
    init(
        _ configuration: ReconfigurationConfiguration, for state: NeuralQuantumState,
        _ distribution: SampleDistribution, memory: Int, isOfEvolution: Bool = false
    ) {
        func problem(_ strategy: ReconfigurationStrategy) -> ReconfigurationProblem {
            ReconfigurationProblem(
                state, distribution, strategy,
                hasDiagonal: !configuration.diagScale.isZero || configuration.march != nil,
                shift: configuration.leastShift)
        }
        func ways(
            _ solvers: [any ReconfigurationSolver], _ isAllowed: (ReconfigurationStrategy) -> Bool
        ) -> [Way] {
            solvers.flatMap { solver in
                type(of: solver).strategies.filter(isAllowed).map { Way(solver, $0, problem) }
            }
        }
        let solvers: [any ReconfigurationSolver]
        switch configuration.solver {
        case .none:
            (reconfiguration, reasoning, advice) = (nil, nil, nil)
            return
        case .named(let solver): solvers = [solver]
        case .automatic(let all): solvers = all
        }
        let candidates = solvers.flatMap { solver in
            ways([solver]) { configuration.allows($0, for: solver) }
        }
        let chosen = Self.fastest(candidates, memory)
        reasoning =
            candidates.count > 1
            ? Self.reasoning(
                chosen, candidates, configuration, memory, block: isOfEvolution ? "dynamics" : "sr") : nil
        let others = ways(configuration.automaticSolvers) { configuration.suits($0.space) }
        advice = isOfEvolution ? nil : Self.advice(chosen, Self.fastest(others, memory))

        var tried = [chosen.solver]
        for solver in configuration.fallback where !tried.contains(where: { $0.name == solver.name }) {
            tried.append(solver)
        }
        let iterates = tried.contains { $0.work(by: chosen.strategy) != .factorisation }
        let strategy = configuration.strategy(chosen, for: tried, problem)
        reconfiguration = StochasticReconfiguration(
            solvers: tried, by: strategy, diagonalShift: configuration.diagShift,
            diagonalScale: configuration.diagScale.isZero ? nil : configuration.diagScale,
            momentum: configuration.momentum.isZero ? nil : configuration.momentum, scaling: configuration.march,
            isShiftRelative: configuration.isShiftRelative, liftsMean: configuration.liftsMean,
            blocks: configuration.blocks,
            warmStart: configuration.warmStart && strategy.space == .parameters && iterates)
    }

    /// Of those that fit into memory, where any does; the first of equals.
    private static func fastest(_ ways: [Way], _ memory: Int) -> Way {
        let fitting = ways.filter { $0.cost.bytes <= memory }
        let ordered = (fitting.isEmpty ? ways : fitting)
        return ordered.dropFirst().reduce(ordered[0]) { best, way in
            way.cost.multiplications < best.cost.multiplications ? way : best
        }
    }

    private static func reasoning(
        _ chosen: Way, _ candidates: [Way], _ configuration: ReconfigurationConfiguration, _ memory: Int, block: String
    ) -> String {
        var taken: [String] = []
        if configuration.space == .auto || Set(candidates.map(\.solver.name)).count > 1 {
            taken.append("\(chosen.solver.name) in the space of \(chosen.strategy.space.rawValue)")
        }
        if configuration.kernel == .auto, let kernel = chosen.kernel { taken.append("kernel \(kernel)") }
        if configuration.jacobian == .auto, let jacobian = chosen.jacobian { taken.append("jacobian \(jacobian)") }
        let others = candidates.filter {
            $0.solver.name != chosen.solver.name || $0.strategy != chosen.strategy
        }
        let tooLarge = candidates.filter { $0.cost.bytes > memory }.count
        return
            "\(block): \(taken.joined(separator: ", ")), by estimated multiplications per step and rank: \(chosen.words), "
            + "against \(others.map(\.words).joined(separator: ", "))"
            + (tooLarge > 0
                ? " (\(tooLarge) left out: matrices above \(TerminalNumber.short(Double(memory) / 1e9)) GB)" : "")
    }

    private static func advice(_ chosen: Way, _ best: Way) -> String? {
        guard chosen.cost.multiplications >= worthwhile.multiplications,
            chosen.cost.multiplications > worthwhile.factor * best.cost.multiplications
        else { return nil }
        return "sr: by estimated multiplications per step and rank another way takes "
            + "\(TerminalNumber.short(best.cost.multiplications / chosen.cost.multiplications)) of the time: \(best.words), "
            + "against \(chosen.words); solver: auto takes it"
    }
}

extension ReconfigurationConfiguration {
    /// Whether the keys allow a solver to work so.
    fileprivate func allows(_ strategy: ReconfigurationStrategy, for solver: any ReconfigurationSolver) -> Bool {
        guard space == .auto ? suits(strategy.space) : space.rawValue == strategy.space.rawValue else {
            return false
        }
        switch solver.work(by: strategy) {
        case .factorisation: return true
        case .kernel: return kernel != .products
        case .products:
            guard strategy.space == .parameters || kernel != .formed else { return false }
            return jacobian == .auto || strategy.storesRows == (jacobian == .stored)
        }
    }

    /// Whether the equation can be solved there: sample space has nothing to start from, and divides by the diagonal
    /// where that is not the shift alone.
    fileprivate func suits(_ space: ReconfigurationSpace) -> Bool {
        guard space == .samples else { return true }
        return !warmStart && ((diagScale.isZero && march == nil) || !diagShift.endpoints.contains(0))
    }

    /// The strategy of all solvers: that of the first, or, where that one only tells the spaces apart, the one that
    /// suits the iterative ones best.
    fileprivate func strategy(
        _ chosen: SolverChoice.Way, for solvers: [any ReconfigurationSolver],
        _ problem: (ReconfigurationStrategy) -> ReconfigurationProblem
    ) -> ReconfigurationStrategy {
        guard chosen.solver.work(by: chosen.strategy) == .factorisation,
            let iterative = solvers.first(where: { $0.work(by: chosen.strategy) != .factorisation })
        else { return chosen.strategy }
        let allowed = type(of: iterative).strategies.filter {
            $0.space == chosen.strategy.space && allows($0, for: iterative)
        }
        return allowed.min {
            iterative.cost(problem($0)).multiplications < iterative.cost(problem($1)).multiplications
        } ?? chosen.strategy
    }
}
