import LinearAlgebra
import Numerics

/// Numbers of a factor that are parameters several times: entry e is parameter `index[e]`, or minus it, or 0 where the
/// index is −1.
public struct ParameterTying: Sendable, Equatable {
    /// Number of parameters.
    public let count: Int
    public let index: [Int]
    /// The entries that have the other sign; nil for none.
    public let isNegated: [Bool]?

    /// - Precondition: every index is one of `count` or −1, and there are as many signs as entries.
    public init(count: Int, index: [Int], isNegated: [Bool]? = nil) {
        precondition(index.allSatisfy { -1..<count ~= $0 })
        precondition(isNegated.map { $0.count == index.count } ?? true)
        self.count = count
        self.index = index
        self.isNegated = isNegated?.contains(true) == true ? isNegated : nil
    }

    /// Ties entries of equal keys, which are numbered in the order in which they first appear.
    public init(_ keys: some Sequence<some Hashable>) {
        var numbers: [AnyHashable: Int] = [:]
        let index = keys.map { key in
            let number = numbers[AnyHashable(key)] ?? numbers.count
            numbers[AnyHashable(key)] = number
            return number
        }
        self.init(count: numbers.count, index: index)
    }

    /// What each entry is.
    var entries: [ParameterEntry] {
        index.enumerated().map { place, parameter in
            parameter < 0 ? nil : (parameter, isNegated?[place] ?? false)
        }
    }

    /// The entries as a node of rows × features, from the leaf of `count` parameters.
    func entries(of leaf: Node, rows: Int, on tape: Recorder) -> Node {
        let (numbers, table) = table(of: leaf, on: tape)
        return tape.gather(numbers, padded: table, rows: rows)
    }

    /// One row of numbers, and by entry the one that it is, nil for 0.
    func table(of leaf: Node, on tape: Recorder) -> (numbers: Node, table: [Int?]) {
        guard let isNegated else { return (leaf, index.map { $0 < 0 ? nil : $0 }) }
        return (
            tape.concatenation([leaf, tape.combination([(-1, leaf)])]),
            zip(index, isNegated).map { $0 < 0 ? nil : $1 ? count + $0 : $0 }
        )
    }

    /// Of each parameter the mean of the entries that it is, with their signs.
    func means(of entries: [Complex<Double>]) -> [Complex<Double>] {
        var (sums, counts) = ([Complex<Double>](repeating: .zero, count: count), [Double](repeating: 0, count: count))
        for (place, number) in index.enumerated() where number >= 0 {
            sums[number] += isNegated?[place] == true ? -entries[place] : entries[place]
            counts[number] += 1
        }
        return zip(sums, counts).map { $0 / Complex(max(1, $1)) }
    }
}
