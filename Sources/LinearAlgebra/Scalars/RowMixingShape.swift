import CKernels

/// Where the arrays of a mixing of rows lie: y[g,o,v,f] = Σ_i a[o,i,v,head(f)] x[g,i,v,f], with y dense and
/// features / heads consecutive features to each head. Strides are in numbers of the arrays' field.
public struct RowMixingShape: Sendable {
    /// Samples.
    public var groups: Int
    public var outputRows: Int
    public var inputRows: Int
    public var vectors: Int
    public var features: Int
    public var heads: Int
    /// Strides of the coefficients between output rows, input rows and vectors (0: the same for every vector).
    public var coefficientStrides: (output: Int, input: Int, vector: Int)
    /// Strides of x between rows and between vectors (0: the same for every vector).
    public var inputStrides: (row: Int, vector: Int)

    public init(
        groups: Int, outputRows: Int, inputRows: Int, vectors: Int, features: Int, heads: Int,
        coefficientStrides: (output: Int, input: Int, vector: Int), inputStrides: (row: Int, vector: Int)
    ) {
        self.groups = groups
        self.outputRows = outputRows
        self.inputRows = inputRows
        self.vectors = vectors
        self.features = features
        self.heads = heads
        self.coefficientStrides = coefficientStrides
        self.inputStrides = inputStrides
    }

    package var kernelArgument: CKRowMixing {
        CKRowMixing(
            groups: groups, rows_out: outputRows, rows_in: inputRows, vectors: vectors, features: features,
            heads: heads, coefficient_outer: coefficientStrides.output, coefficient_inner: coefficientStrides.input,
            coefficient_vector: coefficientStrides.vector, input_row: inputStrides.row,
            input_vector: inputStrides.vector)
    }
}
