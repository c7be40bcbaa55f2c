extension Schema {
    static let lattice = SchemaBlock(
        name: "lattice",
        documentation:
            "The sites and the bonds between them. Bonds are a set: a pair of sites counts once per shell. Neighbours and second "
            + "neighbours of a regular lattice are those of the infinite lattice, folded back along periodic directions.",
        keys: [
            SchemaKey(
                "n_sites", .integer(1...maximumSites), .none,
                "The number of sites; checked against the rest of the block. A graph with isolated sites needs it."),
            SchemaKey(
                "site_coords", .list(of: .list(of: .integer(Int.min...Int.max), count: 1...8), count: 1...maximumSites),
                .none, "Integer cell coordinates of each site; checked to be one entry per site."),
            SchemaKey(
                "edges", bonds, .none,
                "Nearest-neighbour bonds [i, j]. Where they are given, they count and not those of the type."),
            SchemaKey("edges_2", bonds, .none, "Second-neighbour bonds [i, j], likewise."),
        ],
        variants: [
            regular("chain", 1, "Sites in a row."),
            regular("square", 2, "The last coordinate runs fastest: site = x*Ly + y."),
            regular("triangular", 2, "One site per cell, six neighbours."),
            regular("honeycomb", 2, "Two sites per cell, three neighbours."),
            regular("kagome", 2, "Three sites per cell, four neighbours."),
            regular("cube", 3, "The simple cubic lattice."),
            .init(type: "graph", documentation: "Any graph, given by `edges`.", keys: []),
        ])

    private static let bonds = ValueKind.list(
        of: .list(of: .integer(0...maximumSites - 1), count: 2...2), count: 0...Int.max)

    private static func regular(_ type: String, _ dimensions: Int, _ documentation: String) -> SchemaBlock.Variant {
        .init(
            type: type, documentation: documentation,
            keys: [
                SchemaKey(
                    "extent", .list(of: .integer(1...maximumSites), count: dimensions...dimensions), .required,
                    "The number of cells along each direction."),
                SchemaKey(
                    "pbc", .oneOrMore(.boolean), .value("true"),
                    "Whether the lattice is periodic; one value, or one for each direction."),
            ])
    }
}
