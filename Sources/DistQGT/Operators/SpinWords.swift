/// Spin configurations packed into 64-bit words: site i is bit 63 − i%64 of word i/64, set where
/// the spin is down (−1).
///
/// The product of the spins of a set of sites is then (−1)^parity of (configuration & set).
enum SpinWords {
    static func count(siteCount: Int) -> Int { (siteCount + 63) / 64 }
    @inline(__always) static func word(_ site: Int) -> Int { site >> 6 }
    @inline(__always) static func bit(_ site: Int) -> UInt64 { 1 << UInt64(63 - (site & 63)) }

    /// Packs up to 64 spins, the first into bit 63.
    @inline(__always)
    static func pack(_ spins: UnsafePointer<Int8>, count: Int) -> UInt64 {
        var word: UInt64 = 0
        var site = 0
        let bytes = UnsafeRawPointer(spins)
        while site + 8 <= count {
            // −1 is 0xFF: one sign bit per byte. The product moves the sign of byte k to bit 63 − k;
            // no two partial products meet in a bit.
            let eight = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: site, as: UInt64.self))
            let gathered = ((eight & 0x8080_8080_8080_8080) >> 7) &* 0x8040_2010_0804_0201
            word |= (gathered >> 56) << UInt64(56 - site)
            site += 8
        }
        while site < count {
            if spins[site] < 0 { word |= 1 << UInt64(63 - site) }
            site += 1
        }
        return word
    }

    /// The parity of a word as the sign bit of a double: an odd word negates what it is xored to.
    ///
    /// Spelt in shifts and a product because the baseline instruction set has no population count.
    @inline(__always)
    static func signBit(_ word: UInt64) -> UInt64 {
        var x = word
        x ^= x >> 1
        x ^= x >> 2
        x = (x & 0x1111_1111_1111_1111) &* 0x1111_1111_1111_1111
        return (x << 3) & 0x8000_0000_0000_0000
    }

    /// ±value.
    @inline(__always)
    static func signed(_ value: Double, by signBit: UInt64) -> Double {
        Double(bitPattern: value.bitPattern ^ signBit)
    }

    /// The sites whose bits are set, ascending.
    static func sites(_ words: [UInt64]) -> [Int] {
        words.indices.flatMap { index -> [Int] in
            var (rest, sites) = (words[index], [Int]())
            while rest != 0 {
                let bit = rest.leadingZeroBitCount
                sites.append(64 * index + bit)
                rest &= ~(1 << UInt64(63 - bit))
            }
            return sites
        }
    }
}
