/// Parameter leaves in an HDF5 file: a checkpoint, or any file that has a dataset under the name of each leaf (a name
/// with slashes lies in groups), of floating-point or complex numbers as h5py writes them.
public enum ParameterFile {
    /// All leaves of the file.
    ///
    /// - Throws: `CheckpointError` for a damaged checkpoint and for a file that cannot be read or is not HDF5;
    ///   `HDF5Error` for a dataset of another type.
    public static func leaves(in path: String) throws -> [Checkpoint.Leaf] {
        do throws(CheckpointError) {
            return try Checkpoint.load(file: path).parameters
        } catch {
            guard error.problem == .foreign else { throw error }
        }
        return try leaves(of: HDF5File.open(path))
    }

    private static func leaves(of file: HDF5File) throws -> [Checkpoint.Leaf] {
        try names(in: file, below: "").map { try Checkpoint.Leaf(dataset: $0, in: file) }
    }

    /// The paths of all datasets in and below a group.
    private static func names(in file: HDF5File, below group: String) throws -> [String] {
        try file.children(of: group.isEmpty ? "/" : group).flatMap { child -> [String] in
            let path = group.isEmpty ? child : "\(group)/\(child)"
            return try file.kind(of: path) == .group ? names(in: file, below: path) : [path]
        }
    }
}

extension Checkpoint.Leaf {
    fileprivate init(dataset name: String, in file: HDF5File) throws {
        let element = try file.information(on: name).element
        guard let kind = Checkpoint.ElementKind(rawValue: element.rawValue) else {
            let known = Checkpoint.ElementKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw file.error(name, .wrongType(expected: known, found: element.rawValue))
        }
        let values: [Double]
        let shape: [Int]
        switch kind {
        case .float64, .complex128: (values, shape) = try file.read(Double.self, at: name, complex: kind.isComplex)
        case .float32, .complex64:
            let (singles, extents) = try file.read(Float.self, at: name, complex: kind.isComplex)
            (values, shape) = (singles.map(Double.init), extents)
        }
        self.init(name: name, shape: shape, kind: kind, values: values)
    }
}
