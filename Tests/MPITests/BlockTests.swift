import Communication
import DistQGT
import DistQGTTestSupport
import LinearAlgebra

private let solvers: [(any ReconfigurationSolver, ReconfigurationStrategy)] = [
    (CholeskySolver(), .parameters), (CholeskySolver(), .samples),
]

private let subjects: [(String, any Ansatz)] = {
    let wide = Initialiser(.normal, scale: 0.5)
    func layers(_ type: DataType) -> MultilayerPerceptron {
        MultilayerPerceptron(
            siteCount: 4, hiddenDimensions: [3, 2], options: LayerOptions(type, kernel: wide, bias: wide))
    }
    func product(_ type: DataType) -> FactorProduct {
        FactorProduct([
            .init("0_jastrow", Jastrow(siteCount: 4, options: LayerOptions(type, kernel: wide))),
            .init("1_mlp", layers(type)),
        ])
    }
    return [
        ("mlp", layers(.float64)), ("complex mlp", layers(.complex128)), ("product", product(.float64)),
        ("complex product", product(.complex128)),
    ]
}()

/// By parameter the block that it is in, from the names of leaves.
private func blocks(_ blocks: ParameterBlocks, _ layout: ParameterLayout) -> [String] {
    layout.leaves.flatMap { leaf -> [String] in
        let path = leaf.name.split(separator: "/").map(String.init)
        let name: String
        switch blocks {
        case .whole: name = ""
        case .factors: name = path[0].hasPrefix("0_") || path[0].hasPrefix("1_") ? path[0] : ""
        case .layers: name = path.count > 1 ? path.dropLast().joined(separator: "/") : leaf.name
        }
        return [String](repeating: name, count: leaf.realCount)
    }
}

let blockTests: [MPITest] = [
    MPITest("blocks of S: directions are those of a dense S without the entries between blocks") { world in
        for (subject, ansatz) in subjects {
            for shards in ShardSizes.every(ranks: world.size) where shards.total > 1 {
                let samples = RandomSamples(siteCount: 4, count: shards.total, weighted: true)
                let here = try ShardedProblem(ansatz, samples, shards, on: world)
                let alone = try ShardedProblem(alone: ansatz, samples)
                let layout = here.state.trainedLayout
                let previous = here.jacobian.makeDomainVector()
                for index in 0..<previous.count { previous[index] = 0.01 * Double(index % 5 - 2) }
                // F, and S of all parameters.
                let tensor = try QuantumGeometricTensor(alone.jacobian, means: alone.gradient.means).materialised()
                let forces = alone.gradient.forces.values
                let range = shards.range(world.rank)
                for kept in [ParameterBlocks.factors, .layers] {
                    let names = blocks(kept, layout)
                    for (scale, momentum) in [(0.0, 0.0), (0.1, 0.6)] {
                        let (count, shift) = (layout.count, 0.03)
                        let diagonal = (0..<count).map { shift + scale * tensor[$0 * count + $0] }
                        let matrix = (0..<count).map { row in
                            (0..<count).map { column in
                                (names[row] == names[column] ? tensor[row * count + column] : 0)
                                    + (row == column ? diagonal[row] : 0)
                            }
                        }
                        let right = (0..<count).map { forces[$0] + momentum * diagonal[$0] * previous[$0] }
                        let expected = solvedByElimination(matrix, right)
                        for (solver, strategy) in solvers {
                            let reconfiguration = try StochasticReconfiguration(
                                solvers: [solver], by: strategy, diagonalShift: .constant(shift),
                                diagonalScale: scale == 0 ? nil : .constant(scale),
                                momentum: momentum == 0 ? nil : .constant(momentum), blocks: kept)
                            let (direction, records) = try world.counters.recording {
                                try reconfiguration.direction(
                                    here.jacobian, here.gradient,
                                    energies: Array(samples.energies[2 * range.lowerBound..<2 * range.upperBound]),
                                    meanEnergy: samples.mean, step: 0, previous: previous, rows: nil, subspace: nil
                                ).direction
                            }
                            let name = "\(subject), \(kept), \(shards.sizes), \(solver.name) \(strategy), \(scale)"
                            checkClose(
                                direction.values, expected, relative: 1e-8, absolute: 1e-11, name)
                            // What was foretold to be sent, where all ranks hold as many samples.
                            guard Set(shards.sizes).count == 1 else { continue }
                            let distribution = SampleDistribution(
                                local: range.count, total: shards.total, ranks: world.size, chainLength: nil)
                            let foretold = reconfiguration.messages(here.state, distribution).fixed
                                .dropLast(reconfiguration.remembersDirection ? 1 : 0)
                            checkEqual(records.count, foretold.count, "\(name): messages")
                        }
                    }
                }
            }
        }
    }
]
