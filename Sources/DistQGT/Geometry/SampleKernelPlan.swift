import Communication
import LinearAlgebra

/// What a sample-space kernel sends and stores, known from the tape and the sizes alone.
package struct SampleKernelPlan {
    /// Numbers of this rank in each of its allgathers, in order.
    let gathered: [Int]
    /// Numbers of this rank in each of its all-to-alls, if all ranks hold as many samples.
    let exchanged: [Int]
    /// Bytes of this rank's rows of T, and of what they are made from.
    let bytes: Int

    /// The messages of making it.
    var messages: [CollectiveRecord] {
        gathered.map { .reals($0, .allGather) } + exchanged.map { .reals($0, .allToAll) }
    }

    /// Multiplications for an entry of the part of T that belongs to a sample and a sample, by rows or by Gram
    /// matrices of the factors that a tape knows.
    package static func multiplications(_ tape: Tape, hasDiagonal: Bool) -> Double {
        let components = tape.output.isComplex ? 2.0 : 1.0
        guard !hasDiagonal else { return components * components * Double(tape.trainedLayout.count) }
        let plan = SeparationPlan(tape, modewise: true)
        return plan.rows(of: tape).reduce(components * components * Double(plan.restWidth)) { width, row in
            let products = Double(row.input.reals) + components * components * Double(row.output.reals + 1)
            switch row.form {
            case .product: return width + products * (row.input.isComplex ? 2 : 1)
            case .modes(let waves, channels: _):
                // A complex mode has two reals in each factor, and four products.
                return width + products * Double(waves.elements + 2 * waves.complexModes) / Double(waves.elements)
            }
        }
    }

    /// - Parameters:
    ///   - samples: of this rank.
    ///   - totalSamples: over all ranks.
    ///   - rowWidth: parameters of the rows where it is made from rows, as D ≠ 1 asks for; nil for factors.
    ///   - isInBlocks: whether sums are in blocks, so that nothing is mirrored.
    ///   - liftsMean: see `SampleKernel`.
    ///   - forFactorisation: whether the matrix is only gathered; where sums are in blocks it is centred there.
    init(
        _ tape: Tape, samples: Int, totalSamples: Int, ranks: Int, rowWidth: Int?, isInBlocks: Bool,
        liftsMean: Bool = false, forFactorisation: Bool
    ) {
        let components = tape.output.isComplex ? 2 : 1
        let rows = samples * components
        let size = totalSamples * components
        // Sizes; weights.
        var gathered = [1, samples]
        // On a single rank nothing travels to be multiplied.
        var factors: [Int] = []
        var arriving = 0
        var stored: Int
        if let count = rowWidth {
            let width = SampleKernel.rowBlockWidth(parameters: count, size: size)
            factors = stride(from: 0, to: count, by: width).map { rows * min(width, count - $0) }
            stored = .bytes(ofReals: rows, count + width)
        } else {
            let plan = SeparationPlan(tape, modewise: true)
            stored = .bytes(ofReals: rows, plan.restWidth)
            var hasPanels = false
            for row in plan.rows(of: tape) {
                let pair = [samples * row.input.reals, rows * row.output.reals]
                factors += pair
                stored += .bytes(ofReals: pair[0] + pair[1])
                // Both of all ranks, and i times both or both packed.
                var copies = ranks > 1 ? 1 : 0
                switch row.form {
                case .product:
                    hasPanels = true
                    copies += row.input.isComplex ? 1 : 0
                case .modes: copies += 1
                }
                arriving = max(arriving, .bytes(ofReals: pair[0] + pair[1], ranks * copies))
            }
            if plan.restWidth > 0 { factors.append(rows * plan.restWidth) }
            // Panels of the products of the inputs and of the cotangents.
            if hasPanels {
                let panel = min(samples, SampleKernel.panelSamples)
                stored += .bytes(ofReals: panel, totalSamples) + .bytes(ofReals: panel * components, size)
            }
        }
        if ranks > 1 { gathered += factors }
        // Row sums of the centring.
        if !(isInBlocks && forFactorisation) { gathered += [rows * components] + (liftsMean ? [rows] : []) }
        self.gathered = gathered
        if ranks > 1 { arriving = max(arriving, .bytes(ofReals: factors.max() ?? 0, ranks)) }
        // The other half of the rows, what is sent and what comes in a round.
        let panels = ranks > 1 && !isInBlocks ? SampleKernel.panels(of: [0..<samples], firstSample: 0).count : 0
        let perRound = SampleKernel.panelsPerRound(size: size, components: components)
        let rounds = (panels + perRound - 1) / perRound
        exchanged = (0..<rounds).map { _ in rows * (size - rows) / 2 / rounds }
        arriving = max(arriving, .bytes(ofReals: 2 * (exchanged.first ?? 0)))
        bytes = .bytes(ofReals: rows, size) + stored + arriving
    }
}
