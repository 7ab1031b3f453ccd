"""The workloads with NumPy: arrays, and gradients derived by hand."""

import numpy as np

NAME = "NumPy"
VERSION = np.__version__


def array(data, *shape):
    """Returns a copy, because parameters are updated in place."""
    return np.frombuffer(data, dtype="<f4").astype(np.float32).reshape(shape)


class matmul:
    def __init__(self, problem):
        m, k, n = problem["m"], problem["k"], problem["n"]
        self.a, self.b = array(problem["a"], m, k), array(problem["b"], k, n)

    def run(self):
        self.c = self.a @ self.b

    def result(self):
        return self.c[0, 0]


class mnist:
    def __init__(self, problem):
        inputs, hidden, classes = problem["inputs"], problem["hidden"], problem["classes"]
        self.batch, self.rate = problem["batch"], np.float32(problem["rate"])
        self.images = array(problem["images"], self.batch, inputs)
        self.labels = array(problem["labels"], self.batch, classes)
        self.w1, self.b1 = array(problem["w1"], inputs, hidden), np.zeros(hidden, np.float32)
        self.w2, self.b2 = array(problem["w2"], hidden, classes), np.zeros(classes, np.float32)

    def run(self):
        x, y, rate = self.images, self.labels, self.rate
        h = np.maximum(x @ self.w1 + self.b1, 0)
        z = h @ self.w2 + self.b2
        z -= z.max(axis=1, keepdims=True)
        log_probabilities = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        self.loss = -(y * log_probabilities).sum() / self.batch
        dz = (np.exp(log_probabilities) - y) / self.batch
        dh = (dz @ self.w2.T) * (h > 0)
        self.w2 -= rate * (h.T @ dz)
        self.b2 -= rate * dz.sum(axis=0)
        self.w1 -= rate * (x.T @ dh)
        self.b1 -= rate * dh.sum(axis=0)

    def result(self):
        return self.loss


class cosine:
    def __init__(self, problem):
        samples, hidden = problem["samples"], problem["hidden"]
        self.rate = np.float32(problem["rate"])
        self.noisy, self.clean = array(problem["noisy"], samples), array(problem["clean"], samples)
        self.w1, self.w2 = array(problem["w1"], hidden, samples), array(problem["w2"], samples, hidden)
        self.b = array(problem["b"], hidden)

    def run(self):
        x, y, rate = self.noisy, self.clean, self.rate
        h = 1 / (1 + np.exp(-(self.w1 @ x + self.b)))
        e = self.w2 @ h - y
        self.loss = 0.5 * (e @ e)
        dz = (self.w2.T @ e) * h * (1 - h)
        self.w2 -= np.outer(rate * e, h)
        self.w1 -= np.outer(rate * dz, x)
        self.b -= rate * dz

    def result(self):
        return self.loss
