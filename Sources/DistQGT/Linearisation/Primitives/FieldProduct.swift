import LinearAlgebra

extension TapeScalar {
    /// c = or += a b for matrices that are all complex or all real, in elements of that field; m × k times k × n.
    /// Nothing where one of the numbers is 0.
    static func multiply(
        isComplex: Bool, _ useA: MatrixUse, _ useB: MatrixUse, _ m: Int, _ n: Int, _ k: Int,
        _ a: UnsafePointer<Self>, _ leadingA: Int, _ b: UnsafePointer<Self>, _ leadingB: Int,
        _ c: UnsafeMutablePointer<Self>, _ leadingC: Int, accumulate: Bool
    ) {
        guard m > 0, n > 0, k > 0 else { return }
        if isComplex {
            multiplyComplex(useA, useB, m, n, k, a, leadingA, b, leadingB, c, leadingC, accumulate: accumulate)
        } else {
            multiply(useA, useB, m, n, k, a, leadingA, b, leadingB, c, leadingC, accumulate: accumulate)
        }
    }
}
