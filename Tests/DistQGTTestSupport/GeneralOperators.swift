import DistQGT
import LatticeSymmetry
import Numerics

/// Σ_<ij> J [e^{iφ} S⁺_i S⁻_j/2 + h.c. + δ Sᶻ_i Sᶻ_j] + Σ_i [D (Sᶻ_i)² + h Sˣ_i] for spins s.
package struct SpinExchange: Operator {
    package let siteCount: Int
    /// 2s.
    package let doubledSpin: Int
    package let edges: [Edge]
    package var J = 1.0
    package var delta = 1.0
    package var phase = 0.0
    package var anisotropy = 0.0
    package var field = 0.0

    package init(siteCount: Int, doubledSpin: Int, edges: [Edge]) {
        (self.siteCount, self.doubledSpin, self.edges) = (siteCount, doubledSpin, edges)
    }

    package var isHermitian: Bool { true }
    package var isReal: Bool { phase == 0 }

    package var transitionBound: Int { 2 * edges.count + 2 * siteCount }
    /// Not needed by what uses it.
    package var energyBound: (centre: Double, radius: Double) { (0, .infinity) }

    /// ⟨m + 1|S⁺|m⟩ from 2m.
    package func raising(_ doubled: Int) -> Double {
        let (s, m) = (Double(doubledSpin) / 2, Double(doubled) / 2)
        return (s * (s + 1) - m * (m + 1)).squareRoot()
    }

    package func appendTransitions(
        from configuration: UnsafePointer<Int8>, to list: TransitionList
    ) -> Complex<Double> {
        var diagonal = 0.0
        for edge in edges {
            let (a, b) = (Int(configuration[edge.first]), Int(configuration[edge.second]))
            diagonal += J * delta * Double(a * b) / 4
            // ⟨a b|S⁺S⁻|a − 1, b + 1⟩ and its adjoint.
            for (up, sign) in [(2, 1.0), (-2, -1.0)] where abs(a - up) <= doubledSpin && abs(b + up) <= doubledSpin {
                let modulus = up > 0 ? raising(a - 2) * raising(b) : raising(a) * raising(b - 2)
                list.append(element: Complex(length: J / 2 * modulus, phase: sign * phase))
                list.change(edge.first, to: Int8(a - up))
                list.change(edge.second, to: Int8(b + up))
            }
        }
        for site in 0..<siteCount {
            let m = Int(configuration[site])
            diagonal += anisotropy * Double(m * m) / 4
            for up in [2, -2] where field != 0 && abs(m + up) <= doubledSpin {
                list.append(element: Complex(field / 2 * raising(min(m, m + up))))
                list.change(site, to: Int8(m + up))
            }
        }
        return Complex(diagonal)
    }
}

/// −J Σ_<ij> (b†_i b_j + h.c.) + U/2 Σ n(n − 1) + V Σ_<ij> n_i n_j − μ Σ n, with at most n_max bosons per site.
package struct BoseHubbard: Operator {
    package let siteCount: Int
    package let maximum: Int
    package let edges: [Edge]
    package var J = 1.0
    package var U = 0.0
    package var V = 0.0
    package var mu = 0.0

    package init(siteCount: Int, maximum: Int, edges: [Edge], U: Double, V: Double = 0, mu: Double = 0) {
        (self.siteCount, self.maximum, self.edges) = (siteCount, maximum, edges)
        (self.U, self.V, self.mu) = (U, V, mu)
    }

    package var isHermitian: Bool { true }
    package var isReal: Bool { true }

    package var transitionBound: Int { 2 * edges.count }
    /// Not needed by what uses it.
    package var energyBound: (centre: Double, radius: Double) { (0, .infinity) }

    package func appendTransitions(
        from configuration: UnsafePointer<Int8>, to list: TransitionList
    ) -> Complex<Double> {
        var diagonal = 0.0
        for site in 0..<siteCount {
            let n = Double(configuration[site])
            diagonal += U / 2 * n * (n - 1) - mu * n
        }
        for edge in edges {
            diagonal += V * Double(configuration[edge.first]) * Double(configuration[edge.second])
            for (from, to) in [(edge.first, edge.second), (edge.second, edge.first)] {
                let (n, m) = (configuration[from], configuration[to])
                guard n > 0, m < maximum else { continue }
                list.append(element: Complex(-J * (Double(n) * Double(m + 1)).squareRoot()))
                list.change(from, to: n - 1)
                list.change(to, to: m + 1)
            }
        }
        return Complex(diagonal)
    }
}

/// The mean of a diagonal, from every state of a space.
private func enumeratedMean(
    of hamiltonian: some Operator, in space: HilbertSpace
) throws(OperatorError) -> Complex<Double> {
    do {
        let numbering = try BasisNumbering(space)
        let list = TransitionList()
        var sum = Complex<Double>.zero
        for state in 0..<numbering.dimension {
            list.removeAll()
            sum += hamiltonian.appendTransitions(from: try numbering.configuration(at: state), to: list)
        }
        return sum / Complex(Double(numbering.dimension))
    } catch {
        throw .meanNotKnown(error)
    }
}

extension SpinExchange {
    package func conserves(_ space: HilbertSpace) -> Bool { field == 0 || space.conservedSums.isEmpty }

    package func meanDiagonal(in space: HilbertSpace) throws(OperatorError) -> Complex<Double> {
        try enumeratedMean(of: self, in: space)
    }
}

extension BoseHubbard {
    package func conserves(_ space: HilbertSpace) -> Bool { true }

    package func meanDiagonal(in space: HilbertSpace) throws(OperatorError) -> Complex<Double> {
        try enumeratedMean(of: self, in: space)
    }
}

/// A wave function given by a table of log ψ over the numbered states of any space.
package final class NumberedAmplitudes: LogAmplitudes {
    package let numbering: BasisNumbering
    package let blockRows: Int
    package let isComplex = true
    /// Real and imaginary part of log ψ in turn.
    package var logPsi: [Double]

    /// log |ψ| normal with the given width, phases uniform.
    package init(_ numbering: BasisNumbering, seed: UInt64, width: Double = 0.7, blockRows: Int = 16) {
        self.numbering = numbering
        self.blockRows = blockRows
        var stream = RandomStream(seed: seed, index: 0, purpose: .parameters)
        logPsi = []
        for _ in 0..<numbering.dimension {
            logPsi.append(width * stream.normal())
            logPsi.append(2 * Double.pi * stream.uniform())
        }
    }

    package var siteCount: Int { numbering.space.siteCount }

    /// |ψ|² of a state, not normalised.
    package func weight(of state: Int) -> Double { Double.exp(2 * logPsi[2 * state]) }

    package func evaluate(_ codes: UnsafePointer<Int8>, count: Int, into logPsi: UnsafeMutablePointer<Double>) {
        for row in 0..<count {
            let state = numbering.rank(of: codes + row * siteCount)
            logPsi[2 * row] = state.map { self.logPsi[2 * $0] } ?? -.infinity
            logPsi[2 * row + 1] = state.map { self.logPsi[2 * $0 + 1] } ?? .nan
        }
    }
}
