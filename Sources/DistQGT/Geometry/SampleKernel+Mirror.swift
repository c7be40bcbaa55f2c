import CKernels

extension SampleKernel {
    /// Consecutive samples of a rank that are multiplied together, none across the border of two blocks.
    ///
    /// - Parameter blocks: of the rank's samples, counted from its first one.
    static func panels(of blocks: [Range<Int>], firstSample: Int) -> [Range<Int>] {
        ChunkDivision(blocks: blocks, chunkRows: panelSamples).ranges.map {
            firstSample + $0.lowerBound..<firstSample + $0.upperBound
        }
    }

    /// Panels that travel at a time: at most 32 MB of a rank's rows.
    static func panelsPerRound(size: Int, components: Int) -> Int {
        max(1, (4 << 20) / max(1, panelSamples * components * size / 2))
    }

    /// Completes the rows of T by symmetry from the pairs that this rank and the others have formed. Collective: one
    /// all-to-all for each round of panels, none on a single rank.
    func mirror() throws {
        let communicator = space.communicator
        guard communicator.size > 1 else { return }
        let mine = sampleRanges[communicator.rank]
        let panels = sampleRanges.map { Self.panels(of: [0..<$0.count], firstSample: $0.lowerBound) }
        let perRound = Self.panelsPerRound(size: size, components: space.components)
        for first in stride(from: 0, to: panels.map(\.count).max() ?? 0, by: perRound) {
            let round = panels.map { $0.dropFirst(first).prefix(perRound) }
            let arrived = try communicator.allToAll(sampleRanges.map { packed(round[communicator.rank], for: $0) })
            for (rank, numbers) in arrived.enumerated() {
                numbers.withUnsafeBufferPointer { numbers in
                    var next = numbers.baseAddress
                    for panel in round[rank] {
                        for piece in pairs.partners(of: panel, among: mine) {
                            if rank == communicator.rank {
                                transpose(entry(panel, piece), stride: size, panel, piece)
                            } else if let block = next {
                                transpose(block, stride: piece.count * space.components, panel, piece)
                                next = block + panel.count * piece.count * space.components * space.components
                            }
                        }
                    }
                }
            }
        }
    }

    /// T[sample, column] of a sample of this rank.
    private func entry(_ panel: Range<Int>, _ piece: Range<Int>) -> UnsafeMutablePointer<Double> {
        let components = space.components
        return entries.pointer + (panel.lowerBound * components - firstRow) * size + piece.lowerBound * components
    }

    /// What a rank with other samples needs of panels of this one.
    private func packed(_ panels: ArraySlice<Range<Int>>, for theirs: Range<Int>) -> [Double] {
        var numbers: [Double] = []
        guard theirs != sampleRanges[space.communicator.rank] else { return numbers }
        for panel in panels {
            for piece in pairs.partners(of: panel, among: theirs) {
                let (block, columns) = (entry(panel, piece), piece.count * space.components)
                for row in 0..<panel.count * space.components {
                    numbers.append(contentsOf: UnsafeBufferPointer(start: block + row * size, count: columns))
                }
            }
        }
        return numbers
    }

    /// T[piece, panel] ← T[panel, piece]ᵀ; samples of the piece are this rank's.
    private func transpose(
        _ block: UnsafePointer<Double>, stride: Int, _ panel: Range<Int>, _ piece: Range<Int>
    ) {
        ck_transpose_d(
            block, stride, entry(piece, panel), size, panel.count * space.components, piece.count * space.components)
    }
}
