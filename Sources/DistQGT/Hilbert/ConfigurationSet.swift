/// Configurations, each of them once, numbered in the order in which they came. Its memory is kept when it is emptied.
package struct ConfigurationSet {
    package let siteCount: Int
    /// N codes of each configuration, one after the other.
    package private(set) var codes: [Int8] = []
    package private(set) var count = 0
    /// Numbers of configurations by their hash, −1 where there is none (open addressing); a power of two of places.
    private var places = [Int32](repeating: -1, count: 1024)

    package init(siteCount: Int) { self.siteCount = siteCount }

    package mutating func removeAll() {
        codes.removeAll(keepingCapacity: true)
        count = 0
        for place in places.indices { places[place] = -1 }
    }

    /// The number of a configuration, which is added unless it is there.
    ///
    /// - Parameter configuration: N codes, not of this set's memory.
    package mutating func insert(_ configuration: UnsafePointer<Int8>) -> Int {
        if 2 * count >= places.count { grow() }
        var place = Self.hash(configuration, siteCount) & (places.count - 1)
        while places[place] >= 0 {
            let number = Int(places[place])
            if isEqual(number, configuration) { return number }
            place = (place + 1) & (places.count - 1)
        }
        places[place] = Int32(truncatingIfNeeded: count)
        codes.append(contentsOf: UnsafeBufferPointer(start: configuration, count: siteCount))
        count += 1
        return count - 1
    }

    /// Copies of some configurations, in this order.
    package func configurations(_ numbers: some Collection<Int>) -> Configurations {
        var rows: [Int8] = []
        rows.reserveCapacity(numbers.count * siteCount)
        for number in numbers { rows += codes[number * siteCount..<(number + 1) * siteCount] }
        return Configurations(siteCount: siteCount, spins: rows)
    }

    private func isEqual(_ number: Int, _ configuration: UnsafePointer<Int8>) -> Bool {
        let first = number * siteCount
        for site in 0..<siteCount where codes[first + site] != configuration[site] { return false }
        return true
    }

    private mutating func grow() {
        places = [Int32](repeating: -1, count: 2 * places.count)
        codes.withUnsafeBufferPointer { codes in
            guard let base = codes.baseAddress else { return }
            for number in 0..<count {
                var place = Self.hash(base + number * siteCount, siteCount) & (places.count - 1)
                while places[place] >= 0 { place = (place + 1) & (places.count - 1) }
                places[place] = Int32(truncatingIfNeeded: number)
            }
        }
    }

    /// FNV-1a with a last mixing of the high bits into the low ones: the same in every process.
    private static func hash(_ configuration: UnsafePointer<Int8>, _ siteCount: Int) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for site in 0..<siteCount {
            hash = (hash ^ UInt64(UInt8(bitPattern: configuration[site]))) &* 0x100_0000_01b3
        }
        return Int(truncatingIfNeeded: (hash ^ (hash >> 29)) & 0x7fff_ffff_ffff_ffff)
    }
}
