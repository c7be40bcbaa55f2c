/// Why lowest energies cannot be computed.
public enum ExactDiagonalisationError: Error, Equatable, CustomStringConvertible {
    case notHermitian
    case siteCountsDiffer(operatorSites: Int, spaceSites: Int)
    case sectorNotConserved(magnetisation: Int)
    case countNotPositive(Int)
    case moreLevelsThanStates(count: Int, dimension: Int)
    case spaceNotInvariant
    case notNumbered(HilbertSpaceError)
    case tooLarge(bytes: Int, limit: Int, dimension: Int)
    /// A state to start from has no amplitudes, or such that are not finite.
    case startVanishes
    case notConverged(iterations: Int, largestResidual: Double, required: Double)

    public var description: String {
        switch self {
        case .notHermitian:
            return "the Hamiltonian is not Hermitian"
        case .siteCountsDiffer(let operatorSites, let spaceSites):
            return "the Hamiltonian acts on \(operatorSites) sites, the Hilbert space has \(spaceSites)"
        case .sectorNotConserved(let magnetisation):
            return "the Hamiltonian does not conserve the magnetisation, so the sector total_sz = "
                + "\(HilbertSpace.halved(magnetisation)) is not invariant; leave total_sz out"
        case .countNotPositive(let count):
            return "at least one level must be asked for, not \(count)"
        case .moreLevelsThanStates(let count, let dimension):
            return "\(count) levels were asked for, the Hilbert space has \(dimension)"
        case .spaceNotInvariant:
            return "the Hamiltonian leads out of the Hilbert space: it does not conserve its sums"
        case .notNumbered(let error):
            return error.description
        case .tooLarge(let bytes, let limit, let dimension):
            return "exact diagonalisation in dimension \(dimension) needs \(bytes) bytes on each rank, "
                + "more than the limit of \(limit)"
        case .startVanishes:
            return "the state to start from is zero, or not finite"
        case .notConverged(let iterations, let largestResidual, let required):
            return "no convergence after \(iterations) block iterations: the largest residual is "
                + "\(largestResidual), required is \(required)"
        }
    }
}
