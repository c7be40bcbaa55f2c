import LinearAlgebra

/// The inverse of a map's diagonal (Jacobi): takes out what the scales of single unknowns do to the condition
/// number.
///
/// The preconditioner only has to be positive: entries of the diagonal below `floor` times the largest, those of
/// unknowns that nothing depends on among them, count as that bound, so that rounding in them is not blown up.
public struct JacobiPreconditioner<Vector: ElementwiseVector>: Preconditioner {
    /// What is small against the largest entry of a diagonal.
    public static var floor: Double { 1e-12 }

    public let inverse: Vector

    /// Collective where `Vector` is sharded over ranks: one scalar-sized allreduce. Local otherwise.
    ///
    /// - Parameter diagonal: of the map that is solved with, its shift included; no entry is negative.
    public init(diagonal: Vector) throws {
        inverse = diagonal.makeZero()
        inverse.assign(from: diagonal)
        let largest = try diagonal.largestMagnitude()
        inverse.invert(atLeast: largest > 0 ? Self.floor * largest : 1)
    }

    public func apply(_ r: Vector, into z: Vector) { z.assign(product: inverse, r) }
}
