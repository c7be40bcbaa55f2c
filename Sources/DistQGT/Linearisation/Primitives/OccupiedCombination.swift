import LinearAlgebra

/// Rows of the occupied modes R of each configuration, each a sum of rows of a parameter with coefficients of the sample:
/// y[a, :] = Σ_f h[place(R_a), f] x[R_a, f, :]. Zeros where a configuration has a wrong number of occupied modes.
///
/// x is a parameter node with a row of terms · length elements for each mode, h a sample node with a row of coefficients for
/// each place. Linear map: ẏ = ḣ x + h ẋ. Transpose: h̄[place, f] += Σ_b x*[R_a, f, b] ȳ[a, b], x̄[R_a, f, b] += h* ȳ.
package struct OccupiedCombination: ParameterPrimitive {
    package let modes: ModeIndex
    package let shape: RowCombinationShape
    package let coefficients: Node
    package let rows: Node
    package let configuration: Node
    package let output: Node

    package var inputs: [Node] { [coefficients, rows, configuration] }
    package var keptInputs: [Int] { rows.hasTangent ? [0, 2] : [2] }
    package var separable: SeparableRow? { nil }
    package var scratchReals: Int { ModeIndex.samples * modes.count }
    package var multiplications: Int { output.elements * shape.terms * (output.isComplex ? 4 : 1) }
    /// A product for the tangent of the rows, and one for that of the coefficients.
    package var tangentMultiplications: Int {
        multiplications * ((rows.hasTangent ? 1 : 0) + (coefficients.hasTangent ? 1 : 0))
    }

    package var indexedReals: Int { output.hasTangent ? output.reals * shape.terms : 0 }

    private var isComplex: Bool { output.isComplex }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        let (h, x, y) = (context.value(coefficients), context.value(rows), context.value(output))
        forEachPart(context) { first, count, index in
            R.combineRows(
                shape.of(samples: count), index, coefficients: h + first * coefficients.reals, x,
                y + first * output.reals, complex: isComplex, accumulate: false)
        }
    }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let y = context.tangent(output) else { return }
        let vectors = context.vectors
        forEachPart(context) { first, count, index in
            let y = y + first * vectors * output.reals
            var written = false
            if let tangent = context.tangent(rows) {
                R.combineRows(
                    shape.of(samples: count, vectors: vectors, rowVectors: vectors), index,
                    coefficients: context.value(coefficients) + first * coefficients.reals, tangent, y,
                    complex: isComplex, accumulate: false)
                written = true
            }
            if let tangent = context.tangent(coefficients) {
                R.combineRows(
                    shape.of(samples: count, vectors: vectors, coefficientVectors: vectors), index,
                    coefficients: tangent + first * vectors * coefficients.reals, context.value(rows), y,
                    complex: isComplex, accumulate: written)
            }
        }
    }

    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let y = context.tangent(output) else { return }
        let vectors = context.vectors
        // Cotangents of parameters gather over chunks: `accumulates` holds for them throughout.
        if let cotangent = context.tangent(rows) {
            forEachPart(context) { first, count, index in
                R.addToCombined(
                    shape.of(samples: count, vectors: vectors, rowVectors: vectors), index,
                    coefficients: context.value(coefficients) + first * coefficients.reals,
                    y + first * vectors * output.reals, cotangent, complex: isComplex)
            }
        }
        transposeCoefficients(context, y)
    }

    package func transposeRows<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let y = context.tangent(output) else { return }
        if rows.hasTangent {
            forEachPart(context) { first, count, index in
                for sample in 0..<count {
                    R.addToCombined(
                        shape.of(samples: 1), index + sample * modes.count,
                        coefficients: context.value(coefficients) + (first + sample) * coefficients.reals,
                        y + (first + sample) * output.reals, context.row(rows, sample: first + sample),
                        complex: isComplex)
                }
            }
        }
        transposeCoefficients(context, y)
    }

    private func transposeCoefficients<R: TapeScalar>(_ context: TapeContext<R>, _ y: UnsafePointer<R>) {
        guard let cotangent = context.tangent(coefficients) else { return }
        let vectors = context.vectors
        if !context.accumulates(0) { cotangent.setToZero(count: context.samples * vectors * coefficients.reals) }
        forEachPart(context) { first, count, index in
            R.addToCoefficients(
                shape.of(samples: count, vectors: vectors, coefficientVectors: vectors), index, context.value(rows),
                y + first * vectors * output.reals, cotangent + first * vectors * coefficients.reals,
                complex: isComplex)
        }
    }

    /// Some samples at a time: the first, how many, and their rows.
    private func forEachPart<R: TapeScalar>(
        _ context: TapeContext<R>, _ body: (Int, Int, UnsafePointer<Int32>) -> Void
    ) {
        let s = context.value(configuration)
        UnsafeMutableRawPointer(context.scratch).withMemoryRebound(to: Int32.self, capacity: scratchReals) { index in
            for first in Swift.stride(from: 0, to: context.samples, by: ModeIndex.samples) {
                let count = min(ModeIndex.samples, context.samples - first)
                modes.write(
                    s + first * configuration.features, features: configuration.features, samples: count, into: index)
                body(first, count, index)
            }
        }
    }
}
