import Communication
import DistQGT

/// Where a report takes exact energies from.
struct ExactEnergySearch {
    /// Bases up to this dimension are diagonalised for a report: about a second.
    static let largestDimension = 1 << 16

    /// By problem, so that runs of one problem share one calculation.
    private var found: [String: Double?] = [:]
    private(set) var notes: [String] = []

    /// The lowest energy of a configuration's problem, or the sum of as many as states are sought together; nil where it is too large to be computed here. Collective.
    ///
    /// - Parameters:
    ///   - text: config.yaml.
    ///   - name: what notes call the run.
    mutating func energy(of text: String, name: String, on world: Communicator) throws -> Double? {
        let configuration: Configuration
        do {
            configuration = try Configuration(ConfigurationNode(yaml: text, source: name), for: .exactDiagonalisation)
        } catch let error as ConfigurationError {
            notes.append("\(name): no exact energy, because its configuration cannot be read: \(error)")
            return nil
        }
        let problem = configuration.problem
        guard let dimension = problem.space.dimension, dimension <= Self.largestDimension else { return nil }
        let resolved = configuration.resolved
        let key = [
            resolved["lattice"], resolved["hilbert"], resolved["hamiltonian"], resolved["sampler"]?["total_sz"],
            resolved["states"],
        ]
        .map { $0?.json.description ?? "" }.joined(separator: " ")
        if let known = found[key] { return known }
        var energy: Double?
        do {
            energy = try ExactDiagonalisation.lowestEnergies(
                of: problem.hamiltonian, in: problem.space, count: configuration.ensemble.count, communicator: world
            ).energies.reduce(0, +)
        } catch let error as ExactDiagonalisationError {
            // Follows from reduced numbers: every rank throws it.
            notes.append("\(name): no exact energy: \(error)")
        }
        found[key] = .some(energy)
        return energy
    }
}
