import CKernels

extension TapeScalar {
    /// y[r,v,f] = or += slope[r,f] · x[r,v,f].
    @inlinable public static func scaleRows(
        _ slope: UnsafePointer<Self>, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>, rows: Int,
        vectors: Int, features: Int, accumulate: Bool
    ) { ck_scale_rows(tag, slope, x, y, rows, vectors, features, 0, accumulate ? 1 : 0) }

    @inlinable public static func scaleRowsComplex(
        _ slope: UnsafePointer<Self>, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>, rows: Int,
        vectors: Int, features: Int, conjugate: Bool, accumulate: Bool
    ) { ck_scale_rows(complexTag, slope, x, y, rows, vectors, features, conjugate ? 1 : 0, accumulate ? 1 : 0) }

    /// y[r,c] = or += row[c].
    @inlinable public static func addRow(
        _ row: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>, rows: Int, columns: Int, accumulate: Bool
    ) { ck_add_row(tag, row, y, rows, columns, accumulate ? 1 : 0) }

    /// sums[c] = or += Σ_r x[r,c].
    @inlinable public static func columnSums(
        _ x: UnsafePointer<Self>, _ sums: UnsafeMutablePointer<Self>, rows: Int, columns: Int, accumulate: Bool
    ) { ck_column_sums(tag, x, sums, rows, columns, accumulate ? 1 : 0) }

    /// sums[r] = or += factor · Σ_c x[r,c].
    @inlinable public static func rowSums(
        _ x: UnsafePointer<Self>, _ sums: UnsafeMutablePointer<Self>, rows: Int, columns: Int, factor: Self,
        complex: Bool, accumulate: Bool
    ) { ck_row_sums(tag(complex: complex), x, sums, rows, columns, factor.inDouble, accumulate ? 1 : 0) }

    /// y[r,c] = or += factor · v[r].
    @inlinable public static func broadcastRows(
        _ v: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>, rows: Int, columns: Int, factor: Self, complex: Bool,
        accumulate: Bool
    ) { ck_broadcast_rows(tag(complex: complex), v, y, rows, columns, factor.inDouble, accumulate ? 1 : 0) }

    /// y = or += a · x for `count` reals.
    @inlinable public static func combine(
        _ a: Self, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>, count: Int, accumulate: Bool
    ) { ck_axpy(tag, a.inDouble, 0, x, y, count, accumulate ? 1 : 0) }

    /// y = or += (re + i·im) · x for `count` complex numbers.
    @inlinable public static func combineComplex(
        _ re: Self, _ im: Self, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>, count: Int, accumulate: Bool
    ) { ck_axpy(complexTag, re.inDouble, im.inDouble, x, y, count, accumulate ? 1 : 0) }

    /// Layer normalisation of rows, without scale and offset; `slope` (nil, or features + 1 reals per row) is what
    /// `normaliseTangents` reads, the derivative, which is its own transpose. Both may work in place.
    @inlinable public static func normaliseRows(
        _ x: UnsafePointer<Self>, value: UnsafeMutablePointer<Self>, slope: UnsafeMutablePointer<Self>?, rows: Int,
        features: Int, epsilon: Self
    ) { ck_normalise_rows(tag, x, value, slope, rows, features, epsilon.inDouble) }

    @inlinable public static func normaliseTangents(
        _ slope: UnsafePointer<Self>, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>, rows: Int,
        vectors: Int, features: Int, accumulate: Bool
    ) { ck_normalise_tangents(tag, slope, x, y, rows, vectors, features, accumulate ? 1 : 0) }

    /// y[g,o,v,f] = or += Σ_i a[o,i,v,head(f)] · x[g,i,v,f], with ā in place of a where `conjugate` is set.
    public static func mixRows(
        _ shape: RowMixingShape, _ a: UnsafePointer<Self>, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>,
        complex: Bool, conjugate: Bool, accumulate: Bool
    ) {
        var shape = shape.kernelArgument
        ck_mix_rows(tag(complex: complex), &shape, a, x, y, conjugate ? 1 : 0, accumulate ? 1 : 0)
    }

    /// a[o,i,v,h] += Σ_g Σ_f x̄[g,i,f] · y[g,o,v,f] over the features of head h.
    public static func addMixingCoefficients(
        _ shape: RowMixingShape, _ x: UnsafePointer<Self>, _ y: UnsafePointer<Self>, _ a: UnsafeMutablePointer<Self>,
        complex: Bool
    ) {
        ck_mix_rows_coefficients(
            tag(complex: complex), x, y, a, shape.groups, shape.outputRows, shape.inputRows, shape.vectors,
            shape.features, shape.heads)
    }
}
