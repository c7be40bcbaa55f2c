import Communication
import DistQGT

/// Exact levels for the comparison with a file, with the errors of exact diagonalisation as errors of the file.
enum ExactReference {
    /// Couplings above this one are refused: their products have to stay numbers.
    private static let largestCoupling = 1e100

    /// - Throws: `ConfigurationError` where a problem cannot be diagonalised, whatever the ranks.
    static func validate(_ problem: Problem, _ root: ReferenceValue) throws {
        let hamiltonian = try root.required("hamiltonian")
        guard problem.hamiltonian.isHermitian else { throw hamiltonian.error("is not Hermitian") }
        guard problem.hamiltonian.conserves(problem.space) else {
            throw hamiltonian.error(
                problem.space.isOfSpinsHalf ? "does not conserve total S^z" : "leads out of the sector")
        }
        guard problem.space.dimension != nil else {
            throw root.error("\(problem.siteCount) sites have too many states for exact diagonalisation")
        }
        let bound = problem.hamiltonian.energyBound
        guard abs(bound.centre) + bound.radius <= largestCoupling else {
            throw hamiltonian.error("has couplings beyond \(largestCoupling)")
        }
    }

    /// The lowest `count` levels, or as many as there are. Collective; the same on every rank.
    ///
    /// - Throws: `ConfigurationError` on every rank where the space is too large.
    static func lowestEnergies(
        of problem: Problem, count: Int, for root: ReferenceValue, on world: Communicator
    ) throws -> (energies: [Double], dimension: Int) {
        let dimension = problem.space.dimension ?? .max
        do {
            let result = try ExactDiagonalisation.lowestEnergies(
                of: problem.hamiltonian, in: problem.space, count: min(count, dimension), communicator: world)
            return (result.energies, result.dimension)
        } catch let error as ExactDiagonalisationError {
            switch error {
            case .notConverged:
                // Decided by rank 0's numbers, on every rank alike: there are no levels to compare.
                return ([Double](repeating: .nan, count: min(count, dimension)), dimension)
            default:
                throw root.error(error.description)
            }
        }
    }
}
