/// What a network reads of a configuration: the numbers that stand for the code of each site's local state.
public enum Encoding: String, Sendable, CaseIterable {
    /// One number per site, the code itself: ±1 of a spin 1/2, 2m of any spin, the occupation of a mode.
    case code
    /// One number per local state of each site: 1 for the state the site is in, 0 for the others.
    case oneHot = "one_hot"
}

/// An encoding made ready for the sites of a space.
public struct Encoder: Sendable {
    public let encoding: Encoding
    private let localSpaces: [LocalSpace]
    /// Of each site the place of its first number.
    private let starts: [Int]
    /// Numbers per configuration.
    public let featureCount: Int

    public var siteCount: Int { localSpaces.count }

    public init(_ encoding: Encoding, of space: HilbertSpace) {
        self.encoding = encoding
        localSpaces = space.localSpaces
        var (starts, next) = ([Int](), 0)
        for local in space.localSpaces {
            starts.append(next)
            next += encoding == .oneHot ? local.dimension : 1
        }
        self.starts = starts
        featureCount = next
    }

    /// Writes the numbers of `count` configurations.
    ///
    /// - Parameters:
    ///   - codes: `count × siteCount` codes of local states, row-major.
    ///   - features: `count × featureCount` values, row-major.
    public func encode(_ codes: UnsafePointer<Int8>, count: Int, into features: UnsafeMutablePointer<Int8>) {
        guard encoding == .oneHot else {
            features.update(from: codes, count: count * siteCount)
            return
        }
        features.update(repeating: 0, count: count * featureCount)
        for row in 0..<count {
            for site in 0..<siteCount {
                guard let state = localSpaces[site].index(of: codes[row * siteCount + site]) else { continue }
                features[row * featureCount + starts[site] + state] = 1
            }
        }
    }
}
