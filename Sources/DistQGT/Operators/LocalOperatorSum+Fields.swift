import Numerics

extension LocalOperatorSum {
    /// The same with − Σ_i (hˣ_i Sˣ_i + hᶻ_i Sᶻ_i) added, all sites being spins s.
    ///
    /// - Parameter doubled: 2s.
    /// - Throws: `OperatorError` for coefficients that are not one for each site, or not finite.
    public func adding(
        fieldX: Couplings, fieldZ: Couplings, doubled: Int, units: SpinUnits = .spin
    ) throws(OperatorError) -> LocalOperatorSum {
        let x = try fieldX.scaled(by: units.factor(1)).values(count: siteCount, "hx")
        let z = try fieldZ.scaled(by: units.factor(1)).values(count: siteCount, "hz")
        let fields = (0..<siteCount).map { site in
            var elements: [LocalTerm.Element] = []
            for state in 0...doubled {
                let m = Double(doubled - 2 * state) / 2
                elements.append(.init(row: state, column: state, value: Complex(-z[site] * m)))
                guard state < doubled else { continue }
                // ⟨m|Sˣ|m − 1⟩ = √(s(s+1) − m(m−1))/2
                let raising = (Double((state + 1) * (doubled - state))).squareRoot()
                let value = Complex(-x[site] * raising / 2)
                elements.append(.init(row: state, column: state + 1, value: value))
                elements.append(.init(row: state + 1, column: state, value: value))
            }
            return LocalTerm(sites: [site], elements: elements)
        }
        return try LocalOperatorSum(localSpaces, terms: terms + fields)
    }

    /// Every term by its largest sum of moduli over a row, which no eigenvalue of it exceeds.
    public var energyBound: (centre: Double, radius: Double) {
        let radius = terms.reduce(0.0) { sum, term in
            var rows: [Int: Double] = [:]
            for element in term.elements { rows[element.row, default: 0] += element.value.length }
            return sum + (rows.values.max() ?? 0)
        }
        return (0, radius)
    }

    public var transitionBound: Int {
        terms.reduce(0) { sum, term in
            var rows: [Int: Int] = [:]
            for element in term.elements where element.row != element.column { rows[element.row, default: 0] += 1 }
            return sum + (rows.values.max() ?? 0)
        }
    }
}
