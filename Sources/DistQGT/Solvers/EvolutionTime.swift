/// Along which time a state evolves.
public enum EvolutionTime: String, Sendable, CaseIterable {
    /// i ∂ψ/∂t = H ψ.
    case real
    /// ∂ψ/∂τ = −(H − ⟨H⟩) ψ.
    case imaginary
}
