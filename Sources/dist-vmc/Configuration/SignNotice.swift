import DistQGT

/// What a positive wave function cannot do about the signs of a Hamiltonian.
///
/// With ψ ≥ 0 every positive off-diagonal element raises the energy: such a ψ can only keep apart what the element
/// connects. Where a rotation of the basis makes all of them negative, a ground state is positive (Perron and Frobenius).
enum SignNotice {
    /// What to say about an ansatz without phases and a Hamiltonian with positive off-diagonal elements; nil where there
    /// is nothing to say.
    ///
    /// - Parameters:
    ///   - node: the normalised `hamiltonian` block.
    static func text(_ problem: Problem, _ ansatz: AnsatzModel, _ node: ConfigurationNode) throws -> String? {
        guard let hamiltonian = problem.pauliSum, ansatz.isPositive, hamiltonian.isReal, problem.space.dimension != 1
        else { return nil }
        let signs = hamiltonian.offDiagonalSigns(in: problem.space)
        let positive = signs.count(where: \.hasPositive)
        guard positive > 0 else { return nil }
        let kinds = signs.count(where: { $0.hasPositive || $0.hasNegative })
        let share =
            positive == kinds ? "its off-diagonal elements are positive" : "some off-diagonal elements are positive"
        let complex = "an ansatz with phases (dtype: complex128, or a type that has them)"
        var cure = "\(complex) would help; no change of the basis by signs of X and Y makes all of them negative"
        if let rule = try signRule(problem, node) {
            cure = "hamiltonian.sign_rule: \(rule) makes all of them negative, and \(complex) would help, too"
        } else if let sites = hamiltonian.signRotation(signs), !sites.isEmpty {
            cure =
                "the same hamiltonian with the signs of X and Y changed on "
                + (sites.count == problem.siteCount ? "all sites" : "the sites \(SiteRanges(sites))")
                + " has none, and \(complex) would help, too"
        }
        return node.error(
            "\(share), and this ansatz makes psi positive, which cannot use them: the energy can stay far above the exact "
                + "one; \(cure)"
        ).description
    }

    /// The value of `sign_rule` with which the same Hamiltonian, in another basis, has no positive off-diagonal element.
    private static func signRule(_ problem: Problem, _ node: ConfigurationNode) throws -> String? {
        guard let given = node["sign_rule"] else { return nil }
        let isPair: Bool
        if case .list = given.content { isPair = true } else { isPair = false }
        let values: [(Bool, Bool)] =
            isPair ? [(true, false), (false, false), (false, true), (true, true)] : [(true, false), (false, false)]
        for value in values {
            let items = isPair ? [value.0, value.1] : [value.0]
            var changed = node
            let nodes = items.map { given.replacing(.boolean($0)) }
            changed.set("sign_rule", to: isPair ? .list(nodes) : .boolean(value.0))
            let isRotation = try HamiltonianFactory.rotation(changed, on: problem.model) != nil
            guard isRotation || !items.contains(true) else { continue }
            // Terms on top of the model may not follow the rule.
            guard
                let hamiltonian = try? HamiltonianFactory.hamiltonian(changed, on: problem.model, in: problem.space)
                    as? PauliSum
            else { continue }
            if !hamiltonian.offDiagonalSigns(in: problem.space).contains(where: \.hasPositive) {
                return isPair ? "[\(items.map(String.init).joined(separator: ", "))]" : "\(value.0)"
            }
        }
        return nil
    }
}
