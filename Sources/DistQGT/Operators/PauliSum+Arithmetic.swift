import Numerics

extension PauliSum {
    /// The sum of two operators on the same sites; equal strings are added.
    ///
    /// - Precondition: the numbers of sites are equal.
    public func adding(_ other: PauliSum) -> PauliSum {
        precondition(other.siteCount == siteCount, "numbers of sites differ")
        var accumulated = Dictionary(uniqueKeysWithValues: zip(supports, elements))
        for (support, element) in zip(other.supports, other.elements) {
            accumulated[support, default: .zero] += element
        }
        return PauliSum(siteCount: siteCount, accumulated: accumulated)
    }

    /// The operator in a basis that is turned by half a turn about z on some sites: σˣ_i becomes ε_i σˣ_i, σʸ_i
    /// becomes ε_i σʸ_i, and σᶻ_i stays. Marshall's sign rule is such a rotation.
    ///
    /// - Parameter signs: ε_i = ±1 of every site.
    public func rotated(by signs: [Int]) -> PauliSum {
        precondition(signs.count == siteCount, "one sign per site")
        var turned = PauliSupport(siteCount: siteCount)
        for (site, sign) in signs.enumerated() where sign < 0 { turned.setX(site) }
        var rotated: [PauliSupport: Complex<Double>] = [:]
        rotated.reserveCapacity(supports.count)
        for (support, element) in zip(supports, elements) {
            let count = zip(support.flips, turned.flips).reduce(0) { $0 + ($1.0 & $1.1).nonzeroBitCount }
            rotated[support] = count % 2 == 0 ? element : -element
        }
        return PauliSum(siteCount: siteCount, accumulated: rotated)
    }
}
