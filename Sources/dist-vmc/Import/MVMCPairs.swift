import DistQGT

/// The pairings that the files of mVMC give.
struct MVMCPairs {
    /// Parameter and sign of a pairing; nil for 0.
    typealias Entry = (parameter: Int, isNegated: Bool)?

    let siteCount: Int
    /// Whether pairs are of an electron up and one down only.
    let isAntiparallel: Bool
    private(set) var complexCount = 0
    private(set) var frozen: [(file: String, count: Int, all: Int)] = []
    /// f_ij of up on i with down on j; or the pairings of all modes. Row by row, before translations.
    private var entries: [Entry]

    private var side: Int { isAntiparallel ? siteCount : 2 * siteCount }

    /// - Parameter usesSigns: whether the columns of signs count.
    init(_ input: MVMCInput, siteCount sites: Int, usesSigns: Bool, table: inout ParameterTable) throws {
        siteCount = sites
        let (pairs, parallel, general) = (
            try input.file("Orbital"), try input.file("OrbitalParallel"), try input.file("OrbitalGeneral")
        )
        isAntiparallel = general == nil && parallel == nil
        entries = []
        guard general == nil || pairs == nil && parallel == nil, general != nil || pairs != nil else {
            throw input.namelist.error(
                "accepted: OrbitalAntiParallel, OrbitalAntiParallel with OrbitalParallel, or OrbitalGeneral")
        }
        let modes = 2 * sites
        if let general {
            let records = try open(general, modes * (modes - 1) / 2, general.count)
            table.declare(.general, general.count)
            entries = [Entry](repeating: nil, count: modes * modes)
            for record in records {
                func mode(_ column: Int) throws -> Int {
                    try record.integer(column, "site", in: 0..<sites)
                        + sites * record.integer(column + 1, "spin", in: 0..<2)
                }
                let (i, j) = (try mode(0), try mode(2))
                guard i < j else { throw record.error("the first mode is not below the second (site + \(sites) spin)") }
                let k = try record.integer(4, "parameter", in: 0..<general.count)
                try set(i, j, k, try Self.sign(record, 5, usesSigns), record)
            }
            return
        }
        guard let pairs else { return }
        let records = try open(pairs, sites * sites, pairs.count)
        table.declare(.orbital, pairs.count)
        entries = [Entry](repeating: nil, count: isAntiparallel ? sites * sites : modes * modes)
        for record in records {
            let (i, j) = (try record.integer(0, "site", in: 0..<sites), try record.integer(1, "site", in: 0..<sites))
            let k = try record.integer(2, "parameter", in: 0..<pairs.count)
            try set(i, isAntiparallel ? j : sites + j, k, try Self.sign(record, 3, usesSigns), record)
        }
        guard let parallel else { return }
        let parallelRecords = try open(parallel, sites * (sites - 1) / 2, parallel.count)
        table.declare(.parallel, 2 * parallel.count)
        for record in parallelRecords {
            let (i, j) = (try record.integer(0, "site", in: 0..<sites), try record.integer(1, "site", in: 0..<sites))
            guard i < j else { throw record.error("the first site is not below the second") }
            let k = try record.integer(2, "parameter", in: 0..<parallel.count)
            let isNegated = try Self.sign(record, 3, usesSigns)
            try set(i, j, pairs.count + 2 * k, isNegated, record)
            try set(sites + i, sites + j, pairs.count + 2 * k + 1, isNegated, record)
        }
    }

    private mutating func open(
        _ file: RecordFile, _ indices: Int, _ parameters: Int
    ) throws -> ArraySlice<DefinitionFile.Line> {
        if try file.isComplex() { complexCount += 1 }
        let (records, frozen) = try file.indexed(indices, parameters: parameters)
        if frozen > 0 { self.frozen.append((file.name, frozen, parameters)) }
        return records
    }

    /// Whether the sign is −1.
    static func sign(_ record: DefinitionFile.Line, _ column: Int, _ counts: Bool) throws -> Bool {
        guard record.words.count > column else { return false }
        let sign = try record.integer(column, "sign")
        guard abs(sign) == 1 else { throw record.error("the sign is \(sign); accepted: 1 and -1") }
        return counts && sign < 0
    }

    private mutating func set(
        _ i: Int, _ j: Int, _ parameter: Int, _ isNegated: Bool, _ record: DefinitionFile.Line
    ) throws {
        guard entries[i * side + j] == nil else { throw record.error("the pairing stands twice in it") }
        entries[i * side + j] = (parameter, isNegated)
        if !isAntiparallel { entries[j * side + i] = (parameter, !isNegated) }
    }

    /// The pairings in the order of `pairing_index`, evaluated at the images of a translation.
    ///
    /// - Parameters:
    ///   - images: by site the image.
    ///   - negated: by site whether its sign is −1.
    func pairings(images: [Int], negated: [Bool]) -> [Entry] {
        let sites = siteCount
        func image(_ mode: Int) -> Int { images[mode % sites] + mode / sites * sites }
        func entry(_ i: Int, _ j: Int) -> Entry {
            guard let entry = entries[image(i) * side + image(j)] else { return nil }
            return (entry.parameter, entry.isNegated != (negated[i % sites] != negated[j % sites]))
        }
        guard isAntiparallel else {
            return (0..<side).flatMap { i in (i + 1..<max(i + 1, side)).map { entry(i, $0) } }
        }
        return (0..<side).flatMap { i in (0..<side).map { entry(i, $0) } }
    }
}
