"""Runs exported programs in JAX (StableHLO) and in ONNX Runtime, and compares their results.

    pnpm export:cases DIR
    python3 packages/export/python/check.py DIR [--engine jax|onnx] [--only TEXT]

Needs jax, or onnxruntime; also runs onnx.checker where onnx is installed. Exits with 1 if a result
differs by more than its case allows.
"""

import argparse
import json
import pathlib
import sys

import numpy as np


def jax_engine(directory):
    """Returns a name and a function that runs a StableHLO text, by JAX on its default device."""
    import jax

    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    from mini_export import load_step

    def run(file, inputs):
        return load_step(directory / f"{file}.stablehlo")(*inputs)

    return f"jax {jax.__version__} on {jax.devices()[0]}", run, np.uint32


def onnx_engine(directory):
    """Returns a name and a function that runs an ONNX file, by ONNX Runtime on the CPU."""
    import onnxruntime

    try:
        from onnx import checker
    except ImportError:
        checker = None

    def run(file, inputs):
        path = str(directory / f"{file}.onnx")
        if checker is not None:
            checker.check_model(path, full_check=True)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        names = [node.name for node in session.get_inputs()]
        return session.run(None, dict(zip(names, inputs)))

    checked = "" if checker is None else ", checked by onnx.checker"
    return f"onnxruntime {onnxruntime.__version__}{checked}", run, np.int64


def largest_error(found, expected, tolerance):
    """Returns the largest error of one result, relative to its scale."""
    elements = np.array(expected["elements"], dtype=np.float64)
    got = np.asarray(found).astype(np.float64).reshape(-1)
    if got.shape != elements.shape:
        raise ValueError(f"expected {elements.size} elements, got {got.size}")
    if tolerance == 0:
        return 0.0 if np.array_equal(got, elements, equal_nan=True) else np.abs(got - elements).max()
    scale = np.abs(elements)
    if expected.get("scales") != "relative":
        scale = np.maximum(scale, np.array(expected.get("scales", 1), dtype=np.float64))
        scale = np.maximum(scale, 1)
    with np.errstate(all="ignore"):
        # What lies below the normal numbers is as good as 0.
        is_same = (got == elements) | (np.isnan(got) & np.isnan(elements)) | (np.abs(got - elements) < 2.0**-126)
        errors = np.where(is_same, 0, np.abs(got - elements) / np.where(scale == 0, 1, scale))
    return float(np.max(np.where(np.isnan(errors), np.inf, errors)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--engine", choices=["jax", "onnx"], default="jax")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    make = jax_engine if options.engine == "jax" else onnx_engine
    name, run, key_type = make(options.directory)
    cases = json.loads((options.directory / "cases.json").read_text())
    cases = [case for case in cases if options.only in case["name"]]
    failures = 0
    worst = 0.0
    for case in cases:
        inputs = [
            np.array(given["elements"], dtype=key_type if given["type"] == "key" else np.float32).reshape(given["shape"])
            for given in case["inputs"]
        ]
        tolerance = case["tolerance"]
        try:
            results = run(case["file"], inputs)
            errors = [largest_error(*pair, tolerance) for pair in zip(results, case["expected"], strict=True)]
        except Exception as error:
            failures += 1
            print(f"FAILED  {case['name']} ({case['file']}): {str(error)[:300]}")
            continue
        error = max(errors)
        worst = max(worst, error if tolerance > 0 else 0)
        if not error <= tolerance:
            failures += 1
            print(f"FAILED  {case['name']} ({case['file']}): error {error:.2e}, allowed {tolerance:.0e}")
    print(f"{name}: {len(cases) - failures} of {len(cases)} cases agree; largest error {worst:.2e}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
