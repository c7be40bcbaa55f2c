import DistQGT
import RunFiles

/// The files that a `namelist.def` of mVMC names.
struct MVMCInput {
    /// Folder of namelist.def, as a prefix of paths.
    private let folder: String
    let namelist: DefinitionFile
    private let files: [String: String]

    /// By keyword in lower case how it is written; two keywords may mean the same.
    private static let keywords: [String: String] = {
        var known = [
            "ModPara", "LocSpin", "Trans", "CoulombIntra", "CoulombInter", "Hund", "PairHop", "Exchange", "InterAll",
            "Gutzwiller", "Jastrow", "DH2", "DH4", "Orbital", "OrbitalParallel", "OrbitalGeneral", "TransSym",
            "InGutzwiller",
            "InJastrow", "InDH2", "InDH4", "InOrbital", "InOrbitalParallel", "InOrbitalGeneral", "InOptTrans",
            "OneBodyG",
            "TwoBodyG", "TwoBodyGEx", "OptTrans", "BF", "BFRange",
        ]
        for kind in ["Charge", "Spin", "General"] {
            for layer in ["PhysLayer", "HiddenLayer", "PhysHidden"] {
                known += ["\(kind)RBM_\(layer)", "In\(kind)RBM_\(layer)"]
            }
        }
        var keywords = Dictionary(known.map { ($0.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
        keywords["orbitalantiparallel"] = "Orbital"
        keywords["inorbitalantiparallel"] = "InOrbital"
        return keywords
    }()

    /// - Parameter directory: where namelist.def is.
    init(directory: String) throws {
        folder = directory.hasSuffix("/") ? directory : directory + "/"
        namelist = try DefinitionFile(folder + "namelist.def")
        var files: [String: String] = [:]
        for line in namelist.lines {
            guard let word = line.words.first, !word.hasPrefix("#") else { continue }
            guard let keyword = Self.keywords[word.lowercased()] else {
                throw line.error(
                    "unknown keyword '\(word)'" + NearestName.hint(word, among: Array(Self.keywords.values)))
            }
            guard line.words.count >= 2, !line.words[1].hasPrefix("#") else {
                throw line.error("\(keyword) names no file")
            }
            guard files[keyword] == nil else { throw line.error("\(keyword) stands twice in it") }
            if ["OptTrans", "InOptTrans", "BF", "BFRange"].contains(keyword) {
                throw line.error("\(keyword): mVMC's optimised translations and back flow have no counterpart")
            }
            files[keyword] = line.words[1]
        }
        self.files = files
    }

    func has(_ keyword: String) -> Bool { files[keyword] != nil }

    func path(_ keyword: String) -> String? {
        files[keyword].map { $0.hasPrefix("/") ? $0 : folder + $0 }
    }

    /// Nil where the namelist does not name one.
    func file(_ keyword: String) throws -> RecordFile? { try path(keyword).map(RecordFile.init) }

    func required(_ keyword: String) throws -> String {
        guard let path = path(keyword) else { throw namelist.error("names no \(keyword)") }
        return path
    }

    /// The first of these files of the folder that is there.
    func firstFile(_ names: [String]) throws -> String? {
        try names.map { folder + $0 }.first { try FileSystem.kind(of: $0) == .file }
    }
}
