/// The basis states of a space, numbered 0 ..< dimension.
///
/// Site 0 is the slowest, and local states come in their order: spins up before down, so that the basis of spins 1/2
/// ascends as binary numbers with up as 0, down as 1 and site 0 as the leading digit. Where all sites are fermion
/// modes the last mode is the slowest: the basis ascends as binary numbers with the occupation of mode m as 2^m. A
/// sector keeps the order of the whole space.
public struct BasisNumbering: Sendable {
    public let space: HilbertSpace
    /// Number of basis states.
    public let dimension: Int
    /// Spins 1/2 that fit a word; nil where the places of states are those of paths.
    package let words: SpinWordNumbering?
    private let paths: PathNumbering?

    /// - Throws: `HilbertSpaceError` where there are no states, or too many to be numbered.
    public init(_ space: HilbertSpace) throws(HilbertSpaceError) {
        self.space = space
        if let words = SpinWordNumbering(space) {
            self.words = words
            paths = nil
            dimension = words.dimension
            return
        }
        words = nil
        if space.isOfSpinsHalf, space.dimension == nil { throw .tooManyStatesToNumber(siteCount: space.siteCount) }
        let paths = try PathNumbering(SectorGraph(space, order: Self.slowestFirst(space)))
        self.paths = paths
        dimension = paths.dimension
    }

    static func slowestFirst(_ space: HilbertSpace) -> [Int] {
        let sites = Array(0..<space.siteCount)
        return space.localSpaces.allSatisfy { $0 == .mode } ? sites.reversed() : sites
    }

    /// The configuration number `index` of the basis.
    ///
    /// - Throws: `HilbertSpaceError.indexOutOfRange`.
    public func configuration(at index: Int) throws(HilbertSpaceError) -> [Int8] {
        guard index >= 0, index < dimension else {
            throw .indexOutOfRange(index: index, dimension: dimension)
        }
        return try configurations(in: index..<index + 1).spins
    }

    /// The place of a configuration in the basis.
    ///
    /// - Throws: `HilbertSpaceError.notInSpace`.
    public func index(of codes: some Collection<Int8>) throws(HilbertSpaceError) -> Int {
        guard codes.count == space.siteCount else { throw .notInSpace }
        let place = Array(codes).withUnsafeBufferPointer { codes in codes.baseAddress.flatMap { rank(of: $0) } }
        guard let place else { throw .notInSpace }
        return place
    }

    /// The place of N codes in the basis; nil if they are not in the space.
    package func rank(of codes: UnsafePointer<Int8>) -> Int? {
        if let paths { return paths.rank(of: codes) }
        guard let words, space.contains(UnsafeBufferPointer(start: codes, count: space.siteCount)) else { return nil }
        return words.rank(of: (0..<space.siteCount).reduce(0) { ($0 << 1) | (codes[$1] < 0 ? 1 : 0) })
    }

    /// The configurations of a contiguous range of the basis, in order.
    ///
    /// - Throws: `HilbertSpaceError.indexOutOfRange`.
    public func configurations(in range: Range<Int>) throws(HilbertSpaceError) -> Configurations {
        guard range.lowerBound >= 0, range.upperBound <= dimension else {
            throw .indexOutOfRange(
                index: range.lowerBound < 0 ? range.lowerBound : range.upperBound - 1,
                dimension: dimension)
        }
        let siteCount = space.siteCount
        guard !range.isEmpty else { return Configurations(siteCount: siteCount) }
        let codes = [Int8](unsafeUninitializedCapacity: range.count * siteCount) { buffer, count in
            if let words { words.write(range, into: buffer) }
            if let paths { paths.write(range, into: buffer) }
            count = range.count * siteCount
        }
        return Configurations(siteCount: siteCount, spins: codes)
    }
}
