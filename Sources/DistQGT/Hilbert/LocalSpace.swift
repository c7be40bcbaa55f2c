/// What one site (or one mode) can be: its local states, in the order of the basis.
///
/// A configuration stores the *code* of each site's local state, an `Int8` that says what the state is: 2m of a spin,
/// the occupation of a mode. The codes of spins 1/2 are +1 and −1.
public enum LocalSpace: Hashable, Sendable {
    /// A spin s, `doubled` = 2s = 1 … 127: codes 2m = 2s, 2s − 2, …, −2s, up before down.
    case spin(doubled: Int)
    /// Bosons, at most `maximum` = 1 … 127 of them: codes 0, 1, …, `maximum`.
    case bosons(maximum: Int)
    /// A fermion mode: codes 0 and 1.
    case mode
    /// A site of spinful fermions: codes 0 (empty), 1 (up), 2 (down), 3 (both).
    case electrons
    /// A site of spinful fermions without double occupancy, as in the t-J model: codes 0 (empty), 1 (up), 2 (down).
    case singleElectron

    public static let spinHalf = LocalSpace.spin(doubled: 1)

    /// The largest 2s and the largest number of bosons that a code can tell.
    static let largestCode = 127

    /// d, the number of local states; meaningful where `isValid`.
    public var dimension: Int {
        switch self {
        case .spin(let doubled): doubled + 1
        case .bosons(let maximum): maximum + 1
        case .mode: 2
        case .electrons: 4
        case .singleElectron: 3
        }
    }

    /// Whether there are at least two local states, and codes for all of them.
    var isValid: Bool {
        switch self {
        case .spin(let most), .bosons(let most): (1...Self.largestCode).contains(most)
        case .mode, .electrons, .singleElectron: true
        }
    }

    /// The code of local state `index`.
    @inline(__always)
    public func code(at index: Int) -> Int8 {
        switch self {
        case .spin(let doubled): Int8(truncatingIfNeeded: doubled - 2 * index)
        case .bosons, .mode, .electrons, .singleElectron: Int8(truncatingIfNeeded: index)
        }
    }

    /// The local state with a code; nil where there is none.
    @inline(__always)
    public func index(of code: Int8) -> Int? {
        switch self {
        case .spin(let doubled):
            let twice = doubled - Int(code)
            return twice & 1 == 0 && twice >= 0 && twice <= 2 * doubled ? twice / 2 : nil
        case .bosons, .mode, .electrons, .singleElectron:
            return code >= 0 && Int(code) < dimension ? Int(code) : nil
        }
    }

    /// The codes of all local states, in order.
    public var codes: [Int8] { (0..<dimension).map(code) }
}
