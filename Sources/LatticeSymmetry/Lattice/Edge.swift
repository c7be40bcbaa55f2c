/// A bond: an unordered pair of different sites, stored with `first < second`.
public struct Edge: Hashable, Sendable, Comparable {
    public let first: Int
    public let second: Int

    /// The bond between two different sites, in either order.
    ///
    /// - Precondition: the sites differ; input from outside is checked by its reader, which throws
    ///   `LatticeError.selfLoop`.
    public init(_ site: Int, _ other: Int) {
        precondition(site != other, "a site is not its own neighbour")
        first = min(site, other)
        second = max(site, other)
    }

    public static func < (left: Edge, right: Edge) -> Bool {
        left.first != right.first ? left.first < right.first : left.second < right.second
    }
}
