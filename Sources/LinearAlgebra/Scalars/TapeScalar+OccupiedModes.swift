import CKernels

extension TapeScalar {
    /// index[s,a] = rows[m] of the a-th occupied mode m of configuration s; −1 throughout a configuration that has not
    /// exactly `count` occupied ones.
    ///
    /// - Parameter codes: by mode the feature f whose positive values occupy it, or ~f where negative ones do.
    @inlinable public static func occupiedModes(
        _ s: UnsafePointer<Self>, codes: UnsafePointer<Int32>, rows: UnsafePointer<Int32>, modes: Int, count: Int,
        _ index: UnsafeMutablePointer<Int32>, samples: Int, features: Int
    ) { ck_occupied_modes(tag, s, codes, rows, modes, count, index, samples, features) }

    /// 0, or π where the number of pairs i < j with s_i < 0 < s_j is odd.
    @inlinable public static func siteOrderPhases(
        _ s: UnsafePointer<Self>, _ phase: UnsafeMutablePointer<Self>, samples: Int, sites: Int
    ) { ck_site_order_phases(tag, s, phase, samples, sites) }

    /// y[s,a,:] = x[s, index[s,a], :] for rows of `length` reals, or zeros where the index is −1; x of a sample begins
    /// `stride` reals after that of the sample before.
    @inlinable public static func selectRows(
        _ x: UnsafePointer<Self>, stride: Int, _ index: UnsafePointer<Int32>, _ y: UnsafeMutablePointer<Self>,
        samples: Int, count: Int, length: Int
    ) { ck_select_rows(tag, x, stride, index, y, samples, count, length) }

    /// x[s, index[s,a], :] += y[s,a,:].
    @inlinable public static func addToRows(
        _ y: UnsafePointer<Self>, _ index: UnsafePointer<Int32>, _ x: UnsafeMutablePointer<Self>, stride: Int,
        samples: Int, count: Int, length: Int
    ) { ck_add_to_rows(tag, y, index, x, stride, samples, count, length) }

    /// y[s,a,v,b] = x[s, rows[s,a], v, columns[s,b]]; the stride is in numbers of the field.
    @inlinable public static func selectEntries(
        _ x: UnsafePointer<Self>, stride: Int, rows: UnsafePointer<Int32>, columns: UnsafePointer<Int32>,
        _ y: UnsafeMutablePointer<Self>, samples: Int, shape: (rows: Int, columns: Int), vectors: Int, features: Int,
        complex: Bool
    ) {
        ck_select_entries(
            tag(complex: complex), x, stride, rows, columns, y, samples, shape.rows, shape.columns, vectors, features)
    }

    /// x[s, rows[s,a], v, columns[s,b]] += y[s,a,v,b].
    @inlinable public static func addToEntries(
        _ y: UnsafePointer<Self>, rows: UnsafePointer<Int32>, columns: UnsafePointer<Int32>,
        _ x: UnsafeMutablePointer<Self>, stride: Int, samples: Int, shape: (rows: Int, columns: Int), vectors: Int,
        features: Int, complex: Bool
    ) {
        ck_add_to_entries(
            tag(complex: complex), y, rows, columns, x, stride, samples, shape.rows, shape.columns, vectors, features)
    }

    /// The antisymmetric matrices of rows and columns `index[s,·]` of a matrix whose upper triangle x holds, packed by
    /// rows; the stride is in numbers of the field.
    @inlinable public static func selectPairs(
        _ x: UnsafePointer<Self>, stride: Int, _ index: UnsafePointer<Int32>, _ y: UnsafeMutablePointer<Self>,
        samples: Int, count: Int, vectors: Int, modes: Int, complex: Bool
    ) { ck_select_pairs(tag(complex: complex), x, stride, index, y, samples, count, vectors, modes) }

    /// Its transpose, which adds to x.
    @inlinable public static func addToPairs(
        _ y: UnsafePointer<Self>, _ index: UnsafePointer<Int32>, _ x: UnsafeMutablePointer<Self>, stride: Int,
        samples: Int, count: Int, vectors: Int, modes: Int, complex: Bool
    ) { ck_add_to_pairs(tag(complex: complex), y, index, x, stride, samples, count, vectors, modes) }
}
