extension Schema {
    static let projection = SchemaBlock(
        name: "projection",
        documentation:
            "The projection of a finished state on the ground state by `dist-vmc project`: Green's function Monte Carlo in "
            + "continuous imaginary time. To other commands it means nothing.",
        keys: [
            SchemaKey(
                "walkers", .integer(1...maximumCount), .value("1000"),
                "The number of walkers over all ranks. It stays the same."),
            SchemaKey(
                "interval", .real(.positive), .value("0.05"),
                "The imaginary time of a generation, after which the walkers branch. There is no error of a time step: a shorter "
                    + "one lets weights differ less, a longer one takes fewer messages."),
            SchemaKey(
                "equilibration", .integer(0...maximumCount), .value("200"),
                "Generations before the first that is measured, at least correction_length."),
            SchemaKey(
                "generations", .integer(1...maximumCount), .value("2000"), "Generations that are measured."),
            SchemaKey(
                "correction_length", .integer(0...maximumCount), .value("50"),
                "Generations whose mean weights a measured one is multiplied with, which takes away the bias of a fixed number of "
                    + "walkers. Energies are also given for none and for half of them: where they agree the bias is gone."
            ),
            SchemaKey(
                "observables", .observables, .none,
                "What is measured by forward walking, in the blocks of the file of `evaluate --observables`, without their "
                    + "precision: what is diagonal in the basis."),
            SchemaKey(
                "forward_length", .integer(1...maximumCount), .value("50"),
                "Generations that an observable is carried along before it counts: enough for the wave function that guides the "
                    + "walkers to be forgotten."),
            SchemaKey(
                "checkpoint_every", .integer(0...maximumCount), .value("500"),
                "Generations between checkpoints; 0: only one, at the end."),
        ])
}
