/// What can be wrong with the description of an operator.
public enum OperatorError: Error, Equatable, CustomStringConvertible {
    case noSites(Int)
    case wrongStringLength(paulis: String, siteCount: Int)
    case unknownPauli(letter: Character, paulis: String)
    case coefficientNotFinite(term: String)
    case siteOutOfRange(site: Int, siteCount: Int)
    case siteTwice(site: Int, paulis: String)
    case siteCountsDiffer(operatorSites: Int, spaceSites: Int)
    case unknownFermionOperator(token: String, string: String)
    case spinOfSpinless(token: String)
    case modeOutOfRange(mode: String, modeCount: Int)
    case bondOfOneSite(Int)
    case wrongNumberOfCoefficients(name: String, found: Int, expected: Int)
    case localStatesDiffer
    case meanNotKnown(HilbertSpaceError)
    case localStatesWithoutCodes
    case siteTwiceInTerm(site: Int, term: Int)
    case matrixTooLarge(term: Int)
    case wrongMatrixSize(term: Int, found: Int, dimension: Int)
    case elementOutOfRange(term: Int, row: Int, column: Int, dimension: Int)

    public var description: String {
        switch self {
        case .noSites(let count):
            return "an operator needs at least one site, not \(count)"
        case .wrongStringLength(let paulis, let siteCount):
            return "Pauli string '\(paulis)' has \(paulis.count) letters for \(siteCount) sites"
        case .unknownPauli(let letter, let paulis):
            return "unknown letter '\(letter)' in Pauli string '\(paulis)'; known: I, X, Y, Z"
        case .coefficientNotFinite(let term):
            return "the coefficient of \(term) is not a finite number"
        case .siteOutOfRange(let site, let siteCount):
            return "site \(site) is not one of the sites 0 to \(siteCount - 1)"
        case .siteTwice(let site, let paulis):
            return "site \(site) stands twice among the sites of Pauli string '\(paulis)'"
        case .siteCountsDiffer(let operatorSites, let spaceSites):
            return "the operator acts on \(operatorSites) sites, the Hilbert space has \(spaceSites)"
        case .unknownFermionOperator(let token, let string):
            return
                "unknown operator '\(token)' in '\(string)'; known: the number of a mode, or a site with its spin (3up, 3down), "
                + "followed by ^ for creation"
        case .spinOfSpinless(let token):
            return "'\(token)' names a spin, and these fermions have none"
        case .modeOutOfRange(let mode, let modeCount):
            return "mode \(mode) is not one of the modes 0 to \(modeCount - 1)"
        case .bondOfOneSite(let site):
            return "bond [\(site), \(site)] joins a site to itself"
        case .wrongNumberOfCoefficients(let name, let found, let expected):
            return "\(name) has \(found) values for \(expected) terms"
        case .localStatesDiffer:
            return "the operator acts on other local states than those of the Hilbert space"
        case .meanNotKnown(let error):
            return "the mean of the operator's diagonal is not known: \(error)"
        case .localStatesWithoutCodes:
            return "a site must have 2 to \(LocalSpace.largestCode + 1) local states"
        case .siteTwiceInTerm(let site, let term):
            return "site \(site) stands twice among the sites of term \(term)"
        case .matrixTooLarge(let term):
            return "the sites of term \(term) have too many states together"
        case .wrongMatrixSize(let term, let found, let dimension):
            return "the matrix of term \(term) has \(found) elements; its sites take \(dimension) x \(dimension)"
        case .elementOutOfRange(let term, let row, let column, let dimension):
            return "element (\(row), \(column)) of term \(term) is not one of \(dimension) x \(dimension)"
        }
    }
}
