/// Numbers that the pairs of a product may start from.
public struct StartingPairs: Sendable {
    /// f of up on site i and down on site j, N × N, row-major.
    public let values: [Double]
    /// The standard deviation of a random part that is added, over the root mean square of the values.
    public let noise: Double

    public init(values: [Double], noise: Double) {
        self.values = values
        self.noise = noise
    }

    /// F of any two modes, 2N × 2N.
    func general(siteCount n: Int) -> [Double] {
        var matrix = [Double](repeating: 0, count: 4 * n * n)
        for i in 0..<n {
            for j in 0..<n {
                matrix[i * 2 * n + n + j] = values[i * n + j]
                matrix[(n + j) * 2 * n + i] = -values[i * n + j]
            }
        }
        return matrix
    }
}
