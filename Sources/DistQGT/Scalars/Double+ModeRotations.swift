import CKernels

extension Double {
    public static func rotateWeights(
        _ waves: LatticeWaves, _ rotations: ModeRotations, features: (in: Int, out: Int),
        _ unrotated: UnsafePointer<Double>, stride unrotatedStride: Int, into weights: UnsafeMutablePointer<Double>,
        stride: Int
    ) {
        waves.withKernelForm { waves in
            rotations.withKernelForm {
                ck_rotate_weights_d(waves, $0, features.in, features.out, unrotated, unrotatedStride, weights, stride)
            }
        }
    }

    public static func rotateWeightsBack(
        _ waves: LatticeWaves, _ rotations: ModeRotations, features: (in: Int, out: Int),
        _ weights: UnsafePointer<Double>, stride: Int, addingTo unrotated: UnsafeMutablePointer<Double>,
        stride unrotatedStride: Int
    ) {
        waves.withKernelForm { waves in
            rotations.withKernelForm {
                ck_add_rotated_weights_d(
                    waves, $0, features.in, features.out, weights, stride, unrotated, unrotatedStride)
            }
        }
    }

    public static func rotatedProductsScratch(_ rotations: ModeRotations, features: (in: Int, out: Int)) -> Int {
        rotations.withKernelForm { ck_rotated_products_scratch_d($0, features.in, features.out) }
    }

    public static func addRotatedProducts(
        _ waves: LatticeWaves, _ rotations: ModeRotations, features: (in: Int, out: Int), _ x: UnsafePointer<Double>,
        _ y: UnsafePointer<Double>, to unrotated: UnsafeMutablePointer<Double>, stride: Int,
        scratch: UnsafeMutablePointer<Double>
    ) {
        waves.withKernelForm { waves in
            rotations.withKernelForm {
                ck_add_rotated_products_d(
                    waves, $0, x, features.in, y, features.out, unrotated, stride, scratch)
            }
        }
    }
}
