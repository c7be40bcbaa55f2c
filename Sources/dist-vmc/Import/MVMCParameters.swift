import DistQGT

/// `modpara.def` of mVMC.
struct MVMCParameters {
    let file: DefinitionFile
    /// By key in lower case the line that has it.
    private let lines: [String: DefinitionFile.Line]
    /// Of parameter files: `zqp`.
    let parameterHead: String

    static let keys = [
        "NVMCCalMode", "NLanczosMode", "NDataIdxStart", "NDataQtySmp", "Nsite", "Ncond", "Ne", "Nelectron", "2Sz",
        "NSPGaussLeg", "NSPStot", "NMPTrans", "NVMCWarmUp", "NVMCInterval", "NVMCSample", "NExUpdatePath", "RndSeed",
        "NSplitSize", "NSROptItrStep", "NSROptItrSmp", "DSROptRedCut", "DSROptStaDel", "DSROptStepDt", "NSRCG",
        "NSROptCGMaxIter", "DSROptCGTol", "NStore", "NneuronCharge", "NneuronSpin", "NneuronGeneral", "Nneuron",
        "NBlockSize_RBMRatio",
    ]

    init(_ path: String) throws {
        file = try DefinitionFile(path)
        guard file.lines.count > 8, file.lines[6].words.first?.lowercased() == "cparafilehead",
            file.lines[6].words.count >= 2
        else { throw file.error("has no CParaFileHead in line 7") }
        parameterHead = file.lines[6].words[1]
        var lines: [String: DefinitionFile.Line] = [:]
        let known = Set(Self.keys.map { $0.lowercased() })
        for line in file.lines.dropFirst(8) {
            guard let word = line.words.first, !word.hasPrefix("-") else { continue }
            guard known.contains(word.lowercased()) else {
                throw line.error("unknown key '\(word)'" + NearestName.hint(word, among: Self.keys))
            }
            _ = try line.real(1, word)
            lines[word.lowercased()] = line
        }
        self.lines = lines
    }

    /// Of another file that has the same keys.
    ///
    /// - Parameter lines: by key in lower case, the key and its value.
    init(_ file: DefinitionFile, lines: [String: DefinitionFile.Line]) {
        self.file = file
        self.lines = lines
        parameterHead = "zqp"
    }

    func line(_ key: String) -> DefinitionFile.Line? { lines[key.lowercased()] }
    func has(_ key: String) -> Bool { line(key) != nil }

    func error(_ key: String, _ problem: String) -> ConfigurationError {
        line(key)?.error("\(key): \(problem)") ?? file.error("\(key): \(problem)")
    }

    func real(_ key: String) throws -> Double? { try line(key)?.real(1, key) }
    func real(_ key: String, default value: Double) throws -> Double { try real(key) ?? value }

    /// Numbers are truncated, as mVMC does.
    func integer(_ key: String) throws -> Int? {
        guard let value = try real(key) else { return nil }
        guard abs(value) < Double(Schema.maximumCount) else { throw error(key, "is too large") }
        return Int(value)
    }
    func integer(_ key: String, default value: Int) throws -> Int { try integer(key) ?? value }

    /// - Parameter least: what is accepted.
    func count(_ key: String, default value: Int, least: Int = 1) throws -> Int {
        let number = try integer(key, default: value)
        guard number >= least else { throw error(key, "is \(number); accepted: at least \(least)") }
        return number
    }

    /// Those of some keys that the file has, as `key value`.
    func given(_ keys: [String]) -> [String] {
        keys.compactMap { key in line(key).map { "\(key) \($0.words[1])" } }
    }
}
