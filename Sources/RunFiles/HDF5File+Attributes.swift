import CHDF5

extension HDF5File {
    /// The names of an object's attributes, sorted.
    /// - Throws: `HDF5Error`; `.missing` if there is no such object.
    public func attributeNames(of path: String) throws -> [String] {
        guard try kind(of: path) != nil else { throw error(path, .missing) }
        let file = try openHandle()
        var count: UInt64 = 0
        try check(chdf5_attribute_count(file, path, &count), path)
        return try names(count: count, of: path) { chdf5_attribute_name(file, path, $0, $1, $2) }
    }

    /// The type of a scalar attribute (`.other` if it is a list), or nil if there is none.
    /// - Throws: `HDF5Error`; `.missing` if there is no such object.
    public func attributeType(_ attribute: String, of path: String) throws -> HDF5ElementType? {
        guard try kind(of: path) != nil else { throw error(path, .missing) }
        var exists: Int32 = 0
        var element: Int32 = 0
        try check(
            chdf5_attribute_info(openHandle(), path, attribute, &exists, &element), "\(path)@\(attribute)")
        return exists == 0 ? nil : HDF5ElementType(code: element)
    }

    /// - Throws: `HDF5Error`.
    public func writeAttribute<Scalar: HDF5Scalar>(
        _ value: Scalar, named attribute: String, of path: String = "/"
    ) throws {
        try requireValid(attribute: attribute, of: path)
        let status = try withUnsafeBytes(of: value) { bytes in
            chdf5_write_attribute(
                try openHandle(), path, attribute, Scalar.hdf5Type.code, bytes.baseAddress)
        }
        try check(status, "\(path)@\(attribute)")
    }

    /// - Throws: `HDF5Error`: `.missing`, `.wrongType` or `.library`.
    public func readAttribute<Scalar: HDF5Scalar>(
        _ type: Scalar.Type = Scalar.self, named attribute: String, of path: String = "/"
    ) throws -> Scalar {
        try requireAttribute(attribute, Scalar.hdf5Type, of: path)
        var value = Scalar.zero
        let status = try withUnsafeMutableBytes(of: &value) { bytes in
            chdf5_read_attribute(
                try openHandle(), path, attribute, Scalar.hdf5Type.code, bytes.baseAddress)
        }
        try check(status, "\(path)@\(attribute)")
        return value
    }

    /// - Throws: `HDF5Error`; `.unwritable` if the value contains a NUL.
    public func writeAttribute(
        _ value: String, named attribute: String, of path: String = "/"
    ) throws {
        try requireValid(attribute: attribute, of: path)
        guard !value.utf8.contains(0) else {
            throw error("\(path)@\(attribute)", .unwritable("a string with a NUL in it"))
        }
        try check(
            chdf5_write_string_attribute(openHandle(), path, attribute, value), "\(path)@\(attribute)")
    }

    /// - Throws: `HDF5Error`: `.missing`, `.wrongType` or `.library`.
    public func readStringAttribute(_ attribute: String, of path: String = "/") throws -> String {
        try requireAttribute(attribute, .string, of: path)
        var text: UnsafeMutablePointer<CChar>?
        var length = 0
        let limit = Int(clamping: contentLimit)
        try check(
            chdf5_read_string_attribute(openHandle(), path, attribute, limit, &text, &length),
            "\(path)@\(attribute)")
        defer { chdf5_free(text) }
        return Self.split(text, length: length).first ?? ""
    }

    private func requireValid(attribute: String, of path: String) throws {
        try requireValid(path)
        guard !attribute.isEmpty, !attribute.utf8.contains(0) else {
            throw error("\(path)@\(attribute)", .unwritable("not a name HDF5 can hold"))
        }
    }

    private func requireAttribute(
        _ attribute: String, _ expected: HDF5ElementType, of path: String
    ) throws {
        guard let found = try attributeType(attribute, of: path) else {
            throw error("\(path)@\(attribute)", .missing)
        }
        guard found == expected else {
            throw error(
                "\(path)@\(attribute)",
                .wrongType(expected: expected.rawValue, found: found.rawValue))
        }
    }
}
