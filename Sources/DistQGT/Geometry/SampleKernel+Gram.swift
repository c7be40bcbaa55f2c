import CKernels
import LinearAlgebra

/// What a layer that alone touches its weights adds to T, from Gram matrices of its inputs and cotangents.
extension SampleKernel {
    /// Samples of this rank whose rows of the Gram matrices are formed at a time: enough for fast products, and few
    /// enough for the products to stay in a core's cache until they are multiplied with each other.
    static let panelSamples = 64

    /// entries += (x_s·x_s′ + bias)(δ_s·δ_s′); for complex x also ⟨x_s, i x_s′⟩⟨δ_s, iδ_s′⟩, which completes
    /// Re[(x̄_s·x_s′)(δ_s·δ̄_s′)]. Collective: two allgathers, none on a single rank.
    func add(_ pair: RowFactors.Pair) throws {
        scale(pair.cotangent, width: pair.cotangentReals)
        let inputs = try ofAllRanks(pair.input, realsPerSample: pair.inputReals)
        let cotangents = try ofAllRanks(pair.cotangent, realsPerSample: space.components * pair.cotangentReals)
        if case .modes(let waves, let channels) = pair.row.form {
            return addModes(waves, channels, inputs, cotangents)
        }
        addGramProducts(pair, inputs, cotangents, offset: pair.biasOffset == nil ? 0 : 1)
        guard pair.row.input.isComplex else { return }
        addGramProducts(pair, Self.timesI(inputs), Self.timesI(cotangents), offset: 0)
    }

    /// entries[(s,a), (s′,b)] += (x_s·x′_s′ + offset)(δ_s,a·δ′_s′,b) with x and δ of this rank's samples, x′ and δ′ of
    /// all that are paired; on a single rank for s′ ≤ s.
    private func addGramProducts(
        _ pair: RowFactors.Pair, _ inputs: RealBuffer, _ cotangents: RealBuffer, offset: Double
    ) {
        let components = space.components
        let panelRows = panels.map(\.count).max() ?? 0
        let inputProducts = RealBuffer(uninitialisedCount: panelRows * space.totalCount)
        let products = RealBuffer(uninitialisedCount: panelRows * components * size)
        for panel in panels {
            let first = panel.lowerBound - firstSample
            let firstRow = first * components
            for piece in pieces(of: panel) {
                let columns = piece.count
                Double.multiply(
                    .plain, .transposed, panel.count, columns, pair.inputReals,
                    pair.input.pointer + first * pair.inputReals,
                    pair.inputReals, inputs.pointer + piece.lowerBound * pair.inputReals, pair.inputReals,
                    inputProducts.pointer, columns, accumulate: false)
                Double.multiply(
                    .plain, .transposed, panel.count * components, columns * components, pair.cotangentReals,
                    pair.cotangent.pointer + firstRow * pair.cotangentReals, pair.cotangentReals,
                    cotangents.pointer + piece.lowerBound * components * pair.cotangentReals, pair.cotangentReals,
                    products.pointer, columns * components, accumulate: false)
                for row in 0..<panel.count * components {
                    ck_hadamard_add_d(
                        inputProducts.pointer + row / components * columns, offset,
                        products.pointer + row * columns * components,
                        entries.pointer + (firstRow + row) * size + piece.lowerBound * components, columns, components)
                }
            }
        }
    }

    /// entries[(s,a), (s′,b)] += Σ_m Re[⟨x_s, x_s′⟩ ⟨δ_s′,b, δ_s,a⟩]/D over the modes m of all samples.
    private func addModes(
        _ waves: LatticeWaves, _ channels: (in: Int, out: Int), _ inputs: RealBuffer, _ cotangents: RealBuffer
    ) {
        let components = space.components
        let x = PackedModes(
            inputs, waves, channels: channels.in, components: 1, samples: space.totalCount, isScaled: true)
        let y = PackedModes(
            cotangents, waves, channels: channels.out, components: components, samples: space.totalCount,
            isScaled: false)
        for panel in panels {
            for piece in pieces(of: panel) {
                PackedModes.addGram(
                    waves, x, y, rows: panel, columns: piece,
                    to: entries.pointer + (panel.lowerBound * components - firstRow) * size
                        + piece.lowerBound * components, stride: size)
            }
        }
    }

    private static func timesI(_ x: RealBuffer) -> RealBuffer {
        let y = RealBuffer(uninitialisedCount: x.count)
        ck_axpy(CK_COMPLEX_DOUBLE, 0, 1, x.pointer, y.pointer, x.count / 2, 0)
        return y
    }
}
