"""Dense systems by Cholesky factorisation: all ranks of a node together against one of them alone, in the same run.

    python3 Benchmarks/dense_solve.py [--sizes 1024 2048 4096] [--ranks 2] [--repeat 5]

Runs the program mpi-tests of the release build (swift build -c release --build-tests) and prints a Markdown table: medians of
seconds of one rank alone (LAPACK), of all ranks in memory that they share, and of all ranks by messages (ScaLAPACK), with the
speed-up of the second over the first and the largest difference of the solutions. The matrices are made before the clock starts.
The figures of "alone" are taken while the other ranks wait.

Exit status: 0; 1 if a run failed; 2 for a wrong command line.
"""

import argparse
import sys

import launch


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1024, 2048, 4096])
    parser.add_argument("--ranks", type=int, nargs="+", default=[2])
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    program = launch.built("mpi-tests")
    print("| unknowns | ranks | one rank, ms | shared memory, ms | messages, ms | speed-up | difference |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for size in options.sizes:
        for ranks in options.ranks:
            run = launch.run([program, "--time-dense-solve", str(size), str(options.repeat)], ranks)
            seconds = run["seconds"]
            shared, messages = seconds.get("shared", float("nan")), seconds.get("messages", float("nan"))
            print(
                f"| {size} | {ranks} | {1e3 * seconds['alone']:.4g} | {1e3 * shared:.4g} | {1e3 * messages:.4g} | "
                f"{seconds['alone'] / shared:.2f} | {run['shared_difference']:.1e} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
