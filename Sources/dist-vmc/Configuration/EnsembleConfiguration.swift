import DistQGT

/// The states that are sought together, and the system that their determinant is a wave function of: as many copies of
/// the problem. One state is its own ensemble.
struct EnsembleConfiguration {
    /// K.
    let count: Int
    /// What samples are drawn in.
    let space: HilbertSpace
    /// The Hamiltonian whose local energies are averaged.
    let hamiltonian: any Operator
    var isOfSeveral: Bool { count > 1 }

    /// - Parameter node: the normalised block `states`; nil for one state.
    /// - Throws: `ConfigurationError` for more states than the basis has.
    init(_ node: ConfigurationNode?, of problem: Problem) throws {
        let countNode = try node?.required("count")
        count = try countNode?.integer() ?? 1
        guard count > 1, let countNode else {
            (space, hamiltonian) = (problem.space, problem.hamiltonian)
            return
        }
        let number = count
        if let dimension = problem.space.dimension, dimension < number {
            throw countNode.error(
                "the basis has \(dimension) \(dimension == 1 ? "state" : "states"); accepted: 1 to \(dimension)")
        }
        space = try countNode.describing { try problem.space.copies(number) }
        hamiltonian = OperatorCopies(problem.hamiltonian, count: count, in: problem.space)
    }

    /// Refuses what several states have no meaning in, or no digits.
    ///
    /// - Throws: `ConfigurationError`, also for more states than lie in the symmetry sector of the ansatz: they would be linearly
    ///   dependent, and their determinant rounding.
    func requireMeaning(
        of node: ConfigurationNode?, for purpose: Configuration.Purpose, _ ansatz: AnsatzModel?,
        _ ansatzBlock: ConfigurationNode?, in problem: Problem
    ) throws {
        guard isOfSeveral, purpose.hasState, let countNode = node?["count"] else { return }
        guard purpose == .optimisation else {
            throw countNode.error("only dist-vmc run knows several states; accepted here: 1")
        }
        if let ansatz, let ansatzBlock, ansatz.trainedParameterCount < ansatz.realParameterCount {
            throw try (AnsatzModel.frozenKey(ansatzBlock) ?? ansatzBlock).error(
                "each of several states has factors of its own, which start where no file is: none can be frozen "
                    + "(states.count: \(count)); accepted: no frozen factor, or one state")
        }
        if problem.space.isOfSpinsHalf,
            let states = ansatz?.ansatz.sector?.stateCount(downCount: problem.space.downCount), states < count
        {
            throw countNode.error(
                "the symmetry sector of the ansatz has \(states) \(states == 1 ? "state" : "states"); accepted: 1 to \(states)"
            )
        }
        if let ansatz, ansatz.ansatz.dataType.isSingle {
            throw (ansatzBlock?["dtype"] ?? countNode).error(
                "\(ansatz.ansatz.dataType) has too few digits for determinants of several states (states.count: \(count)); "
                    + "accepted: float64 or complex128")
        }
    }

    /// The wave function that is optimised.
    func ansatz(_ base: any Ansatz, reading encoder: Encoder) -> any Ansatz {
        isOfSeveral ? StateEnsemble(base, count: count, reading: encoder) : base
    }

    /// How its configurations are read.
    func encoder(_ encoder: Encoder) -> Encoder { isOfSeveral ? Encoder(encoder.encoding, of: space) : encoder }

    /// Proposals that stay inside one copy.
    func rule(_ rule: ProposalRule, of problem: Problem) -> ProposalRule {
        isOfSeveral ? rule.copies(count, of: problem.space) : rule
    }
}
