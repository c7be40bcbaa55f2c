import LinearAlgebra

/// A product of wave functions, log ψ = Σ_f log ψ_f: networks, or anything that says its amplitude ratios and records
/// its part on the tape.
///
/// Leaf `name` of the factor `factor` is `factor/name`. Fields may differ from one factor to the next. Derivatives come
/// from one tape for all; ratios from products over hidden units where all factors together have that form, and from
/// each factor's own way otherwise.
public struct FactorProduct: Ansatz {
    public struct Factor: Sendable {
        /// The branch of the parameter tree that the factor's leaves are on; empty where they keep their names.
        public let name: String
        public let ansatz: any Ansatz

        public init(_ name: String, _ ansatz: any Ansatz) {
            self.name = name
            self.ansatz = ansatz
        }
    }

    public let factors: [Factor]

    /// - Precondition: at least one factor, different names of leaves, the same sites, one precision.
    public init(_ factors: [Factor]) {
        precondition(!factors.isEmpty)
        precondition(factors.allSatisfy { $0.ansatz.siteCount == factors[0].ansatz.siteCount })
        precondition(
            factors.allSatisfy { $0.ansatz.dataType.isSingle == factors[0].ansatz.dataType.isSingle })
        self.factors = factors
        let names = leaves.map(\.leaf.name)
        precondition(Set(names).count == names.count)
    }

    public var siteCount: Int { factors[0].ansatz.siteCount }

    /// Complex where a factor's is.
    public var dataType: DataType {
        let first = factors[0].ansatz.dataType
        return factors.contains { $0.ansatz.dataType.isComplex } ? first.complex : first
    }

    public var leaves: [LeafDeclaration] {
        factors.flatMap { factor in factor.ansatz.leaves.map { $0.onBranch(factor.name) } }
    }

    public var constituents: [any Ansatz] { factors.map(\.ansatz) }
    public var withPositiveWeights: (any Ansatz)? {
        let positive = factors.map { Factor($0.name, $0.ansatz.withPositiveWeights ?? $0.ansatz) }
        return factors.contains { $0.ansatz.withPositiveWeights != nil } ? FactorProduct(positive) : nil
    }

    public func logPsi(_ tape: Recorder) -> Node {
        tape.logProduct(factors.map { tape.onBranch($0.name, $0.ansatz.logPsi) })
    }

    public func amplitudeMethods(_ whole: RecordedFactor) -> AmplitudeMethods {
        let factorwise = FactorwiseRatios(whole) {
            var offset = 0
            return factors.map { factor in
                let part = RecordedFactor(
                    Tape(factor.ansatz, readsSpins: whole.readsSpins), partOf: whole, offset: offset)
                offset += part.parameters.count
                return WaveFunctionFactor(part, methods: factor.ansatz.amplitudeMethods)
            }
        }
        let products: (any RatioMethod)? = whole.readsSpins ? HiddenUnitProducts(whole) : nil
        return AmplitudeMethods(ratios: [products, factorwise].compactMap { $0 })
    }
}
