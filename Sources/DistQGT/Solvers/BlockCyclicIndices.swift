/// How ScaLAPACK deals the indices 0 ..< count out to a row of processes: in blocks, one after the other,
/// beginning with process 0.
struct BlockCyclicIndices {
    let count: Int
    let block: Int
    let processes: Int

    /// Indices below `end` that process `place` holds.
    func localCount(below end: Int, at place: Int) -> Int {
        let (blocks, rest) = end.quotientAndRemainder(dividingBy: block)
        let (rounds, last) = blocks.quotientAndRemainder(dividingBy: processes)
        return rounds * block + (place < last ? block : place == last ? rest : 0)
    }

    func localCount(at place: Int) -> Int { localCount(below: count, at: place) }

    func owner(of index: Int) -> Int { index / block % processes }

    /// Where an index lies among those of its owner.
    func localIndex(of index: Int) -> Int { index / block / processes * block + index % block }

    /// Gives the runs of consecutive indices below `end` that process `place` holds, in order.
    @inline(__always)
    func forEachRun(below end: Int, at place: Int, _ body: (Range<Int>) -> Void) {
        var first = place * block
        while first < end {
            body(first..<min(first + block, end))
            first += processes * block
        }
    }

    /// What process `place` holds of a vector that is given whole.
    func part(of vector: [Double], at place: Int) -> [Double] {
        var part: [Double] = []
        part.reserveCapacity(localCount(at: place))
        forEachRun(below: count, at: place) { part += vector[$0] }
        return part
    }

    /// Adds such a part where it belongs in the whole vector.
    func add(_ part: [Double], to vector: inout [Double], at place: Int) {
        var next = 0
        forEachRun(below: count, at: place) { run in
            for index in run {
                vector[index] += part[next]
                next += 1
            }
        }
    }
}
