extension Schema {
    static let hamiltonian = SchemaBlock(
        name: "hamiltonian",
        documentation:
            "Of spins 1/2 in Pauli matrices, not spin operators, unless `units` says so. With the sign rule c is -1 "
            + "(Marshall), otherwise +1. A coupling is one number, or a list of one for each bond or site, in the order that "
            + "`check --json` prints.",
        keys: [],
        variants: [
            .init(
                type: "ising", documentation: "H = J sum sz_i sz_j - h sum sx_i",
                keys: [
                    coupling("J", "The coupling of neighbours; -1 is the ferromagnet."),
                    coupling("h", "The transverse field."), field("hz", "A field along z: - hz sum sz_i."), units,
                    addedTerms,
                ]),
            .init(
                type: "heisenberg", documentation: "H = J sum [sz_i sz_j + c (sx_i sx_j + sy_i sy_j)]",
                keys: [coupling("J", "The coupling of neighbours."), signRule, fieldX, fieldZ, units, addedTerms]),
            .init(
                type: "xxz", documentation: "H = J sum [delta sz_i sz_j + c (sx_i sx_j + sy_i sy_j)]",
                keys: [
                    coupling("J", "The coupling of neighbours."), coupling("delta", "The anisotropy."), signRule,
                    fieldX, fieldZ, units, addedTerms,
                ]),
            .init(
                type: "j1j2", documentation: "The Heisenberg form with J1 on neighbours and J2 on second neighbours.",
                keys: [
                    coupling("J1", "The coupling of neighbours."),
                    coupling("J2", "The coupling of second neighbours.", "0.5"),
                    SchemaKey(
                        "sign_rule", .oneOrMore(.boolean), .value("[false, false]"),
                        "The sign rule on neighbours and on second neighbours; one value stands for [value, false]."),
                    fieldX, fieldZ, units, addedTerms,
                ]),
            .init(
                type: "bilinear_biquadratic",
                documentation:
                    "H = sum [cos(theta) S_i.S_j + sin(theta) (S_i.S_j)^2], spins of any s in spin operators",
                keys: [coupling("theta", "The angle, in radians.", "0.0"), spinUnits]),
            .init(
                type: "bose_hubbard",
                documentation: "H = -J sum (b+_i b_j + h.c.) + U/2 sum n_i (n_i - 1) + V sum n_i n_j - mu sum n_i",
                keys: [
                    coupling("J", "The hopping between neighbours."), coupling("U", "The repulsion on a site."),
                    coupling("V", "The repulsion of neighbours.", "0.0"),
                    coupling("mu", "The chemical potential.", "0.0"),
                ]),
            .init(
                type: "hubbard",
                documentation:
                    "H = -t sum (c+_is c_js + h.c.) - t2 sum (the same, second neighbours) + U sum n_iup n_idown "
                    + "+ V sum n_i n_j - mu sum n_i",
                keys: [
                    coupling("t", "The hopping between neighbours."), coupling("U", "The repulsion on a site.", "4.0"),
                    coupling("t2", "The hopping between second neighbours.", "0.0"),
                    coupling("V", "The repulsion of neighbours.", "0.0"),
                    coupling("mu", "The chemical potential.", "0.0"), twist, addedFermionTerms,
                ]),
            .init(
                type: "t_v", documentation: "H = -t sum (c+_i c_j + h.c.) + V sum n_i n_j - mu sum n_i, spinless",
                keys: [
                    coupling("t", "The hopping between neighbours."), coupling("V", "The repulsion of neighbours."),
                    coupling("mu", "The chemical potential.", "0.0"), twist, addedFermionTerms,
                ]),
            .init(
                type: "t_j",
                documentation: "H = -t sum P (c+_is c_js + h.c.) P + J sum (S_i.S_j - n_i n_j / 4), no site with two",
                keys: [
                    coupling("t", "The hopping between neighbours."), coupling("J", "The exchange.", "0.4"), twist,
                    addedFermionTerms,
                ]),
            .init(
                type: "fermion_strings", documentation: "H = sum of coefficient times a product of c and c+",
                keys: [SchemaKey("terms", fermionTerms, .required, fermionTermWords)]),
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

    private static let addedFermionTerms = SchemaKey(
        "terms", fermionTerms, .none,
        "Hops, fields, repulsions and other products on top of the model, as in `fermion_strings`; no phases of `twist` are added "
            + "to them.")

    static let pauliTerms = ValueKind.list(of: .record(pauliTerm), count: 1...maximumCount)

    private static let pauliTerm = [
        SchemaKey(
            "sites", .list(of: .integer(0...maximumSites - 1), count: 1...maximumSites), .none,
            "The sites that the term acts on, each once; without it all."),
        SchemaKey("paulis", .text, .required, "One of I, X, Y, Z for each of them."),
        SchemaKey("coefficient", .complex, .value("1.0"), "A number or [re, im]."),
    ]

    static let fermionTerms = ValueKind.list(
        of: .record([
            SchemaKey(
                "operators", .text, .required,
                "Modes, or sites with their spins, with ^ behind those that are created: 0^ 5, or 3up^ 4up."),
            SchemaKey("coefficient", .complex, .value("1.0"), "A number or [re, im]."),
        ]), count: 1...maximumCount)
    static let fermionTermWords =
        "A list of {operators: 0^ 5, coefficient: [re, im]}: c+_0 c_5, a product as written, the rightmost first. Mode i is "
        + "up on site i, mode N + i down; 3up^ 4down is c+_3up c_4down. Repeated terms add. What is not Hermitian by itself stands "
        + "beside its conjugate."

    private static let twist = SchemaKey(
        "twist", .list(of: .real(.any), count: 1...8), .none,
        "An angle per direction: c+_{x+1} c_x gathers e^{i angle} where it crosses that boundary; pi is antiperiodic.")
    private static let units = SchemaKey(
        "units", .choice(["pauli", "spin"]), .derived("pauli for spins 1/2, spin above"),
        "Whether couplings are of Pauli matrices or of spin operators S = sigma/2.")
    private static let spinUnits = SchemaKey(
        "units", .choice(["spin"]), .value("spin"), "Spin operators.")
    private static let fieldX = field("hx", "A field along x: - hx sum sx_i, before the sign rule.")
    private static let fieldZ = field("hz", "A field along z: - hz sum sz_i.")

    private static func field(_ name: String, _ documentation: String) -> SchemaKey {
        SchemaKey(name, .oneOrMore(.real(.any)), .none, documentation + " One number, or one for each site.")
    }

    private static func coupling(_ name: String, _ documentation: String, _ value: String = "1.0") -> SchemaKey {
        SchemaKey(name, .oneOrMore(.real(.any)), .value(value), documentation)
    }
}
