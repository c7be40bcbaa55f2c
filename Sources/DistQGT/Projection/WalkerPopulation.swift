import Foundation
import LinearAlgebra

/// The walkers of one rank: what each of them is, and what it carries along.
final class WalkerPopulation {
    let siteCount: Int
    let count: Int
    /// Numbers that a walker carries along beside what moves it.
    let carriedCount: Int
    /// `count × N` codes.
    let codes: UnsafeMutablePointer<Int8>
    /// The row of each walker's configuration.
    let rows: UnsafeMutablePointer<KernelRow>
    /// Until each walker leaves its configuration, as the integral of its rate over time: exponentially distributed.
    let clocks: UnsafeMutablePointer<Double>
    /// ln w since the last branching.
    let logWeights: UnsafeMutablePointer<Double>
    /// `count × carriedCount`
    let carried: UnsafeMutablePointer<Double>
    private let memory = BufferSet()

    init(siteCount: Int, count: Int, carriedCount: Int) {
        self.siteCount = siteCount
        self.count = count
        self.carriedCount = carriedCount
        codes = memory.filled(with: 0, count: count * siteCount)
        rows = memory.filled(with: KernelRow(), count: count)
        clocks = memory.filled(with: 0, count: count)
        logWeights = memory.filled(with: 0, count: count)
        carried = memory.filled(with: 0, count: count * carriedCount)
    }

    /// Bytes of a walker.
    static func byteCount(siteCount: Int, carriedCount: Int) -> Int {
        siteCount + MemoryLayout<KernelRow>.stride + (2 + carriedCount) * MemoryLayout<Double>.stride
    }

    /// Bytes of a walker that goes to another rank.
    var messageBytes: Int { Self.messageBytes(siteCount: siteCount, carriedCount: carriedCount) }
    static func messageBytes(siteCount: Int, carriedCount: Int) -> Int {
        siteCount + (movedNumbers + carriedCount) * MemoryLayout<Double>.stride
    }
    /// Energy, rate, clock and move.
    private static let movedNumbers = 4

    /// w of a walker since the last branching.
    func weight(_ walker: Int) -> Double { exp(logWeights[walker]) }

    /// Walker `target` becomes a copy of walker `source` of another population, without its weight.
    func copy(_ source: Int, of other: WalkerPopulation, to target: Int) {
        (codes + target * siteCount).update(from: other.codes + source * siteCount, count: siteCount)
        (carried + target * carriedCount).update(from: other.carried + source * carriedCount, count: carriedCount)
        rows[target] = other.rows[source]
        clocks[target] = other.clocks[source]
        logWeights[target] = 0
    }

    /// Writes a walker as `read` reads it: its codes and numbers.
    ///
    /// - Parameter isFirst: whether it goes where it was going; another copy is to find its own way.
    func write(_ walker: Int, isFirst: Bool, into message: UnsafeMutableRawPointer) {
        message.copyMemory(from: codes + walker * siteCount, byteCount: siteCount)
        let row = rows[walker]
        var numbers = (row.energy, row.rate, clocks[walker], Double(isFirst ? row.move : Self.undecided))
        let first = message + siteCount
        let bytes = MemoryLayout.size(ofValue: numbers)
        withUnsafeBytes(of: &numbers) { numbers in
            if let base = numbers.baseAddress { first.copyMemory(from: base, byteCount: bytes) }
        }
        (first + bytes).copyMemory(
            from: carried + walker * carriedCount, byteCount: carriedCount * MemoryLayout<Double>.stride)
    }

    /// The `move` of a copy that is still to find its way.
    static let undecided: Int32 = -2

    /// Walker `target` becomes what `write` wrote.
    func read(_ message: UnsafeRawPointer, to target: Int) {
        UnsafeMutableRawPointer(codes + target * siteCount).copyMemory(from: message, byteCount: siteCount)
        func number(_ place: Int) -> Double {
            message.loadUnaligned(fromByteOffset: siteCount + place * MemoryLayout<Double>.stride, as: Double.self)
        }
        var row = KernelRow()
        (row.energy, row.rate) = (number(0), number(1))
        row.move = Int32(number(3))
        rows[target] = row
        clocks[target] = number(2)
        logWeights[target] = 0
        for place in 0..<carriedCount {
            carried[target * carriedCount + place] = number(Self.movedNumbers + place)
        }
    }
}
