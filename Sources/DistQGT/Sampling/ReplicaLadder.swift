import Foundation

/// The inverse temperatures of the replicas of a chain: replica k samples |ψ|^(2β_k), with β_0 = 1 and the others falling
/// geometrically to the least, so that neighbours are equally far apart in the logarithm of the temperature.
///
/// Replica exchange: R. H. Swendsen and J.-S. Wang, PRL 57, 2607 (1986); K. Hukushima and K. Nemoto, JPSJ 65, 1604 (1996).
public struct ReplicaLadder: Sendable, Equatable {
    /// K, replicas of each chain, the one at β = 1 included.
    public var replicas: Int
    /// The least β, that of the last replica. Without effect for K = 1.
    public var leastBeta: Double

    public init(replicas: Int, leastBeta: Double) {
        self.replicas = replicas
        self.leastBeta = leastBeta
    }

    /// Chains of one replica each.
    public static let single = ReplicaLadder(replicas: 1, leastBeta: 1)

    /// β of each replica, K values that begin with 1 exactly. Meaningful for a valid ladder.
    public var betas: [Double] {
        (0..<replicas).map { $0 == 0 ? 1 : pow(leastBeta, Double($0) / Double(replicas - 1)) }
    }

    /// - Throws: `SamplerError` for less than one replica, or a least β outside of (0, 1) where there are several.
    func validate() throws(SamplerError) {
        guard replicas >= 1 else { throw .countTooSmall(name: "replicas", value: replicas, minimum: 1) }
        guard replicas == 1 || (leastBeta > 0 && leastBeta < 1) else { throw .invalidBeta(leastBeta) }
    }
}
