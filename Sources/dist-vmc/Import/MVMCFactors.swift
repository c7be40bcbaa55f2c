import DistQGT
import Numerics

/// The correlation factors that the files of mVMC give.
struct MVMCFactors {
    /// By site the parameter.
    private(set) var gutzwiller: [Int]?
    /// By pair of sites, i(i−1)/2 + j for i > j, the parameter.
    private(set) var jastrow: [Int]?
    /// By type and site the neighbours, two or four.
    private(set) var doublonHolon: [(section: ParameterTable.Section, neighbours: [[[Int]]])] = []
    /// Boltzmann machines of charges, spins and modes.
    private(set) var machines: [Machine] = []
    /// How many files say that their parameters are complex; those of the machines do not count.
    private(set) var complexCount = 0
    /// Files with parameters that are not to be optimised, and how many.
    private(set) var frozen: [(file: String, count: Int, all: Int)] = []

    /// Whether no Gutzwiller parameter is optimised.
    private(set) var isGutzwillerFrozen = false

    /// Three files of one kind.
    struct Machine {
        enum Kind: String, CaseIterable {
            case charge = "Charge"
            case spin = "Spin"
            case general = "General"
        }
        let kind: Kind
        let hiddenUnits: Int
        /// By visible unit, by hidden unit, by visible and hidden unit the parameter; nil without the file.
        let (visible, hidden, weights): ([Int]?, [Int]?, [Int]?)

        /// Of visible biases, hidden biases and weights.
        var sections: [ParameterTable.Section] {
            switch kind {
            case .charge: [.chargePhysical, .chargeHidden, .chargeWeights]
            case .spin: [.spinPhysical, .spinHidden, .spinWeights]
            case .general: [.generalPhysical, .generalHidden, .generalWeights]
            }
        }
    }

    init(_ input: MVMCInput, _ parameters: MVMCParameters, siteCount sites: Int, table: inout ParameterTable) throws {
        if let file = try input.file("Gutzwiller") {
            let records = try open(file, .gutzwiller, sites, &table)
            gutzwiller = try Self.indices(file, records, shape: [sites], names: ["site"])
        }
        if let file = try input.file("Jastrow") {
            let records = try open(file, .jastrow, sites * (sites - 1), &table)
            var (index, seen) = ([Int](repeating: 0, count: sites * (sites - 1) / 2), Set<[Int]>())
            for record in records {
                let (i, j) = (
                    try record.integer(0, "site", in: 0..<sites), try record.integer(1, "site", in: 0..<sites)
                )
                let k = try record.integer(2, "parameter", in: 0..<file.count)
                guard i != j else { throw record.error("a pair of a site with itself") }
                guard seen.insert([i, j]).inserted else { throw record.error("the pair stands twice in it") }
                // mVMC reads those with i < j only.
                if i < j { index[j * (j - 1) / 2 + i] = k }
            }
            jastrow = index
        }
        for (section, neighbours) in [(ParameterTable.Section.dh2, 2), (.dh4, 4)] {
            guard let file = try input.file(section.rawValue) else { continue }
            let parameters = 2 * (neighbours + 1) * file.count
            let records = try open(file, section, sites * file.count, &table, parameters: parameters)
            var lists = [[[Int]?]](repeating: [[Int]?](repeating: nil, count: sites), count: file.count)
            for record in records {
                let site = try record.integer(0, "site", in: 0..<sites)
                let type = try record.integer(neighbours + 1, "type", in: 0..<file.count)
                guard lists[type][site] == nil else {
                    throw record.error("site \(site) of type \(type) stands twice in it")
                }
                lists[type][site] = try (1...neighbours).map { try record.integer($0, "neighbour", in: 0..<sites) }
            }
            // As many records as places, none of them twice.
            doublonHolon.append((section, lists.map { $0.map { $0 ?? [] } }))
        }
        for kind in Machine.Kind.allCases {
            let prefix = kind.rawValue
            let units = try parameters.count("Nneuron\(prefix)", default: 0, least: 0)
            let visible = kind == .general ? [sites, 2] : [sites]
            let names = kind == .general ? ["site", "spin"] : ["site"]
            func layer(
                _ name: String, _ shape: [Int], _ names: [String], _ section: ParameterTable.Section
            ) throws -> [Int]? {
                guard let file = try input.file("\(prefix)RBM_\(name)") else { return nil }
                let records = try open(file, section, shape.reduce(1, *), &table, countsComplex: false)
                return try Self.indices(file, records, shape: shape, names: names)
            }
            let probe = Machine(kind: kind, hiddenUnits: units, visible: nil, hidden: nil, weights: nil)
            let machine = Machine(
                kind: kind, hiddenUnits: units,
                visible: try layer("PhysLayer", visible, names, probe.sections[0]),
                hidden: try layer("HiddenLayer", [units], ["hidden unit"], probe.sections[1]),
                weights: try layer("PhysHidden", visible + [units], names + ["hidden unit"], probe.sections[2]))
            if machine.visible != nil || machine.hidden != nil || machine.weights != nil { machines.append(machine) }
        }
        if let total = try parameters.integer("Nneuron"), total != 0 {
            throw parameters.error("Nneuron", "adds to the other three in mVMC; accepted: leave it out")
        }
    }

    private mutating func open(
        _ file: RecordFile, _ section: ParameterTable.Section, _ indices: Int, _ table: inout ParameterTable,
        parameters: Int? = nil, countsComplex: Bool = true
    ) throws -> ArraySlice<DefinitionFile.Line> {
        let count = parameters ?? file.count
        if try file.isComplex(), countsComplex { complexCount += 1 }
        let (records, frozen) = try file.indexed(indices, parameters: count)
        if frozen > 0 { self.frozen.append((file.name, frozen, count)) }
        if section == .gutzwiller { isGutzwillerFrozen = frozen == count }
        table.declare(section, count)
        return records
    }

    /// A number for each place of a shape, of which every one has a record.
    private static func indices(
        _ file: RecordFile, _ records: ArraySlice<DefinitionFile.Line>, shape: [Int], names: [String]
    ) throws -> [Int] {
        var index = [Int?](repeating: nil, count: shape.reduce(1, *))
        for record in records {
            var place = 0
            for (column, length) in shape.enumerated() {
                place = place * length + (try record.integer(column, names[column], in: 0..<length))
            }
            guard index[place] == nil else {
                throw record.error("its \(names.joined(separator: " and ")) stands twice in it")
            }
            index[place] = try record.integer(shape.count, "parameter", in: 0..<file.count)
        }
        return index.map { $0 ?? 0 }
    }
}
