import CKernels

// Convolutions of periodic arrays. A sample's modes are (slot, channel); weights are (slot, in, out), slots
// `stride` apart.
extension TapeScalar {
    /// Reals of working memory that these need for so many channels, in and out.
    public static func convolutionScratch(_ waves: LatticeWaves, channels: Int) -> Int {
        waves.withKernelForm { ck_convolution_scratch(tag, $0, channels) }
    }

    /// y = or += Aᵀ(w · A x + w₂ · modes₂) + bias for the samples of x or modes₂; also A x. The second term, the bias
    /// and either result may be nil.
    ///
    /// - Parameters:
    ///   - adjoint: the weights are (slot, out, in), and each is the adjoint of what it is otherwise.
    ///   - interleaved: whether x and y lie element by element with `interleavedSamples(of: samples)` samples side by side;
    ///     then without gaps, with whole blocks of samples, and y is overwritten.
    public static func convolve(
        _ waves: LatticeWaves, _ x: (elements: UnsafePointer<Self>, stride: Int)?,
        weights: (modes: UnsafePointer<Self>, stride: Int), adjoint: Bool,
        adding second: (modes: UnsafePointer<Self>, weights: UnsafePointer<Self>, stride: Int)?,
        bias: UnsafePointer<Self>?, modes: UnsafeMutablePointer<Self>?,
        _ y: (elements: UnsafeMutablePointer<Self>, stride: Int)?, accumulate: Bool, channels: (in: Int, out: Int),
        samples: Int, interleaved: (x: Bool, y: Bool), scratch: UnsafeMutablePointer<Self>
    ) {
        waves.withKernelForm { form in
            withTables(waves) { table, _ in
                ck_convolve(
                    tag, form, table, x?.elements, x?.stride ?? 0, modes, weights.modes, weights.stride, second?.modes,
                    second?.weights, second?.stride ?? 0, adjoint ? 1 : 0, bias, y?.elements, y?.stride ?? 0,
                    accumulate ? 1 : 0, channels.in, channels.out, samples,
                    (interleaved.x ? Int32(CK_INTERLEAVED_X) : 0) | (interleaved.y ? Int32(CK_INTERLEAVED_Y) : 0),
                    scratch)
            }
        }
    }

    /// A x.
    public static func modes(
        _ waves: LatticeWaves, _ x: UnsafePointer<Self>, channels: Int, samples: Int,
        into modes: UnsafeMutablePointer<Self>, scratch: UnsafeMutablePointer<Self>
    ) {
        waves.withKernelForm { form in
            withTables(waves) { table, _ in
                ck_convolve(
                    tag, form, table, x, channels * waves.elements, modes, nil, 0, nil, nil, 0, 0, nil, nil, 0, 0,
                    channels, 0, samples, 0, scratch)
            }
        }
    }

    /// weights += Σ x† ⊗ y, mode by mode, over samples whose modes are x and y; 64 bytes after those of y are readable.
    public static func addModeProducts(
        _ waves: LatticeWaves, _ x: UnsafePointer<Self>, _ y: UnsafePointer<Self>, channels: (in: Int, out: Int),
        samples: Int, to weights: UnsafeMutablePointer<Self>, stride: Int
    ) { waves.withKernelForm { ck_mode_products(tag, $0, x, channels.in, y, channels.out, samples, weights, stride) } }

    /// weights = modes of a kernel whose rows (out, in) lie `kernelStride` apart, ready for `convolve`.
    public static func kernelToWeights(
        _ waves: LatticeWaves, _ kernel: UnsafePointer<Self>, kernelStride: Int, channels: (in: Int, out: Int),
        _ weights: UnsafeMutablePointer<Self>, stride: Int, scratch: UnsafeMutablePointer<Self>
    ) {
        waves.withKernelForm { form in
            withTables(waves) { table, scales in
                ck_weights_from_kernel(
                    tag, form, table, scales, kernel, kernelStride, channels.in, channels.out, weights, stride, scratch)
            }
        }
    }

    /// kernel += the transpose of that.
    public static func weightsToKernel(
        _ waves: LatticeWaves, _ weights: UnsafePointer<Self>, stride: Int, channels: (in: Int, out: Int),
        addingTo kernel: UnsafeMutablePointer<Self>, kernelStride: Int, scratch: UnsafeMutablePointer<Self>
    ) {
        waves.withKernelForm { form in
            withTables(waves) { table, scales in
                ck_kernel_from_weights(
                    tag, form, table, scales, weights, stride, channels.in, channels.out, kernel, kernelStride, 1,
                    scratch)
            }
        }
    }

    /// The waves' tables in this precision: cosines and sines, and the scales by slot.
    private static func withTables(_ waves: LatticeWaves, _ body: (UnsafeRawPointer, UnsafeRawPointer) -> Void) {
        func call<Number>(_ table: [Number], _ scales: [Number]) {
            table.withUnsafeBytes { table in
                scales.withUnsafeBytes { scales in
                    if let table = table.baseAddress, let scales = scales.baseAddress { body(table, scales) }
                }
            }
        }
        if tag == CK_DOUBLE { call(waves.table, waves.scales) } else { call(waves.singleTable, waves.singleScales) }
    }
}
