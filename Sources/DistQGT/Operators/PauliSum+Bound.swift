import Numerics

extension PauliSum {
    /// Where the energy of every state lies: at most `radius` from `centre`, the coefficient of the identity. The radius is
    /// Σ|coefficient| of the other strings, each of which has eigenvalues ±1.
    public var energyBound: (centre: Double, radius: Double) {
        let centre = normalisedTrace.real
        let all = elements.reduce(0) { $0 + $1.length }
        return (centre, all - normalisedTrace.length)
    }
}
