/// Which fermions there are, and how the numbers that the tape reads say where.
///
/// Modes are in one order everywhere: of spinful fermions mode i is up on site i and mode N + i down on site i; of
/// spinless ones mode i is site i. A product of creation operators in ascending order, the lowest mode leftmost, makes
/// a basis state. Spins 1/2 are one fermion on each site, and their basis states are such products in the order of
/// sites: `signs` has the sign between the two.
public struct FermionSector: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case spinless
        /// The tape reads 2N occupations.
        case spinful
        /// The tape reads N spins ±1.
        case spinsHalf
    }

    /// Fermions with spin up, and with spin down. Spinless ones count as up.
    public struct Numbers: Sendable, Hashable {
        public let up: Int
        public let down: Int
    }

    public let kind: Kind
    /// N, the number of sites.
    public let siteCount: Int
    /// Nil where only their sum is fixed.
    public let numbers: Numbers?
    /// All fermions.
    public let count: Int

    private init(_ kind: Kind, siteCount: Int, numbers: Numbers?, count: Int) {
        self.kind = kind
        self.siteCount = siteCount
        self.numbers = numbers
        self.count = count
    }

    /// The fermions of a space; nil where it has none, or any number of them.
    public init?(_ space: HilbertSpace) {
        let sites = space.siteCount
        if space.isOfSpinsHalf {
            let numbers = space.downCount.map { Numbers(up: sites - $0, down: $0) }
            self.init(.spinsHalf, siteCount: sites, numbers: numbers, count: sites)
        } else if let (up, down) = space.electronNumbers {
            self.init(.spinful, siteCount: sites, numbers: Numbers(up: up, down: down), count: up + down)
        } else if space.localSpaces.allSatisfy({ $0 == .mode }), let count = space.codeSum {
            self.init(.spinless, siteCount: sites, numbers: Numbers(up: count, down: 0), count: count)
        } else {
            return nil
        }
    }

    /// M: 2N of spinful fermions and of spins, N of spinless ones.
    public var modeCount: Int { kind == .spinless ? siteCount : 2 * siteCount }
    /// Numbers that each site is read by (`HilbertSpace.numbersPerSite`).
    public var numbersPerSite: Int { kind == .spinful ? 2 : 1 }
    /// Numbers that stand for a configuration (`Encoding`).
    public var featureCount: Int { numbersPerSite * siteCount }
}
