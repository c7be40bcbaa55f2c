/// The fields of ln Σ_j w_j exp(x_j): what is complex makes slopes and value complex.
public enum LogSumExpForm: Sendable, Hashable {
    /// All real; the value is ln |Σ|, and the sign is apart.
    case real
    /// Real x, complex weights.
    case complexWeights
    /// Complex x; weights complex.
    case complex

    /// Real numbers per slope.
    package var slopeComponents: Int { self == .real ? 1 : 2 }
}
