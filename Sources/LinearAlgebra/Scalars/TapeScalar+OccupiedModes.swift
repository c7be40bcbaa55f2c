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

    /// 0, or π where the fermions of image t of a configuration change their order an odd number of times when they move from
    /// sites i to sites[t, i]; `planes` of `sitesPerImage` occupations make a configuration, and flips exchange them.
    ///
    /// - Parameter work: a bit for each site, in whole words.
    @inlinable public static func imageOrderPhases(
        _ s: UnsafePointer<Self>, sites: UnsafePointer<Int32>, flips: UnsafePointer<Int32>,
        _ phase: UnsafeMutablePointer<Self>, work: UnsafeMutablePointer<UInt64>, samples: Int, images: Int,
        sitesPerImage: Int, planes: Int
    ) { ck_image_order_phases(tag, s, sites, flips, phase, work, samples, images, sitesPerImage, planes) }

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

    /// y[s,a,v,b] = x[v, table[rows[s,a] · features + columns[s,b]]] of x with so many elements, the same for all samples; 0
    /// where the table has −1.
    @inlinable public static func selectEntries(
        _ x: UnsafePointer<Self>, table: UnsafePointer<Int32>, elements: Int, rows: UnsafePointer<Int32>,
        columns: UnsafePointer<Int32>, _ y: UnsafeMutablePointer<Self>, samples: Int,
        shape: (rows: Int, columns: Int), vectors: Int, features: Int, complex: Bool
    ) {
        ck_select_tied_entries(
            tag(complex: complex), x, table, elements, rows, columns, y, samples, shape.rows, shape.columns, vectors,
            features)
    }

    /// x[v, table[rows[s,a] · features + columns[s,b]]] += y[s,a,v,b].
    @inlinable public static func addToEntries(
        _ y: UnsafePointer<Self>, table: UnsafePointer<Int32>, elements: Int, rows: UnsafePointer<Int32>,
        columns: UnsafePointer<Int32>, _ x: UnsafeMutablePointer<Self>, samples: Int,
        shape: (rows: Int, columns: Int), vectors: Int, features: Int, complex: Bool
    ) {
        ck_add_to_tied_entries(
            tag(complex: complex), y, table, elements, rows, columns, x, samples, shape.rows, shape.columns, vectors,
            features)
    }

    /// The antisymmetric matrices of rows and columns `index[s,·]` of a matrix whose upper triangle x holds, packed by
    /// rows; the stride is in numbers of the field.
    ///
    /// - Parameters:
    ///   - table: by entry of the triangle the element of x that it is, or −1 for 0; nil where x is the triangle.
    ///   - elements: of x.
    @inlinable public static func selectPairs(
        _ x: UnsafePointer<Self>, stride: Int, table: UnsafePointer<Int32>? = nil, elements: Int,
        _ index: UnsafePointer<Int32>, _ y: UnsafeMutablePointer<Self>,
        samples: Int, count: Int, vectors: Int, modes: Int, complex: Bool
    ) { ck_select_pairs(tag(complex: complex), x, stride, table, elements, index, y, samples, count, vectors, modes) }

    /// Its transpose, which adds to x.
    @inlinable public static func addToPairs(
        _ y: UnsafePointer<Self>, _ index: UnsafePointer<Int32>, _ x: UnsafeMutablePointer<Self>, stride: Int,
        table: UnsafePointer<Int32>? = nil, elements: Int,
        samples: Int, count: Int, vectors: Int, modes: Int, complex: Bool
    ) { ck_add_to_pairs(tag(complex: complex), y, index, x, stride, table, elements, samples, count, vectors, modes) }

    /// y[s,a,v,b] = or += Σ_f h[s, place[m], v, f] x[m, v, f, b] with the row m = index[s,a]; zeros where it is −1.
    public static func combineRows(
        _ shape: RowCombinationShape, _ index: UnsafePointer<Int32>, coefficients h: UnsafePointer<Self>,
        _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>, complex: Bool, accumulate: Bool
    ) {
        shape.withKernelArgument { ck_combine_rows(tag(complex: complex), $0, index, h, x, y, accumulate ? 1 : 0) }
    }

    /// h[s, place[m], v, f] += Σ_b x̄[m, f, b] y[s,a,v,b].
    public static func addToCoefficients(
        _ shape: RowCombinationShape, _ index: UnsafePointer<Int32>, _ x: UnsafePointer<Self>, _ y: UnsafePointer<Self>,
        _ h: UnsafeMutablePointer<Self>, complex: Bool
    ) {
        shape.withKernelArgument { ck_add_to_coefficients(tag(complex: complex), $0, index, x, y, h) }
    }

    /// x[m, v, f, b] += h̄[s, place[m], f] y[s,a,v,b].
    public static func addToCombined(
        _ shape: RowCombinationShape, _ index: UnsafePointer<Int32>, coefficients h: UnsafePointer<Self>,
        _ y: UnsafePointer<Self>, _ x: UnsafeMutablePointer<Self>, complex: Bool
    ) {
        shape.withKernelArgument { ck_add_to_combined(tag(complex: complex), $0, index, h, y, x) }
    }
}

/// How rows that are combined by coefficients of each sample lie: h is (sample, place, vector, term), x (row, vector, term,
/// element), y (sample, row, vector, element).
public struct RowCombinationShape: Sendable {
    public var samples: Int
    /// Rows of y of each sample.
    public let rows: Int
    /// By row of x the place of its coefficients.
    public let place: [Int32]
    /// Places of each sample.
    public let places: Int
    /// Coefficients of a place.
    public let terms: Int
    /// Elements of a row of y.
    public let length: Int
    public var vectors: Int
    /// 1, or as many as `vectors`.
    public var coefficientVectors: Int
    public var rowVectors: Int

    public init(rows: Int, place: [Int32], places: Int, terms: Int, length: Int) {
        (self.rows, self.place, self.places, self.terms, self.length) = (rows, place, places, terms, length)
        (samples, vectors, coefficientVectors, rowVectors) = (0, 1, 1, 1)
    }

    /// The same for so many samples and vectors.
    public func of(samples: Int, vectors: Int = 1, coefficientVectors: Int = 1, rowVectors: Int = 1) -> Self {
        var shape = self
        (shape.samples, shape.vectors) = (samples, vectors)
        (shape.coefficientVectors, shape.rowVectors) = (coefficientVectors, rowVectors)
        return shape
    }

    fileprivate func withKernelArgument(_ body: (UnsafePointer<CKRowCombination>) -> Void) {
        place.withUnsafeBufferPointer { place in
            var argument = CKRowCombination(
                samples: samples, rows: rows, places: places, terms: terms, length: length, vectors: vectors,
                h_vectors: coefficientVectors, x_vectors: rowVectors, place: place.baseAddress)
            body(&argument)
        }
    }
}
