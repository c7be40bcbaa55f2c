"""Damaged configurations, files of observables, reference files and checkpoints: one message and an exit status, whatever
they hold.

DIST_VMC_FUZZ_CASES cases (300 if it is not set; scripts/test.sh --long sets 10,000), drawn from DIST_VMC_FUZZ_SEED.
"""

import json
import os
import random
import resource
import subprocess
import unittest

from support import GOOD, REFERENCE, CommandLineTest

CASES = int(os.environ.get("DIST_VMC_FUZZ_CASES", "300"))
SEED = int(os.environ.get("DIST_VMC_FUZZ_SEED", "1"))
# Address space of the program: libraries alone take one gigabyte of it. An address sanitizer takes terabytes.
ADDRESS_SPACE = resource.RLIM_INFINITY if "ASAN_OPTIONS" in os.environ else 4 << 30

SMALL = {"sampler": "{chains: 4, samples: 16}", "run": "{steps: 1, seed: 1}"}
CONFIGURATIONS = [
    GOOD,
    "lattice: {type: chain, extent: [6]}\nhamiltonian: {type: ising, J: -1.0, h: 0.5}\n"
    "ansatz: {type: mlp, hidden_dims: [6, 4], activation: tanh}\nsampler: {chains: 4, samples: 16, screening: single}\n"
    "sr: {solver: minsr, momentum: 0.5, diag_shift: {type: linear, start: 0.1, end: 0.01, steps: 10}}\n"
    "optimiser: {type: adam, learning_rate: 0.01}\nrun: {steps: 1, deterministic: true, memory: 0.5}\n",
    "lattice:\n  type: square\n  extent: [2, 3]\n  pbc: [true, false]\nhamiltonian:\n  type: j1j2\n  J1: 1.0\n  J2: 0.5\n"
    "ansatz:\n  type: rbm_modphase\n  alpha: 1\nsampler:\n  rule: {exchange: 0.7, local: 0.3}\n  flips: 2\n  total_sz: 0\n"
    "  chains: 4\n  samples: 16\nsr:\n  solver: auto\n  space: auto\n",
    "lattice: {type: graph, edges: [[0, 1], [1, 2], [2, 3]]}\n"
    "hamiltonian: {type: pauli_strings, terms: [{paulis: XXII, coefficient: 1.0}, {paulis: IZZI, coefficient: [0.5, 0.0]}]}\n"
    "ansatz: {type: ffnn, widths: [5], dtype: complex64, activation: reim_selu}\nsampler: {rule: full_sum}\n",
    "lattice: {type: kagome, extent: [1, 1]}\nhamiltonian: {type: xxz, J: 1, delta: 0.5}\n"
    "ansatz: {type: mixed_jastrow_rbm, n_hidden: 3}\nsampler: {chains: 2, samples: 8, total_sz: 1/2}\n",
    "lattice: {type: chain, extent: [6], pbc: true}\nhamiltonian: {type: heisenberg}\n"
    "ansatz: {type: arnn_conv1d, features: [4, 3], kernel_size: 3, kernel_dilation: 2}\n"
    "sampler: {rule: direct, total_sz: 0, chains: 4, samples: 16}\n",
    "lattice: {type: square, extent: [2, 3], pbc: true}\nhamiltonian: {type: ising, J: 1.0, h: 1.0}\n"
    "ansatz: {type: gcnn, group: translations, features: [2, 2], momentum: [1, 0], parity: -1, input_mask: [1, 1, 0, 1, 1, 0]}\n"
    "sampler: {chains: 4, samples: 16}\n",
    "lattice: {type: square, extent: [4, 2], pbc: [true, false]}\nhamiltonian: {type: ising, J: 1.0, h: 1.0}\n"
    "ansatz: {type: transformer, patch: [2, 1], layers: 1, width: 6, heads: 2}\nsampler: {chains: 4, samples: 16}\n",
    "lattice: {type: chain, extent: [6], pbc: true}\nhamiltonian: &h {type: heisenberg, sign_rule: true}\n"
    "ansatz: {type: jastrow, dtype: float32, kernel_init: {type: normal, scale: 0.1}}\nsampler: {chains: 4, samples: 16}\n",
]
OBSERVABLES = [
    "magnetisation: {components: [x, y, z], precision: 0.5}\n",
    "correlations: {components: [zz, ss, xx, yy], average: displacement}\nenergy: {precision: 1}\n",
    "correlations:\n  pairs: [[0, 1], [2, 7]]\n  components: [xx]\nstructure_factor: {components: [zz, ss], momenta: [[0.0], [0.5]]}\n",
    "pauli_strings:\n  operators:\n    - {name: field, terms: [{paulis: XIIIIIII}, {paulis: IZZIIIII, coefficient: -0.5}]}\n"
    "    - name: bond\n      terms:\n        - {paulis: YYIIIIII, coefficient: [1.0, 0.0]}\n",
    "renyi2: {subsystems: [{name: half, sites: [0, 1, 2, 3]}, {name: one, sites: [7]}], precision: 10}\n",
]
TOKENS = [
    "0", "-1", "1", "2", "0.5", "-0.0", "1e308", "1e-320", "1e999", "-1e999", ".nan", ".inf", "-.inf", "0x10", "0o17", "1_000",
    "4097", "65536", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808", "99999999999999999999999",
    "null", "~", "true", "false", "yes", "''", '""', '"\\u0000"', '"\\ud800"', "[]", "{}", "[[]]", "{a: b}", "- x", "? x", ": ", "*a",
    "*h", "&a", "!!binary x", "!!int '1'", "!foo", "<<: *h", "---\n", "...\n", "%YAML 9.9\n", "#", "|\n", ">\n", "\t", "\r\n",
    "\ufeff", "\u2028", "\x00", "é", "日本", "𝄞", "[" * 50, "{a: " * 50, "x" * 5000, "2001-01-01", "1/2", "rbm", "samples", "type",
]


def mutated_text(text, random, tokens):
    """The text after one to four changes of characters, tokens or lines, as bytes."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 4))):
        position = random.randrange(len(text) + 1)
        end = min(len(text), position + random.choice((0, 1, 1, 3, 10)))
        kind = random.randrange(9)
        if kind == 0:
            text = text[:position] + random.choice(tokens) + text[end:]
        elif kind == 1:
            text = text[:position] + text[end:]
        elif kind == 2:
            text = text[:position] + chr(random.randrange(1, 256)) + text[position + 1:]
        elif kind in (3, 4, 5):
            # A whole value.
            starts = [index for index, character in enumerate(text) if character in ":,[{" and index + 1 < len(text)]
            if starts:
                start = random.choice(starts) + 1
                stop = start
                while stop < len(text) and text[stop] not in ",]}\n":
                    stop += 1
                text = text[:start] + " " + random.choice(tokens) + text[stop:]
        elif kind == 6:
            lines = text.splitlines(keepends=True)
            if lines:
                lines.insert(random.randrange(len(lines) + 1), random.choice(lines))
                text = "".join(lines)
        elif kind == 7:
            text = text[:position] + text[position:end] * random.choice((2, 3, 200)) + text[end:]
        else:
            text = text[:position]
    return mutated_bytes(text.encode("utf-8", "surrogatepass"), random) if random.random() < 0.1 else text.encode(
        "utf-8", "surrogatepass")


def mutated_bytes(data, random):
    """The bytes after flips of bits, a cut, or both."""
    data = bytearray(data)
    for _ in range(random.choice((0, 1, 1, 1, 2, 8))):
        if data:
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    return bytes(data[:random.randrange(len(data) + 1)]) if random.random() < 0.3 else bytes(data)


class FuzzingTests(CommandLineTest):
    def run_bounded(self, *arguments, timeout=60):
        command, variables = self.invocation(arguments, ranks=None, environment={"SWIFT_BACKTRACE": "enable=no"})
        return subprocess.run(
            command, cwd=self.directory, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=timeout, text=True, errors="replace",
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE)))

    def problem(self, *arguments, statuses):
        """What is wrong with the end of the program, or None."""
        try:
            process = self.run_bounded(*arguments)
        except subprocess.TimeoutExpired:
            return "it hangs"
        if process.returncode not in statuses:
            return f"exit status {process.returncode}: {process.stderr[-500:]}"
        if process.returncode == 2 and not self.messages(process):
            return f"exit status 2 without a message: {process.stderr[-500:]}"
        return None

    def check(self, problem, data, name):
        """Fails with what brings the problem back."""
        if problem is not None:
            kept = os.path.join(os.environ.get("DIST_VMC_FUZZ_KEEP", self.directory), name)
            with open(kept, "wb") as file:
                file.write(data)
            self.fail(f"{problem}\n{name}: {data[:3000]!r}")

    def test_configurations(self):
        generator = random.Random(f"configurations {SEED}")
        for case in range(CASES // 5):
            data = mutated_text(generator.choice(CONFIGURATIONS), generator, TOKENS)
            self.write("config.yaml", data)
            with self.subTest(case):
                self.check(
                    self.problem(generator.choice(("check", "check", "exact")), "config.yaml", statuses=(0, 1, 2)), data,
                    f"fuzz-{SEED}-{case}.yaml")

    def test_values_on_the_command_line(self):
        generator = random.Random(f"values {SEED}")
        self.write("config.yaml", GOOD)
        keys = [f"{block}.{key}" for block, names in self.resolved(GOOD)[0].items() for key in names]
        for case in range(CASES // 20):
            setting = f"{generator.choice(keys)}={generator.choice(TOKENS)}".replace("\x00", "")
            with self.subTest(setting[:60]):
                self.check(
                    self.problem("check", "config.yaml", "--set", setting, statuses=(0, 1, 2)), setting.encode(),
                    f"fuzz-{SEED}-{case}.set")

    def test_observables(self):
        generator = random.Random(f"observables {SEED}")
        self.write("config.yaml", GOOD)
        self.run_well("run", "config.yaml", "--quiet", "--output", "run", "--set", "run.steps=1")
        tokens = TOKENS + ["zz", "[zz]", "half", "[[0, 1]]", "[0, 8]", "[[0.25]]", "[0, 0]", "XXXXXXXX", "distance", "pair"]
        for case in range(CASES // 40):
            data = mutated_text(generator.choice(OBSERVABLES), generator, tokens)
            self.write("observables.yaml", data)
            with self.subTest(case):
                self.check(
                    self.problem(
                        "evaluate", "run", "--observables", "observables.yaml", "--precision", "10", "--max-samples", "64", "--json",
                        statuses=(0, 1, 2)), data, f"fuzz-{SEED}-{case}.observables.yaml")

    def test_reference_files(self):
        generator = random.Random(f"references {SEED}")
        originals = []
        for name in sorted(os.listdir(REFERENCE)):
            path = os.path.join(REFERENCE, name)
            if name.endswith(".json") and 0 < os.path.getsize(path) < 400_000:
                with open(path) as file:
                    originals.append(file.read())
        self.assertTrue(originals, "no reference file")
        tokens = TOKENS + ["NaN", "-Infinity", "Infinity", "[1, 2]", '{"re": 1}', "1.5e", "0123", '"rbm"', '"ising"']
        remaining = CASES - CASES // 5 - CASES // 20 - CASES // 40
        while remaining > 0:
            batch = {}
            for index in range(min(100, remaining)):
                name = f"{index}.json"
                text = self.shortened(generator.choice(originals), generator)
                batch[name] = mutated_text(text, generator, tokens)
                self.write(name, batch[name])
            remaining -= len(batch)
            if self.problem("verify", "--json", *batch, statuses=(0, 1, 2)) is not None:
                for name, data in batch.items():
                    with self.subTest(name):
                        self.check(
                            self.problem("verify", "--json", name, statuses=(0, 1, 2)), data,
                            f"fuzz-{SEED}-{remaining}-{name}")

    @staticmethod
    def shortened(text, generator):
        """The file without most of its numbers, so that changes meet what they mean, or as it is."""
        if generator.random() < 0.1:
            return text
        document = json.loads(text)

        def cut(value):
            if isinstance(value, dict):
                return {key: cut(item) for key, item in value.items() if len(value) < 4 or generator.random() < 0.97}
            if isinstance(value, list):
                kept = value if len(value) < 12 or generator.random() < 0.3 else value[:generator.randrange(12)]
                return [cut(item) for item in kept]
            return value
        return json.dumps(cut(document))

    def test_checkpoints(self):
        # The unit tests damage many more in one process.
        generator = random.Random(f"checkpoints {SEED}")
        arguments = ["run", "config.yaml", "--quiet", "--output", "run", "--set", "sampler.samples=32"]
        self.write("config.yaml", GOOD)
        self.run_well(*arguments, "--set", "run.steps=2")
        checkpoint = self.path("run", "checkpoint.h5")
        with open(checkpoint, "rb") as file:
            whole = file.read()
        before = self.path("run", "checkpoint.previous.h5")
        if os.path.exists(before):
            os.remove(before)
        for case in range(max(5, CASES // 100)):
            data = mutated_bytes(whole, generator)
            if data == whole:
                continue
            with open(checkpoint, "wb") as file:
                file.write(data)
            with self.subTest(case):
                self.check(self.problem(*arguments, "--resume", statuses=(2,)), data, f"fuzz-{SEED}-{case}.h5")
                with open(checkpoint, "rb") as file:
                    self.assertEqual(file.read(), data, "the damaged file was written to")


if __name__ == "__main__":
    unittest.main()
