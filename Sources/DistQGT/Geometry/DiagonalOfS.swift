import CKernels
import LinearAlgebra

/// The diagonal of S, S_kk = Σ_s w_s |O_sk|² − |Ō_k|², exactly and without the Jacobian.
///
/// *Defined* by the rows of J. Where a dense layer is the only place that touches its weights, once per
/// sample, the sum over samples is one product of squared inputs and squared cotangents; other leaves
/// use their rows, block by block.
public enum DiagonalOfS {
    /// Collective: one allreduce of P numbers.
    ///
    /// - Parameter means: of the same linearisation.
    public static func compute(_ linearisation: Linearisation, means: MeanJacobian) throws -> ParameterVector {
        let space = linearisation.space
        let factors = linearisation.factors(modewise: false)
        let diagonal = try sum(over: linearisation) { samples, sum in
            if let factors {
                for pair in factors.pairs { add(pair, factors, samples, space, to: sum) }
                addRest(factors, samples, space, to: sum)
            } else {
                addRows(linearisation, samples, to: sum)
            }
        }
        diagonal.setEach { index in
            var square = means.real[index] * means.real[index]
            if let imaginary = means.imaginary { square += imaginary[index] * imaginary[index] }
            // A difference of nearly equal numbers may fall below zero by rounding; S_kk does not.
            return max(0, diagonal[index] - square)
        }
        diagonal.publish()
        return diagonal
    }

    /// The same from rows that are written out already. Collective: one allreduce of P numbers.
    static func compute(_ rows: CentredRows) throws -> ParameterVector {
        let linearisation = rows.linearisation
        let diagonal = try sum(over: linearisation) { samples, sum in
            ck_weighted_squares_d(
                1, rows.pointer(samples.lowerBound), sum, samples.count * linearisation.space.components,
                linearisation.layout.count, 1)
        }
        diagonal.publish()
        return diagonal
    }

    /// A vector of P sums over the samples of all ranks, not yet published.
    ///
    /// - Parameter add: adds the shares of some of this rank's samples.
    private static func sum(
        over linearisation: Linearisation, _ add: (Range<Int>, UnsafeMutablePointer<Double>) -> Void
    ) throws -> ParameterVector {
        let vector = linearisation.makeReplicatedVector()
        let sum = VectorSum(over: linearisation.space, count: vector.count, scalars: 0, in: vector.memory)
        _ = try sum.sum(into: CollectionOfOne(vector)) { _, samples, sum in
            sum.update(repeating: 0, count: vector.count)
            add(samples, sum)
        }
        sum.take(vector)
        return vector
    }

    private static func addRows(
        _ linearisation: Linearisation, _ samples: Range<Int>, to diagonal: UnsafeMutablePointer<Double>
    ) {
        let space = linearisation.space
        let count = linearisation.layout.count
        linearisation.forEachRowBlock(of: samples) { samples, rows in
            for (index, sample) in samples.enumerated() {
                ck_weighted_squares_d(
                    space.weight(sample), rows + index * space.components * count, diagonal, space.components, count, 1)
            }
        }
    }

    private static func addRest(
        _ factors: RowFactors, _ samples: Range<Int>, _ space: SampleSpace, to diagonal: UnsafeMutablePointer<Double>
    ) {
        let width = factors.plan.restWidth
        guard width > 0 else { return }
        let sums = RealBuffer(count: width)
        for sample in samples {
            ck_weighted_squares_d(
                space.weight(sample), factors.rest.pointer + sample * factors.components * width, sums.pointer,
                factors.components, width, 1)
        }
        for leaf in factors.restLeaves {
            ck_axpy(CK_DOUBLE, 1, 0, sums.pointer + leaf.rest, diagonal + leaf.layout, leaf.count, 1)
        }
    }

    private static func add(
        _ pair: RowFactors.Pair, _ factors: RowFactors, _ samples: Range<Int>, _ space: SampleSpace,
        to diagonal: UnsafeMutablePointer<Double>
    ) {
        guard let kernelOffset = pair.kernelOffset else {
            preconditionFailure("squares of modes are not squares of rows")
        }
        let reals = pair.cotangentReals
        // Σ_c w ȳ², by sample: what the bias sums, and one factor of the kernel's product.
        let squares = RealBuffer(count: samples.count * reals)
        for (row, sample) in samples.enumerated() {
            ck_weighted_squares_d(
                space.weight(sample), pair.cotangent.pointer + sample * factors.components * reals,
                squares.pointer + row * reals, factors.components, reals, 0)
        }
        if let offset = pair.biasOffset {
            ck_column_sums(CK_DOUBLE, squares.pointer, diagonal + offset, samples.count, reals, 1)
        }
        if pair.row.input.isComplex {
            addComplex(pair, factors, samples, space, to: diagonal + kernelOffset)
        } else {
            let inputs = RealBuffer(count: samples.count * pair.inputReals)
            ck_weighted_squares_d(
                1, pair.input.pointer + samples.lowerBound * pair.inputReals, inputs.pointer, 1, inputs.count, 0)
            accumulate(inputs, squares, samples.count, pair.inputReals, reals, into: diagonal + kernelOffset)
        }
    }

    /// Complex x: the row is x̄ ȳ with parts Re = x_r y_r + x_i y_i and Im = x_r y_i − x_i y_r, whose squares are
    /// three products each.
    private static func addComplex(
        _ pair: RowFactors.Pair, _ factors: RowFactors, _ range: Range<Int>, _ space: SampleSpace,
        to diagonal: UnsafeMutablePointer<Double>
    ) {
        let samples = range.count
        let width = pair.inputReals / 2
        let outputs = pair.cotangentReals / 2
        let x = (0..<3).map { _ in RealBuffer(count: samples * width) }
        ck_complex_squares_d(
            pair.input.pointer + range.lowerBound * pair.inputReals, x[0].pointer, x[1].pointer, x[2].pointer,
            samples * width)
        let y = (0..<3).map { _ in RealBuffer(count: samples * outputs) }
        let parts = (0..<3).map { _ in RealBuffer(count: outputs) }
        for (row, sample) in range.enumerated() {
            for component in 0..<factors.components {
                ck_complex_squares_d(
                    pair.cotangent.pointer + (sample * factors.components + component) * pair.cotangentReals,
                    parts[0].pointer, parts[1].pointer, parts[2].pointer, outputs)
                for part in 0..<3 {
                    ck_axpy(
                        CK_DOUBLE, space.weight(sample), 0, parts[part].pointer, y[part].pointer + row * outputs,
                        outputs, 1)
                }
            }
        }
        let real = RealBuffer(count: width * outputs)
        let imaginary = RealBuffer(count: width * outputs)
        accumulate(x[0], y[0], samples, width, outputs, into: real.pointer)
        accumulate(x[1], y[1], samples, width, outputs, into: real.pointer)
        accumulate(x[0], y[1], samples, width, outputs, into: imaginary.pointer)
        accumulate(x[1], y[0], samples, width, outputs, into: imaginary.pointer)
        let cross = RealBuffer(count: width * outputs)
        accumulate(x[2], y[2], samples, width, outputs, into: cross.pointer)
        for index in 0..<width * outputs {
            diagonal[2 * index] += real.pointer[index] + 2 * cross.pointer[index]
            diagonal[2 * index + 1] += imaginary.pointer[index] - 2 * cross.pointer[index]
        }
    }

    /// result += aᵀ b for a of samples × width and b of samples × columns.
    private static func accumulate(
        _ a: RealBuffer, _ b: RealBuffer, _ samples: Int, _ width: Int, _ columns: Int,
        into result: UnsafeMutablePointer<Double>
    ) {
        guard samples > 0 else { return }
        Double.multiply(
            .transposed, .plain, width, columns, samples, a.pointer, width, b.pointer, columns, result, columns,
            accumulate: true)
    }
}
