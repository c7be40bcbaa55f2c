import DistQGT

extension Schema {
    /// What the file of `dist-vmc evaluate --observables` may say.
    static let observables = [
        SchemaBlock(
            name: "energy", documentation: "The energy of the run's Hamiltonian and its variance: always measured.",
            keys: [precision("The largest error of the energy per site.")]),
        SchemaBlock(
            name: "magnetisation",
            documentation:
                "m = sum of a Pauli matrix over all sites, divided by their number; of z also m^2 and |m|. Of spins "
                + "above 1/2 and of electrons m = sum of S^z, (n_up - n_down)/2 of electrons, and z alone.",
            keys: [
                components(["x", "y", "z"], default: "[z]"),
                SchemaKey(
                    "patterns",
                    .list(of: .choice(patternNames), count: 1...patternNames.count), .value("[uniform]"),
                    "Over which sites: all alike, with +1 and -1 on the two sublattices (site 0 has +1), or each site by "
                        + "itself, not divided by their number."),
                precision("The largest error of each."),
            ]),
        SchemaBlock(
            name: "density",
            documentation:
                "Means of n, n_up, n_down and n_up n_down over all sites, their squares and absolute values, or of each "
                + "site: of bosons and fermions.",
            keys: [
                components(ObservableRequest.densities.map(\.name), default: "[n]"),
                SchemaKey(
                    "patterns", .list(of: .choice(patternNames), count: 1...patternNames.count), .value("[uniform]"),
                    "As of magnetisation."),
                precision("The largest error of each."),
            ]),
        SchemaBlock(
            name: "correlations",
            documentation:
                "Two-point functions of Pauli matrices at two different sites; ss is S_i.S_j with S = sigma/2. Of spins above 1/2 "
                + "and of electrons zz is S^z_i S^z_j, and ss S_i.S_j; of bosons and fermions nn is n_i n_j.",
            keys: [pairComponentsKey, connected] + averaging("distance")),
        SchemaBlock(
            name: "structure_factor",
            documentation:
                "S(k) = 1/N sum over i, j of exp(i k (r_i - r_j)) times the two-point function, i = j included.",
            keys: [pairComponentsKey, connected, momenta, precision("The largest error of each.")]),
        SchemaBlock(
            name: "one_body",
            documentation:
                "The one-body density matrix c+_i c_j of each spin, b+_i b_j of bosons: of electrons, bosons, spinless "
                + "fermions.",
            keys: [
                particleComponents,
                SchemaKey(
                    "parts", .list(of: .choice(["real", "imaginary"]), count: 1...2), .value("[real]"),
                    "Imaginary parts are those of c+_i c_i+d, and need the average displacement or pair."),
            ] + averaging("displacement", sameSite: true)),
        SchemaBlock(
            name: "momentum_distribution",
            documentation:
                "n(k) = 1/N sum over i, j of exp(i k (r_i - r_j)) c+_i c_j, of cells of several sites the sum of n(k) of "
                + "each place in the cell: the sum over all k is the number of particles.",
            keys: [particleComponents, momenta, precision("The largest error of each.")]),
        SchemaBlock(
            name: "pairing",
            documentation: "Pairs of electrons, D+_i D_j with D_i = 1/sqrt(2) sum over neighbours i + d of "
                + "f(d) (c_i,up c_i+d,down - c_i,down c_i+d,up): extended_s has f = 1, d has f = 1 along the first direction of a "
                + "square lattice and -1 along the second; s has D_i = c_i,up c_i,down.",
            keys: [
                SchemaKey(
                    "components", .list(of: .choice(pairingNames), count: 1...pairingNames.count), .value("[s]"),
                    "Which ones.")
            ] + averaging("displacement", sameSite: true)),
        operators(
            "pauli_strings", "Sums of products of Pauli matrices.", pauliTerms,
            "A list of {name: text, terms: [{sites: [0, 5], paulis: ZZ, coefficient: 1.0}, ...]}, each Hermitian; "
                + "terms as in the Hamiltonian `pauli_strings`, without `sites` a character for each site."),
        operators(
            "fermion_strings", "Sums of products of creation and annihilation operators.", fermionTerms,
            "A list of {name: text, terms: [{operators: 0^ 5, coefficient: 1.0}, ...]}, each Hermitian; terms as in "
                + "the Hamiltonian `fermion_strings`. Of fermions only."),
        SchemaBlock(
            name: "renyi2",
            documentation: "Rényi-2 entropies S2 = -ln Tr rho_A^2 of subsystems A, by swapping two replicas.",
            keys: [
                SchemaKey(
                    "subsystems",
                    .list(
                        of: .record([
                            SchemaKey("name", .text, .required, "What the results call it."),
                            SchemaKey(
                                "sites", .list(of: .integer(0...maximumSites - 1), count: 1...maximumSites), .required,
                                ""),
                        ]), count: 1...maximumCount), .required, "A list of {name: text, sites: [0, 1, ...]}."),
                precision("The largest error of each entropy."),
            ]),
    ]

    /// Over which pairs correlations are averaged.
    enum Averaging: String, CaseIterable {
        case distance, displacement, pair
    }

    private static let patternNames = ObservableRequest.MagnetisationPattern.allCases.map(\.rawValue)

    private static let pairingNames = ObservableRequest.PairingComponent.allCases.map(\.rawValue)

    private static let pairComponentsKey = SchemaKey(
        "components", .list(of: .choice(ObservableRequest.pairComponentNames), count: 1...5),
        .derived("[zz], or [nn] where there are no spins"), "Which ones.")

    private static let connected = SchemaKey(
        "connected", .boolean, .value("false"),
        "true: less the products of means, <A_i A_j> - <A_i><A_j>, with errors that take both into account. xx, yy and ss need "
            + "a fixed total S^z.")

    private static let particleComponents = SchemaKey(
        "components", .list(of: .choice(["up", "down", "total"]), count: 1...3),
        .derived("[up, down], or [total] of particles without spin"), "Of which particles.")

    private static let momenta = SchemaKey(
        "momenta", .list(of: .list(of: .real(.any), count: 1...8), count: 1...maximumCount),
        .derived("all of the lattice"),
        "In units of the reciprocal lattice vectors, [0.5, 0.5] for (pi, pi); multiples of 1/L in periodic "
            + "directions. For the site_coords of a graph Cartesian, in units of 2 pi, and required.")

    /// The keys that say over which pairs of sites is averaged.
    ///
    /// - Parameter sameSite: whether a site with itself is a pair, too.
    private static func averaging(_ value: String, sameSite: Bool = false) -> [SchemaKey] {
        [
            SchemaKey(
                "average", .choice(Averaging.allCases.map(\.rawValue)),
                .derived("\(value), or pair if pairs are given"),
                "Over which pairs: of one distance, of one displacement (all translations), or each pair by itself"
                    + (sameSite ? ", a site with itself among them." : ".")),
            SchemaKey(
                "pairs", .list(of: .list(of: .integer(0...maximumSites - 1), count: 2...2), count: 1...maximumCount),
                .none, "The pairs of sites, with average: pair; all pairs without it."),
            precision("The largest error of each."),
        ]
    }

    private static func components(_ names: [String], default value: String) -> SchemaKey {
        SchemaKey("components", .list(of: .choice(names), count: 1...names.count), .value(value), "Which ones.")
    }

    /// A block of operators with names.
    private static func operators(
        _ name: String, _ documentation: String, _ terms: ValueKind, _ words: String
    ) -> SchemaBlock {
        let named = [
            SchemaKey("name", .text, .required, "What the results call it."),
            SchemaKey("terms", terms, .required, ""),
        ]
        return SchemaBlock(
            name: name, documentation: documentation,
            keys: [
                SchemaKey("operators", .list(of: .record(named), count: 1...maximumCount), .required, words),
                precision("The largest error of each."),
            ])
    }

    private static func precision(_ words: String) -> SchemaKey {
        SchemaKey("precision", .real(.positive), .derived("that of --precision"), words)
    }
}
