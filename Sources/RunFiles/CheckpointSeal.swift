/// The first 512 bytes of a checkpoint file: a few lines of text with the length and the checksum of
/// the HDF5 data behind them, padded with zeros.
///
/// HDF5 allows such a "user block" of 512 bytes in front of its data, and its tools and h5py pass over
/// it. The seal is a function of the data, so a changed bit anywhere in the file, the padding included,
/// is found before HDF5, which is not robust against damaged files, reads a byte.
package enum CheckpointSeal {
    package static let size = 512
    private static let magic = "dist-vmc-checkpoint\n"
    private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

    private static func seal(version: Int, data: ArraySlice<UInt8>) -> [UInt8] {
        let hexadecimal = String(CRC64.checksum(of: data), radix: 16)
        let checksum = String(repeating: "0", count: 16 - hexadecimal.count) + hexadecimal
        let text = magic + "version \(version)\nbytes \(data.count)\ncrc64-xz \(checksum)\n"
        let bytes = Array(text.utf8)
        return bytes + [UInt8](repeating: 0, count: size - bytes.count)
    }

    /// Fills in the first 512 bytes of a file from the rest.
    package static func close(_ file: inout [UInt8], version: Int) {
        file.replaceSubrange(..<size, with: seal(version: version, data: file[size...]))
    }

    /// The HDF5 data of an intact file.
    /// - Throws: `CheckpointError`: `.notHDF5`, `.foreign`, `.damaged` or `.newerVersion`.
    static func open(
        _ file: [UInt8], version: Int, path: String
    ) throws(CheckpointError) -> ArraySlice<UInt8> {
        func problem(_ problem: CheckpointError.Problem) -> CheckpointError {
            CheckpointError(path: path, problem: problem)
        }
        guard !file.isEmpty else { throw problem(.damaged("it is empty")) }
        let start = Array(magic.utf8)
        guard file.starts(with: start) else {
            if start.starts(with: file) { throw problem(.damaged("it ends after \(file.count) bytes")) }
            throw problem(containsSignature(file) ? .foreign : .notHDF5)
        }
        guard file.count > size else { throw problem(.damaged("it ends after \(file.count) bytes")) }
        let data = file[size...]
        let text = String(decoding: file[..<size].prefix { $0 != 0 }, as: UTF8.self)
        let found = number(after: "version ", in: text)
        guard let found, file.starts(with: seal(version: found, data: data)) else {
            if let length = number(after: "bytes ", in: text), length != data.count {
                let whole = size.addingReportingOverflow(length).partialValue
                throw problem(.damaged("it has \(file.count) bytes and was written with \(whole)"))
            }
            throw problem(.damaged("its content does not match its checksum"))
        }
        guard found <= version else { throw problem(.newerVersion(found: found, supported: version)) }
        guard found >= 1 else { throw problem(.damaged("there is no format version \(found)")) }
        return data
    }

    private static func number(after key: String, in text: String) -> Int? {
        text.split(separator: "\n").first { $0.hasPrefix(key) }.flatMap { Int($0.dropFirst(key.count)) }
    }

    /// HDF5 data starts at byte 0, 512, 1024, 2048, ….
    private static func containsSignature(_ file: [UInt8]) -> Bool {
        var offset = 0
        while offset < file.count {
            if file[offset...].starts(with: signature) { return true }
            offset = offset == 0 ? 512 : 2 * offset
        }
        return false
    }
}
