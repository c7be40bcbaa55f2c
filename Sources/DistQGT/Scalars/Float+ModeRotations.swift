import CKernels

extension Float {
    public static func rotateWeights(
        _ waves: LatticeWaves, _ rotations: ModeRotations, features: (in: Int, out: Int),
        _ unrotated: UnsafePointer<Float>, stride unrotatedStride: Int, into weights: UnsafeMutablePointer<Float>,
        stride: Int
    ) {
        waves.withKernelForm { waves in
            rotations.withKernelForm {
                ck_rotate_weights_s(waves, $0, features.in, features.out, unrotated, unrotatedStride, weights, stride)
            }
        }
    }

    public static func rotateWeightsBack(
        _ waves: LatticeWaves, _ rotations: ModeRotations, features: (in: Int, out: Int),
        _ weights: UnsafePointer<Float>, stride: Int, addingTo unrotated: UnsafeMutablePointer<Float>,
        stride unrotatedStride: Int
    ) {
        waves.withKernelForm { waves in
            rotations.withKernelForm {
                ck_add_rotated_weights_s(
                    waves, $0, features.in, features.out, weights, stride, unrotated, unrotatedStride)
            }
        }
    }

    public static func rotatedProductsScratch(_ rotations: ModeRotations, features: (in: Int, out: Int)) -> Int {
        rotations.withKernelForm { ck_rotated_products_scratch_s($0, features.in, features.out) }
    }

    public static func addRotatedProducts(
        _ waves: LatticeWaves, _ rotations: ModeRotations, features: (in: Int, out: Int), _ x: UnsafePointer<Float>,
        _ y: UnsafePointer<Float>, to unrotated: UnsafeMutablePointer<Float>, stride: Int,
        scratch: UnsafeMutablePointer<Float>
    ) {
        waves.withKernelForm { waves in
            rotations.withKernelForm {
                ck_add_rotated_products_s(
                    waves, $0, x, features.in, y, features.out, unrotated, stride, scratch)
            }
        }
    }
}
