extension Schema {
    static let states = SchemaBlock(
        name: "states",
        documentation:
            "Several states at once, the lowest ones of the basis, by `dist-vmc run`: K wave functions of the block ansatz, each "
            + "with parameters of its own, whose determinant over K walkers is optimised (Pfau et al., Science 385, eadn0137 "
            + "(2024)). Without the block there is one state.",
        keys: [
            SchemaKey(
                "count", .integer(1...maximumStates), .value("1"),
                "K, the number of states. A sample is K configurations; K² values of psi make its determinant.")
        ])

    /// The largest number of states that are sought together.
    static let maximumStates = 32
}
