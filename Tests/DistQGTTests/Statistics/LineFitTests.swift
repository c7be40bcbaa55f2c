import DistQGT
import DistQGTTestSupport
import Testing

@Suite struct LineFitTests {
    @Test func aLineIsFound() throws {
        let points = [0.0, 1, 2.5, 4, 7].map { (x: $0, y: 3 - 0.5 * $0, weight: 1 + $0) }
        let line = try #require(LineFit(points))
        #expect(abs(line.slope + 0.5) < 1e-14 && line.slopeError < 1e-7)
        #expect(abs(line.value(at: -2).value - 4) < 1e-13)
        #expect(abs(line.explained - 1) < 1e-14)
        #expect(LineFit(Array(points.prefix(2))) == nil)
        #expect(LineFit(points.map { (x: 1, y: $0.y, weight: 1) }) == nil)
    }

    /// The values of many fits scatter as their errors say, of independent and of correlated points.
    @Test(arguments: [0.0, 0.6]) func errorsAreThoseOfManyFits(correlation: Double) throws {
        var generator = SplitMix64(seed: 3)
        let fits = try (0..<2000).map { _ in
            var noise = 0.0
            let points = (0..<40).map { index in
                noise = correlation * noise + (1 - correlation * correlation).squareRoot() * generator.normalDeviate()
                return (x: Double(index), y: 2 + 0.1 * Double(index) + noise, weight: 1.0)
            }
            return try #require(LineFit(points))
        }
        func check(_ values: [(value: Double, error: Double)], about exact: Double) {
            let pull = values.reduce(0) { $0 + ($1.value - exact) * ($1.value - exact) / ($1.error * $1.error) }
            let scatter = (pull / Double(values.count)).squareRoot()
            // Few points do not show all of their correlation.
            #expect((0.9...(correlation == 0 ? 1.15 : 1.4)).contains(scatter), "\(scatter)")
        }
        check(fits.map { ($0.slope, $0.slopeError) }, about: 0.1)
        check(fits.map { $0.value(at: 60) }, about: 8)
    }

    @Test func scatterThatIsKnownIsTheLeast() throws {
        let points = [0.0, 1, 2, 3].map { (x: $0, y: $0, weight: 2.0) }
        let line = try #require(LineFit(points, leastUnitVariance: 4))
        // σ² / Σ w (x − x̄)².
        #expect(abs(line.slopeError * line.slopeError - 4 / 10.0) < 1e-14)
    }
}
