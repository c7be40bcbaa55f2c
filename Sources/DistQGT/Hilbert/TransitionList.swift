import Numerics

/// Transitions from a configuration to others: each of them changes some sites to new codes, and carries the matrix
/// element ⟨σ|A|σ′⟩ of the operator that connects the two. Its memory is kept when it is emptied.
public final class TransitionList {
    // Raw memory: a list is filled once for every row of an operator, and each access to an array of a class is checked for
    // others at run time.
    private var transitionCount = 0
    private var changeCount = 0
    private var transitionRoom = 64
    private var changeRoom = 128
    /// Of `transitionRoom` + 1 transitions, where its changes begin; those of transition t end where t + 1 begins.
    private var starts: UnsafeMutablePointer<Int>
    private var elements: UnsafeMutablePointer<Complex<Double>>
    private var sites: UnsafeMutablePointer<Int32>
    private var codes: UnsafeMutablePointer<Int8>
    /// Transitions of `appendOnce` by their changes, as a hash.
    private var known: [Int: Int] = [:]
    /// Added to the sites of what is appended.
    private var siteOffset = 0

    public init() {
        starts = .allocate(capacity: transitionRoom + 1)
        elements = .allocate(capacity: transitionRoom)
        sites = .allocate(capacity: changeRoom)
        codes = .allocate(capacity: changeRoom)
        starts[0] = 0
    }

    deinit {
        starts.deallocate()
        elements.deallocate()
        sites.deallocate()
        codes.deallocate()
    }

    /// Number of transitions.
    public var count: Int { transitionCount }

    public func removeAll() {
        transitionCount = 0
        changeCount = 0
        if !known.isEmpty { known.removeAll(keepingCapacity: true) }
    }

    private static func grow<Element>(
        _ memory: UnsafeMutablePointer<Element>, holding count: Int, to room: Int
    ) -> UnsafeMutablePointer<Element> {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: room)
        larger.moveInitialize(from: memory, count: count)
        memory.deallocate()
        return larger
    }

    /// Begins a transition that changes nothing yet.
    public func append(element: Complex<Double>) {
        if transitionCount == transitionRoom {
            transitionRoom *= 2
            starts = Self.grow(starts, holding: transitionCount + 1, to: transitionRoom + 1)
            elements = Self.grow(elements, holding: transitionCount, to: transitionRoom)
        }
        (elements + transitionCount).initialize(to: element)
        transitionCount += 1
        starts[transitionCount] = changeCount
    }

    /// Lets the last transition change a site, each at most once, to another code than it has.
    public func change(_ site: Int, to code: Int8) {
        if changeCount == changeRoom {
            changeRoom *= 2
            sites = Self.grow(sites, holding: changeCount, to: changeRoom)
            codes = Self.grow(codes, holding: changeCount, to: changeRoom)
        }
        sites[changeCount] = Int32(truncatingIfNeeded: siteOffset + site)
        codes[changeCount] = code
        changeCount += 1
        starts[transitionCount] = changeCount
    }

    /// Calls `body`, in which site i stands for site i + `offset`.
    package func withSites<Result>(shiftedBy offset: Int, _ body: () -> Result) -> Result {
        siteOffset += offset
        defer { siteOffset -= offset }
        return body()
    }

    /// Adds a transition of another list.
    package func append(_ other: TransitionList, _ transition: Int) {
        append(element: other.elements[transition])
        for place in other.starts[transition]..<other.starts[transition + 1] {
            change(Int(other.sites[place]), to: other.codes[place])
        }
    }

    /// Adds a transition of another list, unless one with the same changes in the same order has been added by this method.
    ///
    /// - Returns: the place of the one or of the other. Its element means nothing.
    package func appendOnce(_ other: TransitionList, _ transition: Int) -> Int {
        let changes = other.starts[transition]..<other.starts[transition + 1]
        var hasher = Hasher()
        for place in changes {
            hasher.combine(other.sites[place])
            hasher.combine(other.codes[place])
        }
        let hash = hasher.finalize()
        if let found = known[hash], starts[found + 1] - starts[found] == changes.count,
            zip(starts[found]..<starts[found + 1], changes).allSatisfy({
                sites[$0] == other.sites[$1] && codes[$0] == other.codes[$1]
            })
        {
            return found
        }
        append(other, transition)
        known[hash] = count - 1
        return count - 1
    }

    /// Calls `body` with every transition, the sites that it changes, their new codes and how many they are.
    package func forEach(_ body: (Int, UnsafePointer<Int32>, UnsafePointer<Int8>, Int) -> Void) {
        for transition in 0..<count {
            let first = starts[transition]
            body(transition, sites + first, codes + first, starts[transition + 1] - first)
        }
    }

    /// Calls `body` with every transition and the first one that leads to the same σ′, which may be itself: their elements
    /// are one element of A.
    ///
    /// - Parameter seen: scratch.
    package func forEachMerged(_ seen: inout [UInt64: Int32], _ body: (_ transition: Int, _ first: Int) -> Void) {
        seen.removeAll(keepingCapacity: true)
        for transition in 0..<count {
            var key = Self.key(of: starts[transition]..<starts[transition + 1], sites, codes)
            // Another σ′ with the same key has the next one.
            while let other = seen[key] {
                if leadAlike(transition, Int(other)) { break }
                key &+= 1
            }
            if let first = seen[key] {
                body(transition, Int(first))
            } else {
                seen[key] = Int32(truncatingIfNeeded: transition)
                body(transition, transition)
            }
        }
    }

    /// Of the changes of a transition, in whatever order they are: a sum of mixed words (the finaliser of SplitMix64).
    private static func key(
        of changes: Range<Int>, _ sites: UnsafePointer<Int32>, _ codes: UnsafePointer<Int8>
    ) -> UInt64 {
        var key: UInt64 = 0
        for place in changes {
            let pair = UInt64(UInt32(bitPattern: sites[place])) << 8 | UInt64(UInt8(bitPattern: codes[place]))
            var word = pair &+ 0x9e37_79b9_7f4a_7c15
            word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
            word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
            key &+= word ^ word >> 31
        }
        return key
    }

    /// Whether two transitions lead to the same σ′.
    private func leadAlike(_ one: Int, _ other: Int) -> Bool {
        let (first, second) = (starts[one]..<starts[one + 1], starts[other]..<starts[other + 1])
        guard first.count == second.count else { return false }
        return first.allSatisfy { place in
            second.contains { sites[$0] == sites[place] && codes[$0] == codes[place] }
        }
    }

    /// ⟨σ|A|σ′⟩ of a transition.
    public func element(_ transition: Int) -> Complex<Double> { elements[transition] }

    /// Turns σ into the σ′ of a transition.
    public func apply(_ transition: Int, to configuration: UnsafeMutablePointer<Int8>) {
        for place in starts[transition]..<starts[transition + 1] { configuration[Int(sites[place])] = codes[place] }
    }

    /// Turns the σ′ of a transition back into σ.
    public func revert(
        _ transition: Int, in configuration: UnsafeMutablePointer<Int8>, to original: UnsafePointer<Int8>
    ) {
        for place in starts[transition]..<starts[transition + 1] {
            configuration[Int(sites[place])] = original[Int(sites[place])]
        }
    }
}
