#!/usr/bin/env python3
"""Takes parameters from dist-vmc to NetKet and back.

The leaves of both have the same names, shapes and order of elements: a checkpoint's `Dense/kernel` is
variables["params"]["Dense"]["kernel"] of the Flax module. So a file of one becomes a file of the other whatever the
network is; whether it fits the network is said by whoever loads it.

Needs h5py, NumPy and Flax, which come with NetKet.
"""

import argparse
import os
import sys


class Refusal(Exception):
    """What cannot be converted, in words for the user."""


def read_leaves(path):
    """{name: array} of a checkpoint, or of an HDF5 file with a dataset under each leaf's name."""
    import h5py
    import numpy

    leaves = {}
    try:
        with h5py.File(path, "r") as file:
            def visit(name, item):
                if isinstance(item, h5py.Dataset):
                    # Checkpoints hold double precision and say what the network computes with.
                    leaves[name] = numpy.asarray(item[()], dtype=item.attrs.get("dtype", item.dtype))

            (file["parameters"] if "parameter_names" in file else file).visititems(visit)
    except OSError as error:
        raise Refusal(f"{path} cannot be read as HDF5: {error}") from None
    if not leaves:
        raise Refusal(f"{path} holds no parameters")
    for name, array in leaves.items():
        if array.dtype.kind not in "fc":
            raise Refusal(f"{path} holds {name} as {array.dtype}, which is no type of parameters")
    return leaves


def tree(leaves):
    """Nested dictionaries of leaves whose names have slashes."""
    root = {}
    for name, array in leaves.items():
        *groups, last = name.split("/")
        branch = root
        for group in groups:
            branch = branch.setdefault(group, {})
        branch[last] = array
    return root


def flat(branch, prefix=""):
    """The reverse of `tree`."""
    for name, value in branch.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}/")
        else:
            yield prefix + name, value


def to_netket(source, target):
    from flax import serialization

    content = serialization.to_bytes({"params": tree(read_leaves(source))})
    with open(target, "xb") as file:
        file.write(content)


def from_netket(source, target):
    import h5py
    import numpy
    from flax import serialization

    with open(source, "rb") as file:
        content = file.read()
    try:
        root = serialization.msgpack_restore(content)
    except Exception as error:
        raise Refusal(f"{source} is not a file that Flax wrote: {error}") from None
    if not isinstance(root, dict):
        raise Refusal(f"{source} holds no tree of variables")
    # A whole variational state has the variables in a branch of their own.
    variables = root.get("variables", root)
    if "params" not in variables:
        raise Refusal(f"{source} holds no branch 'params', only {', '.join(map(str, variables))}")
    leaves = {name: numpy.asarray(value) for name, value in flat(variables["params"])}
    for name, array in leaves.items():
        if array.dtype.name not in ("float32", "float64", "complex64", "complex128"):
            raise Refusal(f"{source} holds {name} as {array.dtype}, which is no type of parameters")
    with h5py.File(target, "x") as file:
        for name, array in leaves.items():
            file[name] = array


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0], epilog=__doc__.split("\n\n", 1)[1],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    there = commands.add_parser(
        "to-netket", help="a checkpoint.h5 becomes a file of variables for flax.serialization.from_bytes")
    there.add_argument("source", metavar="CHECKPOINT.h5")
    there.add_argument("target", metavar="VARIABLES.mpack")
    back = commands.add_parser(
        "from-netket",
        help="variables (or a state) written by flax.serialization.to_bytes become a file for run.initial_parameters")
    back.add_argument("source", metavar="VARIABLES.mpack")
    back.add_argument("target", metavar="PARAMETERS.h5")
    arguments = parser.parse_args()
    try:
        if os.path.exists(arguments.target):
            raise Refusal(f"{arguments.target} exists and is not overwritten")
        {"to-netket": to_netket, "from-netket": from_netket}[arguments.command](arguments.source, arguments.target)
    except (Refusal, OSError) as error:
        print(f"netket_params.py: {error}", file=sys.stderr)
        return 2
    except ImportError as error:
        print(f"netket_params.py: needs h5py and flax: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
