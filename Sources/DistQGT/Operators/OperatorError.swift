/// What can be wrong with the description of an operator.
public enum OperatorError: Error, Equatable, CustomStringConvertible {
    case noSites(Int)
    case wrongStringLength(paulis: String, siteCount: Int)
    case unknownPauli(letter: Character, paulis: String)
    case coefficientNotFinite(term: String)
    case siteOutOfRange(site: Int, siteCount: Int)
    case siteTwice(site: Int, paulis: String)
    case siteCountsDiffer(operatorSites: Int, spaceSites: Int)

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
        }
    }
}
