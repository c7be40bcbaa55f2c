import CKernels
import KernelTestSupport
import Testing

/// Matrices of occupied modes against plain loops, and their transposes against them.
@Suite struct OccupiedModeKernelTests {
    @Test func occupiedModesAreFound() {
        // Fermions on three modes, then spins: up at 0, 1, 2, down at 0, 1, 2; the rows of the last list are turned.
        let fermions: [Int32] = [0, 1, 2]
        let spins: [Int32] = [0, 1, 2, ~0, ~1, ~2]
        func found(_ s: [Float], _ codes: [Int32], rows: [Int32]? = nil, n: Int) -> [Int32] {
            var index = [Int32](repeating: 99, count: s.count / 3 * n)
            ck_occupied_modes(
                CK_SINGLE, s, codes, rows ?? codes.indices.map(Int32.init), codes.count, n, &index, s.count / 3, 3)
            return index
        }
        #expect(found([1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1], fermions, n: 2) == [0, 2, 1, 2, -1, -1, -1, -1])
        #expect(found([1, -1, 1, -1, -1, -1], spins, n: 3) == [0, 2, 4, 3, 4, 5])
        #expect(found([1, -1, 1], spins, rows: [1, 2, 0, 4, 5, 3], n: 3) == [1, 0, 5])
        #expect(found([1, -1, 1], [~0, ~1, ~2], n: 1) == [1])
        #expect(found([1, -1, 1], [~0, ~1, ~2], n: 2) == [-1, -1])
    }

    @Test func signsOfSiteOrder() {
        let n = 6
        for code in 0..<1 << n {
            let s = (0..<n).map { code >> $0 & 1 == 1 ? 1.0 : -1.0 }
            var pairs = 0
            for i in 0..<n { for j in i + 1..<n where s[i] < 0 && s[j] > 0 { pairs += 1 } }
            var phase = Double.nan
            ck_site_order_phases(CK_DOUBLE, s, &phase, 1, n)
            #expect(phase == (pairs % 2 == 1 ? .pi : 0))
        }
    }

    /// More sites than bits of a word, one and two planes, flipped and not.
    @Test(arguments: [5, 64, 70, 131]) func signsOfOrdersOfImages(sites: Int) {
        var random = KernelRandom(96)
        let permutations = [1, 2, 3].map { step in
            (0..<sites).map { Int32(($0 * (sites % 3 == 0 ? 1 : 3) + step * 7) % sites) }
        }
        for (planes, flips) in [(1, [Int32](repeating: 0, count: 3)), (2, [0, 1, 1])] {
            let s = (0..<2 * planes * sites).map { _ in random.next() % 3 == 0 ? 1.0 : 0 }
            var (phase, work) = (
                [Double](repeating: .nan, count: 6), [UInt64](repeating: .max, count: (sites + 63) / 64)
            )
            ck_image_order_phases(
                CK_DOUBLE, s, permutations.flatMap { $0 }, flips, &phase, &work, 2, 3, sites, planes)
            for sample in 0..<2 {
                for image in 0..<3 {
                    // Modes in the order of the image, and where each goes.
                    var targets: [Int] = []
                    for plane in 0..<planes {
                        let source = flips[image] == 1 ? planes - 1 - plane : plane
                        for site in 0..<sites {
                            let mode = source * sites + Int(permutations[image][site])
                            if s[sample * planes * sites + mode] > 0 { targets.append(mode) }
                        }
                    }
                    var odd = 0
                    for a in targets.indices { for b in 0..<a where targets[b] > targets[a] { odd += 1 } }
                    #expect(phase[3 * sample + image] == (odd % 2 == 1 ? .pi : 0))
                }
            }
        }
    }

    private let samples = 3
    private let vectors = 2

    @Test func rowsAreSelected() {
        var random = KernelRandom(91)
        let (rows, length) = (5, 7)
        let index: [Int32] = [0, 4, 3, 1, -1, -1]
        for stride in [0, rows * length] {
            let x = random.array(max(stride, rows * length / samples + 1) * samples, of: Double.self)
            var y = [Double](repeating: .nan, count: samples * 2 * length)
            ck_select_rows(CK_DOUBLE, x, stride, index, &y, samples, 2, length)
            for (place, row) in index.enumerated() {
                for feature in 0..<length {
                    let expected = row < 0 ? 0 : x[place / 2 * stride + Int(row) * length + feature]
                    #expect(y[place * length + feature] == expected)
                }
            }
            let cotangent = random.array(y.count, of: Double.self)
            var back = [Double](repeating: 0, count: x.count)
            ck_add_to_rows(CK_DOUBLE, cotangent, index, &back, stride, samples, 2, length)
            #expect(abs(kernelDot(y, cotangent) - kernelDot(x, back)) < 1e-13)
        }
    }

    @Test func entriesAreSelected() {
        var random = KernelRandom(92)
        let (size, features, n, m) = (4, 5, 2, 3)
        let rows: [Int32] = [0, 3, 2, 1, -1, -1]
        let columns: [Int32] = [0, 2, 4, -1, -1, -1, 1, 2, 3]
        for (type, width) in [(CK_DOUBLE, 1), (CK_COMPLEX_DOUBLE, 2)] {
            for stride in [0, size * vectors * features] {
                let x = random.array(width * size * vectors * features * (stride == 0 ? 1 : samples), of: Double.self)
                var y = [Double](repeating: .nan, count: width * samples * n * vectors * m)
                ck_select_entries(type, x, stride, rows, columns, &y, samples, n, m, vectors, features)
                var place = 0
                for sample in 0..<samples {
                    for a in 0..<n {
                        for vector in 0..<vectors {
                            for b in 0..<m {
                                let (row, column) = (Int(rows[sample * n + a]), Int(columns[sample * m + b]))
                                for part in 0..<width {
                                    let source = sample * stride + (row * vectors + vector) * features + column
                                    #expect(y[place] == (row < 0 || column < 0 ? 0 : x[width * source + part]))
                                    place += 1
                                }
                            }
                        }
                    }
                }
                let cotangent = random.array(y.count, of: Double.self)
                var back = [Double](repeating: 0, count: x.count)
                ck_add_to_entries(type, cotangent, rows, columns, &back, stride, samples, n, m, vectors, features)
                #expect(abs(kernelDot(y, cotangent) - kernelDot(x, back)) < 1e-13)
            }
        }
    }

    @Test func pairsAreSelected() {
        var random = KernelRandom(93)
        let (modes, n) = (6, 4)
        let pairs = modes * (modes - 1) / 2
        // In order, out of order, and none.
        let index: [Int32] = [0, 2, 3, 5, 4, 1, 5, 0, -1, -1, -1, -1]
        for (type, width) in [(CK_DOUBLE, 1), (CK_COMPLEX_DOUBLE, 2)] {
            for stride in [0, vectors * pairs] {
                let x = random.array(width * vectors * pairs * (stride == 0 ? 1 : samples), of: Double.self)
                var y = [Double](repeating: .nan, count: width * samples * n * vectors * n)
                ck_select_pairs(type, x, stride, nil, pairs, index, &y, samples, n, vectors, modes)
                for sample in 0..<samples {
                    for vector in 0..<vectors {
                        // The whole matrix, filled in the order of the packing.
                        var whole = [[Int]](repeating: [Int](repeating: -1, count: modes), count: modes)
                        var next = 0
                        for i in 0..<modes {
                            for j in i + 1..<modes {
                                (whole[i][j], whole[j][i]) = (next, next)
                                next += 1
                            }
                        }
                        for a in 0..<n {
                            for b in 0..<n {
                                let (i, j) = (Int(index[sample * n + a]), Int(index[sample * n + b]))
                                for part in 0..<width {
                                    let found = y[width * (((sample * n + a) * vectors + vector) * n + b) + part]
                                    guard i >= 0, i != j else {
                                        #expect(found == 0)
                                        continue
                                    }
                                    let source = sample * stride + vector * pairs + whole[i][j]
                                    #expect(found == (i < j ? 1 : -1) * x[width * source + part])
                                }
                            }
                        }
                    }
                }
                let cotangent = random.array(y.count, of: Double.self)
                var back = [Double](repeating: 0, count: x.count)
                ck_add_to_pairs(type, cotangent, index, &back, stride, nil, pairs, samples, n, vectors, modes)
                #expect(abs(kernelDot(y, cotangent) - kernelDot(x, back)) < 1e-13)
            }
        }
    }

    /// Entries that are looked up are those of the matrix that the table stands for, and what flows back is added up.
    @Test func tiedEntriesAreThoseOfTheirMatrix() {
        var random = KernelRandom(94)
        let (size, features, elements, n, m) = (4, 5, 3, 2, 3)
        let rows: [Int32] = [0, 3, 2, 1, -1, -1]
        let columns: [Int32] = [0, 2, 4, -1, -1, -1, 1, 2, 3]
        let table = (0..<size * features).map { Int32($0 * 7 % 4) - 1 }
        for (type, width) in [(CK_DOUBLE, 1), (CK_COMPLEX_DOUBLE, 2)] {
            let x = random.array(width * vectors * elements, of: Double.self)
            // The matrix as (row, vector, feature).
            var whole: [Double] = []
            for row in 0..<size {
                for vector in 0..<vectors {
                    for feature in 0..<features {
                        let place = Int(table[row * features + feature])
                        for part in 0..<width {
                            whole.append(place < 0 ? 0 : x[width * (vector * elements + place) + part])
                        }
                    }
                }
            }
            let count = width * samples * n * vectors * m
            var (expected, y) = ([Double](repeating: .nan, count: count), [Double](repeating: .nan, count: count))
            ck_select_entries(type, whole, 0, rows, columns, &expected, samples, n, m, vectors, features)
            ck_select_tied_entries(type, x, table, elements, rows, columns, &y, samples, n, m, vectors, features)
            #expect(y == expected)
            let cotangent = random.array(count, of: Double.self)
            var back = [Double](repeating: 0, count: x.count)
            ck_add_to_tied_entries(
                type, cotangent, table, elements, rows, columns, &back, samples, n, m, vectors, features)
            #expect(abs(kernelDot(y, cotangent) - kernelDot(x, back)) < 1e-13)
        }
    }

    @Test func tiedPairsAreThoseOfTheirMatrix() {
        var random = KernelRandom(95)
        let (modes, n, elements) = (6, 4, 4)
        let pairs = modes * (modes - 1) / 2
        let index: [Int32] = [0, 2, 3, 5, 4, 1, 5, 0, -1, -1, -1, -1]
        let table = (0..<pairs).map { Int32($0 * 3 % 5) - 1 }
        for (type, width) in [(CK_DOUBLE, 1), (CK_COMPLEX_DOUBLE, 2)] {
            let x = random.array(width * vectors * elements, of: Double.self)
            let whole = (0..<vectors).flatMap { vector in
                table.flatMap { place in
                    (0..<width).map { place < 0 ? 0 : x[width * (vector * elements + Int(place)) + $0] }
                }
            }
            let count = width * samples * n * vectors * n
            var (expected, y) = ([Double](repeating: .nan, count: count), [Double](repeating: .nan, count: count))
            ck_select_pairs(type, whole, 0, nil, pairs, index, &expected, samples, n, vectors, modes)
            ck_select_pairs(type, x, 0, table, elements, index, &y, samples, n, vectors, modes)
            #expect(y == expected)
            let cotangent = random.array(count, of: Double.self)
            var back = [Double](repeating: 0, count: x.count)
            ck_add_to_pairs(type, cotangent, index, &back, 0, table, elements, samples, n, vectors, modes)
            #expect(abs(kernelDot(y, cotangent) - kernelDot(x, back)) < 1e-13)
        }
    }
}
