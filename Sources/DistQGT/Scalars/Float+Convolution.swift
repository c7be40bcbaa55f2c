import CKernels

extension Float {
    public static func convolutionScratch(_ waves: LatticeWaves, channels: Int) -> Int {
        waves.withKernelForm { ck_convolution_scratch_s($0, channels) }
    }

    public static func convolve(
        _ waves: LatticeWaves, _ x: (elements: UnsafePointer<Float>, stride: Int)?,
        weights: (modes: UnsafePointer<Float>, stride: Int), adjoint: Bool,
        adding second: (modes: UnsafePointer<Float>, weights: UnsafePointer<Float>, stride: Int)?,
        bias: UnsafePointer<Float>?, modes: UnsafeMutablePointer<Float>?,
        _ y: (elements: UnsafeMutablePointer<Float>, stride: Int)?, accumulate: Bool,
        channels: (in: Int, out: Int), samples: Int, interleaved: (x: Bool, y: Bool),
        scratch: UnsafeMutablePointer<Float>
    ) {
        waves.withKernelForm {
            ck_convolve_s(
                $0, waves.singleTable, x?.elements, x?.stride ?? 0, modes, weights.modes, weights.stride, second?.modes,
                second?.weights, second?.stride ?? 0, adjoint ? 1 : 0, bias, y?.elements, y?.stride ?? 0,
                accumulate ? 1 : 0, channels.in, channels.out, samples,
                (interleaved.x ? Int32(CK_INTERLEAVED_X) : 0) | (interleaved.y ? Int32(CK_INTERLEAVED_Y) : 0),
                scratch)
        }
    }

    public static func modes(
        _ waves: LatticeWaves, _ x: UnsafePointer<Float>, channels: Int, samples: Int,
        into modes: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) {
        waves.withKernelForm {
            ck_convolve_s(
                $0, waves.singleTable, x, channels * waves.elements, modes, nil, 0, nil, nil, 0, 0, nil, nil, 0, 0,
                channels,
                0, samples, 0, scratch)
        }
    }

    public static func addModeProducts(
        _ waves: LatticeWaves, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, channels: (in: Int, out: Int),
        samples: Int, to weights: UnsafeMutablePointer<Float>, stride: Int
    ) {
        waves.withKernelForm {
            ck_mode_products_s($0, x, channels.in, y, channels.out, samples, weights, stride)
        }
    }

    public static func kernelToWeights(
        _ waves: LatticeWaves, _ kernel: UnsafePointer<Float>, kernelStride: Int, channels: (in: Int, out: Int),
        _ weights: UnsafeMutablePointer<Float>, stride: Int, scratch: UnsafeMutablePointer<Float>
    ) {
        waves.withKernelForm {
            ck_weights_from_kernel_s(
                $0, waves.singleTable, waves.singleScales, kernel, kernelStride, channels.in, channels.out, weights,
                stride,
                scratch)
        }
    }

    public static func weightsToKernel(
        _ waves: LatticeWaves, _ weights: UnsafePointer<Float>, stride: Int, channels: (in: Int, out: Int),
        addingTo kernel: UnsafeMutablePointer<Float>, kernelStride: Int, scratch: UnsafeMutablePointer<Float>
    ) {
        waves.withKernelForm {
            ck_kernel_from_weights_s(
                $0, waves.singleTable, waves.singleScales, weights, stride, channels.in, channels.out, kernel,
                kernelStride, 1,
                scratch)
        }
    }
}
