/// The Jacobian of some samples, worked on chunk by chunk, whatever it is held as: what a `Linearisation` runs.
///
/// A chunk is what goes forward and straight back while it is in cache. Calls through this protocol are made
/// once per chunk. Everything that crosses its surface is double. Not thread-safe. Local.
package protocol ChunkedJacobian: AnyObject {
    /// Of the parameters that log ψ is differentiated by.
    var layout: ParameterLayout { get }
    /// Samples per chunk, at most.
    var chunkRows: Int { get }
    var chunkCount: Int { get }
    /// The samples of a chunk.
    func chunkRange(_ chunk: Int) -> Range<Int>
    /// The chunks of a block of samples; no chunk lies across the border of two blocks.
    func chunks(of samples: Range<Int>) -> Range<Int>
    /// Bytes of all arrays of numbers.
    var allocatedBytes: Int { get }

    /// Takes k tangent vectors (vector-major, `stride` apart), which stay where they are until the last `forward`.
    func loadTangents(_ vectors: UnsafePointer<Double>, stride: Int, count: Int)
    /// Tangents of log ψ of one chunk: (sample, vector, component) doubles.
    func forward(chunk: Int, into tangents: UnsafeMutablePointer<Double>)
    /// Starts a sum of k cotangents: k parameter vectors, `stride` apart, overwritten.
    func beginTransposed(vectors: Int, into result: UnsafeMutablePointer<Double>, stride: Int)
    /// Adds one chunk's contribution; the seeds are (sample, vector, component) doubles.
    func backward(chunk: Int, from seeds: UnsafePointer<Double>)
    /// Ends the sum; only then is it whole.
    func endTransposed()

    /// Rows of some samples of one chunk for one component of log ψ: sample-major, `stride` apart, P reals
    /// each, overwritten.
    /// - Parameter samples: counted from the chunk's first.
    func rows(
        chunk: Int, samples: Range<Int>, component: Int, into rows: UnsafeMutablePointer<Double>, stride: Int)
    /// All rows (sample, component, parameter), where they lie in memory in double precision.
    var rowsInMemory: UnsafeBufferPointer<Double>? { get }
    /// All rows with the separable primitives' parts left as factors; nil where nothing is known about the network.
    ///
    /// - Parameter modewise: whether convolutions are among them.
    func factors(modewise: Bool) -> RowFactors?
    /// The same in single precision: what is saved is converted, nothing is evaluated again. The same object each
    /// time; this one where it is single already.
    func inSinglePrecision() -> any ChunkedJacobian
}
