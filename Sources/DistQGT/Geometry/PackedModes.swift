import CKernels
import LinearAlgebra

/// The modes of samples, eight samples side by side, as `ck_add_mode_gram_d` takes them.
struct PackedModes {
    private let modes: RealBuffer
    private let form: ck_packed_modes

    /// - Parameters:
    ///   - source: samples × components × modes, the modes of each as (slot, channel).
    ///   - isScaled: whether modes are divided by √D (`LatticeWaves`).
    init(
        _ source: RealBuffer, _ waves: LatticeWaves, channels: Int, components: Int, samples: Int, isScaled: Bool
    ) {
        let numbers = waves.elements * channels
        // One cache line more: blocks of a power of two would share the cache's sets.
        let block = 8 * numbers + 8
        let component = (samples + 7) / 8 * block
        modes = RealBuffer(uninitialisedCount: components * component)
        let roots = waves.scales.map { $0.squareRoot() }
        for index in 0..<components {
            ck_pack_modes_d(
                source.pointer + index * numbers, isScaled ? roots : nil, waves.elements, channels,
                components * numbers,
                samples, modes.pointer + index * component, block)
        }
        form = ck_packed_modes(
            modes: modes.pointer, channels: channels, block: block, components: components, component: component)
    }

    /// t[(s,a), (s′,b)] += Σ_m Re[⟨x_s, x_s′⟩ ⟨y_s′,b, y_s,a⟩] for the samples s of `rows` and s′ of `columns`, both among
    /// all, from the first of each on.
    static func addGram(
        _ waves: LatticeWaves, _ x: PackedModes, _ y: PackedModes, rows: Range<Int>, columns: Range<Int>,
        to t: UnsafeMutablePointer<Double>, stride: Int
    ) {
        withExtendedLifetime((x.modes, y.modes)) {
            withUnsafePointer(to: x.form) { x in
                withUnsafePointer(to: y.form) { y in
                    ck_add_mode_gram_d(
                        waves.complexModes, waves.elements, x, y, rows.lowerBound, rows.count, columns.lowerBound,
                        columns.count, t, stride)
                }
            }
        }
    }
}
