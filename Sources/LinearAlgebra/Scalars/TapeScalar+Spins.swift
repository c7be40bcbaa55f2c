import CKernels

extension TapeScalar {
    /// Spins ±1 as numbers.
    @inlinable public static func fromSpins(_ s: UnsafePointer<Int8>, _ x: UnsafeMutablePointer<Self>, count: Int) {
        ck_spins_to(tag, s, x, count)
    }

    /// y[r,i] = 1 where the spins before site i leave its direction open, if `upSpins` spins are up in all; else 0.
    @inlinable public static func freeSites(
        _ s: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>, rows: Int, sites: Int, upSpins: Int
    ) { ck_free_sites(tag, s, y, rows, sites, upSpins) }

    /// y[r, i(i−1)/2 + j] = s[r,i] s[r,j] for i > j.
    @inlinable public static func pairProducts(
        _ s: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>, rows: Int, sites: Int
    ) { ck_pair_products(tag, s, y, rows, sites) }

    /// y[r,k] = Σ s[r,i] s[r,j] over the pairs i > j with index[i(i−1)/2 + j] = k; −1 is in no sum.
    ///
    /// - Parameter work: 64 bytes for each of the sites and sums.
    @inlinable public static func pairSums(
        _ s: UnsafePointer<Self>, _ index: UnsafePointer<Int32>, _ y: UnsafeMutablePointer<Self>,
        work: UnsafeMutablePointer<Self>, rows: Int, sites: Int, sums: Int
    ) { ck_pair_sums(tag, s, index, y, work, rows, sites, sums) }

    /// y[r,j] = offset[j] + Σ_i s[r,i] w[i,j] for `count` configurations, in double.
    @inlinable public static func signedSums(
        offset: UnsafePointer<Self>?, _ w: UnsafePointer<Self>, _ s: UnsafePointer<Int8>,
        _ y: UnsafeMutablePointer<Double>, count: Int, sites: Int, columns: Int
    ) { ck_signed_sums(tag, offset, w, s, y, count, sites, columns) }

    /// y[j] = x[j] − 2 Σ_k s[k] w[k,j] over the flipped sites k: such sums after flips of the configuration s.
    @inlinable public static func flippedSums(
        _ x: UnsafePointer<Double>, _ w: UnsafePointer<Self>, _ s: UnsafePointer<Int8>, _ sites: UnsafePointer<Int32>,
        flips: Int, _ y: UnsafeMutablePointer<Self>, columns: Int
    ) { ck_flipped_sums(tag, x, w, s, sites, flips, y, columns) }

    /// The same in place.
    @inlinable public static func flipSums(
        _ x: UnsafeMutablePointer<Double>, _ w: UnsafePointer<Self>, _ s: UnsafePointer<Int8>,
        _ sites: UnsafePointer<Int32>, flips: Int, columns: Int
    ) { ck_flip_sums(tag, x, w, s, sites, flips, columns) }
}
