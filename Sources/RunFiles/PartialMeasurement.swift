/// What a measurement has found before it was interrupted, with which it can go on: numbers by name, and the chains
/// that it samples. A plain value, complete on the rank that writes it.
///
/// The file is HDF5 behind a seal, as a checkpoint is:
///
///     attributes of /          format, format_version
///     /subject                 what is measured, a string
///     /chains/<k>/spins        int8, [chains, sites], as those of a checkpoint
///     /chains/<k>/draw_counters uint64, [chains]
///     /vectors/<name>          float64, one dimension
public struct PartialMeasurement: Sendable {
    package static let formatName = "dist-vmc-measurement"
    package static let formatVersion = 1

    /// What is measured, in words: only the same measurement of the same state can go on with it.
    public var subject: String
    /// Sets of chains, each in its global order.
    public var chains: [Checkpoint.Chains]
    /// A name contains no slash.
    public var vectors: [String: [Double]]

    public init(subject: String, chains: [Checkpoint.Chains], vectors: [String: [Double]]) {
        self.subject = subject
        self.chains = chains
        self.vectors = vectors
    }

    /// Makes this the file at `path`, which is whole at every moment.
    /// - Throws: `FileSystemError`, `HDF5Error`.
    public func write(to path: String) throws {
        let file = try HDF5File.createInMemory(name: "measurement")
        try file.writeAttribute(Self.formatName, named: "format")
        try file.writeAttribute(Int64(Self.formatVersion), named: "format_version")
        try file.write(subject, at: "subject")
        try file.createGroup("chains")
        for (number, set) in chains.enumerated() {
            try file.createGroup("chains/\(number)")
            try set.write(
                to: file, at: "chains/\(number)/spins", drawCounters: "chains/\(number)/draw_counters")
        }
        try file.createGroup("vectors")
        for (name, vector) in vectors.sorted(by: { $0.key < $1.key }) {
            try file.write(vector, shape: [vector.count], at: "vectors/\(name)")
        }
        var bytes = try file.image(prefix: CheckpointSeal.size)
        try file.close()
        CheckpointSeal.close(&bytes, version: Self.formatVersion)
        try FileSystem.replace(path, with: bytes)
    }

    /// The measurement in a file; nil where there is no file, or one of another subject.
    /// - Throws: `CheckpointError` for a file that is damaged or not a measurement.
    public static func load(_ path: String, subject: String) throws -> PartialMeasurement? {
        guard try FileSystem.kind(of: path) != nil else { return nil }
        let bytes = try FileSystem.read(path)
        let data = try CheckpointSeal.open(bytes, version: formatVersion, path: path)
        do {
            let file = try HDF5File.open(image: data, name: path)
            guard try file.attributeType("format", of: "/") == .string,
                try file.readStringAttribute("format") == formatName
            else { throw CheckpointError(path: path, problem: .foreign) }
            guard try file.readString(at: "subject") == subject else { return nil }
            return try PartialMeasurement(reading: file, subject: subject)
        } catch let error as HDF5Error {
            throw CheckpointError(error)
        }
    }

    private init(reading file: HDF5File, subject: String) throws {
        var chains: [Checkpoint.Chains] = []
        for number in try file.children(of: "chains").indices {
            chains.append(
                try Checkpoint.Chains(
                    in: file, at: "chains/\(number)/spins", drawCounters: "chains/\(number)/draw_counters"))
        }
        var vectors: [String: [Double]] = [:]
        for name in try file.children(of: "vectors") {
            vectors[name] = try file.read(Double.self, at: "vectors/\(name)").values
        }
        self.init(subject: subject, chains: chains, vectors: vectors)
    }
}
