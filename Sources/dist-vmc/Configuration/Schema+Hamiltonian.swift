extension Schema {
    static let hamiltonian = SchemaBlock(
        name: "hamiltonian",
        documentation: "In Pauli matrices, not spin operators. With the sign rule c is -1 (Marshall), otherwise +1.",
        keys: [],
        variants: [
            .init(
                type: "ising", documentation: "H = J sum sz_i sz_j - h sum sx_i",
                keys: [
                    coupling("J", "The coupling of neighbours; -1 is the ferromagnet."),
                    coupling("h", "The transverse field."), addedTerms,
                ]),
            .init(
                type: "heisenberg", documentation: "H = J sum [sz_i sz_j + c (sx_i sx_j + sy_i sy_j)]",
                keys: [coupling("J", "The coupling of neighbours."), signRule, addedTerms]),
            .init(
                type: "xxz", documentation: "H = J sum [delta sz_i sz_j + c (sx_i sx_j + sy_i sy_j)]",
                keys: [
                    coupling("J", "The coupling of neighbours."), coupling("delta", "The anisotropy."), signRule,
                    addedTerms,
                ]),
            .init(
                type: "j1j2", documentation: "The Heisenberg form with J1 on neighbours and J2 on second neighbours.",
                keys: [
                    coupling("J1", "The coupling of neighbours."),
                    SchemaKey("J2", .real(.any), .value("0.5"), "The coupling of second neighbours."),
                    SchemaKey(
                        "sign_rule", .oneOrMore(.boolean), .value("[false, false]"),
                        "The sign rule on neighbours and on second neighbours; one value stands for [value, false]."),
                    addedTerms,
                ]),
            .init(
                type: "pauli_strings", documentation: "H = sum of coefficient times a product of Pauli matrices",
                keys: [
                    SchemaKey(
                        "terms", pauliTerms, .required,
                        "A list of {sites: [3, 17], paulis: XY, coefficient: [re, im]}: character k acts on sites[k]; "
                            + "without `sites` character i acts on site i, and every site has one. Repeated terms add.")
                ]),
        ],
        advice: "fields and other terms: the key 'terms', or type pauli_strings")

    private static let signRule = SchemaKey(
        "sign_rule", .boolean, .value("false"), "Whether the basis is rotated on one sublattice, so that c = -1.")

    /// Terms on top of a model with a name.
    private static let addedTerms = SchemaKey(
        "terms", pauliTerms, .none,
        "Fields, couplings and other terms on top of the model, as in `pauli_strings`. They are written in the basis "
            + "before the sign rule, which rotates X and Y of them as it does the model.")

    static let pauliTerms = ValueKind.list(of: .record(pauliTerm), count: 1...maximumCount)

    private static let pauliTerm = [
        SchemaKey(
            "sites", .list(of: .integer(0...maximumSites - 1), count: 1...maximumSites), .none,
            "The sites that the term acts on, each once; without it all."),
        SchemaKey("paulis", .text, .required, "One of I, X, Y, Z for each of them."),
        SchemaKey("coefficient", .complex, .value("1.0"), "A number or [re, im]."),
    ]

    private static func coupling(_ name: String, _ documentation: String) -> SchemaKey {
        SchemaKey(name, .real(.any), .value("1.0"), documentation)
    }
}
