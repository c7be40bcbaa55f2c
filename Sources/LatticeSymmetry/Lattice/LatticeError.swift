/// What can be wrong with the description of a lattice.
public enum LatticeError: Error, Equatable, CustomStringConvertible {
    case unknownKind(String)
    case wrongNumberOfExtents(kind: String, expected: Int, found: Int)
    case extentNotPositive(direction: Int, extent: Int)
    case tooManySites(extent: [Int])
    case wrongNumberOfPeriodicFlags(kind: String, expected: Int, found: Int)
    case extentsDoNotDescribeAGraph
    case wrongNumberOfVectors(kind: String, expected: Int, found: [[Int]])
    case dependentVectors([[Int]])
    case clusterTooLarge(vectors: [[Int]], limit: Int)
    case hasNoRows
    case siteCountNotPositive(Int)
    case edgeNotAPair(index: Int, sites: [Int])
    case edgeOutOfRange(first: Int, second: Int, siteCount: Int)
    case selfLoop(site: Int)
    case wrongNumberOfPositions(expected: Int, found: Int)
    case positionOfAnotherDimension(site: Int, expected: Int, found: Int)
    case shellNotPositive(Int)
    case shellDoesNotExist(shell: Int, existing: Int)
    case noCells
    case doesNotFit(cells: Int, direction: Int, extent: Int)
    case wrongNumberOfTwistAngles(kind: String, expected: Int, found: Int)
    case twistNotFinite(direction: Int)
    case twistOfOpenBoundary(direction: Int)
    case twistAmbiguous(shell: Int, direction: Int, extent: Int)

    public var description: String {
        switch self {
        case .unknownKind(let name):
            return "unknown lattice type '\(name)'; known: \(Lattice.kindNames.joined(separator: ", "))"
        case .wrongNumberOfExtents(let kind, let expected, let found):
            return "a \(kind) lattice has \(expected) extent\(expected == 1 ? "" : "s"), \(found) given"
        case .extentNotPositive(let direction, let extent):
            return "the extent in direction \(direction) must be at least 1, not \(extent)"
        case .tooManySites(let extent):
            return "the number of sites of extents \(extent) does not fit an integer"
        case .wrongNumberOfPeriodicFlags(let kind, let expected, let found):
            return "periodic boundaries of a \(kind) lattice are one value or \(expected), "
                + "one per direction; \(found) given"
        case .extentsDoNotDescribeAGraph:
            return "a graph is given by its edges, not by extents"
        case .wrongNumberOfVectors(let kind, let expected, let found):
            return
                "a cluster of a \(kind) lattice is spanned by \(expected) vector\(expected == 1 ? "" : "s") of \(expected) "
                + "component\(expected == 1 ? "" : "s"), not by \(found)"
        case .dependentVectors(let vectors):
            return "the vectors \(vectors) span nothing: they are linearly dependent"
        case .clusterTooLarge(let vectors, let limit):
            return "the vectors \(vectors) span more than \(limit) cells"
        case .hasNoRows:
            return
                "a cluster that vectors span has no rows of cells along the lattice vectors, which this needs; accepted: "
                + "lattice.extent in place of lattice.vectors"
        case .siteCountNotPositive(let count):
            return "the number of sites must be at least 1, not \(count)"
        case .edgeNotAPair(let index, let sites):
            return "edge \(index) must be a pair of sites, found \(sites)"
        case .edgeOutOfRange(let first, let second, let siteCount):
            return "edge [\(first), \(second)] leaves the sites 0 to \(siteCount - 1)"
        case .selfLoop(let site):
            return "edge [\(site), \(site)] joins a site to itself"
        case .wrongNumberOfPositions(let expected, let found):
            return "\(found) positions for \(expected) sites"
        case .positionOfAnotherDimension(let site, let expected, let found):
            return "the position of site \(site) has \(found) coordinates, that of site 0 has \(expected)"
        case .shellNotPositive(let shell):
            return "neighbour shells are numbered from 1 (nearest), not \(shell)"
        case .shellDoesNotExist(let shell, let existing):
            return
                "neighbour shell \(shell) does not exist: no two sites of this graph are more than \(existing) edges apart"
        case .noCells:
            return "a graph has no cells, which this needs; accepted: any other lattice"
        case .doesNotFit(let cells, let direction, let extent):
            return "\(cells) cell\(cells == 1 ? "" : "s") in direction \(direction) do not suit its extent of \(extent)"
        case .wrongNumberOfTwistAngles(let kind, let expected, let found):
            return "a twist on a \(kind) lattice has \(expected) angle\(expected == 1 ? "" : "s"), one per direction; "
                + "\(found) given"
        case .twistNotFinite(let direction):
            return "the twist in direction \(direction) is not a finite number"
        case .twistOfOpenBoundary(let direction):
            return "direction \(direction) has an open boundary, which cannot be twisted"
        case .twistAmbiguous(let shell, let direction, let extent):
            return
                "an extent of \(extent) in direction \(direction) is too short for a twist: bonds of shell \(shell) lead "
                + "from one site to the other both ways round"
        }
    }
}
