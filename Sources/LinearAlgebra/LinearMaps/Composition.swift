/// The composition B∘A of two linear maps; its transpose is Aᵀ∘Bᵀ. Owns the vector in between.
public struct Composition<Outer: LinearMap, Inner: LinearMap>: LinearMap
where Outer.Domain == Inner.Codomain {
    public let outer: Outer
    public let inner: Inner
    private let between: Inner.Codomain

    public init(_ outer: Outer, after inner: Inner) {
        self.outer = outer
        self.inner = inner
        between = inner.makeCodomainVector()
    }

    public func makeDomainVector() -> Inner.Domain { inner.makeDomainVector() }
    public func makeCodomainVector() -> Outer.Codomain { outer.makeCodomainVector() }

    public func apply(_ x: Inner.Domain, into y: Outer.Codomain) throws {
        try inner.apply(x, into: between)
        try outer.apply(between, into: y)
    }

    public func applyTransposed(_ y: Outer.Codomain, into x: Inner.Domain) throws {
        try outer.applyTransposed(y, into: between)
        try inner.applyTransposed(between, into: x)
    }
}

extension LinearMap {
    /// `outer ∘ self`.
    public func followed<Outer: LinearMap>(by outer: Outer) -> Composition<Outer, Self>
    where Outer.Domain == Codomain {
        Composition(outer, after: self)
    }
}
