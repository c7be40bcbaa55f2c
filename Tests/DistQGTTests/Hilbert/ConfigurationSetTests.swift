import DistQGT
import DistQGTTestSupport
import Testing

@Suite struct ConfigurationSetTests {
    /// Numbers are those of a dictionary, through several growths and after the set was emptied.
    @Test(arguments: [1, 5, 40])
    func numbersAreThoseOfADictionary(sites: Int) {
        var generator = SplitMix64(seed: 11)
        var set = ConfigurationSet(siteCount: sites)
        for _ in 0..<2 {
            set.removeAll()
            #expect(set.count == 0)
            var expected: [[Int8]: Int] = [:]
            for _ in 0..<5000 {
                let row = (0..<sites).map { _ in Int8.random(in: -1...1, using: &generator) }
                let number = expected[row] ?? expected.count
                expected[row] = number
                #expect(set.insert(row) == number)
            }
            #expect(set.count == expected.count)
            for (row, number) in expected { #expect(Array(set.configurations([number])[row: 0]) == row) }
        }
    }
}
