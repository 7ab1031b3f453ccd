"""Runs the workloads of `pnpm bench` on a Python library.

    python3 contender.py LIBRARY

The argument names a file LIBRARY.py beside this one. It defines NAME, VERSION and a class for each
workload. A class takes the problem. Its method run() does the work once, and result() returns a
number that depends on the result of the last run.

This program reads requests from standard input and writes answers to standard output, one line of
JSON each. The first line is {"name": ..., "version": ...}, or {"error": ...} if the library cannot
be imported. Then it answers:

    {"command": "make", "workload": "matmul", "problem": {...}}   {}
    {"command": "time", "runs": 10}                               {"milliseconds": 1.5}
    {"command": "result"}                                         {"result": 0.25}

"make" replaces the previous workload. The milliseconds are those of all runs together. Arrays in a
problem are {"float32": BASE64}, little-endian. The answer after an exception is {"error": ...}.
The program ends at the end of its input.

The clock is read in this process, before and after all runs, so times do not include messages.
The library uses one core, like the other contenders.
"""

import base64
import gc
import importlib
import json
import os
import signal
import sys
import time

# Libraries of linear algebra read these when they are loaded.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[variable] = "1"


def decode(value):
    """Returns the bytes of arrays; returns other values unchanged."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    return bytearray(base64.b64decode(value["float32"])) if isinstance(value, dict) else value


class Session:
    """A library and its current workload."""

    def __init__(self, library):
        self.library = library
        self.work = None

    def answer(self, request):
        command = request["command"]
        if command == "make":
            # Free the previous workload first: it can hold much memory.
            self.work = None
            gc.collect()
            problem = {name: decode(value) for name, value in request["problem"].items()}
            self.work = getattr(self.library, request["workload"])(problem)
            return {}
        if command == "time":
            run, runs = self.work.run, range(request["runs"])
            started = time.perf_counter()
            for _ in runs:
                run()
            return {"milliseconds": (time.perf_counter() - started) * 1e3}
        if command == "result":
            return {"result": float(self.work.result())}
        raise ValueError(f"expected a command make, time or result, got {command!r}")


def describe(error):
    return f"{type(error).__name__}: {error}"


def main():
    # Ctrl-C reaches all processes of a terminal. Ignore it: this process ends with its input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Libraries print to standard error, because standard output is for answers.
    answers, sys.stdout = sys.stdout, sys.stderr

    def send(message):
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    try:
        library = importlib.import_module(sys.argv[1])
    except Exception as error:
        send({"error": describe(error)})
        return
    send({"name": library.NAME, "version": library.VERSION})
    session = Session(library)
    for line in sys.stdin:
        try:
            message = session.answer(json.loads(line))
        except Exception as error:
            message = {"error": describe(error)}
        send(message)


if __name__ == "__main__":
    main()
