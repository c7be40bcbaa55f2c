import DistQGT
import Foundation
import Numerics

/// The translations of mVMC's `TransSym` and the rotations of NSPGaussLeg that the pairs of a wave function are summed over.
struct MVMCProjection {
    struct Translation {
        /// By site the image, and whether its sign is −1.
        var images: [Int]
        var negated: [Bool]
        let weight: Complex<Double>
    }

    /// At least one.
    let translations: [Translation]
    /// Nil for none.
    let rotations: [(angle: Double, weight: Double)]?

    /// The same for modes as sites: mode i is up on site i and mode N + i down.
    var ofModes: MVMCProjection {
        MVMCProjection(
            translations.map {
                let sites = $0.images.count
                return Translation(
                    images: $0.images + $0.images.map { $0 + sites }, negated: $0.negated + $0.negated,
                    weight: $0.weight)
            }, rotations: rotations)
    }

    private init(_ translations: [Translation], rotations: [(angle: Double, weight: Double)]?) {
        self.translations = translations
        self.rotations = rotations
    }

    /// Whether the sum has one term: pairs at the images of the sites.
    var isSingle: Bool { translations.count == 1 && rotations == nil }

    /// - Parameter isReal: whether imaginary parts of weights are left out.
    init(
        _ input: MVMCInput, _ parameters: MVMCParameters, siteCount sites: Int, isAntiparallel: Bool, isReal: Bool
    ) throws {
        let wanted = try Self.translationCount(parameters)
        rotations = try Self.rotations(parameters)
        guard rotations == nil || isAntiparallel else {
            throw parameters.error("NSPGaussLeg", "needs antiparallel pairs alone; accepted with others: 1")
        }
        guard let file = try input.file("TransSym") else {
            guard abs(wanted) == 1 else {
                throw parameters.error("NMPTrans", "is \(wanted), and the namelist names no TransSym")
            }
            translations = [
                Translation(images: Array(0..<sites), negated: [Bool](repeating: false, count: sites), weight: 1)
            ]
            return
        }
        guard file.count >= 1, file.records.count == file.count * (1 + sites) else {
            throw file.error(
                "has \(file.records.count) records; accepted: \(file.count * (1 + sites)), weights and images of \(file.count) "
                    + "translations")
        }
        guard abs(wanted) <= file.count else {
            throw parameters.error("NMPTrans", "is \(wanted), and TransSym has \(file.count) translations")
        }
        var all: [Translation] = []
        for number in 0..<abs(wanted) {
            let record = file.records[number]
            let imaginary = record.words.count > 2 && !isReal ? try record.real(2, "the weight") : 0
            var translation = Translation(
                images: Array(0..<sites), negated: [Bool](repeating: false, count: sites),
                weight: Complex(try record.real(1, "the weight"), imaginary))
            var seen: Set<Int> = []
            for record in file.records[(file.count + number * sites)...].prefix(sites) {
                _ = try record.integer(0, "translation", in: number..<number + 1)
                let site = try record.integer(1, "site", in: 0..<sites)
                translation.images[site] = try record.integer(2, "site", in: 0..<sites)
                translation.negated[site] = try MVMCPairs.sign(record, 3, wanted < 0)
                guard seen.insert(site).inserted else { throw record.error("the site stands twice in it") }
            }
            guard Set(translation.images).count == sites else { throw record.error("two sites have one image") }
            all.append(translation)
        }
        translations = all.filter { $0.weight != 0 }
        guard !translations.isEmpty else { throw file.records[0].error("the weight is 0") }
    }

    /// For pairs on the sites themselves.
    init(siteCount sites: Int, rotations: [(angle: Double, weight: Double)]?) {
        self.rotations = rotations
        translations = [
            Translation(images: Array(0..<sites), negated: [Bool](repeating: false, count: sites), weight: 1)
        ]
    }

    /// NMPTrans, with its sign.
    static func translationCount(_ parameters: MVMCParameters, atMost largest: Int? = nil) throws -> Int {
        let translations = try parameters.integer("NMPTrans", default: 0)
        guard translations != 0 else {
            throw parameters.error("NMPTrans", "without it mVMC's wave function is 0; accepted: 1 and -1")
        }
        if let largest, abs(translations) > largest {
            throw parameters.error(
                "NMPTrans",
                "a sum over \(abs(translations)) translations is read from the files of expert mode only; accepted here: 1 and "
                    + "-1")
        }
        return translations
    }

    /// The rotations of NSPGaussLeg points over β in [0, π], with the weights ½ sin β W P_S(cos β) (qp.c of mVMC).
    static func rotations(_ parameters: MVMCParameters) throws -> [(angle: Double, weight: Double)]? {
        let points = try parameters.integer("NSPGaussLeg", default: 1)
        guard 1...1000 ~= points else { throw parameters.error("NSPGaussLeg", "is \(points); accepted: 1 to 1000") }
        guard points > 1 else { return nil }
        guard try parameters.integer("2Sz", default: 0) == 0 else {
            throw parameters.error("NSPGaussLeg", "projects on a total spin at 2Sz = 0; accepted here: 1")
        }
        let spin = try parameters.integer("NSPStot", default: 0)
        guard 0...Schema.maximumSites ~= spin else {
            throw parameters.error("NSPStot", "is \(spin); accepted: 0 and above")
        }
        return SpinProjection.rule(points: points).map { x, weight in
            let angle = Double.pi / 2 * (x + 1)
            return (
                angle, Double.pi / 4 * weight * sin(angle) * SpinProjection.polynomial(spin, cos(angle))
            )
        }
    }
}
