#!/usr/bin/env bash
#
# Peak memory of a whole step of problems/rbm-real.yaml (alpha = 4, 100 sites) with 10,000 samples on one rank, by the ways of
# solving, as a Markdown table: `Benchmarks/memory.sh`, after swift build -c release.

set -euo pipefail

# shellcheck source=Benchmarks/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
python3 - "$program" <<'PYTHON'
import os
import subprocess
import sys

print("| solve | peak MB |\n| --- | ---: |")
for name, keys in [
    ("cg, parameter space", []),
    ("cg, sample space", ["sr.space=samples"]),
    ("minSR", ["sr.solver=minsr"]),
]:
    words = [sys.argv[1], "benchmark", "Benchmarks/problems/rbm-real.yaml", "--json", "--repeat", "2"]
    for key in ["sampler.chains=500", "sampler.samples=10000"] + keys:
        words += ["--set", key]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"memory: {' '.join(words)} failed")
    print(f"| {name} | {usage.ru_maxrss / 1024:.0f} |")
PYTHON
