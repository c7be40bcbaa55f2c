import DistQGT

/// A part of the program that this version does not have: said, never passed over.
struct NotInThisVersion: CollectiveError, CustomStringConvertible {
    let description: String
    init(_ what: String) { description = "\(what) is not available in this version" }
}
