/// D of the SR equation of one step, what is added to S: shift · W + scale · diag(S), with the weights W of MARCH or 1.
///
/// The shift may be a number of mean eigenvalues: λ tr T/n, T = A W⁻¹ Aᵀ of n rows, where tr T = Σ_k S_kk/W_k.
struct EquationDiagonal {
    /// λ, or λ tr T/n.
    let shift: Double
    /// diag(S), where it was found.
    let ofS: ParameterVector?
    /// D; nil where it is the shift alone.
    let sum: ParameterVector?

    /// Collective where diag(S) counts, as making that is.
    ///
    /// - Parameter diagonalOfS: makes diag(S).
    init(_ equation: ReconfigurationEquation, diagonalOfS: () throws -> ParameterVector) throws {
        let ofS = equation.needsDiagonalOfS ? try diagonalOfS() : nil
        self.ofS = ofS
        let weights = equation.weights
        var shift = equation.diagonalShift
        if equation.isShiftRelative, let ofS {
            let space = equation.jacobian.space
            let inverse = ofS.makeZero()
            inverse.setEach { 1 / (weights?[$0] ?? 1) }
            inverse.publish()
            shift *= ofS.dot(inverse) / Double(space.totalCount * space.components)
        }
        self.shift = shift
        guard equation.hasDiagonal else {
            sum = nil
            return
        }
        let diagonal = equation.gradient.forces.makeZero()
        let scale = equation.diagonalScale
        diagonal.setEach { index in
            let share = scale == 0 ? 0 : scale * (ofS?[index] ?? 0)
            return weights.map { shift * $0[index] + share } ?? (shift + share)
        }
        diagonal.publish()
        sum = diagonal
    }
}
