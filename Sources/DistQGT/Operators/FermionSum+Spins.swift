import Numerics

extension FermionSum {
    /// H = D + A ⊗ 1 + 1 ⊗ B on electrons of conserved numbers of each spin.
    struct OfEachSpin {
        /// A and B, on spinless fermions of the same sites; nothing on their diagonals.
        let up: FermionSum
        let down: FermionSum
        /// D: products of occupations of modes of both spins.
        let diagonal: [FermionTransition.Term]
    }

    /// The parts that move up electrons and down electrons; nil where a transition moves both or depends on where those of
    /// the other spin are, or where double occupancy is excluded.
    ///
    /// An even number of modes changes in a transition that conserves particles, so that the Jordan-Wigner strings of down
    /// modes over the up electrons cancel.
    var ofEachSpin: OfEachSpin? {
        guard modes.isSpinful, !modes.excludesDoubleOccupancy, conservesParticleCountOfEachSpin else { return nil }
        var parts: [[FermionTransition]] = [[], []]
        for transition in transitions {
            let asked = transition.created + transition.annihilated + transition.terms.flatMap(\.counted)
            let isDown = asked.contains(where: modes.isDown)
            guard asked.allSatisfy({ modes.isDown($0) == isDown }) else { return nil }
            parts[isDown ? 1 : 0].append(
                FermionTransition(
                    created: transition.created.map(modes.site), annihilated: transition.annihilated.map(modes.site),
                    terms: transition.terms.map {
                        FermionTransition.Term(counted: $0.counted.map(modes.site), element: $0.element)
                    }))
        }
        return OfEachSpin(
            up: FermionSum(transitions: parts[0], of: self), down: FermionSum(transitions: parts[1], of: self),
            diagonal: diagonal)
    }
}
