import DistQGT
import RunFiles

/// A value of a reference file and its place in it. Readings throw a `ConfigurationError` that names both,
/// what was found and what would be accepted.
struct ReferenceValue {
    let value: JSONValue
    /// The name of the file.
    let source: String
    let trail: KeyTrail

    var path: String { trail.description }

    /// The value as the configuration's blocks are read.
    var node: ConfigurationNode { ConfigurationNode(json: value, source: source, trail: trail) }

    func error(_ problem: String) -> ConfigurationError {
        ConfigurationError(problem, at: Origin(source: source, line: nil), path: path)
    }

    private func mismatch(_ accepted: String) -> ConfigurationError { node.mismatch(accepted) }

    private func member(_ key: String) throws -> ReferenceValue? {
        guard let object = value.object else { throw mismatch("an object") }
        return object[key].map { ReferenceValue(value: $0, source: source, trail: trail.key(key)) }
    }

    /// The member of an object; it may be null.
    func required(_ key: String) throws -> ReferenceValue {
        guard let member = try member(key) else { throw error("the key '\(key)' is missing") }
        return member
    }

    /// The member of an object, or nil where it is missing or null.
    func optional(_ key: String) throws -> ReferenceValue? {
        try member(key).flatMap { $0.value.isNull ? nil : $0 }
    }

    /// The elements of a list that is not empty.
    func elements() throws -> [ReferenceValue] {
        guard let array = value.array, !array.isEmpty else { throw mismatch("a non-empty list") }
        return array.enumerated().map { ReferenceValue(value: $1, source: source, trail: trail.index($0)) }
    }

    func string() throws -> String {
        guard let string = value.string else { throw mismatch("text") }
        return string
    }

    func integer(_ range: ClosedRange<Int>) throws -> Int {
        guard let integer = value.integer, range.contains(integer) else {
            throw mismatch("an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return integer
    }

    func number() throws -> Double {
        guard let number = value.number else { throw mismatch("a number") }
        return number
    }

    /// A number, null read as NaN.
    func numberOrNull() throws -> Double { value.isNull ? .nan : try number() }

    /// A list of `count` numbers.
    ///
    /// - Parameter nullable: whether an entry may be null, which is read as NaN.
    func numbers(count: Int, nullable: Bool = false) throws -> [Double] {
        guard let array = value.array else { throw mismatch("a list of \(count) numbers") }
        guard array.count == count else {
            throw error("has \(array.count) entries; accepted: \(count)")
        }
        return try array.enumerated().map { index, element in
            if let number = element.number { return number }
            if nullable, element.isNull { return .nan }
            throw ReferenceValue(value: element, source: source, trail: trail.index(index)).mismatch("a number")
        }
    }

    /// Complex numbers as {real, imag}: real and imaginary part in turn.
    ///
    /// - Parameter imaginaryRequired: whether `imag` may be missing, which means that it is zero.
    func complexNumbers(count: Int, nullable: Bool, imaginaryRequired: Bool) throws -> [Double] {
        let real = try required("real").numbers(count: count, nullable: nullable)
        let imaginaryPart = imaginaryRequired ? try required("imag") : try optional("imag")
        guard let imaginary = try imaginaryPart?.numbers(count: count, nullable: nullable) else {
            return real.flatMap { [$0, 0] }
        }
        return zip(real, imaginary).flatMap { [$0, $1] }
    }

    /// The sizes of an array, and that of the whole.
    ///
    /// - Parameter last: the size of the last dimension.
    func shape(dimensions: Int, last: Int) throws -> (sizes: [Int], total: Int) {
        let sizes = try elements().map { try $0.integer(1...Int(Int32.max)) }
        guard sizes.count == dimensions else { throw error("has \(sizes.count) entries; accepted: \(dimensions)") }
        guard sizes[dimensions - 1] == last else {
            throw error("ends in \(sizes[dimensions - 1]), but there are \(last) sites")
        }
        var total = 1
        for size in sizes {
            let (product, overflow) = total.multipliedReportingOverflow(by: size)
            guard !overflow else { throw error("is too large") }
            total = product
        }
        return (sizes, total)
    }

    /// Configurations of a problem as {shape, data}: the codes of all sites, and the sizes of the dimensions before the
    /// last. Of spinful fermions the file has 2N occupations, those of all sites up first.
    func configurations(dimensions: Int, of problem: Problem) throws -> (sizes: [Int], spins: [Int8]) {
        let (space, sites) = (problem.space, problem.siteCount)
        let ofElectrons = space.isOfElectrons
        let width = ofElectrons ? 2 * sites : sites
        let (sizes, total) = try required("shape").shape(dimensions: dimensions, last: width)
        let data = try required("data")
        func outside(_ number: Double, at index: Int, _ accepted: String) -> ConfigurationError {
            ConfigurationError(
                "found \(number); accepted: \(accepted)", at: Origin(source: source, line: nil),
                path: data.trail.index(index).description)
        }
        let local = space.localSpaces[0]
        let accepted =
            ofElectrons
            ? "0 or 1" : local.codes.map { "\($0)" }.joined(separator: local.dimension == 2 ? " or " : ", ")
        let numbers = try data.numbers(count: total).enumerated().map { index, number in
            guard let code = Int8(exactly: number), ofElectrons ? code == 0 || code == 1 : local.index(of: code) != nil
            else { throw outside(number, at: index, accepted) }
            return code
        }
        guard ofElectrons else { return (Array(sizes.dropLast()), numbers) }
        var codes: [Int8] = []
        codes.reserveCapacity(total / 2)
        for first in stride(from: 0, to: total, by: width) {
            for site in 0..<sites {
                let code = numbers[first + site] + 2 * numbers[first + sites + site]
                guard local.index(of: code) != nil else {
                    throw outside(1, at: first + sites + site, "0 on a site that has a fermion, in this space")
                }
                codes.append(code)
            }
        }
        return (Array(sizes.dropLast()), codes)
    }

    /// A tree of leaves {real, imag} as one vector of the layout. Leaves and layout must have the same names,
    /// and `imag` is there exactly for the complex leaves.
    ///
    /// - Parameters:
    ///   - withShapes: whether each leaf has its `shape`.
    ///   - nullable: whether a number may be null, which is read as NaN.
    func tree(_ layout: ParameterLayout, withShapes: Bool = false, nullable: Bool = false) throws -> [Double] {
        guard let object = value.object else { throw mismatch("an object of leaves") }
        for key in object.keys where layout.index(of: key) == nil {
            let known = layout.leaves.map(\.name)
            throw try required(key).error("the network has no such leaf (it has: \(known.joined(separator: ", ")))")
        }
        var values: [Double] = []
        values.reserveCapacity(layout.count)
        for leaf in layout.leaves {
            guard let entry = try member(leaf.name) else { throw error("the leaf '\(leaf.name)' is missing") }
            if withShapes {
                let shape = try entry.required("shape")
                guard shape.value == JSONValue(leaf.shape) else {
                    throw shape.error("is not that of the network's leaf, \(leaf.shape)")
                }
            }
            if leaf.isComplex {
                values += try entry.complexNumbers(count: leaf.count, nullable: nullable, imaginaryRequired: true)
            } else {
                if let imaginary = try entry.member("imag") { throw imaginary.error("the leaf is real") }
                values += try entry.required("real").numbers(count: leaf.count, nullable: nullable)
            }
        }
        return values
    }
}
