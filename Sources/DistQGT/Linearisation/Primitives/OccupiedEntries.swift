import LinearAlgebra

/// A matrix of the occupied modes R of each configuration, picked out of x: rows x[R], entries x[R, C], or the
/// antisymmetric F[R, R] of a packed upper triangle. Linear in x, which is a parameter or a sample node; a configuration
/// with a wrong number of occupied modes gives zeros, and nothing flows back from it.
///
/// Entries of a matrix that has fewer parameters than entries are looked up in a table: what flows back to a sample's row
/// is then as many numbers as are occupied, not the whole matrix.
///
/// Where x is a parameter, the cotangents of samples add up in it, or go to their samples' rows.
package struct OccupiedEntries: ParameterPrimitive {
    package enum Form: Sendable {
        /// n × c: rows of x, which has c features.
        case rows
        /// n × n′: columns are those of other occupied modes, of so many columns.
        case entries(columns: ModeIndex, of: Int)
        /// n × n with entries of an antisymmetric matrix of so many modes: x is its upper triangle, by rows.
        case antisymmetric(modes: Int)
    }

    package let form: Form
    /// By entry of the matrix the element of x that it is, or −1 for 0; nil where x is the matrix. A parameter's alone.
    package let table: [Int32]?
    package let modes: ModeIndex
    package let input: Node
    package let configuration: Node
    package let output: Node

    package var inputs: [Node] { [input, configuration] }
    package var keptInputs: [Int] { input.hasTangent ? [1] : [] }
    package var separable: SeparableRow? { nil }
    package var scratchReals: Int { ModeIndex.samples * (modes.count + (columns?.count ?? 0)) }
    package var multiplications: Int { 0 }
    package var indexedReals: Int { input.hasTangent ? output.reals : 0 }

    private var columns: ModeIndex? {
        guard case .entries(let columns, _) = form else { return nil }
        return columns
    }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        select(context, context.value(input), context.value(output), vectors: 1)
    }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        select(context, x, y, vectors: context.vectors)
    }

    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        if input.part == .sample && !context.accumulates(0) {
            x.setToZero(count: context.samples * context.vectors * input.reals)
        }
        let stride = stride(context.vectors)
        forEachPart(context) { first, count, rows, columns in
            add(
                y + first * context.vectors * output.reals, rows, columns,
                to: x + first * stride * (input.isComplex ? 2 : 1), stride: stride, samples: count,
                vectors: context.vectors)
        }
    }

    package func transposeRows<R: TapeScalar>(_ context: TapeContext<R>) {
        guard input.part == .parameter else { return transpose(context) }
        guard input.hasTangent, let y = context.tangent(output) else { return }
        forEachPart(context) { first, count, rows, columns in
            for sample in 0..<count {
                add(
                    y + (first + sample) * output.reals, rows + sample * modes.count,
                    columns + sample * (self.columns?.count ?? 0), to: context.row(input, sample: first + sample),
                    stride: 0, samples: 1, vectors: 1)
            }
        }
    }

    /// Numbers of the field from one sample's x to the next.
    private func stride(_ vectors: Int) -> Int { input.part == .sample ? vectors * input.elements : 0 }

    private func select<R: TapeScalar>(
        _ context: TapeContext<R>, _ x: UnsafePointer<R>, _ y: UnsafeMutablePointer<R>, vectors: Int
    ) {
        let stride = stride(vectors)
        let width = input.isComplex ? 2 : 1
        forEachPart(context) { first, samples, rows, columns in
            let x = x + first * stride * width
            let y = y + first * vectors * output.reals
            switch form {
            case .rows:
                R.selectRows(
                    x, stride: stride * width, rows, y, samples: samples, count: modes.count,
                    length: vectors * input.rowReals)
            case .entries(let others, let features):
                withTable { table in
                    guard let table else {
                        return R.selectEntries(
                            x, stride: stride, rows: rows, columns: columns, y, samples: samples,
                            shape: (modes.count, others.count), vectors: vectors, features: features,
                            complex: input.isComplex)
                    }
                    R.selectEntries(
                        x, table: table, elements: input.elements, rows: rows, columns: columns, y, samples: samples,
                        shape: (modes.count, others.count), vectors: vectors, features: features,
                        complex: input.isComplex)
                }
            case .antisymmetric(let size):
                withTable { table in
                    R.selectPairs(
                        x, stride: stride, table: table, elements: input.elements, rows, y, samples: samples,
                        count: modes.count, vectors: vectors, modes: size, complex: input.isComplex)
                }
            }
        }
    }

    private func add<R: TapeScalar>(
        _ y: UnsafePointer<R>, _ rows: UnsafePointer<Int32>, _ columns: UnsafePointer<Int32>,
        to x: UnsafeMutablePointer<R>, stride: Int, samples: Int, vectors: Int
    ) {
        switch form {
        case .rows:
            R.addToRows(
                y, rows, x, stride: stride * (input.isComplex ? 2 : 1), samples: samples, count: modes.count,
                length: vectors * input.rowReals)
        case .entries(let others, let features):
            withTable { table in
                guard let table else {
                    return R.addToEntries(
                        y, rows: rows, columns: columns, x, stride: stride, samples: samples,
                        shape: (modes.count, others.count), vectors: vectors, features: features,
                        complex: input.isComplex)
                }
                R.addToEntries(
                    y, table: table, elements: input.elements, rows: rows, columns: columns, x, samples: samples,
                    shape: (modes.count, others.count), vectors: vectors, features: features, complex: input.isComplex)
            }
        case .antisymmetric(let size):
            withTable { table in
                R.addToPairs(
                    y, rows, x, stride: stride, table: table, elements: input.elements, samples: samples,
                    count: modes.count, vectors: vectors, modes: size, complex: input.isComplex)
            }
        }
    }

    private func withTable(_ body: (UnsafePointer<Int32>?) -> Void) {
        guard let table else { return body(nil) }
        table.withUnsafeBufferPointer { body($0.baseAddress) }
    }

    /// Some samples at a time: the first, how many, and their rows and columns.
    private func forEachPart<R: TapeScalar>(
        _ context: TapeContext<R>, _ body: (Int, Int, UnsafePointer<Int32>, UnsafePointer<Int32>) -> Void
    ) {
        let s = context.value(configuration)
        UnsafeMutableRawPointer(context.scratch).withMemoryRebound(to: Int32.self, capacity: scratchReals) { index in
            let others = index + ModeIndex.samples * modes.count
            for first in Swift.stride(from: 0, to: context.samples, by: ModeIndex.samples) {
                let count = min(ModeIndex.samples, context.samples - first)
                let s = s + first * configuration.features
                modes.write(s, features: configuration.features, samples: count, into: index)
                columns?.write(s, features: configuration.features, samples: count, into: others)
                body(first, count, index, others)
            }
        }
    }
}

/// Occupied modes as the kernels read them.
package struct ModeIndex: Sendable {
    /// Configurations whose occupied modes are found together.
    static let samples = 64

    private let codes: [Int32]
    private let rows: [Int32]
    let count: Int

    init(_ modes: OccupiedModes) {
        codes = modes.codes
        rows = modes.rows.map(Int32.init)
        count = modes.count
    }

    func write<R: TapeScalar>(
        _ s: UnsafePointer<R>, features: Int, samples: Int, into index: UnsafeMutablePointer<Int32>
    ) {
        codes.withUnsafeBufferPointer { codes in
            rows.withUnsafeBufferPointer { rows in
                guard let base = codes.baseAddress, let rows = rows.baseAddress else { return }
                R.occupiedModes(
                    s, codes: base, rows: rows, modes: codes.count, count: count, index, samples: samples,
                    features: features)
            }
        }
    }
}
