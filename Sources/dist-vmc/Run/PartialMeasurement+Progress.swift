import DistQGT
import RunFiles

extension PartialMeasurement {
    fileprivate static let energies = "energies"
    fileprivate static let drawn = "drawn"
    fileprivate static let occurrences = "occurrences"
    fileprivate static let proposals = "proposals"

    /// An estimate of the energy.
    init(_ progress: EnergyMeasurement.Progress, of subject: String) {
        self.init(
            subject: subject, chains: [.init(progress.chains)],
            vectors: [
                Self.energies: progress.energies, Self.drawn: [Double(progress.drawn)],
                Self.proposals: progress.proposals.map { Double($0) },
                Self.occurrences: progress.occurrences.map { Double($0) },
            ])
    }

    /// - Throws: `CheckpointError` for what is not there.
    fileprivate func vector(_ name: String, path: String) throws(CheckpointError) -> [Double] {
        guard let vector = vectors[name] else { throw CheckpointError(path: path, problem: .missing(name)) }
        return vector
    }

    /// - Throws: `CheckpointError` for what is not there, or are no whole numbers.
    fileprivate func integers(_ name: String, path: String) throws(CheckpointError) -> [Int] {
        var integers: [Int] = []
        for number in try vector(name, path: path) {
            guard let integer = Int(exactly: number) else {
                throw CheckpointError(
                    path: path, problem: .wrongType(name, expected: "whole numbers", found: "\(number)"))
            }
            integers.append(integer)
        }
        return integers
    }
}

extension EnergyMeasurement.Progress {
    init(_ file: PartialMeasurement, path: String) throws(CheckpointError) {
        let drawn = try file.integers(PartialMeasurement.drawn, path: path)
        guard let chains = file.chains.first, drawn.count == 1 else {
            throw CheckpointError(path: path, problem: .missing("chains"))
        }
        self.init(
            drawn: drawn[0], energies: try file.vector(PartialMeasurement.energies, path: path),
            chains: ChainState(chains), proposals: try file.integers(PartialMeasurement.proposals, path: path),
            occurrences: try file.integers(PartialMeasurement.occurrences, path: path))
    }
}

extension PartialMeasurement {
    fileprivate static let lengths = "lengths"
    fileprivate static let reference = "reference"
    fileprivate static let batches = "batches"

    /// A measurement of observables.
    init(_ progress: StateMeasurement.Progress, of subject: String) {
        self.init(
            subject: subject, chains: progress.chains.map { .init($0) },
            vectors: [
                Self.lengths: progress.lengths.map { Double($0) },
                Self.proposals: progress.proposals.map { Double($0) },
                Self.occurrences: progress.occurrences.map { Double($0) }, Self.reference: progress.reference,
                Self.batches: progress.batches,
            ])
    }
}

extension StateMeasurement.Progress {
    init(_ file: PartialMeasurement, path: String) throws(CheckpointError) {
        self.init(
            chains: file.chains.map { ChainState($0) },
            lengths: try file.integers(PartialMeasurement.lengths, path: path),
            proposals: try file.integers(PartialMeasurement.proposals, path: path),
            occurrences: try file.integers(PartialMeasurement.occurrences, path: path),
            reference: try file.vector(PartialMeasurement.reference, path: path),
            batches: try file.vector(PartialMeasurement.batches, path: path))
    }
}
