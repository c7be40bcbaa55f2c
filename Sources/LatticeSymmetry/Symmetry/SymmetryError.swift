/// What can be wrong with a symmetry group or with a request for one of its representations.
public enum SymmetryError: Error, Equatable, CustomStringConvertible {
    case wrongNumberOfMomentumComponents(expected: Int, found: Int)
    /// Along an open direction there are no translations.
    case momentumAlongOpenDirection(direction: Int, component: Int)
    /// A representation of a group without translations.
    case momentumWithoutTranslations
    case unknownIrrep(name: String, known: [String])
    case irrepOutOfRange(index: Int, known: [String])
    /// Elements that leave every site in place, but for which the character is not 1: every function of
    /// the sector vanishes.
    case emptySector(element: Int)
    case notAPermutation(element: Int)
    case identityNotFirst
    case tableOfWrongSize(name: String, expected: Int)
    case notInverse(element: Int)
    case notTheQuotient(left: Int, right: Int)

    public var description: String {
        switch self {
        case .wrongNumberOfMomentumComponents(let expected, let found):
            return "a momentum has \(expected) component\(expected == 1 ? "" : "s"), one per direction; \(found) given"
        case .momentumAlongOpenDirection(let direction, let component):
            return
                "the boundary in direction \(direction) is open, so that component of the momentum is 0, not \(component)"
        case .momentumWithoutTranslations:
            return "this group has no translations, and its representations no momentum"
        case .unknownIrrep(let name, let known):
            return "there is no one-dimensional representation '\(name)' here; known: \(known.joined(separator: ", "))"
        case .irrepOutOfRange(let index, let known):
            return "representation \(index) does not exist; known: "
                + known.enumerated().map { "\($0) (\($1))" }.joined(separator: ", ")
        case .emptySector(let element):
            return "element \(element) of the group leaves every site in place, but its character is not 1: "
                + "no wave function transforms like this"
        case .notAPermutation(let element): return "element \(element) is not a permutation of the sites"
        case .identityNotFirst: return "element 0 is not the identity"
        case .tableOfWrongSize(let name, let expected): return "\(name) does not have \(expected) entries"
        case .notInverse(let element): return "the inverse of element \(element) is not its inverse"
        case .notTheQuotient(let left, let right):
            return
                "the product table's entry [\(left), \(right)] is not the inverse of element \(left) times element \(right)"
        }
    }
}
