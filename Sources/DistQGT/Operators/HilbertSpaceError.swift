/// What can be wrong with a Hilbert space, or with what is asked of it.
public enum HilbertSpaceError: Error, Equatable, CustomStringConvertible {
    case noSites(Int)
    case magnetisationTooLarge(magnetisation: Int, siteCount: Int)
    case magnetisationParity(magnetisation: Int, siteCount: Int)
    case totalSzNotHalfInteger(Double)
    case tooManySitesToEnumerate(Int)
    case indexOutOfRange(index: Int, dimension: Int)
    case notInSpace

    public var description: String {
        switch self {
        case .noSites(let count):
            return "a Hilbert space needs at least one site, not \(count)"
        case .magnetisationTooLarge(let magnetisation, let siteCount):
            return "total_sz = \(HilbertSpace.halved(magnetisation)) is impossible with "
                + "\(siteCount) spins: at most \(HilbertSpace.halved(siteCount)) in magnitude"
        case .magnetisationParity(let magnetisation, let siteCount):
            return "total_sz = \(HilbertSpace.halved(magnetisation)) is impossible with "
                + "\(siteCount) spins: it must be "
                + (siteCount % 2 == 0 ? "a whole number" : "half of an odd number")
        case .totalSzNotHalfInteger(let value):
            return "total_sz must be a multiple of 0.5, not \(value)"
        case .tooManySitesToEnumerate(let siteCount):
            return "the basis of \(siteCount) spins is too large to enumerate (at most "
                + "\(HilbertSpace.maximumEnumerableSites) spins)"
        case .indexOutOfRange(let index, let dimension):
            return "basis state \(index) does not exist: the dimension is \(dimension)"
        case .notInSpace:
            return "the configuration is not in this Hilbert space"
        }
    }
}
