"""Loads functions that @mini/export wrote as StableHLO, as JAX functions.

    from mini_export import load_step
    step = load_step("step.stablehlo")
    loss, kernel, bias = step(kernel, bias, x, labels)

Arguments and results are the leaves of the trees, in the order of the file. step.inputs and
step.results have their names, such as "params.hidden.kernel", and step.shapes the shapes of the
arguments. The function works in jax.jit, jax.lax.scan and with sharded arguments. Keys are
uint32[2]. Gradients are part of the file: JAX cannot differentiate it again.
"""

import dataclasses
import re

import jax
from jax import export
from jax.extend.mlir import serialize_portable_artifact

TYPES = {"f32": "float32", "ui32": "uint32"}
# The version of StableHLO to serialize as: any that this JAX can read.
VERSION = "1.0.0"


def unescape(found):
    return bytes([int(found[1], 16)])


def load_step(path):
    """Returns a JAX function of the arrays that the file's main function takes."""
    with open(path, "rb") as file:
        text = file.read().decode(errors="replace")
    found = re.search(r"@main\((.*?)\) -> \((.*)\) \{\n", text)
    if found is None:
        raise ValueError(f"{path}: expected StableHLO that @mini/export wrote, got another file")
    parameters, results = found.groups()
    pattern = r'tensor<((?:\d+x)*)(\w+)> \{jax\.\w+_info = "([^"]*)"\}'
    shapes, names = [], []
    for part in (parameters, results):
        found = re.findall(pattern, part)
        if len(found) != re.sub(r'"[^"]*"', "", part).count("tensor<"):
            raise ValueError(f"{path}: expected StableHLO that @mini/export wrote, got arguments without names")
        shapes.append([jax.ShapeDtypeStruct([int(n) for n in sizes.split("x")[:-1]], TYPES[t]) for sizes, t, _ in found])
        names.append([re.sub(rb"\\([0-9A-F]{2})", unescape, name.encode()).decode() for _, _, name in found])
    # A function of the same arguments and results, whose program is then replaced.
    stand_in = jax.jit(lambda *args: [jax.numpy.zeros(shape.shape, shape.dtype) for shape in shapes[1]])
    exported = export.export(stand_in)(*shapes[0])
    program = serialize_portable_artifact(text, VERSION)
    every = tuple(range(len(shapes[0])))
    loaded = dataclasses.replace(exported, mlir_module_serialized=program, module_kept_var_idx=every)

    def step(*args):
        return loaded.call(*args)

    step.inputs, step.results = names
    step.shapes = shapes[0]
    return step
