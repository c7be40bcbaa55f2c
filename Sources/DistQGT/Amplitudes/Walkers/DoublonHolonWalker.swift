import LinearAlgebra
import Numerics

/// Lists of neighbours of several types, and which sites have a site among theirs.
package final class NeighbourLists: Sendable {
    package let types: Int
    package let sites: Int
    package let coordination: Int
    /// By type, site and place.
    private let neighbours: [Int32]
    /// By site those whose count it enters, itself first; each once.
    private let affected: [[Int32]]

    /// - Parameter neighbours: by type and site, as many for all.
    package init(_ neighbours: [[[Int]]]) {
        types = neighbours.count
        sites = neighbours.first?.count ?? 0
        coordination = neighbours.first?.first?.count ?? 0
        self.neighbours = neighbours.flatMap { $0.flatMap { $0.map { Int32($0) } } }
        var affected = (0..<sites).map { [Int32($0)] }
        for type in neighbours {
            for (site, list) in type.enumerated() {
                for other in list where !affected[other].contains(Int32(site)) { affected[other].append(Int32(site)) }
            }
        }
        self.affected = affected
    }

    @inline(__always)
    package func forEachNeighbour(of site: Int, type: Int, _ body: (Int) -> Void) {
        let first = (type * sites + site) * coordination
        for place in first..<first + coordination { body(Int(neighbours[place])) }
    }

    @inline(__always)
    package func forEachAffected(by site: Int, _ body: (Int) -> Void) {
        for other in affected[site] { body(Int(other)) }
    }
}

/// Doublon-holon correlations: a change of some sites changes the terms of these and of those that have them as
/// neighbours.
package final class DoublonHolonWalker<S: MatrixScalar>: FactorWalker {
    private let lists: NeighbourLists
    private let tables: (doublon: ExpandedParameters<S>, holon: ExpandedParameters<S>)
    private var doublon: UnsafePointer<S>
    private var holon: UnsafePointer<S>
    private let codes: UnsafeMutablePointer<Int8>
    private let memory = BufferSet()

    package init(_ lists: NeighbourLists, doublon: ExpandedParameters<S>, holon: ExpandedParameters<S>) {
        self.lists = lists
        tables = (doublon, holon)
        self.doublon = doublon.upToDate()
        self.holon = holon.upToDate()
        codes = memory.filled(with: 0, count: lists.sites)
    }

    package var isNode: Bool { false }

    package func load(_ configuration: UnsafePointer<Int8>) {
        codes.update(from: configuration, count: lists.sites)
        doublon = tables.doublon.upToDate()
        holon = tables.holon.upToDate()
    }

    /// What a site adds to log ψ.
    @inline(__always)
    private func term(_ site: Int) -> S {
        let own = codes[site]
        guard own == 0 || own == 3 else { return .zero }
        let table = own == 3 ? doublon : holon
        var sum = S.zero
        for type in 0..<lists.types {
            var count = 0
            lists.forEachNeighbour(of: site, type: type) { if codes[$0] == 3 - own { count += 1 } }
            sum = sum + table[type * (lists.coordination + 1) + count]
        }
        return sum
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    package func ratio(
        _ changed: UnsafePointer<Int32>, _ newCodes: UnsafePointer<Int8>, count: Int
    ) -> Complex<Double> {
        // Site after site, so that a term which several of them enter is followed through all changes.
        var exponent = S.zero
        withUnsafeTemporaryAllocation(of: Int8.self, capacity: max(1, count)) { former in
            for place in 0..<count {
                let site = Int(changed[place])
                former[place] = codes[site]
                // Nothing is counted before or after but empty and doubly occupied sites.
                let matters = former[place] == 0 || former[place] == 3 || newCodes[place] == 0 || newCodes[place] == 3
                if matters { lists.forEachAffected(by: site) { exponent = exponent - term($0) } }
                codes[site] = newCodes[place]
                if matters { lists.forEachAffected(by: site) { exponent = exponent + term($0) } }
            }
            for place in (0..<count).reversed() { codes[Int(changed[place])] = former[place] }
        }
        return exponent.exponential
    }

    package func accept(_ changed: UnsafePointer<Int32>, _ newCodes: UnsafePointer<Int8>, count: Int) {
        for place in 0..<count { codes[Int(changed[place])] = newCodes[place] }
    }
}
