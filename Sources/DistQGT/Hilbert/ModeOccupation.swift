import LinearAlgebra

/// The modes that a configuration of fermions occupies, as bits, and the hops that a transition is made of.
///
/// Modes are those of `FermionSector`. Owns its memory, allocated once.
package final class ModeOccupation {
    /// A transition that moves more fermions has to be looked at as a whole.
    package static let maximumHops = 2

    package let sector: FermionSector
    package let codes: UnsafeMutablePointer<Int8>
    private let words: UnsafeMutablePointer<UInt64>
    private let wordCount: Int
    /// Modes that the last transition empties and fills, hop after hop; a hop keeps its spin where it can.
    @inline(__always) package var emptied: SIMD2<Int> { SIMD2(moved[0], moved[1]) }
    @inline(__always) package var filled: SIMD2<Int> { SIMD2(moved[2], moved[3]) }
    /// Those that are emptied, and those that are filled.
    private let moved: UnsafeMutablePointer<Int>
    /// By code, from −128 on, its occupation.
    private let occupations: UnsafeMutablePointer<Int8>
    private let memory = BufferSet()

    package init(_ sector: FermionSector) {
        self.sector = sector
        wordCount = (sector.modeCount + 63) / 64
        codes = memory.filled(with: 0, count: sector.siteCount)
        words = memory.filled(with: 0, count: wordCount)
        moved = memory.filled(with: 0, count: 2 * Self.maximumHops)
        occupations = memory.filled(with: 0, count: 256)
        for code in -128...127 {
            occupations[code + 128] = sector.kind == .spinsHalf ? (code > 0 ? 1 : 2) : Int8(code)
        }
    }

    /// The occupation of a site in a code: bit 0 up, or spinless, bit 1 down.
    @inline(__always)
    package func occupation(_ code: Int8) -> Int { Int(occupations[Int(code) + 128]) }

    /// Takes a configuration over, and writes its occupied modes in ascending order.
    ///
    /// - Parameter occupied: has room for `sector.count`.
    /// - Returns: how many there are; those beyond the room are not written.
    package func load(_ configuration: UnsafePointer<Int8>, occupied: UnsafeMutablePointer<Int32>) -> Int {
        codes.update(from: configuration, count: sector.siteCount)
        words.update(repeating: 0, count: wordCount)
        var count = 0
        for spin in 0..<(sector.kind == .spinless ? 1 : 2) {
            for site in 0..<sector.siteCount where occupation(codes[site]) >> spin & 1 == 1 {
                let mode = spin * sector.siteCount + site
                words[mode >> 6] |= 1 << UInt64(mode & 63)
                if count < sector.count { occupied[count] = Int32(truncatingIfNeeded: mode) }
                count += 1
            }
        }
        return count
    }

    /// What a transition moves: the number of hops, in `emptied` and `filled`; −1 where there are more than
    /// `maximumHops`, −2 where the number of fermions changes.
    ///
    /// - Parameters:
    ///   - sites: distinct sites that change.
    ///   - newCodes: their new codes.
    package func hops(
        _ sites: UnsafePointer<Int32>, _ newCodes: UnsafePointer<Int8>, count: Int
    ) -> Int {
        // Of fewer hops the last modes are 0: equal transitions are equal.
        moved.update(repeating: 0, count: 2 * Self.maximumHops)
        var (left, entered) = (0, 0)
        let siteCount = sector.siteCount
        for spin in 0..<2 {
            for index in 0..<count {
                let site = Int(sites[index])
                let old = occupation(codes[site]) >> spin & 1
                let new = occupation(newCodes[index]) >> spin & 1
                if old == new { continue }
                let mode = spin * siteCount + site
                if old == 1 {
                    if left < Self.maximumHops { moved[left] = mode }
                    left += 1
                } else {
                    if entered < Self.maximumHops { moved[Self.maximumHops + entered] = mode }
                    entered += 1
                }
            }
        }
        guard left == entered else { return -2 }
        return left <= Self.maximumHops ? left : -1
    }

    /// Whether mode a is occupied.
    @inline(__always)
    private func isOccupied(_ mode: Int) -> Bool { words[mode >> 6] >> UInt64(mode & 63) & 1 == 1 }

    /// Moves one fermion in the bits only.
    @inline(__always)
    private func move(_ from: Int, _ to: Int) {
        words[from >> 6] &= ~(1 << UInt64(from & 63))
        words[to >> 6] |= 1 << UInt64(to & 63)
    }

    /// The number of occupied modes strictly between two.
    @inline(__always)
    private func occupiedBetween(_ a: Int, _ b: Int) -> Int {
        let (low, high) = (min(a, b) + 1, max(a, b))
        guard low < high else { return 0 }
        let (first, last) = (low >> 6, (high - 1) >> 6)
        let lowMask = ~UInt64(0) << UInt64(low & 63)
        let highMask = ~UInt64(0) >> UInt64(63 - ((high - 1) & 63))
        if first == last { return (words[first] & lowMask & highMask).nonzeroBitCount }
        var count = (words[first] & lowMask).nonzeroBitCount + (words[last] & highMask).nonzeroBitCount
        for word in first + 1..<last { count += words[word].nonzeroBitCount }
        return count
    }

    /// The sign of the permutation that sorts the fermions after the last transition's hops, when they were sorted
    /// before: of hops of all modes in one order, or of each spin's in an order of its own.
    package func sortingSign(hops: Int) -> Double {
        guard hops > 0 else { return 1 }
        let (from, to) = (moved[0], moved[Self.maximumHops])
        var odd = occupiedBetween(from, to)
        if hops == Self.maximumHops {
            move(from, to)
            odd += occupiedBetween(moved[1], moved[Self.maximumHops + 1])
            move(to, from)
        }
        return odd & 1 == 0 ? 1 : -1
    }

    /// The ratio of the signs between basis states of spins 1/2 and products in the order of modes, after and before a
    /// transition; 1 for fermions.
    package func basisSign(_ sites: UnsafePointer<Int32>, _ newCodes: UnsafePointer<Int8>, count: Int) -> Double {
        guard sector.kind == .spinsHalf else { return 1 }
        // (−1)^#{i < j: s_i = −1, s_j = +1}: a flip of site i changes its pairs with spins down before and up behind it.
        let siteCount = sector.siteCount
        var odd = 0
        for index in 0..<count where newCodes[index] != codes[Int(sites[index])] {
            let site = Int(sites[index])
            odd += occupiedBetween(siteCount - 1, siteCount + site) + occupiedBetween(site, siteCount)
            let (from, to) = codes[site] > 0 ? (site, siteCount + site) : (siteCount + site, site)
            move(from, to)
        }
        for index in 0..<count where newCodes[index] != codes[Int(sites[index])] {
            let site = Int(sites[index])
            let (from, to) = codes[site] > 0 ? (site, siteCount + site) : (siteCount + site, site)
            move(to, from)
        }
        return odd & 1 == 0 ? 1 : -1
    }

    /// Takes a transition over.
    package func accept(_ sites: UnsafePointer<Int32>, _ newCodes: UnsafePointer<Int8>, count: Int, hops: Int) {
        for hop in 0..<hops { move(emptied[hop], filled[hop]) }
        for index in 0..<count { codes[Int(sites[index])] = newCodes[index] }
    }
}
