/// What can be wrong with a Hilbert space, or with what is asked of it.
public enum HilbertSpaceError: Error, Equatable, CustomStringConvertible {
    case noSites(Int)
    case magnetisationTooLarge(magnetisation: Int, siteCount: Int)
    case magnetisationParity(magnetisation: Int, siteCount: Int)
    case totalSzNotHalfInteger(Double)
    case totalSzTooLarge(magnetisation: Int, largest: Int)
    case totalSzParity(magnetisation: Int, largest: Int)
    case particlesDoNotFit(name: String, count: Int, most: Int)
    case localStatesWithoutCodes(site: Int)
    case sumDoesNotFit(number: Int)
    case totalOutOfReach(number: Int, total: Int)
    case noStates
    case tooManyStatesToNumber(siteCount: Int)
    case tooManyPartialSums(siteCount: Int)
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
        case .totalSzTooLarge(let magnetisation, let largest):
            return "total_sz = \(HilbertSpace.halved(magnetisation)) is impossible with these spins: at most "
                + "\(HilbertSpace.halved(largest)) in magnitude"
        case .totalSzParity(let magnetisation, let largest):
            return "total_sz = \(HilbertSpace.halved(magnetisation)) is impossible with these spins: it must be "
                + (largest % 2 == 0 ? "a whole number" : "half of an odd number")
        case .particlesDoNotFit(let name, let count, let most):
            return "\(name) = \(count) is impossible: it must be 0 to \(most)"
        case .localStatesWithoutCodes(let site):
            return "site \(site) must have 2 to \(LocalSpace.largestCode + 1) local states"
        case .sumDoesNotFit(let number):
            return
                "conserved sum \(number) does not fit the sites: they must be distinct, and each must have one value "
                + "for each of its local states"
        case .totalOutOfReach(let number, let total):
            return "no configuration has the total \(total) of conserved sum \(number)"
        case .noStates:
            return "no configuration has all the conserved sums together"
        case .tooManyStatesToNumber(let siteCount):
            return "the basis of \(siteCount) sites is too large to number: it has more than 2^63 - 1 states"
        case .tooManyPartialSums(let siteCount):
            return "the basis of \(siteCount) sites is too large to number: its conserved sums take too many values"
        case .indexOutOfRange(let index, let dimension):
            return "basis state \(index) does not exist: the dimension is \(dimension)"
        case .notInSpace:
            return "the configuration is not in this Hilbert space"
        }
    }
}
