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
                elements.multiply(whole, firstRow: rows.lowerBound, lanes: lanes, into: target)
            }
        }
    }
}

/// Some rows of an operator in a numbered basis, zeros left out.
///
/// Most operators have few different elements beside the diagonal: as long as these are at most 256, one byte tells which
/// one it is.
struct SparseRows {
    let isComplex: Bool
    /// Whether an element leads out of the space; the rows are then useless.
    private(set) var leavesSpace = false
    /// One or two doubles for each row.
    private var diagonal: [Double] = []
    /// The other elements of row r are `starts[r] ..< starts[r + 1]`.
    private var starts: [Int] = [0]
    private var columns: [UInt32] = []
    /// One or two doubles each: those that occur, while `codes` has the number of each, or those of all elements.
    private var values: [Double] = []
    /// Nil as soon as there are too many different elements.
    private var codes: [UInt8]? = []
    private var numbers: [Complex<Double>: UInt8] = [:]

    var rowCount: Int { starts.count - 1 }
    private var width: Int { isComplex ? 2 : 1 }

    var byteCount: Int { (8 + 8 * width) * starts.count + (4 + (codes == nil ? 8 * width : 1)) * columns.count }

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
                        append(hamiltonian, from + offset, to + offset, numbering, transitions)
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
        _ hamiltonian: any Operator, _ configuration: UnsafePointer<Int8>, _ image: UnsafeMutablePointer<Int8>,
        _ numbering: BasisNumbering, _ transitions: TransitionList
    ) {
        transitions.removeAll()
        let own = hamiltonian.appendTransitions(from: configuration, to: transitions).rawStorage
        diagonal.append(own.x)
        if isComplex { diagonal.append(own.y) }
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
        if codes != nil {
            if let known = numbers[element] {
                codes?.append(known)
            } else if numbers.count < 256 {
                let number = UInt8(truncatingIfNeeded: numbers.count)
                numbers[element] = number
                codes?.append(number)
                append(value: element)
            } else {
                writeOut()
            }
        }
        if codes == nil { append(value: element) }
        columns.append(UInt32(truncatingIfNeeded: column))
    }

    private mutating func append(value: Complex<Double>) {
        values.append(value.rawStorage.x)
        if isComplex { values.append(value.rawStorage.y) }
    }

    /// Goes on with the value of every element in place of its number.
    private mutating func writeOut() {
        let (known, width) = (values, width)
        values = (codes ?? []).flatMap { known[width * Int($0)..<width * Int($0) + width] }
        codes = nil
        numbers = [:]
    }

    /// Calls `body` with every element.
    func forEach(_ body: (_ row: Int, _ column: Int, _ value: Complex<Double>) -> Void, from firstRow: Int = 0) {
        for row in 0..<rowCount {
            body(row, firstRow + row, Complex(diagonal[width * row], isComplex ? diagonal[width * row + 1] : 0))
            for place in starts[row]..<starts[row + 1] {
                let value = width * (codes.map { Int($0[place]) } ?? place)
                body(row, Int(columns[place]), Complex(values[value], isComplex ? values[value + 1] : 0))
            }
        }
    }

    /// The rows times several vectors.
    ///
    /// - Parameters:
    ///   - x: `dimension × lanes` values, row-major: the vectors side by side (real and imaginary part in turn where H
    ///     is complex).
    ///   - firstRow: number of the first of the rows in the basis.
    ///   - lanes: doubles per row, an even number.
    ///   - y: as many rows as there are here, of `lanes` values.
    func multiply(_ x: UnsafePointer<Double>, firstRow: Int, lanes: Int, into y: UnsafeMutablePointer<Double>) {
        precondition(lanes % 2 == 0)
        let byteCount = lanes * MemoryLayout<Double>.stride
        // A single complex vector has two numbers in a row.
        switch (isComplex, lanes % 4 == 0) {
        case (false, true):
            multiply(x, firstRow, lanes, y) {
                BlockRow.add($0[0], $1, to: $2, byteCount: byteCount, SIMD4<Double>.self)
            }
        case (false, false):
            multiply(x, firstRow, lanes, y) {
                BlockRow.add($0[0], $1, to: $2, byteCount: byteCount, SIMD2<Double>.self)
            }
        case (true, true):
            multiply(x, firstRow, lanes, y) {
                BlockRow.addComplex(($0[0], $0[1]), $1, to: $2, byteCount: byteCount, SIMD4<Double>.self)
            }
        case (true, false):
            multiply(x, firstRow, lanes, y) {
                BlockRow.addComplex(($0[0], $0[1]), $1, to: $2, byteCount: byteCount, SIMD2<Double>.self)
            }
        }
    }

    /// - Parameter add: adds a value times a row of x to a row of y.
    @inline(__always)
    private func multiply(
        _ x: UnsafePointer<Double>, _ firstRow: Int, _ lanes: Int, _ y: UnsafeMutablePointer<Double>,
        add: (UnsafePointer<Double>, UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
    ) {
        starts.withUnsafeBufferPointer { starts in
            columns.withUnsafeBufferPointer { columns in
                values.withUnsafeBufferPointer { values in
                    diagonal.withUnsafeBufferPointer { diagonal in
                        (codes ?? []).withUnsafeBufferPointer { codes in
                            guard let diagonal = diagonal.baseAddress else { return }
                            let base = values.baseAddress ?? diagonal
                            let isCoded = self.codes != nil
                            for row in 0..<starts.count - 1 {
                                let target = y + row * lanes
                                target.update(repeating: 0, count: lanes)
                                add(diagonal + width * row, x + (firstRow + row) * lanes, target)
                                for place in starts[row]..<starts[row + 1] {
                                    let number = isCoded ? Int(codes[place]) : place
                                    add(base + width * number, x + Int(columns[place]) * lanes, target)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
