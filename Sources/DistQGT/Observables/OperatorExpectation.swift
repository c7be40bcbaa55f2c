/// The expectation value of a Hermitian operator: one quantity, Re Σ_σ′ ⟨σ|A|σ′⟩ ψ(σ′)/ψ(σ).
public final class OperatorExpectation: LocalObservable {
    private let localValues: LocalEnergies
    private var scratch: [Double] = []

    public let quantityCount = 1

    /// - Parameters:
    ///   - space: what the state lives in; elements that lead out of it do not count.
    ///   - amplitudes: of the state.
    /// - Precondition: the operator is Hermitian.
    public init(_ operator: any Operator, in space: HilbertSpace, amplitudes: any LogAmplitudes) {
        precondition(`operator`.isHermitian, "the expectation value would be complex")
        localValues = LocalEnergies(of: space.projecting(`operator`), in: amplitudes)
    }

    public func evaluate(
        _ spins: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>, into values: UnsafeMutablePointer<Double>,
        stride: Int
    ) {
        if scratch.count < 2 * count { scratch = [Double](repeating: 0, count: 2 * count) }
        scratch.withUnsafeMutableBufferPointer { scratch in
            guard let local = scratch.baseAddress else { return }
            localValues.evaluate(spins, count: count, logPsi: logPsi, into: local)
            for sample in 0 ..< count { values[sample * stride] = local[2 * sample] }
        }
    }
}

/// The energy: its real and its imaginary part, and the squared distance from a reference, whose mean gives the
/// variance with an error. Three quantities.
public final class EnergyExpectation: LocalObservable {
    private let localEnergies: LocalEnergies
    private var scratch: [Double] = []
    /// Near the mean energy, so that squares do not cancel.
    public var reference = SIMD2<Double>.zero

    public let quantityCount = 3

    public init(_ hamiltonian: any Operator, amplitudes: any LogAmplitudes) {
        localEnergies = LocalEnergies(of: hamiltonian, in: amplitudes)
    }

    public func evaluate(
        _ spins: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>, into values: UnsafeMutablePointer<Double>,
        stride: Int
    ) {
        if scratch.count < 2 * count { scratch = [Double](repeating: 0, count: 2 * count) }
        scratch.withUnsafeMutableBufferPointer { scratch in
            guard let local = scratch.baseAddress else { return }
            localEnergies.evaluate(spins, count: count, logPsi: logPsi, into: local)
            for sample in 0 ..< count {
                let energy = SIMD2(local[2 * sample], local[2 * sample + 1])
                let deviation = energy - reference
                values[sample * stride] = energy.x
                values[sample * stride + 1] = energy.y
                values[sample * stride + 2] = (deviation * deviation).sum()
            }
        }
    }
}
