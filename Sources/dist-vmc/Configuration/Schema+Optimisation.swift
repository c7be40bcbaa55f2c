import DistQGT

extension Schema {
    static let sampler = SchemaBlock(
        name: "sampler",
        documentation: "Samples of spin configurations. Counts are totals over all ranks.",
        keys: [
            SchemaKey(
                "rule", .weights(["local", "exchange", "hop", "full_sum", "direct"]),
                .derived(
                    "direct for autoregressive networks; where the space fixes nothing {exchange: 0.5, local: 0.5} if the "
                        + "hamiltonian conserves total S^z of spins 1/2 ({hop: 0.5, local: 0.5} for other spins and "
                        + "bosons), else local; exchange for spins 1/2 with total_sz, {hop: 0.75, exchange: 0.25} for "
                        + "spinful fermions, else hop"),
                "local changes the states of sites, exchange swaps those of two, hop moves one particle or one quantum of "
                    + "S^z from one site to another, a map mixes them by weight, full_sum takes "
                    + "the whole basis exactly, direct draws independent samples of an autoregressive network. Proposals that "
                    + "cannot reach every state of the basis are an error."),
            SchemaKey(
                "chains", .integer(1...maximumCount), .value("64"),
                "The number of Markov chains; with direct, of series of independent samples."),
            SchemaKey(
                "samples", .automaticOr(.integer(1...maximumCount)),
                .derived("auto where optimiser.learning_rate is auto and chains are drawn, otherwise max_samples"),
                "Samples per step; rounded up to a multiple of chains. auto: few at first, twice as many whenever noise is "
                    + "most of what a step goes by, half of them where it is little; needs a learning rate or a shift that "
                    + "is auto."),
            SchemaKey(
                "max_samples", .integer(1...maximumCount), .value("4096"),
                "With samples auto, the most of a step, and as many as an evolution, a projection and evaluations take."
            ),
            SchemaKey(
                "sweep", .integer(0...maximumCount), .derived("n_sites"),
                "Proposals between two kept samples of a chain; 0 or null: one per site."),
            SchemaKey(
                "discard", .integer(0...maximumCount), .value("8"),
                "Sweeps thrown away per chain at the start of each step; where samples auto takes fewer than max_samples, "
                    + "in proportion."),
            SchemaKey(
                "total_sz", .optional(.halfInteger), .value("null"),
                "Restricts the basis to (sum of s_i)/2 = total_sz; null: no restriction."),
            SchemaKey("flips", .integer(1...maximumSites), .value("1"), "Sites that one local proposal flips."),
            SchemaKey(
                "distance", .integer(1...1000), .value("1"),
                "The most bonds that lie between two sites of an exchange or a hop."),
            SchemaKey(
                "screening", .choice(["none", "single"]), .value("none"),
                "single: networks of double precision are evaluated in single precision first, and again only where that "
                    + "leaves a proposal's acceptance open; the samples are the same."),
            SchemaKey(
                "replicas", .integer(1...1024), .value("1"),
                "Replicas of each Markov chain, of which the first samples |psi|^2 and gives all samples, and the others sample "
                    + "|psi|^(2 beta) with beta falling geometrically to replica_beta; neighbours are exchanged after every "
                    + "sweep, so that chains cross between regions that proposals do not join. Each replica costs as much "
                    + "as a chain; not with direct or full_sum."),
            SchemaKey(
                "replica_beta", .real(.openFraction), .value("0.25"),
                "The least beta, that of the last of several replicas."),
        ])

    static let sr = SchemaBlock(
        name: "sr",
        documentation: "Stochastic reconfiguration: (S + diag_shift + diag_scale diag(S)) delta = F.",
        keys: [
            SchemaKey(
                "solver",
                .choice(
                    SolverList.names + [
                        ReconfigurationConfiguration.automatic, ReconfigurationConfiguration.minSR,
                        ReconfigurationConfiguration.plainGradient,
                    ]), .derived("auto with optimiser.learning_rate auto, otherwise cg"),
                "How the linear system is solved; minsr is cholesky in sample space; auto takes cg or cholesky in the "
                    + "space and by the products that are estimated to be the fastest; none takes delta = F."),
            SchemaKey(
                "space", .choice(["parameters", "samples", "auto"]),
                .derived("samples with minsr, auto with auto, otherwise parameters"),
                "Whether the system has one unknown per parameter or per sample; auto takes what is estimated to be "
                    + "faster."),
            SchemaKey(
                "fallback", .list(of: .choice(SolverList.names), count: 0...SolverList.names.count),
                .derived("\(SolverList.fallbacks), minsr and auto, otherwise []"),
                "Tried in turn where a solver reports not_positive_definite or not_finite."),
            SchemaKey(
                "diag_shift", .automaticOr(.schedule(.notNegative)),
                .derived("auto with optimiser.learning_rate auto, 0.001 with march, otherwise 0.01"),
                "Added to the diagonal of S; auto: chosen step by step."),
            SchemaKey(
                "diag_scale", .schedule(.notNegative),
                .derived("0.02 with optimiser.learning_rate auto where the ansatz has orbitals or pairs, otherwise 0"),
                "Times diag(S), added to the diagonal of S."),
            SchemaKey(
                "momentum", .schedule(.fraction),
                .derived("0.9 with optimiser.learning_rate auto, 0.95 with march, otherwise 0"),
                "The share of the last solution that SPRING keeps: D momentum delta_old is added to F; where the learning rate or "
                    + "the shift is chosen step by step, less after long steps."),
            SchemaKey(
                "march",
                .record([
                    SchemaKey(
                        "decay", .real(.fraction), .value("0.995"),
                        "The share of the moments that a step keeps, beta_2."),
                    SchemaKey("epsilon", .real(.positive), .value("0.001"), "Added to the root of the moments."),
                ]), .none,
                "MARCH: diag_shift is multiplied, parameter by parameter, by the root of the moments v of earlier solutions, "
                    + "of mean square 1, plus epsilon: a map with decay and epsilon, {} for 0.995 and 0.001; missing: by 1."
            ),
            SchemaKey(
                "relative_shift", .boolean, .none,
                "true: diag_shift is a number of mean eigenvalues, tr T over its rows (with march of T with its weights)."
            ),
            SchemaKey(
                "lift_mean", .boolean, .none,
                "true, with space samples and kernel formed: tr T times the projector on the null vector of T is added to it, "
                    + "which leaves delta as it is."),
            SchemaKey(
                "blocks", .choice(ParameterBlocks.allCases.map(\.rawValue)), .value("whole"),
                "What of S is kept: whole all of it, factors the blocks of the factors of a product, layers those of layers. The "
                    + "equation is then solved block by block, by a solver that factorises."),
            SchemaKey(
                "max_norm", .optional(.real(.positive)), .value("null"),
                "The largest norm of a step's change of the parameters; null: no bound."),
            SchemaKey(
                "clip_energies", .optional(.real(.positive)), .value("null"),
                "Local energies in the forces, never in energies that are reported, deviate from their median by at most so many "
                    + "times their mean absolute deviation from it, real and imaginary parts by themselves; null: as they are."
            ),
        ] + SolverList.optionKeys + [
            SchemaKey(
                "warm_start", .boolean, .value("false"),
                "Whether an iterative solver in parameter space starts from the last solution."),
            SchemaKey(
                "jacobian", .choice(["on_the_fly", "stored", "auto"]),
                .derived("auto with solver auto, otherwise on_the_fly"),
                "What an iterative solver multiplies with: the network's linearisation, or rows of the Jacobian in "
                    + "memory; auto takes what is estimated to be faster and fits into memory."),
            SchemaKey(
                "kernel", .choice(["formed", "products", "auto"]),
                .derived("auto with solver auto, otherwise formed"),
                "cg and minres in sample space: whether the sample kernel is formed, or applied as products with the "
                    + "Jacobian; auto takes what is estimated to be faster and fits into memory."),
            SchemaKey(
                "holomorphic", .optional(.boolean), .value("null"),
                "true claims that log psi is holomorphic in its parameters, and a false claim is an error. The update "
                    + "is the same with and without the claim."),
            SchemaKey(
                "centring", .choice(["fused"]), .none,
                "Only for configurations of earlier versions: S is always applied with one allreduce per product, and "
                    + "check compares that with the composition of the centred Jacobian and its transpose."),
        ])

    static let optimiser = SchemaBlock(
        name: "optimiser",
        documentation: "What is done with the update delta.",
        keys: [
            SchemaKey(
                "type", .choice(["sgd", "momentum", "adam"]), .value("sgd"), "sgd: theta -= learning_rate delta."),
            SchemaKey(
                "learning_rate", .automaticOr(.schedule(.notNegative)),
                .derived("auto for steps along the solution of the SR equation (type sgd), otherwise 0.02"),
                "The size of a step; auto: chosen step by step."),
            SchemaKey(
                "fixed_norm", .boolean, .none,
                "true: every step's change of the parameters has the norm learning_rate."),
            SchemaKey("beta", .real(.fraction), .value("0.9"), "momentum: the share of the last step that is kept."),
            SchemaKey("beta1", .real(.fraction), .value("0.9"), "adam: the decay of the mean."),
            SchemaKey("beta2", .real(.fraction), .value("0.999"), "adam: the decay of the mean square."),
            SchemaKey("epsilon", .real(.positive), .value("1.0e-8"), "adam: added to the root of the mean square."),
        ])

    static let run = SchemaBlock(
        name: "run",
        documentation: "The run as a whole.",
        keys: [
            SchemaKey(
                "steps", .automaticOr(.integer(0...Int.max)), .value("300"),
                "The number of optimisation steps; auto: until energy and variance have stopped falling within their errors."
            ),
            SchemaKey(
                "max_steps", .integer(1...Int.max), .derived("\(RunConfiguration.defaultMaximumSteps) with steps auto"),
                "steps auto: the most steps."),
            SchemaKey(
                "max_time", .optional(.real(.positive)), .value("null"),
                "Seconds for all steps of the run, whatever it was interrupted by, and for its final energy: the last steps, whose "
                    + "parameters are averaged, begin so early that the run is complete by then; null: no bound."),
            SchemaKey(
                "averaged_steps", .automaticOr(.integer(0...Int.max)),
                .derived(
                    "a fifth of steps (auto with steps auto) with optimiser.learning_rate auto where the space is sampled, "
                        + "otherwise 0"),
                "The parameters of so many last steps are averaged, later ones with more weight, and the mean is what the run "
                    + "ends with, unless its energy is higher than those of the last of these steps; 0: the last ones; auto: a "
                    + "fifth of all steps. A run that ends by itself or by max_time averages a fifth of its steps at most."
            ),
            SchemaKey(
                "max_returns", .integer(0...1000), .derived("3 with optimiser.learning_rate auto, otherwise 0"),
                "How often a run whose energy stays well above the best one so far (by 8 errors, and by a tenth of all it has "
                    + "fallen) goes back to the parameters of that time, with half the learning rate for some steps."),
            SchemaKey("seed", .integer(0...Int.max), .value("1"), "Decides parameters and samples."),
            SchemaKey(
                "checkpoint_every", .integer(0...Int.max), .value("50"),
                "Steps between checkpoints; 0: only one, at the end."),
            SchemaKey(
                "final_samples", .integer(1...maximumCount), .derived("4 sampler.samples, or 4 sampler.max_samples"),
                "Samples of the energy estimate at the final parameters."),
            SchemaKey(
                "threads", .optional(.integer(1...4096)), .value("null"),
                "BLAS threads per rank; null: OPENBLAS_NUM_THREADS if it is set, otherwise 1."),
            SchemaKey(
                "deterministic", .boolean, .value("false"),
                "Whether the trajectory has the same bits on any number of ranks, on CPUs of one type with one build of "
                    + "the libraries: slower, and as many ranks as there are blocks of some 128 samples have work."),
            SchemaKey(
                "memory", .optional(.real(.positive)), .value("null"),
                "Gigabytes (10^9 bytes) that a step may take on a rank: what the linearisation cannot keep within them is "
                    + "computed again by every product, as check and run say; null: no bound."),
            SchemaKey(
                "time_limit", .optional(.real(.positive)), .value("null"),
                "Seconds, from the start of the program, within which the run ends with a checkpoint and status 75, if its "
                    + "steps take no longer than they have so far; null: what Slurm leaves the job, if it runs in one."),
            SchemaKey(
                "initial_parameters", .optional(.parameterFiles), .value("null"),
                "The file of all parameters to start from: another run's checkpoint.h5, or an HDF5 file with a dataset "
                    + "under each leaf's name. Of a product also a list of files, each of one factor alone or of factors of "
                    + "another product, or a map {0_pair_product: FILE, ...} that says whose each is; what no file has "
                    + "starts as usual. null: random ones."),
            SchemaKey(
                "output", .optional(.text), .value("null"),
                "The output directory; null: named after the configuration file. --output goes before it."),
            SchemaKey(
                "on_divergence", .choice(["stop", "rollback"]), .value("stop"),
                "What follows energies, gradients or updates that are not finite, energies that no state has, and updates far "
                    + "larger than the parameters and all before: stop ends the run with status 1; rollback returns to the "
                    + "last good checkpoint with a smaller learning rate."),
            SchemaKey(
                "max_rollbacks", .integer(1...1000), .value("5"),
                "rollback: returns to one checkpoint, after which the run gives up."),
            SchemaKey(
                "rollback_factor", .real(.openFraction), .value("0.5"),
                "rollback: times the learning rate at each return, for the rest of the run."),
        ])
}
