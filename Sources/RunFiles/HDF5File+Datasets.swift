import CHDF5

extension HDF5File {
    /// Element type and shape of a dataset. A scalar's shape is empty.
    public struct DatasetInformation: Equatable, Sendable {
        public let element: HDF5ElementType
        public let shape: [Int]
    }

    /// - Throws: `HDF5Error`; `.missing` if there is no such dataset, `.largerThanFile` if its shape
    ///   cannot be true.
    public func information(on path: String) throws -> DatasetInformation {
        try require(.dataset, at: path)
        var element: Int32 = 0
        var rank: Int32 = 0
        var dimensions = [UInt64](repeating: 0, count: Int(CHDF5_MAXIMUM_RANK))
        try check(chdf5_dataset_info(openHandle(), path, &element, &rank, &dimensions), path)
        let type = HDF5ElementType(code: element)
        let extents = dimensions.prefix(Int(rank))
        try requirePlausible(extents, elementSize: type.size, path)
        return DatasetInformation(element: type, shape: extents.map { Int(clamping: $0) })
    }

    private func requirePlausible(
        _ extents: ArraySlice<UInt64>, elementSize: Int, _ path: String
    ) throws {
        if extents.contains(0) && extents.allSatisfy({ $0 <= UInt64(Int.max) }) { return }
        var bytes = UInt64(elementSize)
        for extent in extents {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
            guard !overflow, product <= contentLimit else {
                let claim = extents.map(String.init).joined(separator: " × ") + " × \(elementSize)"
                throw error(path, .largerThanFile(bytes: claim, fileBytes: contentLimit))
            }
            bytes = product
        }
    }

    /// Writes a dataset, creating the groups it is in.
    /// - Parameters:
    ///   - values: row-major; with `complex`, real and imaginary parts in turn.
    ///   - shape: empty for a scalar. Extents may be zero.
    /// - Throws: `HDF5Error`.
    public func write<Scalar: HDF5Scalar>(
        _ values: [Scalar], shape: [Int], at path: String, complex: Bool = false
    ) throws {
        try requireValid(path)
        let element = try elementType(Scalar.self, complex: complex, path)
        let components = complex ? 2 : 1
        guard shape.count <= Int(CHDF5_MAXIMUM_RANK), shape.allSatisfy({ $0 >= 0 }),
            let count = Self.product(shape, times: components), count == values.count
        else {
            throw error(path, .unwritable("\(values.count) numbers do not fill the shape \(shape)"))
        }
        let dimensions = shape.map(UInt64.init)
        let status = try values.withUnsafeBytes { buffer in
            chdf5_write_dataset(
                try openHandle(), path, element.code, Int32(shape.count), dimensions, buffer.baseAddress)
        }
        try check(status, path)
    }

    /// Reads a dataset of exactly this element type.
    /// - Parameter shape: what the caller expects; nil accepts any shape that fits into the file.
    /// - Returns: the values, row-major (complex: real and imaginary parts in turn), and their shape.
    /// - Throws: `HDF5Error`: `.missing`, `.wrongType`, `.wrongShape`, `.largerThanFile` or `.library`.
    public func read<Scalar: HDF5Scalar>(
        _ type: Scalar.Type = Scalar.self, at path: String, shape: [Int]? = nil, complex: Bool = false
    ) throws -> (values: [Scalar], shape: [Int]) {
        let element = try elementType(Scalar.self, complex: complex, path)
        let found = try information(on: path)
        guard found.element == element else {
            throw error(path, .wrongType(expected: element.rawValue, found: found.element.rawValue))
        }
        if let shape, shape != found.shape {
            throw error(path, .wrongShape(expected: shape, found: found.shape))
        }
        let points = Self.product(found.shape, times: 1) ?? 0
        var values = [Scalar](repeating: .zero, count: points * (complex ? 2 : 1))
        let status = try values.withUnsafeMutableBytes { buffer in
            chdf5_read_dataset(try openHandle(), path, element.code, UInt64(points), buffer.baseAddress)
        }
        try check(status, path)
        return (values, found.shape)
    }

    /// Writes a list of strings (UTF-8, variable length).
    /// - Throws: `HDF5Error`; `.unwritable` if a string contains a NUL.
    public func write(_ strings: [String], at path: String) throws {
        try write(strings, rank: 1, at: path)
    }

    /// Writes one string (UTF-8, variable length) as a scalar dataset.
    /// - Throws: `HDF5Error`; `.unwritable` if it contains a NUL.
    public func write(_ string: String, at path: String) throws {
        try write([string], rank: 0, at: path)
    }

    private func write(_ strings: [String], rank: Int32, at path: String) throws {
        try requireValid(path)
        var text: [UInt8] = []
        for string in strings {
            guard !string.utf8.contains(0) else {
                throw error(path, .unwritable("a string with a NUL in it"))
            }
            text.append(contentsOf: string.utf8)
            text.append(0)
        }
        let status = try text.withUnsafeBufferPointer { bytes in
            try bytes.withMemoryRebound(to: CChar.self) { characters in
                chdf5_write_strings(
                    try openHandle(), path, rank, UInt64(strings.count), characters.baseAddress,
                    characters.count)
            }
        }
        try check(status, path)
    }

    /// Reads the strings of a dataset with at most one dimension, of fixed or variable length.
    /// - Throws: `HDF5Error`.
    public func readStrings(at path: String) throws -> [String] {
        let found = try information(on: path)
        guard found.element == .string else {
            throw error(path, .wrongType(expected: "string", found: found.element.rawValue))
        }
        guard found.shape.count <= 1 else {
            throw error(path, .wrongType(expected: "a list of strings", found: "shape \(found.shape)"))
        }
        let count = found.shape.first ?? 1
        var text: UnsafeMutablePointer<CChar>?
        var length = 0
        let limit = Int(clamping: contentLimit)
        try check(
            chdf5_read_strings(openHandle(), path, UInt64(count), limit, &text, &length), path)
        defer { chdf5_free(text) }
        return Self.split(text, length: length)
    }

    /// Reads a dataset that holds one string.
    /// - Throws: `HDF5Error`.
    public func readString(at path: String) throws -> String {
        let strings = try readStrings(at: path)
        guard let first = strings.first, strings.count == 1 else {
            throw error(path, .wrongShape(expected: [], found: [strings.count]))
        }
        return first
    }

    private func elementType<Scalar: HDF5Scalar>(
        _ type: Scalar.Type, complex: Bool, _ path: String
    ) throws -> HDF5ElementType {
        guard complex else { return Scalar.hdf5Type }
        guard let element = Scalar.hdf5ComplexType else {
            throw error(path, .unwritable("complex numbers have floating-point components"))
        }
        return element
    }

    private static func product(_ shape: [Int], times factor: Int) -> Int? {
        if shape.contains(0) { return 0 }
        var result = factor
        for extent in shape {
            let (product, overflow) = result.multipliedReportingOverflow(by: extent)
            guard !overflow else { return nil }
            result = product
        }
        return result
    }

    package static func split(_ text: UnsafeMutablePointer<CChar>?, length: Int) -> [String] {
        guard let text else { return [] }
        let bytes = UnsafeRawBufferPointer(start: text, count: length)
        return bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast()
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
