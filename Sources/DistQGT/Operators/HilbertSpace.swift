/// N spins 1/2, all configurations or those of a fixed magnetisation.
///
/// The basis is ordered with site 0 slowest and up before down: first all spins up, then the last
/// site flipped, and so on. Reading up as 0, down as 1 and site 0 as the leading digit, it ascends
/// as binary numbers; a sector of fixed magnetisation keeps that order.
public struct HilbertSpace: Sendable, Equatable {
    /// Basis states are numbered, and configurations are packed into an `Int`, up to this many spins.
    public static let maximumEnumerableSites = 62

    public let siteCount: Int
    /// Σ_i s_i = 2·total_sz, or `nil` for the whole space.
    public let magnetisation: Int?
    /// Number of basis states; `Int.max` where `canBeEnumerated` is false.
    public let dimension: Int

    /// - Parameter magnetisation: Σ_i s_i, or `nil` for the whole space.
    /// - Throws: `HilbertSpaceError` for a magnetisation that N spins cannot have.
    public init(siteCount: Int, magnetisation: Int? = nil) throws(HilbertSpaceError) {
        guard siteCount > 0 else { throw .noSites(siteCount) }
        if let magnetisation {
            guard magnetisation.magnitude <= UInt(siteCount) else {
                throw .magnetisationTooLarge(magnetisation: magnetisation, siteCount: siteCount)
            }
            guard (siteCount - magnetisation) % 2 == 0 else {
                throw .magnetisationParity(magnetisation: magnetisation, siteCount: siteCount)
            }
        }
        self.siteCount = siteCount
        self.magnetisation = magnetisation
        if siteCount > HilbertSpace.maximumEnumerableSites {
            dimension = .max
        } else if let magnetisation {
            dimension = Binomials.choose(siteCount, (siteCount - magnetisation) / 2)
        } else {
            dimension = 1 << siteCount
        }
    }

    /// - Parameter totalSz: Σ_i s_i / 2, a multiple of 1/2, or `nil` for the whole space.
    /// - Throws: `HilbertSpaceError` for a value that N spins cannot have.
    public init(siteCount: Int, totalSz: Double?) throws(HilbertSpaceError) {
        guard let totalSz else {
            try self.init(siteCount: siteCount)
            return
        }
        guard let magnetisation = Int(exactly: 2 * totalSz) else {
            throw .totalSzNotHalfInteger(totalSz)
        }
        try self.init(siteCount: siteCount, magnetisation: magnetisation)
    }

    /// Number of spins that are down in every configuration; `nil` for the whole space.
    public var downCount: Int? { magnetisation.map { (siteCount - $0) / 2 } }

    /// Whether basis states can be numbered.
    public var canBeEnumerated: Bool { siteCount <= HilbertSpace.maximumEnumerableSites }

    /// Whether N values are ±1 and have this magnetisation.
    public func contains(_ spins: some Collection<Int8>) -> Bool {
        var sum = 0
        for spin in spins {
            guard spin == 1 || spin == -1 else { return false }
            sum += Int(spin)
        }
        return spins.count == siteCount && (magnetisation == nil || sum == magnetisation)
    }

    /// The configuration number `index` of the basis.
    ///
    /// - Throws: `HilbertSpaceError.indexOutOfRange`, `.tooManySitesToEnumerate`.
    public func spins(at index: Int) throws(HilbertSpaceError) -> [Int8] {
        guard index >= 0, index < dimension else {
            throw .indexOutOfRange(index: index, dimension: dimension)
        }
        return try configurations(in: index..<index + 1).spins
    }

    /// The place of a configuration in the basis.
    ///
    /// - Throws: `HilbertSpaceError.notInSpace`, `.tooManySitesToEnumerate`.
    public func index(of spins: some Collection<Int8>) throws(HilbertSpaceError) -> Int {
        guard canBeEnumerated else { throw .tooManySitesToEnumerate(siteCount) }
        guard contains(spins) else { throw .notInSpace }
        return rank(of: spins.reduce(0) { ($0 << 1) | ($1 < 0 ? 1 : 0) })
    }

    /// The configurations of a contiguous range of the basis, in order.
    ///
    /// - Throws: `HilbertSpaceError.indexOutOfRange`, `.tooManySitesToEnumerate`.
    public func configurations(in range: Range<Int>) throws(HilbertSpaceError) -> Configurations {
        guard canBeEnumerated else { throw .tooManySitesToEnumerate(siteCount) }
        guard range.lowerBound >= 0, range.upperBound <= dimension else {
            throw .indexOutOfRange(
                index: range.lowerBound < 0 ? range.lowerBound : range.upperBound - 1,
                dimension: dimension)
        }
        guard !range.isEmpty else { return Configurations(siteCount: siteCount) }
        let spins = [Int8](unsafeUninitializedCapacity: range.count * siteCount) { buffer, count in
            var state = self.state(at: range.lowerBound)
            for row in 0..<range.count {
                for site in 0..<siteCount {
                    let down = (state >> UInt64(siteCount - 1 - site)) & 1
                    buffer[row * siteCount + site] = 1 - 2 * Int8(truncatingIfNeeded: down)
                }
                if row + 1 < range.count { state = next(after: state) }
            }
            count = range.count * siteCount
        }
        return Configurations(siteCount: siteCount, spins: spins)
    }

    /// `total_sz` as text, from a magnetisation.
    static func halved(_ magnetisation: Int) -> String {
        magnetisation % 2 == 0 ? "\(magnetisation / 2)" : "\(Double(magnetisation) / 2)"
    }
}
