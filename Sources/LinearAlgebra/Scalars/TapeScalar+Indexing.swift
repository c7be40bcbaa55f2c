import CKernels

extension TapeScalar {
    /// y[r,j] = or += x[r, index[j]], or nothing where index[j] is −1.
    @inlinable public static func gather(
        _ x: UnsafePointer<Self>, _ index: UnsafePointer<Int32>, _ y: UnsafeMutablePointer<Self>, rows: Int,
        stride: Int, count: Int, complex: Bool, accumulate: Bool
    ) { ck_gather(tag(complex: complex), x, index, y, rows, stride, count, accumulate ? 1 : 0) }

    /// x[r, index[j]] += y[r,j].
    @inlinable public static func scatterAdd(
        _ y: UnsafePointer<Self>, _ index: UnsafePointer<Int32>, _ x: UnsafeMutablePointer<Self>, rows: Int,
        stride: Int, count: Int, complex: Bool
    ) { ck_scatter_add(tag(complex: complex), y, index, x, rows, stride, count) }

    /// Blocks of vectors between parameter order (vector-major, double) and tape order:
    /// y[r,v,f] = x[v·stride + r·features + f].
    @inlinable public static func blockIn(
        _ x: UnsafePointer<Double>, stride: Int, _ y: UnsafeMutablePointer<Self>, rows: Int, vectors: Int, features: Int
    ) { ck_block_in(tag, x, stride, y, rows, vectors, features) }

    @inlinable public static func blockOut(
        _ y: UnsafePointer<Self>, _ x: UnsafeMutablePointer<Double>, stride: Int, rows: Int, vectors: Int,
        features: Int, accumulate: Bool
    ) { ck_block_out(tag, y, x, stride, rows, vectors, features, accumulate ? 1 : 0) }

    /// y = x rounded to single precision, for `count` reals.
    @inlinable public static func narrow(_ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Float>, count: Int) {
        ck_narrow(tag, x, y, count)
    }
}
