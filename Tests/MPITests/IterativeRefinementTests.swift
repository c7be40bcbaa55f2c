import DistQGT
import DistQGTTestSupport
import LinearAlgebra

let iterativeRefinementTests: [MPITest] = [
    MPITest("iterative refinement: single products, the solution of double ones, one report on all ranks") { world in
        try forEachShardedProblem(on: world) { subject, name, here, alone in
            guard !subject.ansatz.dataType.isSingle else { return }
            let solver = IterativeRefinement(tolerance: 1e-12, maximumIterations: 500)
            let direct = ConjugateGradient(tolerance: 1e-12, maximumIterations: 500)
            let single = here.jacobian.inSinglePrecision()

            func refine<A: SymmetricMap>(_ exact: A, _ cheap: A, _ b: A.Domain, _ message: String) throws -> A.Domain {
                let x = b.makeZero()
                let report = try solver.solve(exact, approximation: cheap, b, into: x)
                checkEqual(report.outcome, .converged, message)
                check(report.residual <= solver.tolerance, message)
                try checkEqual(
                    world.allGather([report.iterations]), [Int](repeating: report.iterations, count: world.size),
                    message)
                return x
            }
            func tensor(_ jacobian: Linearisation, _ gradient: EnergyGradient) throws -> QuantumGeometricTensor {
                try QuantumGeometricTensor(jacobian, means: gradient.means, diagonalShift: 0.1)
            }
            let reference = try tensor(alone.jacobian, alone.gradient)
            let expected = reference.makeDomainVector()
            _ = try direct.solve(reference, alone.gradient.forces, into: expected)
            let (exact, cheap) = try (tensor(here.jacobian, here.gradient), tensor(single, here.gradient))
            let (x, counts) = try world.counters.counting {
                try refine(exact, cheap, here.gradient.forces, "\(name), parameters")
            }
            x.publish()
            checkClose(x.values, expected.values, relative: 1e-10, absolute: 1e-12, "\(name), parameters")
            // One message for each product of either kind; one broadcast for each correction, and each correction
            // has one product in double.
            checkEqual(counts.allReduce.calls, exact.productCount + cheap.productCount, name)
            checkEqual(counts.broadcast.calls, exact.productCount, name)

            let right = CentredJacobian(here.jacobian).makeCodomainVector()
            try CentredJacobian(here.jacobian).apply(here.vector(), into: right)
            func samples(_ jacobian: Linearisation) -> OnTheFlyKernelMap {
                OnTheFlyKernelMap(jacobian, means: here.gradient.means, shift: 0.1)
            }
            let solution = right.makeZero()
            _ = try direct.solve(samples(here.jacobian), right, into: solution)
            let weights = try refine(samples(here.jacobian), samples(single), right, "\(name), samples")
            checkClose(weights.values, solution.values, relative: 1e-9, absolute: 1e-11, "\(name), samples")
        }
    }
]
