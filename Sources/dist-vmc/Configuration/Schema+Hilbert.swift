extension Schema {
    static let hilbert = SchemaBlock(
        name: "hilbert",
        documentation: "The local states of the sites, and what is conserved. Without the block: spins 1/2, with "
            + "sampler.total_sz.",
        keys: [],
        variants: [
            .init(
                type: "spin", documentation: "Spins s, stored as 2m: 2s, 2s - 2, ..., -2s.",
                keys: [
                    SchemaKey("s", .halfInteger, .value("0.5"), "1/2, 1, 3/2, ..."),
                    SchemaKey(
                        "total_sz", .optional(.halfInteger), .value("null"), "The sum of m; null: no restriction."),
                ]),
            .init(
                type: "bosons", documentation: "Bosons, stored as the number of them on each site.",
                keys: [
                    SchemaKey("n_max", .integer(1...127), .required, "The most bosons on a site."),
                    SchemaKey(
                        "n", .optional(.integer(0...maximumCount)), .value("null"), "All bosons; null: any number."),
                ]),
            .init(
                type: "fermions",
                documentation:
                    "Spinful fermions: mode i is up on site i, mode N + i down on site i; or spinless ones, one "
                    + "mode for each site. With the hamiltonian t_j no site has two.",
                keys: [
                    SchemaKey("spinful", .boolean, .value("true"), "Whether there are two spins."),
                    SchemaKey("n_up", .integer(0...maximumSites), .none, "Fermions with spin up; spinful only."),
                    SchemaKey("n_down", .integer(0...maximumSites), .none, "Fermions with spin down; spinful only."),
                    SchemaKey("n", .integer(0...maximumSites), .none, "Fermions; spinless only."),
                    SchemaKey(
                        "double_occupancy", .boolean, .none,
                        "Whether a site may have two; spinful only. Without the key it may, except with t_j. false with "
                            + "fermion_strings: what leads to such states is left out."),
                ]),
        ])
}
