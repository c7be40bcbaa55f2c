import LinearAlgebra

/// A symmetric positive definite approximation of a map's inverse, which makes an iteration shorter.
public protocol Preconditioner<Vector> {
    associatedtype Vector: InnerProductVector

    /// z ← M⁻¹ r. Local; r and z are different vectors.
    func apply(_ r: Vector, into z: Vector)
}
