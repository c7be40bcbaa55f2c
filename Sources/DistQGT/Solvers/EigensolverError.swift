/// Why eigenvalues cannot be computed. A rank may throw it alone.
enum EigensolverError: Error, Equatable, CustomStringConvertible {
    case orthogonalityLost
    case lapack(routine: String, code: Int)

    var description: String {
        switch self {
        case .orthogonalityLost:
            "the Krylov basis could not be kept orthonormal; is an element of the matrix not finite?"
        case .lapack(let routine, let code):
            "LAPACK's \(routine) failed with code \(code)"
        }
    }
}
