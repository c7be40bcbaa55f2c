import DistQGT
import RunFiles

/// The parameters that `run.initial_parameters` names: of one file all of them; of a list or a map those of some factors of
/// a product, each from a file of its own, so that a factor may come from a run of it alone or of another product.
///
/// Single and double precision may differ.
struct InitialParameters {
    private typealias Branch = ParameterBranch<(leaf: Leaf, offset: Int)>
    private typealias StoredBranch = ParameterBranch<Checkpoint.Leaf>

    private let state: NeuralQuantumState
    private let factors: [Branch]
    /// By factor, the file that its parameters came from.
    private var sources: [String: String] = [:]

    /// Gives a state the parameters of files. Local.
    ///
    /// - Parameter key: the file, the list or the map.
    /// - Returns: that some factors are in no file; nil where all are.
    /// - Throws: `ConfigurationError` for a file that cannot be read, that no factor fits or several do, or whose leaves have
    ///   other names, shapes or fields than the network's; where two files have the same factor; for an unknown factor.
    static func read(_ key: ConfigurationNode, into state: NeuralQuantumState) throws -> String? {
        var initial = InitialParameters(state)
        switch key.content {
        case .list(let files): for file in files { try initial.takeAll(of: file) }
        case .map(let entries): for entry in entries { try initial.take(entry, in: key) }
        default: try initial.takeWhole(key)
        }
        return initial.notice(key)
    }

    private init(_ state: NeuralQuantumState) {
        self.state = state
        factors = Branch.all(zip(state.layout.leaves, state.layout.offsets).map { ($0, $1) }, name: \.leaf.name)
    }

    private func notice(_ key: ConfigurationNode) -> String? {
        guard !sources.isEmpty else { return nil }
        let missing = factors.map(\.name).filter { sources[$0] == nil }
        guard !missing.isEmpty else { return nil }
        return "\(key.path): nothing for \(missing.joined(separator: ", ")): "
            + (missing.count == 1 ? "it starts as without files" : "they start as without files")
    }

    // MARK: Which factor a file's parameters are of

    /// All parameters of the network, under their own names.
    private func takeWhole(_ file: ConfigurationNode) throws {
        let leaves = try Self.leaves(of: file)
        try set(
            zip(state.layout.leaves, state.layout.offsets).map { (name: $0.name, leaf: ($0, $1)) },
            to: leaves.map { (name: $0.name, leaf: $0) }, of: "the network", file)
    }

    /// Whatever a file has: every factor in it is one of the network's.
    private mutating func takeAll(of file: ConfigurationNode) throws {
        for stored in StoredBranch.all(try Self.leaves(of: file), name: \.name) {
            try take(stored, as: try factor(of: stored, file), file)
        }
    }

    /// One factor, by its name, from a file of it alone or of a product that has it.
    private mutating func take(_ entry: ConfigurationNode.Entry, in key: ConfigurationNode) throws {
        let known = factors.map(\.name)
        guard let factor = factors.first(where: { $0.name == entry.key }) else {
            guard known != [""] else {
                throw key.error("the network is no product of factors with names; accepted here: one file")
            }
            throw SchemaKey.unknownKey(entry, known: known, in: key)
        }
        let file = entry.value
        let stored = StoredBranch.all(try Self.leaves(of: file), name: \.name)
        let alike = stored.filter { $0.type == factor.type }
        let fitting = alike.filter { $0.leafNames == factor.leafNames }
        guard
            let found = stored.first(where: { $0.name == factor.name }) ?? stored.first(where: { $0.name.isEmpty })
                ?? (fitting.count == 1 ? fitting[0] : alike.count == 1 ? alike[0] : nil)
        else {
            throw file.error(
                "\(try file.string()) \(fitting.isEmpty ? "has no" : "has more than one") \(factor.type); it has "
                    + stored.map(\.name).joined(separator: ", "))
        }
        try take(found, as: factor, file)
    }

    /// The factor that stored parameters are of: the one of their name if its leaves have these names; else the only one of
    /// their type, where that is known, with such leaves.
    private func factor(of stored: StoredBranch, _ file: ConfigurationNode) throws -> Branch {
        func isOfType(_ factor: Branch) -> Bool { stored.name.isEmpty || factor.type == stored.type }
        let named = factors.filter { isOfType($0) && $0.leafNames == stored.leafNames }
        if let same = named.first(where: { $0.name == stored.name }) { return same }
        let fitting = named.filter { factor in
            factor.leaves.allSatisfy { own in
                stored.leaves.contains { $0.name == own.name && $0.leaf.shape == own.leaf.leaf.shape }
            }
        }
        // Where nothing fits, what comes nearest says what is wrong.
        let candidates =
            !fitting.isEmpty
            ? fitting
            : !named.isEmpty
                ? named
                : factors.filter { isOfType($0) && !$0.leafNames.isDisjoint(with: stored.leafNames) }
        let path = try file.string()
        let what = stored.name.isEmpty ? path : "\(stored.name) of \(path)"
        guard let first = candidates.first else {
            throw file.error(
                "\(what), with \(stored.leaves.map(\.name).joined(separator: ", ")), is no factor of the network; it has "
                    + factors.flatMap(\.leaves).map(\.leaf.leaf.name).joined(separator: ", "))
        }
        guard candidates.count == 1 else {
            throw file.error(
                "\(what) may be \(candidates.map(\.name).joined(separator: " or ")); accepted: a map that says which, "
                    + "{\(first.name): FILE}")
        }
        return first
    }

    private mutating func take(_ stored: StoredBranch, as factor: Branch, _ file: ConfigurationNode) throws {
        let path = try file.string()
        if let other = sources.updateValue(path, forKey: factor.name) {
            throw file.error(
                "\(path) has parameters of \(factor.name.isEmpty ? "the network" : factor.name), which \(other) has, too"
            )
        }
        try set(factor.leaves, to: stored.leaves, of: factor.name.isEmpty ? "the network" : factor.name, file)
    }

    // MARK: Numbers

    private static func leaves(of file: ConfigurationNode) throws -> [Checkpoint.Leaf] {
        do { return try ParameterFile.leaves(in: file.string()) } catch let error as ConfigurationError {
            throw error
        } catch { throw file.error("\(error)") }
    }

    /// - Parameter owner: in words, whose leaves they are.
    private func set(
        _ leaves: [(name: String, leaf: (leaf: Leaf, offset: Int))], to stored: [(name: String, leaf: Checkpoint.Leaf)],
        of owner: String, _ file: ConfigurationNode
    ) throws {
        let path = try file.string()
        for (name, (leaf, offset)) in leaves {
            let expected = "\(name), \(leaf.isComplex ? "complex" : "real") of shape \(leaf.shape)"
            guard let found = stored.first(where: { $0.name == name })?.leaf else {
                throw file.error("\(path) has no \(name); \(owner) needs \(expected)")
            }
            guard found.shape == leaf.shape, found.kind.isComplex == leaf.isComplex else {
                throw file.error(
                    "\(path) holds \(name) as \(found.kind.rawValue) of shape \(found.shape); \(owner) needs "
                        + expected)
            }
            guard found.values.allSatisfy(\.isFinite) else {
                throw file.error("\(path) holds \(name) with numbers that are not finite")
            }
            for (index, value) in found.values.enumerated() { state.parameters[offset + index] = value }
        }
        let known = leaves.map(\.name)
        if let other = stored.first(where: { !known.contains($0.name) }) {
            throw file.error(
                "\(path) holds \(other.name), which \(owner) does not have; it has " + known.joined(separator: ", "))
        }
    }
}
