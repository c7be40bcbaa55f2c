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

    /// F of any two modes, 2N × 2N, from f.
    static func general<Number: SignedNumeric>(_ f: [Number], siteCount n: Int) -> [Number] {
        var matrix = [Number](repeating: .zero, count: 4 * n * n)
        for i in 0..<n {
            for j in 0..<n {
                matrix[i * 2 * n + n + j] = f[i * n + j]
                matrix[(n + j) * 2 * n + i] = -f[i * n + j]
            }
        }
        return matrix
    }
}
