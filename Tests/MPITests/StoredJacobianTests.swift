import DistQGT
import DistQGTTestSupport

let storedJacobianTests: [MPITest] = [
    MPITest("stored Jacobian: S v, forces, diag(S), T and products in sample space equal those of the tape") { world in
        try forEachShardedProblem(on: world) { subject, name, here, alone in
            let forms: [(String, Bool, Linearisation)] = [
                ("rows", false, StoredJacobian(chunkBytes: 1).fill(from: here.jacobian)),
                ("single rows", true, StoredJacobian(isSingle: true, chunkBytes: 1).fill(from: here.jacobian)),
                ("single tape", true, here.jacobian.inSinglePrecision()),
            ]
            let v = here.vector()
            let expected = v.makeZero()
            try QuantumGeometricTensor(alone.jacobian, diagonalShift: 0.1, centring: .composed)
                .apply(v, into: expected)
            let expectedDiagonal = try DiagonalOfS.compute(alone.jacobian, means: alone.gradient.means)
            let expectedKernel = try SampleKernel(alone.jacobian).gathered()
            for (form, isSingle, held) in forms {
                let bound = isSingle ? max(2e-5, subject.rounding) : subject.rounding
                func compare(_ actual: [Double], _ expected: [Double], _ quantity: String) {
                    checkClose(actual, expected, relative: 10 * bound, absolute: bound, "\(name), \(form): \(quantity)")
                }
                for centring in QuantumGeometricTensor.Centring.allCases {
                    let s = try QuantumGeometricTensor(held, diagonalShift: 0.1, centring: centring)
                    let image = v.makeZero()
                    let (_, counts) = try world.counters.counting { try s.apply(v, into: image) }
                    compare(image.values, expected.values, "S v, \(centring.rawValue)")
                    checkEqual(counts.calls, centring == .fused ? 1 : 3, "\(name), \(form): collectives")
                }
                let means = try EnergyGradient.means(of: held)
                compare(means.real.values, alone.gradient.means.real.values, "means")
                compare(try DiagonalOfS.compute(held, means: means).values, expectedDiagonal.values, "diagonal")
                compare(try SampleKernel(held).gathered(), expectedKernel, "T")
            }
        }
    }
]
