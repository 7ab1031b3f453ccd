"""Does the benchmark's workloads with a Python library, as `pnpm bench` asks for it.

    python3 contender.py LIBRARY

imports the file LIBRARY.py beside this one. It defines NAME, VERSION and, for each workload, a function that takes the problem and returns
an object with run(), which does the work once, and result(), which gives a number that tells what the last run computed.

Requests come on standard input and answers go to standard output, a line of JSON each. The first line out is
{"name": ..., "version": ...}, or {"error": ...} if the library cannot be imported. Then:

    {"command": "make", "workload": "matmul", "problem": {...}}   {}            replaces what was made before
    {"command": "time", "runs": 10}                               {"milliseconds": 1.5}   of all runs together
    {"command": "result"}                                         {"result": 0.25}

Arrays in a problem are {"float32": BASE64}, little-endian. What goes wrong is answered with {"error": ...}. The end of the input ends
the program.

Time is taken in here, around all runs, so that messages are not part of it. Only one core is used, as by the other contenders.
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
    """The bytes of an array, and anything else as it is."""
    return bytearray(base64.b64decode(value["float32"])) if isinstance(value, dict) else value


class Session:
    """A library and the work that it is to do."""

    def __init__(self, library):
        self.library = library
        self.work = None

    def answer(self, request):
        command = request["command"]
        if command == "make":
            # The work before may hold much memory.
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
        raise ValueError(f"there is no command {command!r}")


def describe(error):
    return f"{type(error).__name__}: {error}"


def main():
    # Ctrl-C reaches all processes of a terminal; this one ends with its input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What libraries print must not get between the answers.
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
