import LinearAlgebra

/// A symmetric positive definite approximation of a map's inverse, which makes an iteration shorter.
public protocol Preconditioner<Vector> {
    associatedtype Vector: InnerProductVector

    /// z ← M⁻¹ r. Local; r and z are different vectors.
    func apply(_ r: Vector, into z: Vector)
    /// Conjugate gradients begin, or begin again; `scale` is a bound on the length of what comes. Local.
    func begins(scale: Double)
    /// An iteration has changed the solution by `step` times its direction; ⟨r, M⁻¹r⟩ is `ratio` times what it was. Local.
    func advanced(step: Double, ratio: Double)
}

extension Preconditioner {
    public func begins(scale: Double) {}
    public func advanced(step: Double, ratio: Double) {}
}
