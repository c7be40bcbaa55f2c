import Communication
import DistQGT

/// A file of format `distqgt-statistics-1`: the formulas of energy statistics on given data, each rank with
/// a contiguous range of them.
struct StatisticsVerification: Verification {
    private struct Case {
        let path: String
        let chains: Int
        let length: Int
        /// (re, im) in turn.
        let energies: [Double]
        let expected: StatisticsReference

        var paths: [String] { StatisticsReference.names.map { "\(path).\($0)" } }
    }

    let notChecked: [String]
    private let cases: [Case]

    init(_ root: ReferenceValue) throws {
        let cases = try root.required("cases").elements().map { entry in
            let shape = try entry.required("shape")
            let sizes = try shape.elements().map { try $0.integer(1...Int(Int32.max)) }
            guard sizes.count == 2 else { throw shape.error("has \(sizes.count) entries; accepted: 2") }
            // Both are below 2³¹.
            let energies = try entry.required("data").complexNumbers(
                count: sizes[0] * sizes[1], nullable: false, imaginaryRequired: false)
            return Case(
                path: entry.path, chains: sizes[0], length: sizes[1], energies: energies,
                expected: try StatisticsReference(entry))
        }
        self.cases = cases
        notChecked = UncheckedQuantities.paths(
            in: root,
            inputs: ["format", "name", "source", "cases[].label", "cases[].shape", "cases[].data"],
            checked: cases.flatMap(\.paths))
    }

    func compare(on world: Communicator) throws -> [Comparison] {
        try cases.flatMap { entry in
            let shard = Shard.block(of: entry.chains * entry.length, rank: world.rank, size: world.size)
            let statistics = try EnergyStatistics.ofChains(
                energies: Array(entry.energies[2 * shard.offset..<2 * (shard.offset + shard.count)]),
                offset: shard.offset, chains: entry.chains, length: entry.length, communicator: world)
            return zip(entry.paths, entry.expected.errors(of: statistics)).map { Comparison($0, $1) }
        }
    }
}
