import CKernels

extension Double {
    public static func convolutionScratch(_ waves: LatticeWaves, channels: Int) -> Int {
        waves.withKernelForm { ck_convolution_scratch_d($0, channels) }
    }

    public static func convolve(
        _ waves: LatticeWaves, _ x: (elements: UnsafePointer<Double>, stride: Int)?,
        weights: (modes: UnsafePointer<Double>, stride: Int), adjoint: Bool,
        adding second: (modes: UnsafePointer<Double>, weights: UnsafePointer<Double>, stride: Int)?,
        bias: UnsafePointer<Double>?, modes: UnsafeMutablePointer<Double>?,
        _ y: (elements: UnsafeMutablePointer<Double>, stride: Int)?, accumulate: Bool,
        channels: (in: Int, out: Int), samples: Int, interleaved: (x: Bool, y: Bool),
        scratch: UnsafeMutablePointer<Double>
    ) {
        waves.withKernelForm {
            ck_convolve_d(
                $0, waves.table, x?.elements, x?.stride ?? 0, modes, weights.modes, weights.stride, second?.modes,
                second?.weights, second?.stride ?? 0, adjoint ? 1 : 0, bias, y?.elements, y?.stride ?? 0,
                accumulate ? 1 : 0, channels.in, channels.out, samples,
                (interleaved.x ? Int32(CK_INTERLEAVED_X) : 0) | (interleaved.y ? Int32(CK_INTERLEAVED_Y) : 0),
                scratch)
        }
    }

    public static func modes(
        _ waves: LatticeWaves, _ x: UnsafePointer<Double>, channels: Int, samples: Int,
        into modes: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Double>
    ) {
        waves.withKernelForm {
            ck_convolve_d(
                $0, waves.table, x, channels * waves.elements, modes, nil, 0, nil, nil, 0, 0, nil, nil, 0, 0, channels,
                0, samples, 0, scratch)
        }
    }

    public static func addModeProducts(
        _ waves: LatticeWaves, _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, channels: (in: Int, out: Int),
        samples: Int, to weights: UnsafeMutablePointer<Double>, stride: Int
    ) {
        waves.withKernelForm {
            ck_mode_products_d($0, x, channels.in, y, channels.out, samples, weights, stride)
        }
    }

    public static func kernelToWeights(
        _ waves: LatticeWaves, _ kernel: UnsafePointer<Double>, kernelStride: Int, channels: (in: Int, out: Int),
        _ weights: UnsafeMutablePointer<Double>, stride: Int, scratch: UnsafeMutablePointer<Double>
    ) {
        waves.withKernelForm {
            ck_weights_from_kernel_d(
                $0, waves.table, waves.scales, kernel, kernelStride, channels.in, channels.out, weights, stride,
                scratch)
        }
    }

    public static func weightsToKernel(
        _ waves: LatticeWaves, _ weights: UnsafePointer<Double>, stride: Int, channels: (in: Int, out: Int),
        addingTo kernel: UnsafeMutablePointer<Double>, kernelStride: Int, scratch: UnsafeMutablePointer<Double>
    ) {
        waves.withKernelForm {
            ck_kernel_from_weights_d(
                $0, waves.table, waves.scales, weights, stride, channels.in, channels.out, kernel, kernelStride, 1,
                scratch)
        }
    }
}
