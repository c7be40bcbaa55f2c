import LinearAlgebra
import Numerics

/// Lists of neighbours of several types, and which sites have a site among theirs.
package final class NeighbourLists: Sendable {
    package let types: Int
    package let sites: Int
    package let coordination: Int
    /// By type, site and place.
    private let neighbours: [Int32]
    /// By site those whose terms depend on it, itself first; each once. Site i's end where those of i + 1 begin.
    private let affected: [Int32]
    private let affectedStarts: [Int]
    /// By site the places, by type and site, of the counts that it enters: as often as it is in a list.
    private let counting: [Int32]
    private let countingStarts: [Int]

    /// - Parameter neighbours: by type and site, as many for all.
    package init(_ neighbours: [[[Int]]]) {
        types = neighbours.count
        sites = neighbours.first?.count ?? 0
        coordination = neighbours.first?.first?.count ?? 0
        self.neighbours = neighbours.flatMap { $0.flatMap { $0.map { Int32($0) } } }
        var affected = (0..<sites).map { [Int32($0)] }
        var counting = [[Int32]](repeating: [], count: sites)
        for (type, lists) in neighbours.enumerated() {
            for (site, list) in lists.enumerated() {
                for other in list {
                    if !affected[other].contains(Int32(site)) { affected[other].append(Int32(site)) }
                    counting[other].append(Int32(type * sites + site))
                }
            }
        }
        func starts(_ lists: [[Int32]]) -> [Int] { lists.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) } }
        (self.affected, affectedStarts) = (affected.flatMap { $0 }, starts(affected))
        (self.counting, countingStarts) = (counting.flatMap { $0 }, starts(counting))
    }

    @inline(__always)
    package func forEachNeighbour(of site: Int, type: Int, _ body: (Int) -> Void) {
        let first = (type * sites + site) * coordination
        for place in first..<first + coordination { body(Int(neighbours[place])) }
    }

    @inline(__always)
    fileprivate func forEachAffected(by site: Int, _ body: (Int) -> Void) {
        for place in affectedStarts[site]..<affectedStarts[site + 1] { body(Int(affected[place])) }
    }

    @inline(__always)
    fileprivate func forEachCounting(_ site: Int, _ body: (Int) -> Void) {
        for place in countingStarts[site]..<countingStarts[site + 1] { body(Int(counting[place])) }
    }
}

/// Doublon-holon correlations: a change of some sites changes the terms of these and of those that have them as
/// neighbours. How many neighbours of each type hold two electrons, and how many none, is kept.
package final class DoublonHolonWalker<S: MatrixScalar>: FactorWalker {
    private let lists: NeighbourLists
    private let tables: (doublon: ExpandedParameters<S>, holon: ExpandedParameters<S>)
    private var doublon: UnsafePointer<S>
    private var holon: UnsafePointer<S>
    private let codes: UnsafeMutablePointer<Int8>
    /// By type and site.
    private let doublons: UnsafeMutablePointer<Int32>
    private let holons: UnsafeMutablePointer<Int32>
    private let memory = BufferSet()

    package init(_ lists: NeighbourLists, doublon: ExpandedParameters<S>, holon: ExpandedParameters<S>) {
        self.lists = lists
        tables = (doublon, holon)
        self.doublon = doublon.upToDate()
        self.holon = holon.upToDate()
        codes = memory.filled(with: 0, count: lists.sites)
        doublons = memory.filled(with: 0, count: lists.types * lists.sites)
        holons = memory.filled(with: 0, count: lists.types * lists.sites)
    }

    package var isNode: Bool { false }

    package func load(_ configuration: UnsafePointer<Int8>) {
        doublon = tables.doublon.upToDate()
        holon = tables.holon.upToDate()
        codes.update(repeating: 1, count: lists.sites)
        doublons.update(repeating: 0, count: lists.types * lists.sites)
        holons.update(repeating: 0, count: lists.types * lists.sites)
        for site in 0..<lists.sites { set(site, to: configuration[site]) }
    }

    /// Of the codes, only those of no and of two electrons are counted.
    @inline(__always)
    private static func isCounted(_ code: Int8) -> Bool { code == 0 || code == 3 }

    /// Changes a code, and what is kept of the sites that have this one as a neighbour.
    @inline(__always)
    private func set(_ site: Int, to code: Int8) {
        let former = codes[site]
        codes[site] = code
        if Self.isCounted(former) { count(site, former, -1) }
        if Self.isCounted(code) { count(site, code, 1) }
    }

    @inline(__always)
    private func count(_ site: Int, _ code: Int8, _ change: Int32) {
        let counts = code == 3 ? doublons : holons
        lists.forEachCounting(site) { counts[$0] += change }
    }

    /// What a site adds to log ψ.
    @inline(__always)
    private func term(_ site: Int) -> S {
        let own = codes[site]
        guard Self.isCounted(own) else { return .zero }
        let (table, counts) = own == 3 ? (doublon, holons) : (holon, doublons)
        var sum = S.zero
        for type in 0..<lists.types {
            sum = sum + table[type * (lists.coordination + 1) + Int(counts[type * lists.sites + site])]
        }
        return sum
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    package func ratio(
        _ changed: UnsafePointer<Int32>, _ newCodes: UnsafePointer<Int8>, count: Int
    ) -> Complex<Double> { exponent(changed, newCodes, count: count).exponential }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    package func logModulusRatio(
        _ changed: UnsafePointer<Int32>, _ newCodes: UnsafePointer<Int8>, count: Int
    ) -> Double { exponent(changed, newCodes, count: count).logModulusOfExponential }

    /// log ψ(σ′) − log ψ(σ).
    @inline(__always)
    private func exponent(_ changed: UnsafePointer<Int32>, _ newCodes: UnsafePointer<Int8>, count: Int) -> S {
        // Site after site, so that a term which several of them enter is followed through all changes.
        var exponent = S.zero
        withUnsafeTemporaryAllocation(of: Int8.self, capacity: max(1, count)) { former in
            for place in 0..<count {
                let site = Int(changed[place])
                former[place] = codes[site]
                // Nothing is counted before or after but empty and doubly occupied sites.
                let matters = Self.isCounted(former[place]) || Self.isCounted(newCodes[place])
                if matters { lists.forEachAffected(by: site) { exponent = exponent - term($0) } }
                set(site, to: newCodes[place])
                if matters { lists.forEachAffected(by: site) { exponent = exponent + term($0) } }
            }
            for place in (0..<count).reversed() { set(Int(changed[place]), to: former[place]) }
        }
        return exponent
    }

    package func accept(_ changed: UnsafePointer<Int32>, _ newCodes: UnsafePointer<Int8>, count: Int) {
        for place in 0..<count { set(Int(changed[place]), to: newCodes[place]) }
    }
}
