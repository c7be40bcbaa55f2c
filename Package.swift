// swift-tools-version: 6.1
import PackageDescription

// The pkg-config packages of MPI and of the ScaLAPACK that was built for it.
let mpi = Context.environment["DIST_VMC_MPI"] ?? "ompi-c"
let scalapack = Context.environment["DIST_VMC_SCALAPACK"] ?? "scalapack-openmpi"

let package = Package(
    name: "dist-qgt",
    products: [
        .library(name: "DistQGT", targets: ["DistQGT", "LinearAlgebra", "Communication", "LatticeSymmetry"]),
        .executable(name: "dist-vmc", targets: ["dist-vmc"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-numerics", from: "1.0.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    ],
    targets: [
        // System libraries, found through pkg-config.
        .systemLibrary(name: "COpenMPI", pkgConfig: mpi, providers: [.apt(["libopenmpi-dev"])]),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CSystemHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
        .systemLibrary(
            name: "CSystemScaLAPACK", pkgConfig: scalapack, providers: [.apt(["libscalapack-openmpi-dev"])]),

        // C: shims over macros, and the loops that need a CPU's vector units.
        .target(name: "CMPI", dependencies: ["COpenMPI"]),
        .target(name: "CHDF5", dependencies: ["CSystemHDF5"]),
        .target(name: "CScaLAPACK", dependencies: ["COpenMPI", "CSystemScaLAPACK"]),
        .target(name: "CKernels"),
        .target(name: "CSignals"),

        // Rooms that depend on nothing of ours but kernels and shims: docs/architecture.md.
        .target(
            name: "LinearAlgebra",
            dependencies: ["CKernels", "COpenBLAS", .product(name: "Numerics", package: "swift-numerics")]),
        .target(name: "Communication", dependencies: ["CMPI", "LinearAlgebra"]),
        .target(name: "LatticeSymmetry", dependencies: [.product(name: "Numerics", package: "swift-numerics")]),
        .target(name: "RunFiles", dependencies: ["CHDF5"]),

        .target(
            name: "DistQGT",
            dependencies: [
                "LinearAlgebra", "Communication", "LatticeSymmetry", "CKernels", "COpenBLAS", "CScaLAPACK",
                .product(name: "Numerics", package: "swift-numerics"),
            ]),
        // Stopwatches and the limits of the machine, for benchmarks.
        .target(name: "Measurement", dependencies: ["DistQGT", "COpenBLAS"]),
        .executableTarget(
            name: "dist-vmc",
            dependencies: [
                "DistQGT", "RunFiles", "Measurement", "CSignals", "Yams",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        // Seconds of the parts of a step of stochastic reconfiguration; not part of the products.
        .executableTarget(
            name: "reconfiguration-benchmark",
            dependencies: [
                "DistQGT", "Measurement", "COpenBLAS",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/Reconfiguration"),

        // Random inputs and dense references that the unit tests and the MPI tests share.
        .target(name: "DistQGTTestSupport", dependencies: ["DistQGT"], path: "Tests/DistQGTTestSupport"),
        .testTarget(
            name: "DistQGTTests",
            dependencies: ["DistQGT", "RunFiles", "DistQGTTestSupport", "KernelTestSupport", "CKernels"],
            resources: [.copy("Resources")]),
        // The kernels alone: what scripts/test-sanitizers.sh builds quickly.
        .target(name: "KernelTestSupport", dependencies: ["CKernels"], path: "Tests/KernelTestSupport"),
        .testTarget(
            name: "KernelTests",
            dependencies: ["CKernels", "KernelTestSupport", .product(name: "Numerics", package: "swift-numerics")]),
        // Takes the place of malloc in what links it.
        .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
        .executableTarget(
            name: "mpi-tests", dependencies: ["AllocationCounter", "DistQGT", "DistQGTTestSupport"],
            path: "Tests/MPITests"),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu11
)

// A package of the kernels and their tests only.
if Context.environment["DIST_VMC_KERNELS_ONLY"] != nil {
    package.products = []
    package.targets.removeAll { !["CKernels", "KernelTestSupport", "KernelTests"].contains($0.name) }
}
