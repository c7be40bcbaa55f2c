/// A state of spins 1/2 in which each site is by itself.
public enum ProductState: String, Sendable, CaseIterable {
    /// Every spin along +x: all amplitudes are equal.
    case xUp = "x_up"
    /// Every spin along +z.
    case zUp = "z_up"

    /// Whether the state lies in a space of spins 1/2.
    public func isIn(_ space: HilbertSpace) -> Bool {
        guard space.isOfSpinsHalf else { return false }
        switch self {
        case .xUp: return space.magnetisation == nil
        case .zUp: return space.magnetisation == nil || space.magnetisation == space.siteCount
        }
    }

    /// The amplitudes of configurations, (re, im) in turn, not normalised. Local.
    public func amplitudes(of configurations: Configurations) -> [Double] {
        (0..<configurations.count).flatMap { row -> [Double] in
            switch self {
            case .xUp: [1, 0]
            case .zUp: [configurations[row: row].allSatisfy { $0 == 1 } ? 1 : 0, 0]
            }
        }
    }
}
