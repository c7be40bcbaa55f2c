extension Schema {
    static let lattice = SchemaBlock(
        name: "lattice",
        documentation:
            "The sites and the bonds between them. Bonds are a set: a pair of sites counts once per shell. Neighbours and second "
            + "neighbours of a regular lattice are those of the infinite lattice, folded back along periodic directions. "
            + "`dist-vmc check --json` lists the positions of the sites and the bonds.",
        keys: [
            SchemaKey(
                "n_sites", .integer(1...maximumSites), .none,
                "The number of sites; checked against the rest of the block. A graph with isolated sites needs it."),
            SchemaKey(
                "site_coords", .list(of: .list(of: .real(.any), count: 1...8), count: 1...maximumSites), .none,
                "Coordinates of each site. Those of a graph are Cartesian positions, which give `evaluate` distances and "
                    + "momenta; for the other types they are only checked to be one entry per site."),
            SchemaKey(
                "edges", bonds, .none,
                "Nearest-neighbour bonds [i, j]. Where they are given, they count and not those of the type."),
            SchemaKey("edges_2", bonds, .none, "Second-neighbour bonds [i, j], likewise."),
        ],
        variants: [
            regular("chain", 1, "Sites in a row; site x is at x."),
            regular("square", 2, "The last coordinate runs fastest: site = x*Ly + y, at (x, y)."),
            regular(
                "triangular", 2,
                "One site per cell, six neighbours; site = x*Ly + y at x a1 + y a2, a1 = (1, 0), a2 = (1/2, sqrt 3/2)."),
            regular(
                "honeycomb", 2,
                "Two sites per cell, three neighbours; site = 2(x*Ly + y) + b, in the cell of triangular at (b + 1)(a1 + a2)/3."
            ),
            regular(
                "kagome", 2,
                "Three sites per cell, four neighbours; site = 3(x*Ly + y) + b, in the cell of triangular at a1/2, a2/2, (a1 + a2)/2."
            ),
            regular("cube", 3, "The simple cubic lattice; site = (x*Ly + y)*Lz + z."),
            .init(
                type: "graph",
                documentation: "Any graph, given by `edges`, with positions if `site_coords` gives them.", keys: []),
        ])

    private static let bonds = ValueKind.list(
        of: .list(of: .integer(0...maximumSites - 1), count: 2...2), count: 0...Int.max)

    private static func regular(_ type: String, _ dimensions: Int, _ documentation: String) -> SchemaBlock.Variant {
        .init(
            type: type, documentation: documentation,
            keys: [
                SchemaKey(
                    "extent", .list(of: .integer(1...maximumSites), count: dimensions...dimensions), .none,
                    "The number of cells along each direction. Required, unless there are vectors."),
                SchemaKey(
                    "vectors",
                    .list(
                        of: .list(
                            of: .integer(-maximumSites...maximumSites), count: dimensions...dimensions),
                        count: dimensions...dimensions), .none,
                    "In place of extent: the integer vectors that span a periodic cluster, in cells along the lattice vectors: "
                        + "[[3, 1], [-1, 3]] is the tilted square of 10 sites. Its cells are those that the vectors enclose, the "
                        + "origin first, then by their coordinates; momenta are k with k.(vector i) = 2 pi m_i, given by the m_i."
                ),
                SchemaKey(
                    "pbc", .oneOrMore(.boolean), .value("true"),
                    "Whether the lattice is periodic; one value, or one for each direction."),
            ])
    }
}
