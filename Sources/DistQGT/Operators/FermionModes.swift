/// The modes of fermions on the sites of a lattice, in the order of the Jordan-Wigner signs: a basis state is
/// Π_m (c†_m)^{n_m} |0⟩ with the lowest mode leftmost.
///
/// Without spin mode i is site i. With spin mode i is the up state of site i, mode N + i its down state.
public struct FermionModes: Sendable, Equatable {
    /// N, the number of sites.
    public let siteCount: Int
    public let isSpinful: Bool
    /// Whether states with two electrons on a site are left out, as in the t-J model.
    public let excludesDoubleOccupancy: Bool

    private init(siteCount: Int, isSpinful: Bool, excludesDoubleOccupancy: Bool) {
        self.siteCount = siteCount
        self.isSpinful = isSpinful
        self.excludesDoubleOccupancy = excludesDoubleOccupancy
    }

    /// 2N modes.
    public static func spinful(siteCount: Int, excludingDoubleOccupancy: Bool = false) -> FermionModes {
        FermionModes(siteCount: siteCount, isSpinful: true, excludesDoubleOccupancy: excludingDoubleOccupancy)
    }

    /// N modes.
    public static func spinless(siteCount: Int) -> FermionModes {
        FermionModes(siteCount: siteCount, isSpinful: false, excludesDoubleOccupancy: false)
    }

    /// N without spin, 2N with.
    public var modeCount: Int { isSpinful ? 2 * siteCount : siteCount }

    /// The local states of every site.
    public var localSpace: LocalSpace {
        isSpinful ? (excludesDoubleOccupancy ? .singleElectron : .electrons) : .mode
    }

    public var localSpaces: [LocalSpace] { [LocalSpace](repeating: localSpace, count: siteCount) }

    /// The mode of a site; without spin `isDown` is false.
    @inline(__always)
    public func mode(_ site: Int, isDown: Bool = false) -> Int { isDown ? siteCount + site : site }

    @inline(__always)
    public func site(of mode: Int) -> Int { mode < siteCount ? mode : mode - siteCount }

    @inline(__always)
    public func isDown(_ mode: Int) -> Bool { mode >= siteCount }

    /// The bit of a site's code that tells whether a mode is occupied.
    func codeBit(_ mode: Int) -> Int8 { isDown(mode) ? 2 : 1 }

    /// The other mode of the same site; nil without spin.
    func partner(of mode: Int) -> Int? {
        guard isSpinful else { return nil }
        return isDown(mode) ? mode - siteCount : mode + siteCount
    }
}

extension FermionModes {
    /// The modes of a space; nil where its sites hold no fermions.
    public init?(_ space: HilbertSpace) {
        let sites = space.siteCount
        let all: [FermionModes] = [
            .spinful(siteCount: sites), .spinful(siteCount: sites, excludingDoubleOccupancy: true),
            .spinless(siteCount: sites),
        ]
        guard let modes = all.first(where: { $0.localSpaces == space.localSpaces }) else { return nil }
        self = modes
    }
}
