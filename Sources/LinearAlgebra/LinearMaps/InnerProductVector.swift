/// What an iterative solver needs of a vector: the real inner product ⟨x, y⟩ = Re Σ x̄ᵢyᵢ and
/// linear combinations, in place.
public protocol InnerProductVector: AnyObject {
    /// A zero vector of the same space.
    func makeZero() -> Self
    func assign(from other: Self)
    func setToZero()
    /// self ← self + factor · other.
    func add(_ factor: Double, times other: Self)
    /// self ← factor · self + other.
    func scale(by factor: Double, adding other: Self)
    func scale(by factor: Double)
    /// ⟨self, other⟩. Collective where the vector is sharded over ranks, local where it is replicated.
    func dot(_ other: Self) throws -> Double
    /// ⟨x, y⟩ of each pair, in one message where the vectors are sharded.
    static func dots(_ pairs: [(Self, Self)]) throws -> [Double]
    /// Sets every entry to a standard normal deviate (for tests and probes).
    func fillWithNormalDeviates(using generator: inout some RandomNumberGenerator)
}

extension InnerProductVector {
    /// √⟨x, x⟩.
    public func norm() throws -> Double { try dot(self).squareRoot() }
    public static func dots(_ pairs: [(Self, Self)]) throws -> [Double] { try pairs.map { try $0.dot($1) } }
}
