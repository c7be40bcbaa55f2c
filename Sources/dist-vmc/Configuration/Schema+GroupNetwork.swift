import DistQGT
import LatticeSymmetry
import LinearAlgebra

extension Schema {
    /// The largest number of elements that is accepted of a group.
    static let maximumGroup = 1 << 16

    static let groupNetwork = SchemaBlock.Variant(
        type: "gcnn",
        documentation: "Group-convolutional network: layers of functions on a symmetry group, summed over it with the "
            + "characters of a sector. Of spinful fermions it is a function of the occupations, and the kernel of the first "
            + "layer has an axis for the spin.",
        keys: [
            SchemaKey(
                "group", .text, .value("space_group"),
                "The symmetries of the lattice that the network has: "
                    + SpaceGroup.Part.allCases.map(\.rawValue).joined(separator: ", ")
                    + ". Where symmetries are given, they count, and this is their name."),
            SchemaKey(
                "features", .oneOrMore(.integer(1...maximumWidth)), .value("[4, 4]"),
                "The features of each layer, or one number for all."),
            SchemaKey(
                "n_layers", .integer(1...1000), .derived("the length of features, or 2 where it is one number"),
                "The number of layers."),
            activation(of: GroupConvolutionalNetwork.self),
            SchemaKey(
                "output_activation", .choice(Activation.allCases.map(\.rawValue)), .value("identity"),
                "The activation of the last layer, before the sum over the group."),
            SchemaKey("use_bias", .boolean, .value("true"), "Whether the layers have biases, one for each feature."),
            SchemaKey(
                "input_mask", .list(of: .integer(0...1), count: 1...maximumSites), .none,
                "0 or 1 for each site: the kernel of the first layer has weights where it is 1, as seen from site 0 by "
                    + "the identity."),
            momentum, irrep,
            characters,
            SchemaKey(
                "parity", .optional(.integer(-1...1)), .value("null"),
                "1 or -1: psi(-s) = parity psi(s), by a second stream of features. null: no such symmetry. Of spinful "
                    + "fermions the occupations of both spins change places."),
            SchemaKey(
                "paired_output", .boolean, .value("false"),
                "true: each two features of the last layer, f and f + half of them, are the logarithm of the modulus and "
                    + "the phase of one term of the sum. Needs a real dtype; psi then has phases."),
            SchemaKey(
                "complex_output", .boolean, .value("true"),
                "false asks for a positive psi: it needs a real dtype and no negative or complex character, no "
                    + "parity -1 and no paired output, and refuses anything else."),
            SchemaKey(
                "dtype", .choice(DataType.allCases.map(\.rawValue)), .value("float64"),
                "The type of the parameters. With a real type psi has no phases but those of the characters and of a paired "
                    + "output."),
            SchemaKey(
                "n_symm", .integer(1...maximumGroup), .none,
                "The number of elements of the group; checked."),
            table(
                "symmetries",
                "The group as permutations of the sites: entry [a][r] is the site that element a carries "
                    + "to r. Needs inverse and product_table."),
            table("product_table", "Entry [a][b] is the number of (inverse of element a) times element b."),
            SchemaKey(
                "inverse", .list(of: .integer(0...maximumGroup), count: 1...maximumGroup), .none,
                "The number of the inverse of each element."), kernel(GroupConvolutionalNetwork.defaults),
            bias(GroupConvolutionalNetwork.defaults),
        ])

    static let momentum = SchemaKey(
        "momentum", .list(of: .integer(Int.min / 2...Int.max / 2), count: 1...3), .none,
        "The momentum k, in units of 2 pi over the extent, one integer for each direction (0 along an open one): "
            + "psi(s shifted by t) = exp(-2 pi i sum k t/extent) psi(s). Without it 0.")
    static let irrep = SchemaKey(
        "irrep", .nameOrIndex, .none,
        "The one-dimensional representation of the point operations that keep the momentum, by its name (A1, "
            + "B2, A1g, A'', ...) or number; check prints those of momentum 0. Without it the trivial one.")

    static let characters = SchemaKey(
        "characters", .record([characterList("real", .required), characterList("imag", .none)]), .none,
        "The character of each element, in place of momentum and irrep.")

    static func table(_ name: String, _ documentation: String) -> SchemaKey {
        SchemaKey(
            name, .list(of: .list(of: .integer(0...maximumGroup), count: 1...maximumGroup), count: 1...maximumGroup),
            .none, documentation)
    }

    private static func characterList(_ name: String, _ defaultValue: SchemaKey.Default) -> SchemaKey {
        SchemaKey(name, .list(of: .real(.any), count: 1...maximumGroup), defaultValue, "One number for each element.")
    }
}
