import Communication

/// A projection that cannot go on, or cannot be. The same on every rank.
public enum ProjectionError: CollectiveError, Equatable, CustomStringConvertible {
    /// Elements of ψ(x′) H_{x′x}/ψ(x) have phases; the largest share of imaginary parts in a row.
    case complexKernel(share: Double)
    /// Local energies or ratios of amplitudes are not numbers.
    case notFinite(generation: Int)
    /// A population of other numbers than the one that was stored.
    case otherPopulation(String)

    public var description: String {
        switch self {
        case .complexKernel(let share):
            "the importance-sampled Hamiltonian psi(x') H_x'x/psi(x) is complex (imaginary parts are \(share) of a row): its "
                + "elements are no rates; accepted: a wave function and a Hamiltonian whose products H_xx' psi(x')/psi(x) are "
                + "real, up to signs"
        case .notFinite(let generation):
            "local energies are not finite in generation \(generation) of the projection"
        case .otherPopulation(let reason):
            "the stored walkers do not fit this projection: \(reason)"
        }
    }
}
