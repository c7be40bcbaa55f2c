import Communication

/// Why S has no complex form.
public struct HolomorphyError: CollectiveError, CustomStringConvertible {
    /// ‖J(iv) − i·J(v)‖/‖J v‖; nil where the question has no meaning (a real leaf, or a real log ψ).
    public let error: Double?

    public var description: String {
        guard let error else { return "log psi is not holomorphic: it or one of its parameters is real" }
        return "log psi is not holomorphic in its parameters: |J(iv) - i J(v)| is \(error) times |J v|"
    }
}

extension QuantumGeometricTensor {
    /// S + D as a Hermitian matrix of the complex parameters of a holomorphic log ψ, S_kl = ⟨ΔO_k* ΔO_l⟩: P/2 × P/2,
    /// row-major, (re, im) in turn, on every rank. Collective: as `materialised()`, and two scalar-sized allreduces.
    ///
    /// That log ψ is holomorphic is a claim, and it is checked: otherwise S is only real-linear and no complex
    /// matrix stands for it.
    ///
    /// - Parameters:
    ///   - generator: gives the same numbers on every rank.
    ///   - tolerance: of the claim; a tape in single precision needs about 1e-4.
    /// - Throws: `HolomorphyError` where the claim is false.
    public func complexMatrix(
        using generator: inout some RandomNumberGenerator, tolerance: Double = 1e-10
    ) throws -> [Double] {
        guard linearisation.layout.allComplex, linearisation.space.isComplex else { throw HolomorphyError(error: nil) }
        let error = try linearisation.holomorphyError(using: &generator)
        // Rank 0's word: all of them throw, or none.
        let agreed = try valueOfFirstRank(error)
        guard agreed <= tolerance else { throw HolomorphyError(error: agreed) }
        let real = try materialised()
        let count = linearisation.layout.count
        let size = count / 2
        var matrix = [Double](repeating: 0, count: 2 * size * size)
        // The column of the real unit vector e_l holds Re and Im of column l.
        for row in 0..<size {
            for column in 0..<size {
                matrix[2 * (row * size + column)] = real[2 * row * count + 2 * column]
                matrix[2 * (row * size + column) + 1] = real[(2 * row + 1) * count + 2 * column]
            }
        }
        return matrix
    }
}
