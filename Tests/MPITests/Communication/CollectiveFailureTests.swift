import Communication
import DistQGT

private struct ConfigurationRefused: Error, ExitStatusProviding, CustomStringConvertible {
    let exitStatus: Int32 = 2
    let description = "line 3: 'alhpa' is not a key"
}

private struct Wrong: Error, CustomStringConvertible {
    let rank: Int
    var description: String { "wrong on \(rank)" }
}

let collectiveFailureTests: [MPITest] = [
    MPITest("collective failure: bytes read on one rank reach all") { world in
        let root = world.size - 1
        let bytes = try world.broadcast(from: root) {
            checkEqual(world.rank, root, "read on the root only")
            return Array("extent: [4, 4]".utf8)
        }
        checkEqual(String(decoding: bytes, as: UTF8.self), "extent: [4, 4]")
        try checkEqual(world.broadcast(from: 0) { [] }, [])
    },
    MPITest("collective failure: a failed read fails alike on all ranks") { world in
        let error = checkThrows(CollectiveFailure.self) {
            _ = try world.broadcast { throw ConfigurationRefused() }
        }
        checkEqual(
            error, CollectiveFailure(message: "line 3: 'alhpa' is not a key", exitStatus: 2))
        try checkEqual(world.allReduce(1), world.size)
    },
    MPITest("collective failure: the lowest failing rank speaks for all") { world in
        try checkEqual(world.collectively { world.rank }, world.rank)
        for first in 0..<world.size {
            let error = checkThrows(CollectiveFailure.self) {
                try world.collectively {
                    if world.rank >= first { throw Wrong(rank: world.rank) }
                }
            }
            checkEqual(error, CollectiveFailure(message: "wrong on \(first)"))
        }
        try checkEqual(world.allReduce(1), world.size)
    },
]
