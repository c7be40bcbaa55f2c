import DistQGT
import RunFiles

/// The parameters that `run.initial_parameters` names.
enum InitialParameters {
    /// Gives a state the leaves of a file, which must be those of its network: the same names, shapes and fields.
    /// Single and double precision may differ. Local.
    ///
    /// - Parameter key: the file's name.
    /// - Throws: `ConfigurationError`.
    static func read(_ key: ConfigurationNode, into state: NeuralQuantumState) throws {
        let path = try key.string()
        let leaves: [Checkpoint.Leaf]
        do {
            leaves = try ParameterFile.leaves(in: path)
        } catch {
            throw key.error("\(error)")
        }
        for (leaf, offset) in zip(state.layout.leaves, state.layout.offsets) {
            let expected = "\(leaf.name), \(leaf.isComplex ? "complex" : "real") of shape \(leaf.shape)"
            guard let found = leaves.first(where: { $0.name == leaf.name }) else {
                throw key.error("\(path) has no \(leaf.name); the network needs \(expected)")
            }
            guard found.shape == leaf.shape, found.kind.isComplex == leaf.isComplex else {
                throw key.error(
                    "\(path) holds \(leaf.name) as \(found.kind.rawValue) of shape \(found.shape); the network needs "
                        + expected)
            }
            guard found.values.allSatisfy(\.isFinite) else {
                throw key.error("\(path) holds \(leaf.name) with numbers that are not finite")
            }
            for (index, value) in found.values.enumerated() { state.parameters[offset + index] = value }
        }
        if let other = leaves.first(where: { state.layout.index(of: $0.name) == nil }) {
            throw key.error(
                "\(path) holds \(other.name), which the network does not have; it has "
                    + state.layout.leaves.map(\.name).joined(separator: ", "))
        }
    }
}
