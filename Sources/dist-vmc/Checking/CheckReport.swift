import Communication
import DistQGT
import LatticeSymmetry
import LinearAlgebra
import RunFiles

/// Everything that `dist-vmc check` finds out.
struct CheckReport {
    let checks: [Check]
    /// Nil where the question has no meaning: a real log ψ, or a real leaf.
    let holomorphy: (error: Double, tolerance: Double)?
    let layout: ParameterLayout
    /// Real numbers that are trained.
    var trainedCount: Int { layout.trained.count }
    let dataType: DataType
    let plan: RunPlan
    /// Of the block projection; nil without one.
    let projection: ProjectionCost?
    let symmetries: SymmetryReport
    /// Where it was asked for, and all checks hold.
    let spectrum: SpectrumReport?

    var allHold: Bool { checks.allSatisfy(\.holds) }
    var isHolomorphic: Bool? { holomorphy.map { $0.error <= $0.tolerance } }

    /// The type of a leaf's elements, as configurations write it.
    func typeName(_ leaf: Leaf) -> String { (leaf.isComplex ? dataType.complex : dataType.real).rawValue }
}

// MARK: JSON

extension CheckReport {
    /// The fields, for `--help`.
    static let fields = """
        passed; version; ranks; checks [{name, error, tolerance, passed}]; holomorphic (null for a real log psi or a real \
        leaf), holomorphy_error; parameters {count (real numbers), trained (those that are not frozen), leaves [{name, shape, type, count, trained}]}; \
        lattice {type, positions (Cartesian, of every site in the order of their numbers; null where they mean nothing), \
        edges, edges_2 (pairs of neighbours and of second neighbours; null where they are not known)}; \
        hamiltonian {strings (of Pauli matrices; null for others), flip_sets (the most configurations that one is \
        connected with), hermitian, real, conserves_total_sz}; space {sites, dimension (null if it is 2^63 or more), \
        total_sz, sector (in words, null for the whole space)}; states (null for one) {count, sites (of all walkers), dimension \
        (of their basis, null if it is 2^63 or more), values_per_sample (of psi in a determinant)}; symmetries \(SymmetryReport.fields); \
        samples {method, total, per_rank [min, max], for chains and direct: chains, chains_per_rank [min, max], \
        samples_per_chain, asked_for, and for chains: sweep, discard, proposals}; least_samples (what steps begin with where \
        sampler.samples is auto, null otherwise); memory, in bytes, of \
        the rank with most samples {tape, tape_per_sample, chunks, relinearised_chunks (numbers of chunks), \
        workspaces, parameter_arrays, sample_arrays, local_energies, amplitude_ratios, matrices, jacobian, \
        parameter_vectors, parameter_vector_count, node_vectors, node_vector_count, total}; solver (why it was chosen, null where the configuration \
        says which), advice (a way to solve that is estimated to be much faster, null where there is none); collectives {per_step, bytes_per_step, per_product, bytes_per_product, per_iteration, \
        bytes_per_iteration, residual_interval, per_trial, bytes_per_trial, list [{phase, kind, bytes, per (step, product, \
        iteration, restart or trial)}]}: a step makes those per step, those per iteration and per product for each iteration of the \
        solver, those per product once more every residual_interval iterations, and those per restart if the solver \
        starts again, and those per trial for each look at the end of a step before it is made; projection (null without the block) {walkers, \
        walkers_per_rank [min, max], bytes_per_walker, bytes_per_moved_walker, gathered_bytes (of a rank in each generation)}; spectrum (null without --spectrum, or if a check does not hold) \
        \(SpectrumReport.fields).
        """

    var json: JSONValue {
        [
            "passed": .bool(allHold),
            "version": .string(programVersion),
            "ranks": .integer(plan.ranks),
            "checks": .array(checks.map(\.json)),
            "holomorphic": isHolomorphic.map { .bool($0) } ?? .null,
            "holomorphy_error": JSONValue(holomorphy?.error),
            "parameters": [
                "count": .integer(layout.count),
                "trained": .integer(trainedCount),
                "leaves": .array(
                    layout.leaves.map { leaf in
                        [
                            "name": .string(leaf.name), "shape": JSONValue(leaf.shape),
                            "type": .string(typeName(leaf)), "count": .integer(leaf.count),
                            "trained": .bool(leaf.isTrained),
                        ]
                    }),
            ],
            "lattice": latticeJSON,
            "hamiltonian": hamiltonianJSON,
            "space": spaceJSON,
            "states": ensembleJSON,
            "symmetries": symmetries.json,
            "samples": plan.samples.json(ranks: plan.ranks, plan.blocks),
            "least_samples": plan.levels.first.map {
                .integer(plan.samples.total / (plan.samples.chainLength ?? 1) * $0.length)
            }
                ?? .null,
            "memory": plan.memory.json,
            "solver": plan.reasoning.map { .string($0) } ?? .null,
            "advice": plan.advice.map { .string($0) } ?? .null,
            "collectives": plan.collectives.json,
            "projection": projection?.json ?? .null,
            "spectrum": spectrum?.json ?? .null,
        ]
    }

    private var latticeJSON: JSONValue {
        let model = plan.configuration.problem.model
        func pairs(_ edges: [Edge]) -> JSONValue {
            .array(edges.map { JSONValue([$0.first, $0.second]) })
        }
        return [
            "type": .string(model.lattice.kind.rawValue),
            "positions": model.lattice.hasPositions
                ? .array(model.lattice.sitePositions.map { JSONValue($0) }) : .null,
            "edges": pairs(model.edges),
            "edges_2": (try? model.secondEdges()).map(pairs) ?? .null,
        ]
    }

    private var hamiltonianJSON: JSONValue {
        let hamiltonian = plan.configuration.problem.hamiltonian
        return [
            "strings": (hamiltonian as? PauliSum).map { .integer($0.stringCount) } ?? .null,
            "flip_sets": .integer(hamiltonian.transitionBound),
            "hermitian": .bool(hamiltonian.isHermitian),
            "real": .bool(hamiltonian.isReal),
            "conserves_total_sz": (hamiltonian as? PauliSum).map { .bool($0.conservesMagnetisation) } ?? .null,
        ]
    }

    private var ensembleJSON: JSONValue {
        let ensemble = plan.configuration.ensemble
        guard ensemble.isOfSeveral else { return .null }
        return [
            "count": .integer(ensemble.count), "sites": .integer(ensemble.space.siteCount),
            "dimension": ensemble.space.dimension.map { .integer($0) } ?? .null,
            "values_per_sample": .integer(ensemble.count * ensemble.count),
        ]
    }

    private var spaceJSON: JSONValue {
        let space = plan.configuration.problem.space
        return [
            "sites": .integer(space.siteCount),
            "dimension": space.dimension.map { .integer($0) } ?? .null,
            "total_sz": space.magnetisation.map { Half(doubled: $0).json } ?? .null,
            "sector": space.sectorWords.map { .string($0) } ?? .null,
        ]
    }
}

extension RunPlan.Samples {
    func json(ranks: Int, _ blocks: BlockPartition?) -> JSONValue {
        func pair(_ range: ClosedRange<Int>) -> JSONValue { JSONValue([range.lowerBound, range.upperBound]) }
        switch self {
        case .chains(let count, let length, let asked, let sweep, let discard, let replicas):
            return [
                "method": "chains", "total": .integer(total), "per_rank": pair(perRank(ranks, blocks)),
                "chains": .integer(count), "chains_per_rank": pair(Self.shares(of: count, ranks: ranks, blocks)),
                "samples_per_chain": .integer(length), "asked_for": .integer(asked), "sweep": .integer(sweep),
                "discard": .integer(discard), "replicas": .integer(replicas),
                "proposals": proposals.map { .integer($0) } ?? .null,
            ]
        case .direct(let count, let length, let asked):
            return [
                "method": "direct", "total": .integer(total), "per_rank": pair(perRank(ranks, blocks)),
                "chains": .integer(count), "chains_per_rank": pair(Self.shares(of: count, ranks: ranks, blocks)),
                "samples_per_chain": .integer(length), "asked_for": .integer(asked),
            ]
        case .basis:
            return ["method": "full_sum", "total": .integer(total), "per_rank": pair(perRank(ranks, blocks))]
        }
    }
}

extension StepMemory {
    var json: JSONValue {
        [
            "tape": .integer(tape.tape), "tape_per_sample": .integer(tape.perSample),
            "chunks": .integer(tape.chunks), "relinearised_chunks": .integer(tape.relinearisedChunks),
            "workspaces": .integer(tape.workspaces), "parameter_arrays": .integer(tape.parameterArrays),
            "sample_arrays": .integer(sampleArrays), "local_energies": .integer(localEnergies),
            "amplitude_ratios": .integer(amplitudeRatios), "matrices": .integer(matrices),
            "jacobian": .integer(jacobian),
            "parameter_vectors": .integer(parameterVectors),
            "parameter_vector_count": .integer(parameterVectorCount), "node_vectors": .integer(nodeVectors),
            "node_vector_count": .integer(nodeVectorCount), "total": .integer(total),
        ]
    }
}

extension StepCollectives {
    var json: JSONValue {
        func list(_ collectives: [Collective], per unit: String) -> [JSONValue] {
            collectives.map { collective in
                [
                    "phase": .string(collective.phase.rawValue), "kind": .string(collective.kind.rawValue),
                    "bytes": .integer(collective.bytes), "per": .string(unit),
                ]
            }
        }
        return [
            "per_step": .integer(step.count), "bytes_per_step": .integer(step.reduce(0) { $0 + $1.bytes }),
            "per_product": .integer(product.count), "bytes_per_product": .integer(product.reduce(0) { $0 + $1.bytes }),
            "per_iteration": .integer(iteration.count),
            "bytes_per_iteration": .integer(iteration.reduce(0) { $0 + $1.bytes }),
            "residual_interval": residualInterval.map { .integer($0) } ?? .null,
            "per_trial": .integer(trial.count), "bytes_per_trial": .integer(trial.reduce(0) { $0 + $1.bytes }),
            "list": .array(
                list(step, per: "step") + list(product, per: "product") + list(iteration, per: "iteration")
                    + list(restart, per: "restart") + list(trial, per: "trial")),
        ]
    }
}
