extension Int {
    /// Bytes of the products of counts that a user may choose freely: no more than 2^58, so that a few can be added.
    package static func bytes(ofReals counts: Int...) -> Int {
        let reals = counts.reduce(1.0) { $0 * Double($1) }
        return Int(Swift.min(reals * Double(MemoryLayout<Double>.stride), 0x1p58))
    }
}
