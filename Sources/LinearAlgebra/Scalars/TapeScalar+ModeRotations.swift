import CKernels

// Kernels that are rotations of others. Features are channels without the point operations; unrotated weights are
// (slot, feature in, feature out, operation).
extension TapeScalar {
    /// The weights of all channels.
    public static func rotateWeights(
        _ waves: LatticeWaves, _ rotations: ModeRotations, features: (in: Int, out: Int),
        _ unrotated: UnsafePointer<Self>, stride unrotatedStride: Int, into weights: UnsafeMutablePointer<Self>,
        stride: Int
    ) {
        waves.withKernelForm { waves in
            rotations.withKernelForm {
                ck_rotate_weights(
                    tag, waves, $0, features.in, features.out, unrotated, unrotatedStride, weights, stride)
            }
        }
    }

    /// unrotated += the transpose of that.
    public static func rotateWeightsBack(
        _ waves: LatticeWaves, _ rotations: ModeRotations, features: (in: Int, out: Int),
        _ weights: UnsafePointer<Self>, stride: Int, addingTo unrotated: UnsafeMutablePointer<Self>,
        stride unrotatedStride: Int
    ) {
        waves.withKernelForm { waves in
            rotations.withKernelForm {
                ck_add_rotated_weights(
                    tag, waves, $0, features.in, features.out, weights, stride, unrotated, unrotatedStride)
            }
        }
    }

    /// Reals of working memory for the function below.
    public static func rotatedProductsScratch(_ rotations: ModeRotations, features: (in: Int, out: Int)) -> Int {
        rotations.withKernelForm { ck_rotated_products_scratch(tag, $0, features.in, features.out) }
    }

    /// unrotated += the transpose of x† ⊗ y for the modes x and y of one sample.
    public static func addRotatedProducts(
        _ waves: LatticeWaves, _ rotations: ModeRotations, features: (in: Int, out: Int), _ x: UnsafePointer<Self>,
        _ y: UnsafePointer<Self>, to unrotated: UnsafeMutablePointer<Self>, stride: Int,
        scratch: UnsafeMutablePointer<Self>
    ) {
        waves.withKernelForm { waves in
            rotations.withKernelForm {
                ck_add_rotated_products(tag, waves, $0, x, features.in, y, features.out, unrotated, stride, scratch)
            }
        }
    }
}
