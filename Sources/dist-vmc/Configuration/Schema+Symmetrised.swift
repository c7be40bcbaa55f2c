import DistQGT
import LatticeSymmetry

extension Schema {
    /// Networks that are made symmetric by a sum over a group.
    static let symmetrised: [SchemaBlock.Variant] = [
        .init(
            type: "symmetrised",
            documentation:
                "Another ansatz, or a list of factors, projected on a symmetry sector: log of the sum over the group of "
                + "characters times psi of the images of the configuration, of fermions with the sign of their order. Its "
                + "parameters are those of the other ansatz. A pair_product alone is projected by updates of inverses, on "
                + "total spin, too, anything else by whole evaluations of all images; factors beside the sum keep the "
                + "symmetry if they have it.",
            keys: [
                SchemaKey("ansatz", .ansatz, .required, "The ansatz that is projected: a block like this one."),
                latticeGroup("space_group", others: ["none"]), momentum, irrep,
                SchemaKey(
                    "parity", .optional(.integer(-1...1)), .value("null"),
                    "1 or -1: psi(-s) = parity psi(s), by twice as many images. null: no such symmetry. Of spinful fermions "
                        + "c_up and c_down change places."),
            ] + spinKeys),
        .init(
            type: "rbm_symm",
            documentation:
                "Restricted Boltzmann machine with hidden units in orbits of a symmetry group: "
                + "sum over features and elements of f(b + (s W)), and a sum_i s_i. Of spinful fermions s are the "
                + "occupations, and W and a have an axis for the spin.",
            keys: [
                latticeGroup("translation"),
                SchemaKey(
                    "features", .integer(1...maximumWidth), .value("1"),
                    "Hidden units for each element of the group (alpha * n_sites / order in NetKet)."),
                SchemaKey("use_hidden_bias", .boolean, .value("true"), "Whether hidden units have a bias."),
                SchemaKey(
                    "use_visible_bias", .boolean, .value("true"), "Whether the sites have a bias a, the same for all."),
                activation(of: SymmetricRBM.self),
            ], layersOf: SymmetricRBM.self),
    ]

    private static func latticeGroup(_ name: String, others: [String] = []) -> SchemaKey {
        SchemaKey(
            "group", .choice(SpaceGroup.Part.allCases.map(\.rawValue) + others), .value(name),
            "The symmetries of the lattice that are summed over; check lists them.")
    }
}
