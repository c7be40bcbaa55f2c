/// Where numbers lie that are the same for several ranks: once for all of them, each of which works on a share.
///
/// Every method but `share` is collective over these ranks, in the same order on each.
package protocol ReplicatedMemory: AnyObject {
    /// Zeros, which are given back when every rank has let go of them. Ends the process where there is no memory.
    func makeBuffer(count: Int) -> RealBuffer
    /// This rank's units of work: consecutive, and those of all ranks together are 0 ..< count. Local.
    func share(of count: Int) -> Range<Int>
    /// Room for `count` numbers that some ranks write and all read after a barrier, until the next call but one.
    func exchange(count: Int) -> UnsafeMutablePointer<Double>
    /// Returns when every rank has come here: what they wrote before is then seen by all.
    func barrier()
}
