/// log ψ of configurations of any space, from a network that reads their encoding. Local: no communication.
public final class EncodedAmplitudes: LogAmplitudes {
    private let network: any LogAmplitudes
    private let encoder: Encoder
    /// One block of encoded configurations.
    private var features: [Int8]

    /// - Precondition: the network has one site for each number of the encoding.
    public init(_ network: any LogAmplitudes, encoder: Encoder) {
        precondition(network.siteCount == encoder.featureCount, "numbers of inputs differ")
        self.network = network
        self.encoder = encoder
        features = [Int8](repeating: 0, count: network.blockRows * encoder.featureCount)
    }

    public var siteCount: Int { encoder.siteCount }
    public var blockRows: Int { network.blockRows }
    public var isComplex: Bool { network.isComplex }

    public func evaluate(_ codes: UnsafePointer<Int8>, count: Int, into logPsi: UnsafeMutablePointer<Double>) {
        features.withUnsafeMutableBufferPointer { features in
            guard let features = features.baseAddress else { return }
            for first in stride(from: 0, to: count, by: blockRows) {
                let rows = min(blockRows, count - first)
                encoder.encode(codes + first * siteCount, count: rows, into: features)
                network.evaluate(features, count: rows, into: logPsi + 2 * first)
            }
        }
    }
}
