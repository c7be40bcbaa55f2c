import LinearAlgebra

/// The importance-sampled Hamiltonian G_{x′x} = ψ(x′) H_{x′x}/ψ(x) of a wave function ψ, row by row: the energy of a walker at
/// x, its rates −G_{x′x} to other configurations, and one of these, drawn with probabilities proportional to the rates.
///
/// Elements G_{x′x} ≥ 0 are no rates. They count in the energy only: the lattice fixed node (D. F. B. ten Haaf et al., PRB 51,
/// 13039, 1995), whose Hamiltonian has them on its diagonal, with the local energy of H itself.
///
/// The ratios of some configurations at a time are evaluated together, by the wave function's cheapest way. An object owns its
/// scratch; it is not to be shared between threads. Local: no communication.
public final class ImportanceSampledKernel {
    private enum Method {
        case flips(FlipKernelRows)
        case transitions(TransitionKernelRows)
    }

    private let method: Method
    public let siteCount: Int

    /// - Parameters:
    ///   - hamiltonian: H, Hermitian.
    ///   - amplitudes: log ψ of the same number of sites.
    public init(of hamiltonian: any Operator, in amplitudes: any LogAmplitudes) {
        precondition(hamiltonian.siteCount == amplitudes.siteCount, "numbers of sites differ")
        siteCount = hamiltonian.siteCount
        method =
            if let flips = hamiltonian as? any FlipOperator {
                .flips(FlipKernelRows(of: flips, amplitudes))
            } else {
                .transitions(TransitionKernelRows(of: hamiltonian, ratios: amplitudes.makeTransitionRatios()))
            }
    }

    /// The rows of `count` configurations, none of them a node. Where ψ is not finite the energy is not.
    ///
    /// - Parameters:
    ///   - configurations: `count × N` codes of local states, row-major.
    ///   - draws: of each configuration a uniform number in [0, 1) that decides where it goes next.
    public func evaluate(
        _ configurations: UnsafePointer<Int8>, count: Int, draws: UnsafePointer<Double>,
        into rows: UnsafeMutablePointer<KernelRow>
    ) {
        switch method {
        case .flips(let flips): flips.evaluate(configurations, count: count, draws: draws, into: rows)
        case .transitions(let all): all.evaluate(configurations, count: count, draws: draws, into: rows)
        }
    }

    /// Whether `apply` can take a move from a configuration.
    public func isMove(_ move: Int32, from configuration: UnsafePointer<Int8>) -> Bool {
        guard move >= 0 else { return false }
        switch method {
        case .flips(let flips): return Int(move) < flips.flipSetCount
        case .transitions(let all): return Int(move) < all.transitionCount(of: configuration)
        }
    }

    /// Turns the configuration that a row belongs to into the one that its `move` names.
    public func apply(_ move: Int32, to configuration: UnsafeMutablePointer<Int8>) {
        precondition(move >= 0, "there is nowhere to go")
        switch method {
        case .flips(let flips): flips.apply(Int(move), to: configuration)
        case .transitions(let all): all.apply(Int(move), to: configuration)
        }
    }
}
