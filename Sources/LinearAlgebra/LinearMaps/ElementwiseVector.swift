/// What a diagonal map needs of a vector, beside its inner products.
public protocol ElementwiseVector: InnerProductVector {
    /// self ← a ∘ b, entry by entry; either may be self. Local.
    func assign(product a: Self, _ b: Self)
    /// The largest |xᵢ|. Collective where the vector is sharded over ranks, local where it is replicated.
    func largestMagnitude() throws -> Double
    /// xᵢ ← 1/max(xᵢ, bound). Local.
    ///
    /// - Precondition: `bound` is positive.
    func invert(atLeast bound: Double)
}
