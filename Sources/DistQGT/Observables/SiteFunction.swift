/// A number that the state of a single site gives: what is diagonal and local.
public enum SiteFunction: Sendable, CaseIterable {
    /// S^z: m of a spin, (n↑ − n↓)/2 of a site of electrons.
    case spin
    /// n: the number of bosons, of fermions, of electrons of both spins.
    case density
    /// n↑ and n↓.
    case up, down
    /// n↑ n↓.
    case doubleOccupancy

    /// Whether it means something on a site.
    public func isDefined(on local: LocalSpace) -> Bool {
        switch local {
        case .spin: self == .spin
        case .bosons, .mode: self == .density
        case .electrons, .singleElectron: true
        }
    }

    /// Its values by code, that of code c at c + 128; 0 for codes that a site does not have.
    ///
    /// - Precondition: it is defined on these sites.
    func table(on local: LocalSpace) -> [Double] {
        precondition(isDefined(on: local), "no value on such sites")
        var table = [Double](repeating: 0, count: 256)
        for code in local.codes { table[Int(code) + 128] = value(of: code, on: local) }
        return table
    }

    /// The codes themselves by code, σᶻ of spins 1/2, as `table` has its values.
    static let codes = (0..<256).map { Double($0 - 128) }

    private func value(of code: Int8, on local: LocalSpace) -> Double {
        guard local.isOfElectrons else { return self == .spin ? Double(code) / 2 : Double(code) }
        let (up, down) = (Double(code & 1), Double(code >> 1 & 1))
        return switch self {
        case .spin: (up - down) / 2
        case .density: up + down
        case .up: up
        case .down: down
        case .doubleOccupancy: up * down
        }
    }
}

/// Averages of a function of the sites over the lattice, or its values on each site: no amplitude is asked for.
public final class SiteAverages: LocalObservable {
    /// What is made of the values f_i of a configuration.
    public enum Reduction: Sendable {
        /// m = Σ_i ε_i f_i/N: m, m² and |m|, three quantities.
        ///
        /// - Parameter signs: ε_i = ±1 of each site, as for a staggered magnetisation; nil for 1.
        case moments(signs: [Int]?)
        /// f_i of each site, N quantities.
        case sites
    }

    private let siteCount: Int
    /// ε_i of moments; nil for the values of the sites.
    private let signs: [Double]?
    private let table: [Double]

    public var quantityCount: Int { signs == nil ? siteCount : 3 }
    public var isDiagonal: Bool { true }

    /// - Parameter local: the states of every site.
    /// - Precondition: the function is defined on these sites.
    public convenience init(_ function: SiteFunction, on local: LocalSpace, siteCount: Int, _ reduction: Reduction) {
        self.init(function.table(on: local), siteCount: siteCount, reduction)
    }

    /// Of σᶻ of spins 1/2.
    public static func pauliMoments(siteCount: Int, signs: [Int]? = nil) -> SiteAverages {
        SiteAverages(SiteFunction.codes, siteCount: siteCount, .moments(signs: signs))
    }

    /// σᶻ of each site of spins 1/2.
    public static func pauliSites(siteCount: Int) -> SiteAverages {
        SiteAverages(SiteFunction.codes, siteCount: siteCount, .sites)
    }

    private init(_ table: [Double], siteCount: Int, _ reduction: Reduction) {
        self.siteCount = siteCount
        self.table = table
        switch reduction {
        case .sites: signs = nil
        case .moments(let signs):
            precondition(signs.map { $0.count == siteCount } ?? true, "one sign per site")
            self.signs = signs?.map(Double.init) ?? [Double](repeating: 1, count: siteCount)
        }
    }

    public func evaluate(
        _ spins: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>,
        into values: UnsafeMutablePointer<Double>,
        stride: Int
    ) {
        for sample in 0..<count {
            let configuration = spins + sample * siteCount
            let output = values + sample * stride
            guard let signs else {
                for site in 0..<siteCount { output[site] = table[Int(configuration[site]) + 128] }
                continue
            }
            var sum = 0.0
            for site in 0..<siteCount { sum += signs[site] * table[Int(configuration[site]) + 128] }
            let m = sum / Double(siteCount)
            (output[0], output[1], output[2]) = (m, m * m, abs(m))
        }
    }
}
