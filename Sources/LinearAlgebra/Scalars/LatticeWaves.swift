import CKernels
import Foundation

/// The real form of the Fourier transform of a periodic array, as the convolution kernels need it.
///
/// Along each dimension of extent n the basis is cos(2πjk/n), k = 0…⌊n/2⌋, then −sin(2πjk/n), k = 1…⌈n/2⌉ − 1. In a
/// product of bases each wave number that has a sine ("paired": neither 0 nor n/2) makes two numbers of one, and what
/// belongs to j paired wave numbers is 2ʲ real numbers. Sums and differences of these ("butterflies") are 2ʲ⁻¹ complex
/// numbers, the modes e^{−2πi Σ ±jk/n}; without a paired wave number the mode is real. The numbers of a complex array, re and
/// im, count as a paired dimension more, so that all of its modes are complex. Of modes k and −k, of which one is
/// redundant or the other's conjugate, one is kept or each has its own place: as many numbers as before.
///
/// The transform A obeys A Aᵀ = D, diagonal and equal in both slots of a complex mode. A cyclic convolution is
/// y = Aᵀ(D⁻¹ A κ · A x), with products mode by mode.
public struct LatticeWaves: Sendable {
    /// Row-major, the last dimension fastest.
    package let extents: [Int]
    /// 1 for real arrays, 2 for complex ones.
    package let planes: Int
    /// Of the array in reals, and slots of modes.
    package let elements: Int
    package let complexModes: Int
    /// By complex mode, then by real slot: k of the mode Σ_t exp(−2πi Σ k_d t_d/n_d) x(t).
    package private(set) var waveNumbers: [[Int]] = []
    private var butterflies: [Int32] = []
    /// By element.
    private var slots: [Int32]
    /// By slot, the element.
    private var places: [Int32]
    /// 1/D by slot.
    package private(set) var scales: [Double]
    package let singleScales: [Float]
    /// By dimension, n cosines and n negative sines of 2πj/n.
    package let table: [Double]
    package let singleTable: [Float]

    /// - Precondition: one to three extents, each positive.
    package init(extents: [Int], isComplex: Bool) {
        precondition(1...3 ~= extents.count && extents.allSatisfy { $0 > 0 }, "waves: extents \(extents)")
        self.extents = extents
        planes = isComplex ? 2 : 1
        elements = extents.reduce(planes, *)
        table = extents.flatMap { n in
            (0..<n).map { Self.cosine(4 * $0, n) } + (0..<n).map { -Self.cosine(4 * $0 - n, n) }
        }
        singleTable = table.map(Float.init)
        slots = .init(repeating: 0, count: elements)
        places = slots
        scales = .init(repeating: 0, count: elements)

        let groups = WaveGroup.all(extents: extents, planes: planes)
        var slot = 0
        for group in groups where !group.paired.isEmpty {
            butterflies += group.butterflies.map(Int32.init)
            for (re, im, waveNumbers) in group.modes {
                self.waveNumbers.append(waveNumbers)
                for element in [re, im] {
                    slots[element] = Int32(slot)
                    scales[slot] = group.scale
                    slot += 1
                }
            }
        }
        complexModes = slot / 2
        for group in groups where group.paired.isEmpty {
            waveNumbers.append(group.wave)
            slots[group.element(0)] = Int32(slot)
            scales[slot] = group.scale
            slot += 1
        }
        singleScales = scales.map(Float.init)
        for (element, slot) in slots.enumerated() { places[Int(slot)] = Int32(element) }
    }

    /// Of an element of an array, row-major.
    package static func coordinates(_ site: Int, extents: [Int]) -> [Int] {
        var rest = site
        return Array(
            extents.reversed().map { n in
                defer { rest /= n }
                return rest % n
            }.reversed())
    }

    /// cos(2π·quarters/(4n)), exact at multiples of a quarter turn.
    private static func cosine(_ quarters: Int, _ n: Int) -> Double {
        let turn = 4 * n
        var angle = (quarters % turn + turn) % turn
        angle = min(angle, turn - angle)
        // Of the smaller of the angles to the axes.
        if angle == n { return 0 }
        if angle > n { return -cosine(turn / 2 - angle, n) }
        return 2 * angle <= n ? cos(.pi / 2 * Double(angle) / Double(n)) : sin(.pi / 2 * Double(n - angle) / Double(n))
    }

    /// Real multiplications of one convolution, estimated: transforms of every channel, products of every mode.
    package func multiplications(channels: (in: Int, out: Int)) -> Int {
        // Six more for each element and dimension stand for additions, loads and stores.
        let line = extents.reduce(0) { $0 + ($1 % 2 == 0 ? $1 / 4 : $1 / 2) + 6 }
        return (channels.in + channels.out) * elements * line + products(channels: channels)
    }

    /// Those of the products alone.
    package func products(channels: (in: Int, out: Int)) -> Int {
        channels.in * channels.out * (elements + 2 * complexModes)
    }

    /// The tables as the kernels take them.
    package func withKernelForm<Result>(_ body: (UnsafePointer<ck_waves>) -> Result) -> Result {
        butterflies.withUnsafeBufferPointer { butterflies in
            slots.withUnsafeBufferPointer { slots in
                places.withUnsafeBufferPointer { places in
                    func extent(_ d: Int) -> Int { d < extents.count ? extents[d] : 1 }
                    var form = ck_waves(
                        dimensions: extents.count, extents: (extent(0), extent(1), extent(2)), planes: planes,
                        elements: elements, butterflies: butterflies.baseAddress,
                        butterfly_count: butterflies.count / 4, slots: slots.baseAddress, places: places.baseAddress,
                        complex_modes: complexModes)
                    return withUnsafePointer(to: &form, body)
                }
            }
        }
    }
}

/// Elements that belong to one choice of wave numbers up to signs. Bit p of a `subset` says that the p-th paired dimension
/// contributes its sine (the imaginary part, for the numbers of a complex array).
private struct WaveGroup {
    let extents: [Int]
    let planes: Int
    /// Wave number by dimension, 0…⌊n/2⌋.
    let wave: [Int]
    /// Dimensions that have a sine; the last may be `extents.count`, for re and im.
    let paired: [Int]

    static func all(extents: [Int], planes: Int) -> [WaveGroup] {
        var waves: [[Int]] = [[]]
        for n in extents { waves = waves.flatMap { wave in (0...n / 2).map { wave + [$0] } } }
        return waves.map { wave in
            let paired = wave.indices.filter { wave[$0] > 0 && 2 * wave[$0] != extents[$0] }
            return WaveGroup(
                extents: extents, planes: planes, wave: wave, paired: paired + (planes == 2 ? [extents.count] : []))
        }
    }

    /// 1/D: a paired wave has the square norm n/2, another n; each butterfly doubles it.
    var scale: Double {
        let norm = wave.indices.reduce(1.0) { $0 * Double(extents[$1]) / (paired.contains($1) ? 2 : 1) }
        return 1 / (norm * Double(1 << max(0, paired.count - 1)))
    }

    func element(_ subset: Int) -> Int {
        func isSine(_ dimension: Int) -> Bool {
            paired.firstIndex(of: dimension).map { subset & (1 << $0) != 0 } ?? false
        }
        let site = wave.indices.reduce(0) { site, d in
            site * extents[d] + (isSine(d) ? extents[d] / 2 + wave[d] : wave[d])
        }
        return site * planes + (isSine(extents.count) ? 1 : 0)
    }

    /// The bit of the last paired dimension, whose cosine and sine are the parts of complex numbers.
    private var imaginary: Int { 1 << (paired.count - 1) }

    /// Elements of real and imaginary parts of modes, and their wave numbers: what came from the difference of a butterfly
    /// belongs to −k in that dimension.
    var modes: [(re: Int, im: Int, waveNumbers: [Int])] {
        (0..<imaginary).map { subset in
            var waveNumbers = wave
            for (position, dimension) in paired.dropLast().enumerated() where subset & (1 << position) != 0 {
                waveNumbers[dimension] = extents[dimension] - wave[dimension]
            }
            return (element(subset), element(subset | imaginary), waveNumbers)
        }
    }

    /// Fours of elements, in the order in which they are combined.
    var butterflies: [Int] {
        (0..<paired.count - 1).reversed().flatMap { dimension -> [Int] in
            let sine = 1 << dimension
            return (0..<imaginary).filter { $0 & sine == 0 }.flatMap { subset in
                [subset, subset | imaginary, subset | sine, subset | sine | imaginary].map(element)
            }
        }
    }
}
