import DistQGT

extension Schema {
    static let dynamics = SchemaBlock(
        name: "dynamics",
        documentation:
            "The evolution in time of `dist-vmc evolve`: S theta' = f at each stage of a Runge-Kutta step, f from -i E_loc in "
            + "real and -E_loc in imaginary time. Of the other blocks `sr`, `optimiser` and what `run` says about steps mean "
            + "nothing to it.",
        keys: [
            SchemaKey(
                "time", .choice(EvolutionTime.allCases.map(\.rawValue)), .value("real"),
                "real: i d/dt psi = H psi, which needs a complex log psi; imaginary: d/dtau psi = -(H - E) psi."),
            SchemaKey(
                "integrator", .choice(RungeKuttaTableau.all.map(\.name)), .value("bs23"),
                "euler, heun, midpoint and rk4 make steps of one size; adaptive_heun (two half steps beside a whole one), "
                    + "bs23 and dopri45 (embedded pairs) choose it by the error of a step."),
            SchemaKey(
                "step", .real(.positive), .value("0.01"),
                "The size of a step; where it is chosen, that of the first one. The last step ends at end_time."),
            SchemaKey(
                "end_time", .real(.positive), .derived("steps times step"),
                "When the evolution, which starts at 0, ends."),
            SchemaKey(
                "steps", .integer(1...Int.max), .none,
                "The number of steps in place of end_time, where they have one size."),
            SchemaKey(
                "tolerance", .real(.positive), .value("1.0e-4"),
                "The largest error of a step, where its size is chosen."),
            SchemaKey(
                "error_norm", .choice(StepSizeControl.Norm.allCases.map(\.rawValue)), .value("s"),
                "How far the two results of a step, whose parameters differ by d, are apart: s: the angle between the states, "
                    + "sqrt(d S d) where they are close; plain: sqrt(d d)."),
            SchemaKey(
                "hamiltonian", .hamiltonian, .none,
                "A quench: the Hamiltonian that moves the state, as the block hamiltonian; without the key it is that one."
            ),
            SchemaKey(
                "couplings", .courses, .none,
                "Couplings of the Hamiltonian that moves the state that depend on the time: {h: [[0, 1], [2, 0.1]]} takes h from 1 to "
                    + "0.1 in the time 2, along straight lines between the pairs [time, value], and leaves it there."),
            SchemaKey(
                "initial_state", .choice(DynamicsConfiguration.InitialState.allCases.map(\.rawValue)),
                .value("parameters"),
                "parameters: those of run.initial_parameters, or random ones; x_up: every spin along +x, all amplitudes equal, "
                    + "by random parameters times initial_scale: the run says how close that is."),
            SchemaKey(
                "initial_scale", .real(.positive), .value("1.0"),
                "x_up: times the random parameters; the smaller they are, the closer is the start to x_up, and the faster do they "
                    + "move at first: at zero most networks have directions that never move."),
            SchemaKey(
                "solver", .choice(SolverList.names + [ReconfigurationConfiguration.minSR]),
                .value(SmoothPseudoInverseSolver.name), "As sr.solver; cholesky, minsr and cg need a diag_shift."),
            SchemaKey(
                "space", .choice(["parameters", "samples", "auto"]), .derived("samples with minsr, otherwise auto"),
                "As sr.space."),
            SchemaKey(
                "diag_shift", .real(.notNegative), .derived("0 with pinv_smooth, otherwise 1.0e-4"),
                "Added to the diagonal of S."),
            SchemaKey(
                "rtol", .real(.fraction), .value("1.0e-14"),
                "pinv_smooth: eigenvalues below this share of the largest are left out."),
            SchemaKey(
                "rtol_smooth", .real(.fraction), .value("1.0e-8"),
                "pinv_smooth: eigenvalues around this share of the largest fade out."),
            SchemaKey(
                "snr", .real(.notNegative), .value("1.0"),
                "pinv_smooth: eigenvectors along which f is about as many times its statistical error fade out; 0: none do. Nothing "
                    + "to a summed basis, which has no such error."),
            SchemaKey(
                "solver_tolerance", .real(.openFraction), .value("1.0e-8"),
                "cg, minres: the residual of the solution, relative."),
            SchemaKey(
                "max_iterations", .integer(1...Int.max), .value("1000"), "cg, minres: the most iterations of a solve."),
            SchemaKey(
                "cross_validation", .boolean, .value("false"),
                "Whether the residual is also measured in half of the chains for the solution in the other half: in the samples "
                    + "that it is fitted to it is too small."),
            SchemaKey(
                "save_every", .optional(.real(.positive)), .value("null"),
                "The time between two measurements of the observables, at which steps end; null: after every step."),
            SchemaKey(
                "observables", .observables, .none,
                "What is measured along the way, in the blocks of the file of `evaluate --observables`, without their "
                    + "precision: in as many samples as a step's."),
        ])
}
