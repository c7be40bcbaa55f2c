/// Energies and variances of all steps of a run, in a bounded number of blocks of steps: when there are too many blocks, each two
/// become one.
public struct EnergyHistory: Sendable, Equatable {
    /// Sums over the steps of a block.
    public struct Block: Sendable, Equatable {
        public fileprivate(set) var steps = 0
        public fileprivate(set) var energy = 0.0
        /// Of the squared errors of the energies.
        public fileprivate(set) var squaredErrors = 0.0
        public fileprivate(set) var variance = 0.0

        public var meanEnergy: Double { energy / Double(steps) }
        public var meanVariance: Double { variance / Double(steps) }

        fileprivate mutating func add(_ other: Block) {
            steps += other.steps
            energy += other.energy
            squaredErrors += other.squaredErrors
            variance += other.variance
        }
    }

    /// In the order of the steps; only the last may lack steps.
    public private(set) var blocks: [Block] = []
    /// Steps of a whole block, a power of 2.
    public private(set) var blockLength = 1

    static let capacity = 32

    public init() {}

    public var steps: Int { blocks.reduce(0) { $0 + $1.steps } }
    /// Those that lack no step.
    public var wholeBlocks: ArraySlice<Block> { blocks.prefix { $0.steps == blockLength } }

    /// - Returns: whether a block is whole now.
    @discardableResult
    public mutating func add(energy: Double, error: Double, variance: Double) -> Bool {
        if blocks.last.map({ $0.steps == blockLength }) ?? true {
            if blocks.count == Self.capacity { merge() }
            blocks.append(Block())
        }
        blocks[blocks.count - 1].add(
            Block(steps: 1, energy: energy, squaredErrors: error * error, variance: variance))
        return blocks[blocks.count - 1].steps == blockLength
    }

    private mutating func merge() {
        blocks = stride(from: 0, to: blocks.count, by: 2).map { first in
            var block = blocks[first]
            block.add(blocks[first + 1])
            return block
        }
        blockLength *= 2
    }

    /// All of it, as a checkpoint stores it.
    public var words: [Double] {
        get {
            [Double(blockLength)] + blocks.flatMap { [Double($0.steps), $0.energy, $0.squaredErrors, $0.variance] }
        }
        set {
            blockLength = max(1, Int(newValue.first ?? 1))
            blocks = stride(from: 1, to: newValue.count - 3, by: 4).map { first in
                Block(
                    steps: Int(newValue[first]), energy: newValue[first + 1], squaredErrors: newValue[first + 2],
                    variance: newValue[first + 3])
            }
        }
    }
}
