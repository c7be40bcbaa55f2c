/// A real-linear map A between two inner-product spaces, with its adjoint Aᵀ in the real pairing.
///
/// Both directions write into the caller's vector. Whether a call is local or collective is stated by
/// each map. Every map passes the dot test ⟨Ax, y⟩ = ⟨x, Aᵀy⟩ (`dotTest`).
public protocol LinearMap {
    associatedtype Domain: InnerProductVector
    associatedtype Codomain: InnerProductVector

    func makeDomainVector() -> Domain
    func makeCodomainVector() -> Codomain
    /// y ← A x.
    func apply(_ x: Domain, into y: Codomain) throws
    /// x ← Aᵀ y.
    func applyTransposed(_ y: Codomain, into x: Domain) throws
}

/// A symmetric map that a distributed iteration is run on. One flag of rank 0 rides in the message
/// of each product, so that what decides is decided once, at no extra collective: on return `stopFlag`
/// holds rank 0's value on every rank.
public protocol SymmetricMap: LinearMap where Domain == Codomain {
    func apply(_ x: Domain, into y: Domain, stopFlag: inout Double) throws
    /// Rank 0's value, on every rank. One scalar broadcast where the map is distributed.
    func valueOfFirstRank(_ value: Double) throws -> Double
}

extension SymmetricMap {
    public func apply(_ x: Domain, into y: Domain) throws {
        var stopFlag = 0.0
        try apply(x, into: y, stopFlag: &stopFlag)
    }
    public func applyTransposed(_ y: Domain, into x: Domain) throws { try apply(y, into: x) }
    public func valueOfFirstRank(_ value: Double) throws -> Double { value }
}
