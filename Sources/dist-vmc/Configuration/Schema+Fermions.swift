import DistQGT

/// Factors of fermions, and of spins 1/2 as one fermion on each site.
extension Schema {
    static let fermionFactors: [SchemaBlock.Variant] = [
        .init(
            type: "slater", documentation: "A Slater determinant: log det of the rows of orbitals at occupied modes.",
            keys: [slaterVariant, orbitalType, orbitalsFrom, orbitals]),
        .init(
            type: "slater_jastrow", documentation: "slater with a Jastrow factor of densities and a Gutzwiller factor.",
            keys: [slaterVariant, useJastrow, useGutzwiller, mixedType, orbitalsFrom, orbitals]),
        .init(
            type: "pair_product",
            documentation:
                "A product of pairs: the determinant (antiparallel) or Pfaffian (general) of the pairings of "
                + "occupied modes.",
            keys: [
                pairVariant
            ] + pairTyings + pairKeys),
        projectedPairProduct,
        .init(
            type: "gutzwiller", documentation: "gutzwiller times the number of doubly occupied sites.",
            keys: [tying("index", "By site the number of its parameter; without it one for all."), orbitalType, small]),
        .init(
            type: "doublon_holon",
            documentation:
                "doublon[t, m] for each doubly occupied site with m empty neighbours of type t, holon[t, m] for "
                + "each empty site with m doubly occupied ones.",
            keys: [
                SchemaKey(
                    "shells", .list(of: .integer(1...1000), count: 1...100), .value("[1]"),
                    "The shells of neighbours, each a type; all sites have as many in each."),
                SchemaKey(
                    "neighbours",
                    .list(
                        of: .list(
                            of: .list(of: .integer(0...maximumSites - 1), count: 1...100), count: 1...maximumSites),
                        count: 1...1000), .none,
                    "In place of shells: by type and site a list of neighbours."), orbitalType, small,
            ]),
        .init(
            type: "neural_jastrow_slater", documentation: "slater times the exponential of a perceptron.",
            keys: [slaterVariant] + perceptron(NeuralBackflow.self, outputBias: "false") + [orbitalsFrom, orbitals]),
        .init(
            type: "neural_backflow",
            documentation: "A determinant of orbitals to which a perceptron on the configuration adds.",
            keys: [
                SchemaKey(
                    "variant", .choice(["generalised", "spinless"]), .derived("by the fermions"),
                    "Orbitals over all modes of both spins, or of spinless fermions.")
            ] + perceptron(NeuralBackflow.self, outputBias: "true") + [orbitalsFrom, orbitals]),
        .init(
            type: "backflow",
            documentation:
                "A determinant of orbitals to which features of each site add, of which the surroundings of the site decide: a "
                + "hop changes few rows.",
            keys: [
                SchemaKey("features", .integer(1...4096), .value("4"), "The number of features of a site."),
                SchemaKey(
                    "radius", .integer(0...maximumSites), .value("1"),
                    "How many cells along each lattice vector a site sees, on each side."),
                SchemaKey(
                    "layers", .integer(1...100), .value("1"),
                    "The convolution of the occupations, and the dense layers that follow it at each cell."),
                SchemaKey(
                    "ratios", .choice(["kept", "whole"]), .value("kept"),
                    "Whether a change is asked of products that are kept, or by evaluating the determinant anew, to compare."
                ),
                activation(of: LocalBackflow.self), orbitalType, kernel(LocalBackflow.defaults),
                bias(LocalBackflow.defaults),
                SchemaKey(
                    "corrections_init", .initialiser, .value("{type: normal, scale: 0.01}"),
                    "The distribution of the initial orbitals that features multiply."), orbitalsFrom, orbitals,
            ]),
        .init(
            type: "hidden_fermion",
            documentation: "A determinant with n_hidden further rows, which a perceptron on the configuration gives.",
            keys: [SchemaKey("n_hidden", .integer(1...maximumSites), .value("4"), "The number of hidden fermions.")]
                + perceptron(HiddenFermion.self, outputBias: "true") + [orbitalsFrom, orbitals]),
    ]

    static let pairVariant = SchemaKey(
        "variant", .choice(Pairing.Variant.allCases.map(\.rawValue)),
        .derived("antiparallel with as many up as down, else general"),
        "antiparallel: pairing f_ij of up on i with down on j; general: F_ij of any two modes, its upper "
            + "triangle row by row.")
    static let pairTyings = [
        SchemaKey(
            "sublattice", .list(of: .integer(1...maximumSites), count: 1...8), .none,
            "Cells of a sublattice per direction: pairings depend on the site of the first mode in it and on the "
                + "displacement only; without it every pairing is a parameter."),
        tying(
            "pairing_index",
            "By pairing (N x N row by row, or the upper triangle) the number of its parameter, from 0."),
        SchemaKey(
            "pairing_signs", .list(of: .integer(-1...1), count: 1...maximumCount), .none,
            "By pairing 1 or -1, its sign; only with pairing_index."),
    ]
    static let pairKeys = [
        useJastrow, useGutzwiller, mixedType, startOfPairs, gap, orbitals,
    ]

    private static func tying(_ name: String, _ documentation: String) -> SchemaKey {
        SchemaKey(name, .list(of: .integer(0...maximumCount), count: 1...maximumCount), .none, documentation)
    }

    /// Keys of a Jastrow factor that only fermions have.
    static let densityKeys = [
        SchemaKey(
            "symmetric", .choice(["none", "translation", "space_group"]), .value("none"),
            "Of fermions: pairs that a translation, or any operation of the lattice, takes to each other have one parameter."
        ),
        SchemaKey(
            "channel", .choice(DensityJastrow.Channel.allCases.map(\.rawValue)), .value("density"),
            "Of spinful fermions: spin pairs S^z_i S^z_j, S^z = (n_up - n_down)/2, in place of densities."),
        tying("index", "Of fermions: by pair, i(i-1)/2 + j for i > j, the number of its parameter."),
        SchemaKey("reference", .real(.any), .value("0.0"), "Of fermions: what densities are measured from."),
    ]

    private static let slaterVariant = SchemaKey(
        "variant", .choice(SlaterDeterminant.Variant.allCases.map(\.rawValue)),
        .derived("spinless, or unrestricted"),
        "restricted: the same orbitals for up and down; unrestricted: orbitals_up and orbitals_down; generalised: over all "
            + "modes; spinless.")
    private static let useJastrow = SchemaKey(
        "use_jastrow", .boolean, .value("false"),
        "Whether there is a factor exp(sum over pairs jastrow_ij n_i n_j); on spins 1/2 of s_i s_j.")
    private static let useGutzwiller = SchemaKey(
        "use_gutzwiller", .boolean, .value("false"), "Whether there is a Gutzwiller factor; not on spins 1/2.")
    private static let orbitals = SchemaKey(
        "orbital_init", .initialiser, .value("{type: normal, scale: 1.0}"),
        "The distribution of initial orbitals or pairings.")
    private static let orbitalsFrom = SchemaKey(
        "orbitals_from", .choice(["hartree_fock", "free", "random"]),
        .derived("hartree_fock where the numbers of fermions of each spin are fixed, random on spins 1/2"),
        "What orbitals and pairings start from: unrestricted Hartree-Fock theory from an antiferromagnet, free fermions, or "
            + "orbital_init alone. A small random part is added to the first two. On spins 1/2 fermions hop along the bonds "
            + "and repel each other strongly.")
    private static let startOfPairs = SchemaKey(
        "orbitals_from", .choice(["hartree_fock", "free", "bcs", "random"]),
        .derived("hartree_fock where the numbers of fermions of each spin are fixed, random on spins 1/2"),
        "What pairings start from: orbitals, as of slater, or the pairs of a BCS state with the gap of the key gap. A small "
            + "random part is added to all but random.")
    private static let gap = SchemaKey(
        "gap",
        .record([
            SchemaKey("form", .choice(BCSPairs.Form.allCases.map(\.rawValue)), .required, ""),
            SchemaKey("size", .real(.positive), .value("0.5"), ""),
            SchemaKey("mu", .optional(.real(.any)), .value("null"), ""),
        ]), .none,
        "The gap of orbitals_from: bcs: its form over k (s: 1; extended_s: cos kx + cos ky, or as many as there are "
            + "neighbours over 2; d: cos kx - cos ky), its size in units of the Hamiltonian, 0.5 without the key, and the "
            + "chemical potential mu, without which it is that of the number of fermions.")
    private static let small = SchemaKey(
        "kernel_init", .initialiser, .value("zeros"), "The distribution of initial values.")
    private static let orbitalType = SchemaKey(
        "dtype", .choice(["float32", "float64", "complex64", "complex128"]), .value("float64"),
        "The type of the parameters. A real determinant has a sign, which costs real arithmetic only.")
    private static let mixedType = SchemaKey(
        "dtype", .choice(["float32", "float64", "complex64", "complex128", "mixed"]), .value("float64"),
        "The type of the parameters; mixed: complex128 with real factors.")

    private static func perceptron(_ network: any LayeredAnsatz.Type, outputBias: String) -> [SchemaKey] {
        [
            SchemaKey("hidden_dims", sizes, .derived("[2 n_sites]"), "The width of each hidden layer."),
            activation(of: network),
            SchemaKey("use_hidden_bias", .boolean, .value("true"), "Whether hidden units have a bias."),
            SchemaKey("use_output_bias", .boolean, .value(outputBias), "Whether the output has a bias."),
            orbitalType, kernel(network.defaults), bias(network.defaults),
        ]
    }
}
