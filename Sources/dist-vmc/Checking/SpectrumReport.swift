import Communication
import DistQGT
import RunFiles

/// What `dist-vmc check --spectrum K` finds out about the geometric tensor of the first step.
struct SpectrumReport {
    let spectrum: TensorSpectrum
    /// Of the first step.
    let diagonalShift: Double

    var conditionNumber: Double { spectrum.conditionNumber(shift: diagonalShift) }
    var isConverged: Bool { spectrum.lowest.isConverged && spectrum.highest.isConverged }

    /// Draws the samples of a run's first step and diagonalises S there. Collective.
    ///
    /// - Parameters:
    ///   - waveFunction: of the plan.
    ///   - count: eigenvalues at each end.
    init(_ plan: RunPlan, _ waveFunction: NeuralQuantumState, count: Int, on world: Communicator) throws {
        let state = try plan.makeState(waveFunction, on: world)
        spectrum = try TensorSpectrum(
            state.linearise(state.draw()), count: count,
            tolerance: state.waveFunction.ansatz.dataType.isSingle ? 1e-4 : 1e-8)
        diagonalShift = plan.configuration.reconfiguration.diagShift.value(at: 0)
    }

    /// The fields, for `--help`.
    static let fields = """
        {method (dense_tensor, dense_kernel or lanczos), lowest and highest {values (from the end inwards), residuals \
        (bounds on the errors of the values; 0 where they are exact but for rounding), converged}, products, \
        diag_shift (of the first step), condition_number (of S + diag_shift; null if that is not positive definite)}
        """

    var json: JSONValue {
        func end(_ end: TensorSpectrum.End) -> JSONValue {
            [
                "values": JSONValue(end.values), "residuals": JSONValue(end.residuals),
                "converged": .bool(end.isConverged),
            ]
        }
        return [
            "method": .string(spectrum.method.rawValue), "lowest": end(spectrum.lowest),
            "highest": end(spectrum.highest), "products": .integer(spectrum.products),
            "diag_shift": .number(diagonalShift), "condition_number": .number(conditionNumber),
        ]
    }

    // MARK: For people

    var lines: [[String]] {
        func cell(_ end: TensorSpectrum.End, _ index: Int) -> String {
            let value = "\(end.values[index])"
            return end.residuals[index] > 0 ? "\(value) (±\(TerminalNumber.short(end.residuals[index])))" : value
        }
        var lines = [["", "lowest", "highest"]]
        for index in spectrum.lowest.values.indices {
            lines.append(["\(index + 1)", cell(spectrum.lowest, index), cell(spectrum.highest, index)])
        }
        let condition = conditionNumber.isFinite ? TerminalNumber.short(conditionNumber) : "infinite"
        lines.append(["condition number", condition, "of S + \(diagonalShift)"])
        lines.append(["by", methodText])
        if !isConverged {
            lines.append(["not converged", "the values are those of a subspace: the true ends lie further out"])
        }
        return lines
    }

    private var methodText: String {
        switch spectrum.method {
        case .denseTensor: "the dense S"
        case .denseKernel: "the dense kernel of the samples, which shares with S what is not zero"
        case .lanczos: "block Lanczos, \(spectrum.products) products of S with blocks of vectors"
        }
    }
}
