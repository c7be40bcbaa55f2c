import Foundation
import LatticeSymmetry

/// What connected two-point functions lack of whole ones: products of the means ⟨f_i⟩⟨f_j⟩ of a function of the sites, over
/// the same pairs.
public struct ProductsOfMeans: Sendable {
    private enum Form: Sendable {
        case averages(PairClasses)
        case structureFactor(phases: [[Double]])
    }

    private let form: Form

    /// The average over each class of pairs.
    public static func averages(_ classes: PairClasses) -> ProductsOfMeans { .init(form: .averages(classes)) }

    /// (1/N) Σ_ij exp(i k·(r_i − r_j)) ⟨f_i⟩⟨f_j⟩ = |Σ_i exp(i k·r_i) ⟨f_i⟩|²/N, pairs i = j included.
    ///
    /// - Parameter phases: k·r_i in radians, a list of N for each momentum.
    public static func structureFactor(phases: [[Double]]) -> ProductsOfMeans {
        .init(form: .structureFactor(phases: phases))
    }

    /// Numbers that there are.
    public var count: Int {
        switch form {
        case .averages(let classes): classes.sizes.count
        case .structureFactor(let phases): phases.count
        }
    }

    /// Each number with its derivatives with respect to the means of all sites.
    func values(_ means: [Double]) -> [(value: Double, gradient: [Double])] {
        let sites = means.count
        switch form {
        case .averages(let classes):
            var all = classes.sizes.map { _ in (value: 0.0, gradient: [Double](repeating: 0, count: sites)) }
            for (pair, own) in zip(classes.pairs, classes.classOfPair) {
                let weight = 1 / Double(classes.sizes[own])
                all[own].value += weight * means[pair.first] * means[pair.second]
                all[own].gradient[pair.first] += weight * means[pair.second]
                all[own].gradient[pair.second] += weight * means[pair.first]
            }
            return all
        case .structureFactor(let phases):
            return phases.map { angles in
                var (x, y) = (0.0, 0.0)
                for site in 0..<sites {
                    x += cos(angles[site]) * means[site]
                    y += sin(angles[site]) * means[site]
                }
                return (
                    (x * x + y * y) / Double(sites),
                    angles.map { 2 * (x * cos($0) + y * sin($0)) / Double(sites) }
                )
            }
        }
    }
}

/// Two-point functions of which some are reported without the products of means: ⟨f_i f_j⟩ − ⟨f_i⟩⟨f_j⟩.
///
/// The means of the sites are measured beside them in the same samples, so that the errors take both into account: to first
/// order in the deviations of all means (`ReportedQuantity`).
public final class ConnectedCorrelations: LocalObservable {
    /// Products that are subtracted from consecutive quantities of an observable.
    public struct Subtraction: Sendable {
        /// The first of these quantities.
        let first: Int
        /// Which of the means of the sites.
        let mean: Int
        let weight: Double
        let products: ProductsOfMeans

        public init(first: Int, mean: Int, weight: Double = 1, products: ProductsOfMeans) {
            self.first = first
            self.mean = mean
            self.weight = weight
            self.products = products
        }
    }

    private let whole: any LocalObservable
    private let means: [SiteAverages]
    /// The whole ones, then the means.
    private let all: [any LocalObservable]
    private let subtractions: [Subtraction]

    public var quantityCount: Int { all.quantityCount }
    public var isDiagonal: Bool { whole.isDiagonal }

    /// - Parameters:
    ///   - whole: the two-point functions, and whatever else it measures, which is reported as it is.
    ///   - means: of all sites, of each function that is subtracted (`SiteAverages.Reduction.sites`).
    public init(_ whole: any LocalObservable, means: [SiteAverages], subtractions: [Subtraction]) {
        precondition(
            subtractions.allSatisfy { means.indices ~= $0.mean && $0.first + $0.products.count <= whole.quantityCount })
        self.whole = whole
        self.means = means
        all = [whole] + means
        self.subtractions = subtractions
    }

    public func evaluate(
        _ spins: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>,
        into values: UnsafeMutablePointer<Double>,
        stride: Int
    ) {
        all.evaluate(spins, count: count, logPsi: logPsi, into: values, stride: stride)
    }

    public func reported(_ own: [Double]) -> [ReportedQuantity]? {
        var reported = (0..<whole.quantityCount).map(ReportedQuantity.mean)
        var offsets: [Int] = []
        var offset = whole.quantityCount
        for mean in means {
            offsets.append(offset)
            offset += mean.quantityCount
        }
        for subtraction in subtractions {
            let first = offsets[subtraction.mean]
            let sites = first..<first + means[subtraction.mean].quantityCount
            for (number, product) in subtraction.products.values(Array(own[sites])).enumerated() {
                let quantity = subtraction.first + number
                var gradient = [QuantityCoefficient(quantity, 1)]
                for (place, derivative) in zip(sites, product.gradient) where derivative != 0 {
                    gradient.append(.init(place, -subtraction.weight * derivative))
                }
                reported[quantity] = .function(
                    value: own[quantity] - subtraction.weight * product.value, gradient: gradient)
            }
        }
        return reported
    }
}
