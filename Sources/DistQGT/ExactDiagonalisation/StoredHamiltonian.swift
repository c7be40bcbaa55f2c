import Communication
import LinearAlgebra
import Numerics

/// H on vectors whose rows (basis states) are spread over the ranks in blocks, with the elements of this rank's rows
/// stored: for any operator on any space. A product needs the whole input, which is gathered.
struct StoredHamiltonian: HermitianBlockMap {
    let dimension: Int
    let rows: Range<Int>
    let isComplex: Bool
    private let communicator: Communicator
    private let elements: SparseRows

    /// Collective: one allreduce.
    ///
    /// - Parameter memoryLimit: bytes that the elements may take on each rank.
    /// - Throws: `ExactDiagonalisationError.spaceNotInvariant`, `.tooLarge`, on every rank; `MPIError`.
    init(
        _ hamiltonian: any Operator, numbering: BasisNumbering, shard: Shard, communicator: Communicator,
        memoryLimit: Int
    ) throws {
        dimension = numbering.dimension
        rows = shard.range
        isComplex = !hamiltonian.isReal
        self.communicator = communicator
        let rows = try SparseRows(hamiltonian, shard.range, of: numbering, memoryLimit: memoryLimit)
        elements = rows
        var faults = [rows.leavesSpace ? 1 : 0, rows.byteCount > memoryLimit ? rows.byteCount : 0]
        try communicator.allReduce(&faults, .maximum)
        guard faults[0] == 0 else { throw ExactDiagonalisationError.spaceNotInvariant }
        guard faults[1] == 0 else {
            throw ExactDiagonalisationError.tooLarge(bytes: faults[1], limit: memoryLimit, dimension: dimension)
        }
    }

    /// y ← H·x. Collective: one allgather of the block.
    func apply(_ x: TallMatrix, into y: TallMatrix) throws {
        let lanes = x.columns * x.width
        let whole = try communicator.allGather(Array(x.storage.prefix(x.rows * lanes)))
        whole.withUnsafeBufferPointer { whole in
            if let whole = whole.baseAddress, let target = y.storage.baseAddress {
                elements.multiply(whole, lanes: lanes, into: target)
            }
        }
    }
}

/// Some rows of an operator in a numbered basis, zeros left out.
struct SparseRows {
    let isComplex: Bool
    /// Whether an element leads out of the space; the rows are then useless.
    private(set) var leavesSpace = false
    /// The elements of row r are `starts[r] ..< starts[r + 1]`.
    private(set) var starts: [Int] = [0]
    private(set) var columns: [UInt32] = []
    /// One or two doubles each.
    private(set) var values: [Double] = []

    var byteCount: Int { Self.bytesPerRow * starts.count + (4 + 8 * (isComplex ? 2 : 1)) * columns.count }
    private static let bytesPerRow = 8

    /// - Parameter memoryLimit: where `byteCount` exceeds it, the remaining rows are left out.
    /// - Precondition: the dimension fits 32 bits.
    /// - Throws: `HilbertSpaceError.indexOutOfRange` for rows that are not there.
    init(
        _ hamiltonian: any Operator, _ rows: Range<Int>, of numbering: BasisNumbering, memoryLimit: Int
    ) throws(HilbertSpaceError) {
        isComplex = !hamiltonian.isReal
        let siteCount = numbering.space.siteCount
        let transitions = TransitionList()
        let rowsTogether = 256
        for first in stride(from: rows.lowerBound, to: rows.upperBound, by: rowsTogether) {
            let group = first..<min(rows.upperBound, first + rowsTogether)
            let configurations = try numbering.configurations(in: group).spins
            var image = configurations
            configurations.withUnsafeBufferPointer { configurations in
                image.withUnsafeMutableBufferPointer { image in
                    guard let from = configurations.baseAddress, let to = image.baseAddress else { return }
                    for row in group {
                        let offset = (row - first) * siteCount
                        append(hamiltonian, row, from + offset, to + offset, numbering, transitions)
                    }
                }
            }
            if leavesSpace || byteCount > memoryLimit { return }
        }
    }

    /// Adds a row.
    ///
    /// - Parameter image: a copy of the configuration.
    private mutating func append(
        _ hamiltonian: any Operator, _ row: Int, _ configuration: UnsafePointer<Int8>,
        _ image: UnsafeMutablePointer<Int8>, _ numbering: BasisNumbering, _ transitions: TransitionList
    ) {
        transitions.removeAll()
        append(hamiltonian.appendTransitions(from: configuration, to: transitions), column: row)
        for transition in 0..<transitions.count {
            let element = transitions.element(transition)
            guard element.rawStorage != (0, 0) else { continue }
            transitions.apply(transition, to: image)
            if let column = numbering.rank(of: image) {
                append(element, column: column)
            } else {
                leavesSpace = true
            }
            transitions.revert(transition, in: image, to: configuration)
        }
        starts.append(columns.count)
    }

    private mutating func append(_ element: Complex<Double>, column: Int) {
        columns.append(UInt32(truncatingIfNeeded: column))
        values.append(element.rawStorage.x)
        if isComplex { values.append(element.rawStorage.y) }
    }

    /// The rows times several vectors.
    ///
    /// - Parameters:
    ///   - x: `dimension × lanes` values, row-major: the vectors side by side (real and imaginary part in turn where H
    ///     is complex).
    ///   - lanes: doubles per row.
    ///   - y: as many rows as there are here, of `lanes` values.
    func multiply(_ x: UnsafePointer<Double>, lanes: Int, into y: UnsafeMutablePointer<Double>) {
        starts.withUnsafeBufferPointer { starts in
            columns.withUnsafeBufferPointer { columns in
                values.withUnsafeBufferPointer { values in
                    for row in 0..<starts.count - 1 {
                        let target = y + row * lanes
                        target.update(repeating: 0, count: lanes)
                        for place in starts[row]..<starts[row + 1] {
                            let source = x + Int(columns[place]) * lanes
                            if isComplex {
                                let (a, b) = (values[2 * place], values[2 * place + 1])
                                for lane in stride(from: 0, to: lanes, by: 2) {
                                    target[lane] += a * source[lane] - b * source[lane + 1]
                                    target[lane + 1] += a * source[lane + 1] + b * source[lane]
                                }
                            } else {
                                for lane in 0..<lanes { target[lane] += values[place] * source[lane] }
                            }
                        }
                    }
                }
            }
        }
    }
}
