/// The factors of a product as names of leaves tell them: `0_jastrow/kernel` is leaf `kernel` of the factor `0_jastrow`.
struct ParameterBranch<Leaf> {
    /// Empty for a wave function that is no product.
    let name: String
    /// By their names in the factor.
    let leaves: [(name: String, leaf: Leaf)]

    /// The type of the factor; empty where it is not known.
    var type: Substring { name.drop { $0 != "_" }.dropFirst() }
    var leafNames: Set<String> { Set(leaves.map(\.name)) }

    /// The factors of some leaves, in order; one without a name where they are not those of a product.
    static func all(_ leaves: [Leaf], name: (Leaf) -> String) -> [ParameterBranch] {
        let paths = leaves.map { leaf -> (branch: Substring, rest: Substring) in
            let path = name(leaf)
            let branch = path.prefix { $0 != "/" }
            return (branch, path.dropFirst(branch.count + 1))
        }
        let isProduct = paths.allSatisfy { path in
            let number = path.branch.prefix { $0.isASCII && $0.isNumber }
            return !number.isEmpty && path.branch.dropFirst(number.count).first == "_" && !path.rest.isEmpty
        }
        guard isProduct else {
            return [ParameterBranch(name: "", leaves: leaves.map { (name($0), $0) })]
        }
        var branches: [(name: Substring, leaves: [(name: String, leaf: Leaf)])] = []
        for (path, leaf) in zip(paths, leaves) {
            let place = branches.firstIndex { $0.name == path.branch }
            if place == nil { branches.append((path.branch, [])) }
            branches[place ?? branches.count - 1].leaves.append((String(path.rest), leaf))
        }
        return branches.map { ParameterBranch(name: String($0.name), leaves: $0.leaves) }
    }
}
