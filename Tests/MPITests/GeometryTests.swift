import DistQGT
import DistQGTTestSupport
import LinearAlgebra

let geometryTests: [MPITest] = [
    MPITest("geometry: forces and means equal those of one process") { world in
        try forEachShardedProblem(on: world) { subject, name, here, alone in
            let rounding = subject.rounding
            func compare(_ actual: ParameterVector, _ expected: ParameterVector, _ quantity: String) {
                checkClose(
                    actual.values, expected.values, relative: rounding, absolute: rounding, "\(name): \(quantity)")
            }
            compare(here.gradient.forces, alone.gradient.forces, "forces")
            compare(here.gradient.means.real, alone.gradient.means.real, "mean of Re O")
            checkEqual(here.gradient.means.imaginary != nil, here.state.isComplex, name)
            if let actual = here.gradient.means.imaginary, let expected = alone.gradient.means.imaginary {
                compare(actual, expected, "mean of Im O")
            }
        }
    },
    MPITest("geometry: S v equals that of one process, fused and composed") { world in
        try forEachShardedProblem(on: world) { subject, name, here, alone in
            // The definition, in one process, is what both ways are held to.
            let reference = try QuantumGeometricTensor(alone.jacobian, diagonalShift: 0.1, centring: .composed)
            let v = here.vector()
            let expected = v.makeZero()
            try reference.apply(v, into: expected)
            for centring in QuantumGeometricTensor.Centring.allCases {
                for means in [nil, here.gradient.means] {
                    let s = try QuantumGeometricTensor(
                        here.jacobian, means: means, diagonalShift: 0.1, centring: centring)
                    let image = v.makeZero()
                    try s.apply(v, into: image)
                    checkClose(
                        image.values, expected.values, relative: subject.rounding, "\(name), \(centring.rawValue)")
                }
            }
        }
    },
    MPITest("geometry: blocks of vectors equal single vectors of one process") { world in
        try forEachShardedProblem(on: world) { subject, name, here, alone in
            let s = try QuantumGeometricTensor(here.jacobian, means: here.gradient.means, diagonalShift: 0.1)
            let reference = try QuantumGeometricTensor(alone.jacobian, diagonalShift: 0.1, centring: .composed)
            let count = here.state.trainedLayout.count
            let block = here.vector(3)
            let image = block.makeZero()
            try s.apply(block, into: image)
            for vector in 0..<3 {
                let range = vector * count..<(vector + 1) * count
                let single = ParameterVector(here.state.trainedLayout, values: Array(block.values[range]))
                let expected = single.makeZero()
                try reference.apply(single, into: expected)
                checkClose(
                    Array(image.values[range]), expected.values, relative: subject.rounding, "\(name), vector \(vector)"
                )
            }
        }
    },
    MPITest("geometry: dot tests over ranks") { world in
        try forEachShardedProblem(on: world) { subject, name, here, _ in
            // The centred Jacobian of a single sample is 0, and its images are nothing but rounding.
            guard here.jacobian.space.totalCount > 1 else { return }
            let bound = subject.ansatz.dataType.isSingle ? 1e-5 : 1e-13
            // Equal on every rank, as the parameters' side of the test must be.
            var generator = SplitMix64(seed: 31)
            try check(dotTest(CentredJacobian(here.jacobian), using: &generator) < bound, "\(name): centred Jacobian")
            generator = SplitMix64(seed: 32)
            try check(dotTest(SubtractMean(here.jacobian.space), using: &generator) < 1e-14, "\(name): subtract mean")
            for centring in QuantumGeometricTensor.Centring.allCases {
                let s = try QuantumGeometricTensor(here.jacobian, diagonalShift: 0.1, centring: centring)
                generator = SplitMix64(seed: 33)
                try check(dotTest(s, using: &generator) < bound, "\(name): S, \(centring.rawValue)")
            }
        }
    },
    MPITest("geometry: the flag of rank 0 rides in a product's message") { world in
        let samples = RandomSamples(siteCount: 4, count: 5, weighted: false)
        let shards = ShardSizes.every(ranks: world.size)[0]
        for subject in shardedAnsatze.prefix(2) {
            let problem = try ShardedProblem(subject.ansatz, samples, shards, on: world)
            for centring in QuantumGeometricTensor.Centring.allCases {
                let s = try QuantumGeometricTensor(problem.jacobian, centring: centring)
                let v = problem.vector()
                let image = v.makeZero()
                for value in [2.0, 0, 3] {
                    var stopFlag = world.rank == 0 ? value : 7
                    try s.apply(v, into: image, stopFlag: &stopFlag)
                    checkEqual(stopFlag, value, "\(subject), \(centring.rawValue)")
                }
                try checkEqual(s.valueOfFirstRank(Double(world.rank + 4)), 4)
            }
        }
    },
]
