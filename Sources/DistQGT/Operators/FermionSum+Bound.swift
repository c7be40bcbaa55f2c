import Numerics

extension FermionSum {
    /// Every product of creation and annihilation operators has norm 1 at most, and one with its adjoint no more.
    public var energyBound: (centre: Double, radius: Double) {
        let ofDiagonal = diagonal.reduce(0) { $0 + $1.element.length }
        // A transition and its adjoint are two entries, whose sum has the norm of one.
        let ofTransitions = transitions.reduce(0) { $0 + $1.terms.reduce(0) { $0 + $1.element.length } }
        return (0, ofDiagonal + ofTransitions / 2)
    }

    public var transitionBound: Int { transitions.count }
}
