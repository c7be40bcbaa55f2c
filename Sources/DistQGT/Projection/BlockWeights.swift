/// What a generation of a block of walkers comes to, summed up.
package struct BlockWeights: Sendable, Equatable {
    /// Σ w at the end of the interval, and Σ w².
    package var sum = 0.0
    package var squared = 0.0
    /// Σ ∫w dτ over the interval, with E and E² in it.
    package var integral = 0.0
    package var energy = 0.0
    package var energySquared = 0.0
    /// Moves.
    package var moves = 0
    /// Elements of the wrong sign in the rows that were evaluated.
    package var wrongSigns = 0
    /// The largest `KernelRow.phase` of these rows.
    package var phase = 0.0
    /// Whether one of these rows is not finite.
    package var isInvalid = false

    /// Numbers of a packed block.
    package static let count = 9

    package init() {}

    package var packed: [Double] {
        [sum, squared, integral, energy, energySquared, Double(moves), Double(wrongSigns), phase, isInvalid ? 1 : 0]
    }

    package init(_ numbers: ArraySlice<Double>) {
        let first = numbers.startIndex
        (sum, squared, integral) = (numbers[first], numbers[first + 1], numbers[first + 2])
        (energy, energySquared) = (numbers[first + 3], numbers[first + 4])
        (moves, wrongSigns) = (Int(numbers[first + 5]), Int(numbers[first + 6]))
        (phase, isInvalid) = (numbers[first + 7], numbers[first + 8] != 0)
    }

    /// Those of blocks that were packed one after the other.
    package static func unpacked(_ numbers: [Double]) -> [BlockWeights] {
        stride(from: 0, to: numbers.count, by: count).map { BlockWeights(numbers[$0..<$0 + count]) }
    }
}
