import LinearAlgebra

/// Which entries of S are kept: all, or those between parameters of one block, as a block-diagonal approximation has them (by
/// layers: Martens and Grosse, ICML 2015, arXiv:1503.05671). The equation then falls into one for each block.
public enum ParameterBlocks: String, Sendable, CaseIterable {
    case whole
    /// The parameters of each factor of a product.
    case factors
    /// Those of each layer: of the leaves in one place of the tree; a leaf at its root is one by itself.
    case layers

    /// The blocks of a layout, in the order of their first leaves; one for all parameters where nothing divides them.
    func blocks(of layout: ParameterLayout) -> [ParameterBlock] {
        var names: [String] = []
        var leaves: [String: [Int]] = [:]
        for (number, leaf) in layout.leaves.enumerated() {
            let name = name(leaf.name)
            if leaves[name] == nil { names.append(name) }
            leaves[name, default: []].append(number)
        }
        return names.map { ParameterBlock(leaves[$0] ?? [], of: layout) }
    }

    /// What the leaves of a block have in common.
    private func name(_ leaf: String) -> String {
        let path = leaf.split(separator: "/")
        switch self {
        case .whole: return ""
        case .layers: return path.count > 1 ? path.dropLast().joined(separator: "/") : leaf
        case .factors:
            // Factors of a product are numbered: 0_slater/….
            guard path.count > 1, let number = path[0].split(separator: "_").first, Int(number) != nil else {
                return ""
            }
            return String(path[0])
        }
    }
}

/// Some leaves of a layout.
struct ParameterBlock: Sendable {
    let layout: ParameterLayout
    /// Where their numbers lie in a vector of all.
    let runs: [Range<Int>]

    /// - Parameter leaves: numbers of leaves, ascending.
    init(_ leaves: [Int], of whole: ParameterLayout) {
        layout = ParameterLayout(leaves: leaves.map { whole.leaves[$0] })
        runs = leaves.map { whole.offsets[$0]..<whole.offsets[$0] + whole.leaves[$0].realCount }
    }

    /// Copies the block's numbers out of as many vectors of all as there are, `stride` apart.
    func copy(
        _ whole: UnsafePointer<Double>, stride: Int, count: Int, to target: UnsafeMutablePointer<Double>
    ) {
        for vector in 0..<count {
            var place = target + vector * layout.count
            for run in runs {
                place.update(from: whole + vector * stride + run.lowerBound, count: run.count)
                place += run.count
            }
        }
    }

    /// The block's share of a vector.
    func share(of whole: ParameterVector) -> ParameterVector {
        let share = ParameterVector(layout)
        copy(whole.pointer, stride: whole.count, count: 1, to: share.storage.pointer)
        return share
    }

    /// Writes a share into a vector of all.
    func write(_ share: ParameterVector, into whole: inout [Double]) {
        var place = 0
        for run in runs {
            for index in run {
                whole[index] = share.pointer[place]
                place += 1
            }
        }
    }
}
