import DistQGT
import RunFiles

extension EnsembleEnergies {
    /// The member `states` of summary.json.
    var json: JSONValue {
        .array(
            levels.map { level in
                [
                    "energy": .number(level.energy), "error": .number(level.error),
                    "imaginary": .number(level.imaginary), "imaginary_error": .number(level.imaginaryError),
                    "split_r_hat": .number(level.splitRHat),
                ]
            })
    }

    /// What a reader should know before trusting the energies.
    var warnings: [String] {
        levels.enumerated().filter(\.element.isSuspicious).map { number, level in
            "the energy of state \(number) has an imaginary part of \(TerminalNumber.short(level.imaginary)), more than its "
                + "error: more samples are needed"
        }
    }

    /// Energies with their errors, for people.
    var words: [String] {
        levels.map { TerminalNumber.value($0.energy, error: $0.error.isFinite && $0.error > 0 ? $0.error : nil) }
    }
}
