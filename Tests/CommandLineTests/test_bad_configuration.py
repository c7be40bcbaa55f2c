"""Bad input: exit status 2, one message that names key and line, nothing created."""

import os
import unittest

from support import GOOD, CommandLineTest

LATTICE = "lattice: {type: chain, extent: [8]}\n"
ISING = "hamiltonian: {type: ising}\n"
HEISENBERG = "hamiltonian: {type: heisenberg}\n"
RBM = "ansatz: {type: rbm}\n"
ISING_RBM = LATTICE + ISING + RBM
HEISENBERG_RBM = LATTICE + HEISENBERG + RBM
CHAIN9 = "lattice: {type: chain, extent: [9]}\n" + HEISENBERG + RBM


def gcnn(keys):
    return LATTICE + ISING + f"ansatz: {{type: gcnn, {keys}}}\n"


def pauli(terms, sites=2, rest=""):
    return f"lattice: {{type: chain, extent: [{sites}]}}\nhamiltonian:\n  type: pauli_strings\n  terms: {terms}\n{RBM}{rest}"


# name: (document, what the message starts with after the program's name, what else it contains)
CASES = {
    # Keys
    "unknown key": (
        GOOD.replace("chains", "chians"), "config.yaml:6: sampler.chians: unknown key", ["did you mean 'chains'?", "(known: rule, chains,"]),
    "unknown block": (GOOD + "optimizer: {}\n", "config.yaml:12: optimizer: unknown key", ["did you mean 'optimiser'?"]),
    "unknown key without a near one": (
        GOOD + "zzzzzzzz: 1\n", "config.yaml:12: zzzzzzzz: unknown key (known: lattice,", []),
    "key of another type": (
        ISING_RBM.replace("ising", "ising, J1: 2"), "config.yaml:2: hamiltonian.J1: unknown key of hamiltonian type 'ising'", ["did you mean 'J'?"]),
    "field of a named model": (
        ISING_RBM.replace("ising", "heisenberg, h: 0.5"), "config.yaml:2: hamiltonian.h: unknown key of hamiltonian type 'heisenberg'", ["the key 'terms', or type pauli_strings"]),
    "key in capitals": (ISING_RBM.replace("rbm", "rbm, Alpha: 1"), "config.yaml:3: ansatz.Alpha: unknown key", ["'alpha'"]),
    "duplicate key": (
        ISING_RBM + "run:\n  steps: 1\n  steps: 2\n", "config.yaml:5: ", ["'steps'", "twice"]),
    "duplicate block": (ISING_RBM + ISING, "config.yaml:2: ", ["'hamiltonian'", "twice"]),
    "missing block": (LATTICE + ISING, "config.yaml:1: the block 'ansatz' is missing", []),
    "missing type": (LATTICE + "hamiltonian: {J: 1}\n" + RBM, "config.yaml:2: hamiltonian: the key 'type' is missing", ["ising, heisenberg"]),
    "missing extent": ("lattice: {type: chain}\n" + ISING + RBM, "config.yaml:1: lattice: the key 'extent' is missing", []),
    "map as key": (ISING_RBM + "? {a: b}\n: c\n", "config.yaml:4: a key is a single word", []),
    # Types and ranges
    "text for an integer": (ISING_RBM + "run: {steps: many}\n", "config.yaml:4: run.steps: found the text 'many'; accepted: auto, or an integer >= 0", []),
    "quoted integer": (ISING_RBM + "run: {steps: '3'}\n", "config.yaml:4: run.steps: found the text '3'", []),
    "fraction for an integer": (ISING_RBM + "run: {steps: 1.5}\n", "config.yaml:4: run.steps: found the number 1.5", []),
    "negative integer": (ISING_RBM + "run: {steps: -1}\n", "config.yaml:4: run.steps: found the integer -1", []),
    "integer beyond 64 bits": (ISING_RBM + "run: {seed: 123456789012345678901234567890}\n", "config.yaml:4: run.seed: found the number 1.2", []),
    "integer beyond its range": (ISING_RBM + "sampler: {chains: 9223372036854775807}\n", "config.yaml:4: sampler.chains: found the integer 9223372036854775807", ["from 1 to"]),
    "zero chains": (ISING_RBM + "sampler: {chains: 0}\n", "config.yaml:4: sampler.chains: found the integer 0", []),
    "no value": (ISING_RBM + "sampler:\n  chains:\n", "config.yaml:5: sampler.chains: found nothing", []),
    "NaN": (ISING_RBM + "sr: {diag_shift: .nan}\n", "config.yaml:4: sr.diag_shift: found the number nan", []),
    "infinity": (ISING_RBM.replace("ising", "ising, h: .inf"), "config.yaml:2: hamiltonian.h: found the number inf", []),
    "beyond a double": (ISING_RBM.replace("ising", "ising, h: 1e999"), "config.yaml:2: hamiltonian.h: found the number inf", []),
    "negative shift": (ISING_RBM + "sr: {diag_shift: -0.1}\n", "config.yaml:4: sr.diag_shift: found the number -0.1; accepted: auto, or a number >= 0", []),
    "tolerance of zero": (ISING_RBM + "sr: {tolerance: 0}\n", "config.yaml:4: sr.tolerance: ", ["> 0 and < 1"]),
    "momentum of one": (ISING_RBM + "optimiser: {type: momentum, beta: 1.0}\n", "config.yaml:4: optimiser.beta: ", ["< 1"]),
    "boolean as word": (LATTICE.replace("]", "], pbc: yes") + ISING + RBM, "config.yaml:1: lattice.pbc: found the text 'yes'; accepted: true or false", []),
    "list for a number": (ISING_RBM + "run: {steps: [1, 2]}\n", "config.yaml:4: run.steps: found a list of 2", []),
    "map for a number": (ISING_RBM + "run: {steps: {a: 1}}\n", "config.yaml:4: run.steps: found a map of 1 key", []),
    "number for a block": (ISING_RBM + "sampler: 3\n", "config.yaml:4: sampler: found the integer 3; accepted: a map", []),
    "number for an extent": ("lattice: {type: chain, extent: 8}\n" + ISING + RBM, "config.yaml:1: lattice.extent: found the integer 8; accepted: a list of 1", []),
    "line break in a value": (ISING_RBM + 'run: {output: "", steps: "a\\nb"}\n', "config.yaml:4: run.steps: found the text 'a\\nb'", []),
    "empty name": (ISING_RBM + 'run: {output: ""}\n', "config.yaml:4: run.output: ", []),
    # Names
    "unknown ansatz": (ISING_RBM.replace("rbm", "rmb"), "config.yaml:3: ansatz.type: 'rmb' is unknown; did you mean 'rbm'?", ["jastrow"]),
    "unknown lattice": (ISING_RBM.replace("chain", "chian"), "config.yaml:1: lattice.type: 'chian' is unknown; did you mean 'chain'?", ["kagome"]),
    "unknown hamiltonian": (ISING_RBM.replace("ising", "Isign"), "config.yaml:2: hamiltonian.type: 'Isign' is unknown; did you mean 'ising'?", ["j1j2"]),
    "unknown rule": (ISING_RBM + "sampler: {rule: locl}\n", "config.yaml:4: sampler.rule: 'locl' is unknown; did you mean 'local'?", []),
    "unknown solver": (ISING_RBM + "sr: {solver: gmres}\n", "config.yaml:4: sr.solver: 'gmres' is unknown", ["cg"]),
    "unknown dtype": (ISING_RBM.replace("rbm", "rbm, dtype: float16"), "config.yaml:3: ansatz.dtype: 'float16' is unknown", ["float32"]),
    "unknown activation": (LATTICE + ISING + "ansatz: {type: mlp, activation: rely}\n", "config.yaml:3: ansatz.activation: 'rely' is unknown; did you mean 'relu'?", []),
    "unknown initialiser": (ISING_RBM.replace("rbm", "rbm, kernel_init: {type: gaussian}"), "config.yaml:3: ansatz.kernel_init.type: 'gaussian' is unknown", []),
    "unknown rule in a mixture": (ISING_RBM + "sampler: {rule: {locl: 1}}\n", "config.yaml:4: sampler.rule.locl: unknown key; did you mean 'local'?", []),
    # Impossible combinations
    "odd chain with total_sz 0": (CHAIN9 + "sampler: {rule: exchange, total_sz: 0}\n", "config.yaml:4: sampler.total_sz: 0 cannot be reached with 9 sites", ["odd multiples of 1/2"]),
    "even chain with half total_sz": (HEISENBERG_RBM + "sampler: {total_sz: 0.5}\n", "config.yaml:4: sampler.total_sz: 1/2 cannot be reached with 8 sites", ["whole numbers"]),
    "total_sz too large": (HEISENBERG_RBM + "sampler: {total_sz: 5}\n", "config.yaml:4: sampler.total_sz: 5 cannot be reached with 8 sites", ["from -4 to 4"]),
    "total_sz of a third": (HEISENBERG_RBM + "sampler: {total_sz: 0.3}\n", "config.yaml:4: sampler.total_sz: found the number 0.3; accepted: a multiple of 1/2, or null", []),
    "total_sz huge": (HEISENBERG_RBM + "sampler: {total_sz: 1e300}\n", "config.yaml:4: sampler.total_sz: ", []),
    "total_sz not conserved": (ISING_RBM + "sampler: {total_sz: 0}\n", "config.yaml:4: sampler.total_sz: the hamiltonian (type 'ising') does not conserve", []),
    "local with total_sz": (HEISENBERG_RBM + "sampler: {rule: local, total_sz: 0}\n", "config.yaml:4: sampler.rule: local with 1 flip leaves the basis of sampler.total_sz", ["exchange"]),
    "mixture with total_sz": (HEISENBERG_RBM + "sampler: {rule: {local: 0.5, exchange: 0.5}, total_sz: 0}\n", "config.yaml:4: sampler.rule: local with 1 flip", []),
    "exchange without total_sz": (HEISENBERG_RBM + "sampler: {rule: exchange}\n", "config.yaml:4: sampler.rule: exchange alone keeps total S^z, so sampler.total_sz", []),
    "more flips than sites": (ISING_RBM + "sampler: {rule: local, flips: 9}\n", "config.yaml:4: sampler.flips: 9 flips on 8 sites", []),
    "weights of zero": (ISING_RBM + "sampler: {rule: {local: 0, exchange: 0}}\n", "config.yaml:4: sampler.rule: the weights sum to 0", []),
    "negative weight": (ISING_RBM + "sampler: {rule: {local: -1}}\n", "config.yaml:4: sampler.rule.local: found the integer -1", []),
    "full_sum in a mixture": (ISING_RBM + "sampler: {rule: {local: 1, full_sum: 1}}\n", "config.yaml:4: sampler.rule.full_sum: full_sum cannot be mixed", []),
    "full_sum too large": (ISING_RBM.replace("[8]", "[30]") + "sampler: {rule: full_sum}\n", "config.yaml:4: sampler.rule: full_sum would take 1073741824 states (30 sites)", []),
    "full_sum far too large": (ISING_RBM.replace("[8]", "[100]") + "sampler: {rule: full_sum}\n", "config.yaml:4: sampler.rule: full_sum would take", ["100 sites"]),
    "direct in a mixture": (ISING_RBM + "sampler: {rule: {local: 1, direct: 1}}\n", "config.yaml:4: sampler.rule.direct: direct cannot be mixed", []),
    "direct without an autoregressive network": (ISING_RBM + "sampler: {rule: direct}\n", "config.yaml:4: sampler.rule: direct draws from the conditional probabilities of an autoregressive network", ["arnn_dense", "accepted with this ansatz: local, exchange, full_sum"]),
    "features of zero": (LATTICE + ISING + "ansatz: {type: arnn_dense, features: [0]}\n", "config.yaml:3: ansatz.features[0]: found the integer 0", []),
    "a convolution of one site": (LATTICE + ISING + "ansatz: {type: arnn_conv1d, kernel_size: 1}\n", "config.yaml:3: ansatz.kernel_size: found the integer 1", ["from 2 to"]),
    "a convolution beyond the lattice": (LATTICE + ISING + "ansatz: {type: arnn_conv1d, kernel_size: 9}\n", "config.yaml:3: ansatz.kernel_size: 9 sites of 8", []),
    "rows and columns of a chain": (LATTICE + ISING + "ansatz: {type: arnn_conv2d}\n", "config.yaml:3: ansatz.type: arnn_conv2d needs rows and columns of sites, and lattice.type is 'chain'", ["arnn_conv1d"]),
    "a convolution that reads nothing": (ISING_RBM.replace("chain, extent: [8]", "square, extent: [3, 3]").replace("rbm", "arnn_conv2d, kernel_size: [1, 1]"), "config.yaml:3: ansatz.kernel_size: [1, 1] on 3 rows of 3 sites", []),
    "a dilation of zero": (LATTICE + ISING + "ansatz: {type: arnn_conv1d, kernel_dilation: 0}\n", "config.yaml:3: ansatz.kernel_dilation: found the integer 0", []),
    "initial parameters from nowhere": (ISING_RBM + "run: {initial_parameters: nowhere.h5}\n", "config.yaml:4: run.initial_parameters: no checkpoint at nowhere.h5", []),
    "initial parameters from a text": (ISING_RBM + "run: {initial_parameters: config.yaml}\n", "config.yaml:4: run.initial_parameters: config.yaml is not a checkpoint: it is not an HDF5 file", []),
    "exchange without bonds": ("lattice: {type: graph, n_sites: 2, edges: []}\n" + HEISENBERG + RBM + "sampler: {rule: exchange, total_sz: 0}\n", "config.yaml:4: sampler.rule: exchange needs bonds", []),
    "network of cells on a graph": ("lattice: {type: graph, edges: [[0, 1]]}\n" + ISING + "ansatz: {type: cnn}\n", "config.yaml:3: ansatz.type: 'cnn' needs unit cells, which a graph does not have; accepted: any other lattice", []),
    "window wider than the lattice": (LATTICE + ISING + "ansatz: {type: resnet, kernel: [9]}\n", "config.yaml:3: ansatz.kernel: 9 cells in direction 0 do not suit its extent of 8", []),
    "window of another dimension": (LATTICE + ISING + "ansatz: {type: cnn, kernel: [3, 3]}\n", "config.yaml:3: ansatz.kernel: a chain lattice has 1 extent, 2 given", []),
    "patch that does not divide": (LATTICE + ISING + "ansatz: {type: transformer, patch: [3]}\n", "config.yaml:3: ansatz.patch: 3 cells in direction 0 do not suit its extent of 8", []),
    "heads that do not divide": (LATTICE + ISING + "ansatz: {type: transformer, heads: 5}\n", "config.yaml:3: ansatz.heads: 5 does not divide the width, 32", []),
    "layer normalisation of complex numbers": (LATTICE + ISING + "ansatz: {type: transformer, layer_norm: true, dtype: complex64}\n", "config.yaml:3: ansatz.layer_norm: layer normalisation needs a real ansatz.dtype; accepted with complex64: false", []),
    "nothing to symmetrise": (LATTICE + ISING + "ansatz: {type: symmetrised}\n", "config.yaml:3: ansatz: the key 'ansatz' is missing; accepted: an ansatz, {type: ..., ...}", []),
    "unknown key of what is symmetrised": (LATTICE + ISING + "ansatz:\n  type: symmetrised\n  ansatz: {type: rbm, alhpa: 1}\n", "config.yaml:5: ansatz.ansatz.alhpa: unknown key", ["did you mean 'alpha'?"]),
    "symmetrised with parity 0": (LATTICE + ISING + "ansatz: {type: symmetrised, parity: 0, ansatz: {type: rbm}}\n", "config.yaml:3: ansatz.parity: found the integer 0; accepted: 1, -1 or null", []),
    "symmetrised with an unknown representation": (LATTICE + ISING + "ansatz: {type: symmetrised, irrep: E7, ansatz: {type: rbm}}\n", "config.yaml:3: ansatz.irrep: there is no one-dimensional representation 'E7' here", []),
    "group of nothing": (LATTICE + ISING + "ansatz: {type: rbm_symm, group: rotations}\n", "config.yaml:3: ansatz.group: 'rotations' is unknown", ["space_group"]),
    "layer too wide": (LATTICE + ISING + "ansatz: {type: cnn, channels: [8, 16000000]}\n", "config.yaml:3: ansatz.channels: a layer of 16000000 features at 8 positions is too wide", []),
    "alpha of zero": (ISING_RBM.replace("rbm", "rbm, alpha: 0"), "config.yaml:3: ansatz.alpha: found the integer 0", ["> 0"]),
    "negative alpha": (ISING_RBM.replace("rbm", "rbm, alpha: -2"), "config.yaml:3: ansatz.alpha: found the integer -2", []),
    "alpha that makes a part of a unit": (ISING_RBM.replace("rbm", "rbm, alpha: 0.3"), "config.yaml:3: ansatz.alpha: 0.3 on 8 sites", []),
    "huge alpha": (ISING_RBM.replace("rbm", "rbm, alpha: 1.0e+300"), "config.yaml:3: ansatz.alpha: ", []),
    "no hidden layers": (LATTICE + ISING + "ansatz: {type: ffnn, widths: []}\n", "config.yaml:3: ansatz.widths: found a list of 0", []),
    "width of zero": (LATTICE + ISING + "ansatz: {type: ffnn, widths: [4, 0]}\n", "config.yaml:3: ansatz.widths[1]: found the integer 0", []),
    "too many parameters": (LATTICE + ISING + "ansatz: {type: mlp, hidden_dims: [16777216, 16777216]}\n", "config.yaml:3: ansatz: the network has", ["real parameters"]),
    "activation that needs real numbers": (LATTICE + ISING + "ansatz: {type: ffnn, activation: selu, dtype: complex128}\n", "config.yaml:3: ansatz.activation: 'selu' needs a real ansatz.dtype", []),
    "complex type for two real machines": (ISING_RBM.replace("rbm", "rbm_modphase, dtype: complex128"), "config.yaml:3: ansatz.dtype: 'complex128' is unknown", []),
    "wrong n_real_parameters": (ISING_RBM.replace("rbm", "rbm, n_real_parameters: 7"), "config.yaml:3: ansatz.n_real_parameters: 7 does not fit the network, which has 80", []),
    "jastrow of one site": ("lattice: {type: chain, extent: [1]}\n" + ISING + "ansatz: {type: jastrow}\n", "config.yaml:3: ansatz: this type needs at least two sites", []),
    # Symmetries of a network
    "unknown group": (gcnn("group: space_gruop"), "config.yaml:3: ansatz.group: 'space_gruop' is unknown; did you mean 'space_group'?", []),
    "unknown key of a gcnn": (gcnn("charcters: {real: [1]}"), "config.yaml:3: ansatz.charcters: unknown key of ansatz type 'gcnn'; did you mean 'characters'?", []),
    "momentum of another dimension": (gcnn("momentum: [1, 0]"), "config.yaml:3: ansatz.momentum: a momentum has 1 component, one per direction; 2 given", []),
    "momentum that is no integer": (gcnn("momentum: [0.5]"), "config.yaml:3: ansatz.momentum[0]: found the number 0.5", []),
    "momentum along an open boundary": (gcnn("momentum: [1]").replace("]", "], pbc: false", 1), "config.yaml:3: ansatz.momentum: the boundary in direction 0 is open", []),
    "momentum of a point group": (gcnn("group: point_group, momentum: [1]"), "config.yaml:3: ansatz.momentum: this group has no translations", []),
    "momentum on a graph": (gcnn("momentum: [1]").replace("{type: chain, extent: [8]}", "{type: graph, edges: [[0, 1]]}"), "config.yaml:3: ansatz.momentum: the boundary in direction 0 is open", []),
    "unknown irrep": (gcnn("irrep: B1"), "config.yaml:3: ansatz.irrep: there is no one-dimensional representation 'B1' here; known: A', A''", []),
    "irrep of another momentum": (gcnn("momentum: [1], irrep: A''"), "config.yaml:3: ansatz.irrep: there is no one-dimensional representation 'A''' here; known: A", []),
    "irrep beyond the last": (gcnn("irrep: 2"), "config.yaml:3: ansatz.irrep: representation 2 does not exist; known: 0 (A'), 1 (A'')", []),
    "negative irrep": (gcnn("irrep: -1"), "config.yaml:3: ansatz.irrep: found the integer -1; accepted: a name, or a number >= 0", []),
    "irrep of an empty sector": (gcnn("irrep: A''").replace("[8]", "[2]"), "config.yaml:3: ansatz.irrep: element 1 of the group leaves every site in place", []),
    "characters beside a momentum": (gcnn("momentum: [1], characters: {real: [1]}"), "config.yaml:3: ansatz.momentum: the key 'characters' is given too", []),
    "too few characters": (gcnn("group: translation, characters: {real: [1, 1]}"), "config.yaml:3: ansatz.characters: has 2 real and 2 imaginary parts; accepted: 8", []),
    "no character": (gcnn("group: translation, characters: {real: [0, 0, 0, 0, 0, 0, 0, 0]}"), "config.yaml:3: ansatz.characters: all entries are 0", []),
    "parity of zero": (gcnn("parity: 0"), "config.yaml:3: ansatz.parity: found the integer 0; accepted: 1, -1 or null", []),
    "signs without complex output": (gcnn("momentum: [4], complex_output: false"), "config.yaml:3: ansatz.complex_output: false needs", []),
    "a paired output of complex numbers": (gcnn("paired_output: true, dtype: complex128"), "config.yaml:3: ansatz.paired_output: true needs a real dtype and an even number of features in the last layer; found complex128 and 4", []),
    "a paired output of an odd number": (gcnn("paired_output: true, features: [2, 3]"), "config.yaml:3: ansatz.paired_output: true needs a real dtype and an even number of features in the last layer; found float64 and 3", []),
    "a paired output without complex output": (gcnn("paired_output: true, complex_output: false"), "config.yaml:3: ansatz.complex_output: false needs", []),
    "layers that do not fit": (gcnn("features: [2, 3], n_layers: 3"), "config.yaml:3: ansatz.n_layers: 3 does not fit features, which has 2 entries", []),
    "no features": (gcnn("features: []"), "config.yaml:3: ansatz.features: found a list of 0", []),
    "huge kernel of a gcnn": (gcnn("features: [16777216, 16777216]"), "config.yaml:3: ansatz.features: 16777216 features on 16 elements", []),
    "n_symm that does not fit": (gcnn("n_symm: 8"), "config.yaml:3: ansatz.n_symm: 8 does not fit the group, which has 16 elements", []),
    "symmetries without their tables": (gcnn("symmetries: [[0, 1, 2, 3, 4, 5, 6, 7]]"), "config.yaml:3: ansatz.symmetries: symmetries, inverse and product_table are given together", []),
    "symmetries of other sites": (gcnn("symmetries: [[0, 1]], inverse: [0], product_table: [[0]]"), "config.yaml:3: ansatz.symmetries: has lists of other lengths; accepted: 8 entries", []),
    "symmetries that are no permutations": (gcnn("symmetries: [[0, 1], [1, 1]], inverse: [0, 1], product_table: [[0, 1], [1, 0]]").replace("[8]", "[2]"), "config.yaml:3: ansatz.symmetries: element 1 is not a permutation", []),
    "a table that is not that of the symmetries": (gcnn("symmetries: [[0, 1], [1, 0]], inverse: [0, 1], product_table: [[0, 1], [1, 1]]").replace("[8]", "[2]"), "config.yaml:3: ansatz.symmetries: the product table's entry [1, 1]", []),
    "momentum for a group of one's own": (gcnn("group: mine, symmetries: [[0, 1], [1, 0]], inverse: [0, 1], product_table: [[0, 1], [1, 0]], momentum: [1]").replace("[8]", "[2]"), "config.yaml:3: ansatz.momentum: needs a group of the lattice", []),
    "mask of other sites": (gcnn("input_mask: [1, 0, 1]"), "config.yaml:3: ansatz.input_mask: has 3 entries, 2 of them 1; accepted: one for each of 8 sites", []),
    "empty mask": (gcnn("input_mask: [0, 0, 0, 0, 0, 0, 0, 0]"), "config.yaml:3: ansatz.input_mask: has 8 entries, 0 of them 1", []),
    "selu of complex numbers in a gcnn": (gcnn("output_activation: selu, dtype: complex128"), "config.yaml:3: ansatz.output_activation: 'selu' needs a real ansatz.dtype", []),
    # Lattices
    "extent of zero": (ISING_RBM.replace("[8]", "[0]"), "config.yaml:1: lattice.extent[0]: found the integer 0", []),
    "extents of another dimension": (ISING_RBM.replace("[8]", "[8, 8]"), "config.yaml:1: lattice.extent: found a list of 2; accepted: a list of 1", []),
    "too many sites": (ISING_RBM.replace("chain, extent: [8]", "cube, extent: [4000, 4000, 4000]"), "config.yaml:1: lattice.extent: the lattice has more than", []),
    "pbc of another dimension": (ISING_RBM.replace("chain, extent: [8]", "square, extent: [3, 3], pbc: [true, false, true]"), "config.yaml:1: lattice.pbc: found 3 values", []),
    "n_sites that does not fit": (ISING_RBM.replace("[8]", "[8], n_sites: 9"), "config.yaml:1: lattice.n_sites: 9 does not fit the lattice, which has 8", []),
    "n_sites that does not fit a graph": ("lattice: {type: graph, n_sites: 2, edges: [[0, 1], [1, 2]]}\n" + ISING + RBM, "config.yaml:1: lattice.edges[1]: the bond [1, 2] leaves the sites 0 to 1", []),
    "site_coords that do not fit": (ISING_RBM.replace("[8]", "[8], site_coords: [[0], [1]]"), "config.yaml:1: lattice.site_coords: has 2 entries for 8 sites", []),
    "bond that leaves the lattice": (ISING_RBM.replace("[8]", "[8], edges: [[0, 1], [0, 8]]"), "config.yaml:1: lattice.edges[1]: the bond [0, 8] leaves", []),
    "bond to itself": (ISING_RBM.replace("[8]", "[8], edges: [[3, 3]]"), "config.yaml:1: lattice.edges[0]: the bond [3, 3] joins a site to itself", []),
    "bond of three": (ISING_RBM.replace("[8]", "[8], edges: [[1, 2, 3]]"), "config.yaml:1: lattice.edges[0]: found a list of 3", []),
    "graph without edges": ("lattice: {type: graph, n_sites: 4}\n" + ISING + RBM, "config.yaml:1: lattice: a graph needs the key 'edges'", []),
    "graph with an extent": ("lattice: {type: graph, extent: [4], edges: [[0, 1]]}\n" + ISING + RBM, "config.yaml:1: lattice.extent: unknown key of lattice type 'graph'", []),
    "j1j2 on a graph": ("lattice: {type: graph, edges: [[0, 1]]}\nhamiltonian: {type: j1j2}\n" + RBM, "config.yaml:1: lattice: second neighbours on a graph need the key 'edges_2'", []),
    # Hamiltonians
    "pauli string too short": (pauli("[{paulis: X}]"), "config.yaml:4: hamiltonian.terms[0].paulis: has 1 letters for 2 sites", []),
    "unknown pauli letter": (pauli("[{paulis: XQ}]"), "config.yaml:4: hamiltonian.terms[0].paulis: unknown letter 'Q'; accepted: I, X, Y, Z", []),
    "no terms": (pauli("[]"), "config.yaml:4: hamiltonian.terms: found a list of 0", []),
    "term with an unknown key": (pauli("[{paulis: XX, coeff: 1}]"), "config.yaml:4: hamiltonian.terms[0].coeff: unknown key", ["coefficient"]),
    "not Hermitian": (pauli("[{paulis: XX, coefficient: [0, 1]}]"), "config.yaml:4: hamiltonian.terms: the sum is not Hermitian", []),
    "coefficient of three": (pauli("[{paulis: XX, coefficient: [0, 1, 2]}]"), "config.yaml:4: hamiltonian.terms[0].coefficient: found a list of 3", []),
    "complex elements and a real ansatz": (pauli("[{paulis: YI}]"), "config.yaml:5: ansatz.dtype: float64 makes log psi real, but the hamiltonian has complex elements", []),
    "three sign rules": (LATTICE + "hamiltonian: {type: j1j2, sign_rule: [true, false, true]}\n" + RBM, "config.yaml:2: hamiltonian.sign_rule: found 3 values", []),
    # Schedules
    "schedule of an unknown type": (ISING_RBM + "optimiser: {learning_rate: {type: linaer, start: 1, end: 0}}\n", "config.yaml:4: optimiser.learning_rate.type: 'linaer' is unknown; did you mean 'linear'?", []),
    "schedule without an end": (ISING_RBM + "optimiser: {learning_rate: {type: linear, start: 1}}\n", "config.yaml:4: optimiser.learning_rate: the key 'end' is missing", []),
    "schedule with an unknown key": (ISING_RBM + "optimiser: {learning_rate: {type: linear, start: 1, end: 0, stpes: 2}}\n", "config.yaml:4: optimiser.learning_rate.stpes: unknown key of a schedule of type 'linear'; did you mean 'steps'?", []),
    "exponential to zero": (ISING_RBM + "sr: {diag_shift: {type: exponential, start: 1, end: 0}}\n", "config.yaml:4: sr.diag_shift: an exponential schedule needs a positive start", []),
    "piecewise not from step 0": (ISING_RBM + "sr: {diag_shift: {type: piecewise, values: [[1, 0.1]]}}\n", "config.yaml:4: sr.diag_shift: a piecewise schedule starts with the value at step 0", []),
    "piecewise descending": (ISING_RBM + "sr: {diag_shift: {type: piecewise, values: [[0, 0.1], [0, 0.2]]}}\n", "config.yaml:4: sr.diag_shift: the steps of a piecewise schedule ascend", []),
    "negative value in a schedule": (ISING_RBM + "sr: {diag_shift: {type: cosine, start: 1, end: -1}}\n", "config.yaml:4: sr.diag_shift.end: found the integer -1", []),
    # What this version does not have
    "a real amplitude is not holomorphic": (ISING_RBM + "sr: {holomorphic: true}\n", "config.yaml:4: sr.holomorphic: ", ["null"]),
    "reim_selu is not holomorphic": (LATTICE + ISING + "ansatz: {type: ffnn, activation: reim_selu, dtype: complex128}\n" + "sr: {holomorphic: true}\n", "config.yaml:4: sr.holomorphic: log psi is not holomorphic", ["null"]),
    "minsr in parameter space": (ISING_RBM + "sr: {solver: minsr, space: parameters}\n", "config.yaml:4: sr.space: 'parameters' contradicts solver minsr", ["samples"]),
    "warm start in sample space": (ISING_RBM + "sr: {space: samples, warm_start: true}\n", "config.yaml:4: sr.warm_start: ", ["false"]),
    "a subspace in sample space": (ISING_RBM + "sr: {space: samples, preconditioner: subspace}\n", "config.yaml:4: sr.space: 'samples' contradicts preconditioner subspace", ["parameters"]),
    "a subspace that is too large": (ISING_RBM + "sr: {preconditioner: subspace, subspace_size: 1001}\n", "config.yaml:4: sr.subspace_size: ", ["1000"]),
    "diag_scale alone in sample space": (ISING_RBM + "sr: {solver: minsr, diag_shift: 0, diag_scale: 0.1}\n", "config.yaml:4: sr.diag_shift: ", ["> 0"]),
    "unknown fallback": (ISING_RBM + "sr: {fallback: [minress]}\n", "config.yaml:4: sr.fallback[0]: 'minress' is unknown; did you mean 'minres'?", []),
    "no norm at all": (ISING_RBM + "sr: {max_norm: 0}\n", "config.yaml:4: sr.max_norm: ", ["> 0", "null"]),
    "deterministic with threads": (ISING_RBM + "run: {deterministic: true, threads: 2}\n", "config.yaml:4: run.threads: with run.deterministic", []),
    "no time at all": (ISING_RBM + "run: {time_limit: 0}\n", "config.yaml:4: run.time_limit: ", ["> 0", "null"]),
    "rollback without a smaller step": (ISING_RBM + "run: {rollback_factor: 1}\n", "config.yaml:4: run.rollback_factor: ", ["< 1"]),
    "another way to handle a divergence": (ISING_RBM + "run: {on_divergence: retry}\n", "config.yaml:4: run.on_divergence: 'retry' is unknown", ["stop or rollback"]),
    # Documents
    "empty document": ("", "config.yaml: the document is empty", ["lattice"]),
    "only a comment": ("# nothing\n", "config.yaml: the document is empty", []),
    "null": ("~\n", "config.yaml:1: the document is empty", []),
    "a list": ("- a\n- b\n", "config.yaml:1: found a list of 2; accepted: a map of the blocks lattice", []),
    "a word": ("hello\n", "config.yaml:1: found the text 'hello'", []),
    "two documents": (ISING_RBM + "---\n" + ISING_RBM, "config.yaml:4: not valid YAML", []),
    "broken flow": ("lattice: {type: chain\nhamiltonian: 3\n", "config.yaml:2: not valid YAML", []),
    "tab": ("lattice:\n\ttype: chain\n", "config.yaml:2: not valid YAML", []),
    "control character": ("lattice: \x01\n", "config.yaml:1: not valid YAML", []),
    "undefined alias": ("lattice: *nothing\n", "config.yaml:1: not valid YAML", ["alias"]),
    "recursive alias": ("lattice: &a {b: *a}\n", "config.yaml:1: not valid YAML", ["alias"]),
    "merge of a number": (ISING_RBM + "run: {<<: 3}\n", "config.yaml:4: run: '<<' merges maps", []),
    "nested too deeply": ("lattice: " + "[" * 100000, "config.yaml:1: not valid YAML", []),
    "not UTF-8": (b"lattice: \xff\xfe\n", "config.yaml: is not text in UTF-8", []),
    "billion laughs": (
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"a{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 10) + "]\n" for i in range(1, 12)),
        "config.yaml: its aliases unfold into too large a document", []),
    "billion laughs as a key": (
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"a{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 10) + "]\n" for i in range(1, 12)) + "{*a11 : 1}\n",
        "config.yaml: its aliases unfold into too large a document", []),
}


class BadConfigurationTests(CommandLineTest):
    def refused(self, process, start, contains=()):
        self.assertEqual(process.returncode, 2, process.stderr)
        self.assertEqual(process.stdout, "")
        lines = process.stderr.splitlines()
        self.assertEqual(len(lines), 1, process.stderr)
        self.assertTrue(lines[0].startswith("dist-vmc: " + start), lines[0])
        for part in contains:
            self.assertIn(part, lines[0])

    def test_every_case(self):
        for number, (name, (document, start, contains)) in enumerate(CASES.items()):
            # Both commands read a configuration in the same way: one of them for each case will do.
            command = ("check", "run")[number % 2]
            with self.subTest(name, command=command):
                self.write("config.yaml", document)
                before = self.listing()
                self.refused(self.run_program(command, "config.yaml", timeout=20), start, contains)
                self.assertEqual(self.listing(), before)

    def test_under_two_ranks_one_message(self):
        names = [
            "unknown key", "odd chain with total_sz 0", "not UTF-8", "empty document", "not Hermitian", "complex elements and a real ansatz",
            "more flips than sites", "alpha of zero", "unknown ansatz"]
        for name in names:
            document, start, _ = CASES[name]
            with self.subTest(name):
                self.write("config.yaml", document)
                before = self.listing()
                process = self.run_program("run", "config.yaml", ranks=2, timeout=30)
                self.assertEqual(process.returncode, 2, process.stderr)
                messages = self.messages(process)
                self.assertEqual(len(messages), 1, process.stderr)
                self.assertTrue(messages[0].startswith("dist-vmc: " + start), messages[0])
                self.assertEqual(self.listing(), before)

    def test_files_that_cannot_be_read(self):
        self.refused(self.run_program("check", "nothing.yaml"), "nothing.yaml: cannot be read: No such file")
        self.refused(self.run_program("check", self.directory), self.directory + ": cannot be read: Is a directory")
        self.write("large.yaml", "")
        with open(os.path.join(self.directory, "large.yaml"), "wb") as file:
            file.truncate((64 << 20) + 1)
        self.refused(self.run_program("check", "large.yaml"), "large.yaml: is larger than 64 MB")
        if os.geteuid() != 0:
            self.write("secret.yaml", GOOD)
            os.chmod(os.path.join(self.directory, "secret.yaml"), 0)
            self.refused(self.run_program("check", "secret.yaml"), "secret.yaml: cannot be read: Permission denied")

    def test_missing_file_under_two_ranks(self):
        process = self.run_program("exact", "nothing.yaml", ranks=2, timeout=30)
        self.assertEqual(process.returncode, 2)
        self.assertEqual(
            self.messages(process),
            [f"dist-vmc: nothing.yaml: cannot be read on {os.uname().nodename}: No such file or directory"])

    def test_overrides(self):
        self.write("config.yaml", GOOD)
        cases = {
            "sampler.chians=3": ("--set sampler.chians=3: sampler.chians: unknown key", ["'chains'"]),
            "sampler.chains=many": ("--set sampler.chains=many: sampler.chains: found the text 'many'", []),
            "sampler.chains": ("--set sampler.chains: accepted: key.path=value", []),
            "=3": ("--set =3: accepted: key.path=value", []),
            "sampler..chains=3": ("--set sampler..chains=3: accepted: key.path=value", []),
            "sampler.chains.low=3": ("--set sampler.chains.low=3: sampler.chains: has no keys: found the integer 16", []),
            "lattice.extent.0=3": ("--set lattice.extent.0=3: lattice.extent: has no keys: found a list of 1", []),
            "sampler.chains=[": ("--set sampler.chains=[: not valid YAML", []),
            "sampler=3": ("--set sampler=3: sampler: found the integer 3", []),
        }
        for argument, (start, contains) in cases.items():
            with self.subTest(argument):
                self.refused(self.run_program("check", "config.yaml", "--set", argument), start, contains)


if __name__ == "__main__":
    unittest.main()
