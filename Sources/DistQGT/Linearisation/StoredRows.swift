import LinearAlgebra

/// Rows of a Jacobian that are put in one block of samples after the other.
package protocol RowStorage: ChunkedJacobian {
    /// Makes room for the rows of consecutive blocks of samples; whatever was stored is lost.
    func reserve(blocks: [Range<Int>])
    /// Stores the rows of some samples: (sample, component, parameter) doubles.
    func store(_ samples: Range<Int>, _ rows: UnsafePointer<Double>)
}

/// The rows of a Jacobian in memory, in single or double precision: J and Jᵀ as products of the rows with double
/// vectors, with sums in double. A chunk is what stays in cache between its way forward and its way back, so that
/// the fused pass reads the rows from memory once.
package final class StoredRows<R: TapeScalar>: RowStorage {
    package let layout: ParameterLayout
    package let chunkRows: Int
    private let components: Int
    private var division = ChunkDivision(blocks: [], chunkRows: 1)
    private var blocks: [Range<Int>] = []
    private var samples: Int { division.sampleCount }
    private let storage = Region<R>(capacity: 0)
    /// Where the sum of cotangents at hand goes.
    private var sum: (result: UnsafeMutablePointer<Double>, stride: Int)?
    /// One vector of a chunk out of a block.
    private let column = Region<Double>(capacity: 0)
    /// What `inSinglePrecision` fills.
    private var single: StoredRows<Float>?
    /// k of the pass at hand.
    private var vectors = 0
    private var tangents: (first: UnsafePointer<Double>, stride: Int)?

    private let chunkBytes: Int

    /// - Parameter chunkBytes: of the rows of a chunk; at least four rows, which share what they read and write
    ///   of a vector.
    package init(_ layout: ParameterLayout, components: Int, chunkBytes: Int) {
        self.layout = layout
        self.components = components
        self.chunkBytes = chunkBytes
        let fitting = chunkBytes / max(1, layout.count * MemoryLayout<R>.stride)
        chunkRows = max(4, fitting / 4 * 4) / components
    }

    /// Reals of a sample's rows.
    private var width: Int { components * layout.count }
    private func rows(_ sample: Int) -> UnsafeMutablePointer<R> { storage.pointer + sample * width }

    // MARK: Storing

    package func reserve(blocks: [Range<Int>]) {
        division = ChunkDivision(blocks: blocks, chunkRows: chunkRows)
        self.blocks = blocks
        storage.reserve(samples * width)
    }

    package func store(_ samples: Range<Int>, _ rows: UnsafePointer<Double>) {
        R.blockIn(
            rows, stride: 0, self.rows(samples.lowerBound), rows: 1, vectors: 1, features: samples.count * width)
    }

    package func inSinglePrecision() -> any ChunkedJacobian {
        guard R.isDouble else { return self }
        let target = single ?? StoredRows<Float>(layout, components: components, chunkBytes: chunkBytes)
        single = target
        target.reserve(blocks: blocks)
        R.narrow(storage.pointer, target.storage.pointer, count: samples * width)
        return target
    }

    package var allocatedBytes: Int {
        storage.byteCount + column.byteCount + (single?.allocatedBytes ?? 0)
    }

    // MARK: Chunks

    package var chunkCount: Int { division.ranges.count }
    package func chunkRange(_ chunk: Int) -> Range<Int> { division.ranges[chunk] }
    package func chunks(of samples: Range<Int>) -> Range<Int> { division.chunks(of: samples) }

    package func loadTangents(_ vectors: UnsafePointer<Double>, stride: Int, count: Int) {
        self.vectors = count
        tangents = (vectors, stride)
    }

    package func forward(chunk: Int, into result: UnsafeMutablePointer<Double>) {
        guard let tangents else { preconditionFailure("no tangents were loaded") }
        let range = chunkRange(chunk)
        if vectors == 1 {
            multiply(range, tangents.first, into: result)
            return
        }
        column.reserve(chunkRows * components)
        for vector in 0..<vectors {
            multiply(range, tangents.first + vector * tangents.stride, into: column.pointer)
            for sample in 0..<range.count {
                for component in 0..<components {
                    result[(sample * vectors + vector) * components + component] =
                        column.pointer[sample * components + component]
                }
            }
        }
    }

    private func multiply(
        _ samples: Range<Int>, _ vector: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>
    ) {
        R.rowProducts(
            rows(samples.lowerBound), vector, result, count: samples.count * components, columns: layout.count)
    }

    package func beginTransposed(vectors: Int, into result: UnsafeMutablePointer<Double>, stride: Int) {
        self.vectors = vectors
        sum = (result, stride)
        for vector in 0..<vectors { (result + vector * stride).update(repeating: 0, count: layout.count) }
    }

    package func backward(chunk: Int, from seeds: UnsafePointer<Double>) {
        let range = chunkRange(chunk)
        guard let sum else { return }
        if vectors == 1 {
            addRows(range, seeds, to: sum.result)
            return
        }
        column.reserve(chunkRows * components)
        for vector in 0..<vectors {
            for sample in 0..<range.count {
                for component in 0..<components {
                    column.pointer[sample * components + component] =
                        seeds[(sample * vectors + vector) * components + component]
                }
            }
            addRows(range, column.pointer, to: sum.result + vector * sum.stride)
        }
    }

    private func addRows(
        _ samples: Range<Int>, _ factors: UnsafePointer<Double>, to sum: UnsafeMutablePointer<Double>
    ) {
        R.addRows(rows(samples.lowerBound), factors, sum, count: samples.count * components, columns: layout.count)
    }

    package func endTransposed() { sum = nil }

    // MARK: Rows

    package func rows(
        chunk: Int, samples: Range<Int>, component: Int, into result: UnsafeMutablePointer<Double>, stride: Int
    ) {
        let first = chunkRange(chunk).lowerBound
        for (index, sample) in samples.enumerated() {
            R.blockOut(
                rows(first + sample) + component * layout.count, result + index * stride, stride: 0, rows: 1,
                vectors: 1, features: layout.count, accumulate: false)
        }
    }

    package var rowsInMemory: UnsafeBufferPointer<Double>? {
        storage.inDouble.map { UnsafeBufferPointer(start: $0, count: samples * width) }
    }

    package func factors(modewise: Bool) -> RowFactors? { nil }
}

extension Region {
    /// The same memory, where the elements are doubles.
    fileprivate var inDouble: UnsafePointer<Double>? { (self as? Region<Double>).map { UnsafePointer($0.pointer) } }
}
