import DistQGT
import LatticeSymmetry

extension Schema {
    /// Total spin in a sum over a group.
    static let spinKeys = [
        SchemaKey(
            "spin", .optional(.integer(0...maximumSites)), .value("null"),
            "Of a pair_product: the total spin S that it is projected on, with as many spins up as down, by rotations about "
                + "y. null: no such projection."),
        SchemaKey(
            "spin_points", .integer(1...1000), .derived("as many as are exact, (fermions/2 + spin + 1)/2, with spin"),
            "The number of rotations: points of the Gauss-Legendre rule for spin."),
    ]

    /// A projected product of pairs by tables, as reference files have it.
    static let projectedPairProduct = SchemaBlock.Variant(
        type: "projected_pair_product",
        documentation:
            "A pair_product projected by tables: sum over symmetries and rotations of characters and weights times "
            + "the Pfaffian. symmetrised does the same by the names of groups and quantum numbers.",
        keys: [
            pairVariant
        ] + pairTyings + [
            table(
                "symmetries",
                "The elements of the group: entry [a][r] is the site that element a carries to r. Without it "
                    + "the identity."),
            SchemaKey(
                "symmetry_signs",
                .list(of: .list(of: .integer(-1...1), count: 1...maximumSites), count: 1...maximumGroup), .none,
                "Entry [a][r] is 1 or -1: what element a multiplies a fermion at r with, as translations with antiperiodic "
                    + "boundaries do. Without it 1."),
            characters,
            SchemaKey("n_symm", .integer(1...maximumGroup), .none, "The number of elements; checked."),
            SchemaKey(
                "spin", .optional(.integer(0...maximumSites)), .value("null"),
                "The total spin. null: no projection, if beta is not given."),
            SchemaKey(
                "beta_points", .integer(1...maximumGroup), .none,
                "The number of rotations; checked against beta, or of the Gauss-Legendre rule for spin without it."),
            SchemaKey(
                "beta", .list(of: .real(.any), count: 1...maximumGroup), .none,
                "The angles of rotations about y, in place of those of a rule; needs beta_weights."),
            SchemaKey(
                "beta_weights", .list(of: .real(.any), count: 1...maximumGroup), .none, "The weight of each rotation."),
        ] + pairKeys)
}
