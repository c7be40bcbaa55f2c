import DistQGT

/// Symmetry sectors in which every wave function is zero, and sums over a group of which nothing is left.
extension AnsatzModel {
    /// Refuses a network that is projected on a sector without states: it would be zero whatever its parameters are, and
    /// results would be made of rounding.
    ///
    /// - Parameter node: the `ansatz` block, resolved.
    /// - Throws: `ConfigurationError`.
    static func requireStates(_ ansatz: any Ansatz, in space: HilbertSpace, _ node: ConfigurationNode) throws {
        for (part, block) in zip(ansatz.constituents, node.constituents) { try requireStates(part, in: space, block) }
        // What is counted are states of spins 1/2.
        guard space.isOfSpinsHalf, ansatz.sector?.isEmpty(downCount: space.downCount) == true else { return }
        let keys = ["momentum", "irrep", "characters", "parity"].filter { key in node[key].map { !$0.isNull } ?? false }
        let basis = space.sectorWords.map { "the basis of \($0)" } ?? "the basis"
        throw (keys.first.flatMap { node[$0] } ?? node).error(
            "the symmetry sector is empty: \(basis) has no state with this \(keys.joined(separator: ", ")), and psi is 0 "
                + "whatever the parameters are; accepted: another sector")
    }

    /// Refuses parameters at which the terms of a sum over a group cancel each other to the last digit: what is left is
    /// rounding. Local; the same on every rank.
    ///
    /// - Throws: `ConfigurationError`.
    static func requireAmplitudes(_ state: NeuralQuantumState, _ configuration: Configuration) throws {
        let shares = try state.eachState().compactMap {
            try CancellationCheck.share(
                of: $0, in: configuration.problem.space, seed: UInt64(configuration.run.seed))
        }
        guard let share = shares.first(where: { $0.found <= $0.rounding }) else { return }
        throw (configuration.resolved["ansatz"] ?? configuration.resolved).error(
            "psi is lost in cancellation: of the sum over the group \(TerminalNumber.short(share.found)) of its terms is left, "
                + "which is rounding; the network below the sum has the wrong symmetry of its own, or the initial parameters "
                + "are too small (kernel_init)")
    }
}

extension ConfigurationNode {
    /// The blocks of an ansatz block's constituents: the entries of a list, or the block `ansatz` in it.
    var constituents: [ConfigurationNode] {
        if case .list(let list) = content { return list }
        return self["ansatz"].map { [$0] } ?? []
    }
}
