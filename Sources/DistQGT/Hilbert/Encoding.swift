/// What a network reads of a configuration: the numbers that stand for the code of each site's local state.
public enum Encoding: String, Sendable, CaseIterable {
    /// One number per site, the code itself: ±1 of a spin 1/2, 2m of any spin, the occupation of a mode.
    case code
    /// One number per local state of each site: 1 for the state the site is in, 0 for the others.
    case oneHot = "one_hot"
    /// One number per fermion mode, its occupation: of sites of spinful fermions those of all modes up, site after site,
    /// then those of all modes down.
    case occupations
}

extension LocalSpace {
    /// Whether the code has bit 0 set where there is an electron with spin up, bit 1 where there is one with spin down.
    public var isOfElectrons: Bool { self == .electrons || self == .singleElectron }
}

extension HilbertSpace {
    /// Whether every site is one of spinful fermions.
    public var isOfElectrons: Bool { localSpaces.allSatisfy(\.isOfElectrons) }

    /// The encoding that networks read unless another one is asked for: codes that are numbers as they are.
    public var defaultEncoding: Encoding { isOfElectrons ? .occupations : .code }

    /// How many numbers the default encoding has for each site: 2 of spinful fermions, the occupations up of all sites first.
    public var numbersPerSite: Int { isOfElectrons ? 2 : 1 }
}

/// An encoding made ready for the sites of a space.
public struct Encoder: Sendable {
    public let encoding: Encoding
    let localSpaces: [LocalSpace]
    /// Of each site the place of its first number.
    private let starts: [Int]
    /// Numbers per configuration.
    public let featureCount: Int
    /// Whether these are the spins ±1 themselves.
    package let readsSpins: Bool

    public var siteCount: Int { localSpaces.count }

    /// - Precondition: occupations of electrons are asked of sites of electrons only.
    public init(_ encoding: Encoding, of space: HilbertSpace) {
        precondition(encoding != .occupations || space.isOfElectrons)
        self.init(encoding, ofSites: space.localSpaces)
    }

    init(_ encoding: Encoding, ofSites localSpaces: [LocalSpace]) {
        self.encoding = encoding
        readsSpins = encoding == .code && localSpaces.allSatisfy { $0 == .spinHalf }
        self.localSpaces = localSpaces
        var (starts, next) = ([Int](), 0)
        for local in localSpaces {
            starts.append(next)
            next += encoding == .oneHot ? local.dimension : 1
        }
        self.starts = starts
        featureCount = encoding == .occupations ? 2 * localSpaces.count : next
    }

    /// The spins ±1 themselves.
    public init(spins count: Int) {
        encoding = .code
        localSpaces = [LocalSpace](repeating: .spinHalf, count: count)
        starts = Array(0..<count)
        featureCount = count
        readsSpins = true
    }

    /// The numbers of whole configurations, one after the other.
    package func encoded(_ codes: [Int8]) -> [Int8] {
        guard encoding != .code, siteCount > 0 else { return codes }
        let count = codes.count / siteCount
        return [Int8](unsafeUninitializedCapacity: count * featureCount) { features, initialised in
            codes.withUnsafeBufferPointer { codes in
                if let codes = codes.baseAddress, let features = features.baseAddress {
                    encode(codes, count: count, into: features)
                }
            }
            initialised = count * featureCount
        }
    }

    /// Writes the numbers of `count` configurations.
    ///
    /// - Parameters:
    ///   - codes: `count × siteCount` codes of local states, row-major.
    ///   - features: `count × featureCount` values, row-major.
    public func encode(_ codes: UnsafePointer<Int8>, count: Int, into features: UnsafeMutablePointer<Int8>) {
        switch encoding {
        case .code: features.update(from: codes, count: count * siteCount)
        case .oneHot: encodeStates(codes, count: count, into: features)
        case .occupations:
            for row in 0..<count {
                let (own, up) = (codes + row * siteCount, features + row * featureCount)
                for site in 0..<siteCount {
                    up[site] = own[site] & 1
                    up[siteCount + site] = own[site] >> 1
                }
            }
        }
    }

    private func encodeStates(
        _ codes: UnsafePointer<Int8>, count: Int, into features: UnsafeMutablePointer<Int8>
    ) {
        features.update(repeating: 0, count: count * featureCount)
        for row in 0..<count {
            for site in 0..<siteCount {
                guard let state = localSpaces[site].index(of: codes[row * siteCount + site]) else { continue }
                features[row * featureCount + starts[site] + state] = 1
            }
        }
    }
}
