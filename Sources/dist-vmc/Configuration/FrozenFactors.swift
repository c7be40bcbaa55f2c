import DistQGT

/// Factors whose parameters a run leaves as they are.
extension AnsatzModel {
    /// Refuses a wave function of which nothing is trained, and an evolution in which a part stands still.
    ///
    /// - Parameter node: the `ansatz` block, resolved.
    /// - Throws: `ConfigurationError`.
    static func requireTrained(
        _ model: AnsatzModel, _ node: ConfigurationNode, for purpose: Configuration.Purpose
    ) throws {
        guard model.trainedParameterCount < model.realParameterCount, let frozen = try frozenKey(node) else { return }
        switch purpose {
        case .optimisation where model.trainedParameterCount == 0:
            throw frozen.error(
                "every parameter is frozen, and nothing is left to train; accepted: at least one factor without")
        case .evolution:
            throw frozen.error("an evolution in time moves every parameter; accepted here: false")
        default: break
        }
    }

    /// The first key `frozen` that is true in a block, a list of blocks, or what is in them.
    static func frozenKey(_ node: ConfigurationNode) throws -> ConfigurationNode? {
        if case .map = node.content, let key = try node.optional("frozen"), try key.boolean() { return key }
        for block in node.constituents { if let key = try frozenKey(block) { return key } }
        return nil
    }
}
