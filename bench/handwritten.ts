/** The workloads without a library: loops over Float32Arrays. */
import type { LocalContender } from './contender.ts';
import type { CosineProblem, MatmulProblem, MnistProblem } from './problems.ts';

const NAME = 'plain loops';

/** C = A·B with three loops over Float32Arrays; the inner loop runs along rows. */
const naiveMatmul = ({ a, b, m, k, n }: MatmulProblem): Float32Array => {
  const c = new Float32Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const factor = a[i * k + p];
      for (let j = 0; j < n; j++) c[i * n + j] += factor * b[p * n + j];
    }
  }
  return c;
};

export const handwrittenMatmul = (problem: MatmulProblem): LocalContender => {
  let out: Float32Array = new Float32Array(0);
  return {
    name: NAME,
    run: () => {
      out = naiveMatmul(problem);
    },
    result: () => out[0],
  };
};

export const handwrittenMnist = (problem: MnistProblem): LocalContender => {
  const { images, labels, inputs, hidden, classes, batch, rate } = problem;
  const [w1, w2] = [problem.w1.slice(), problem.w2.slice()];
  const [b1, b2] = [new Float32Array(hidden), new Float32Array(classes)];
  const h = new Float32Array(batch * hidden);
  const dh = new Float32Array(batch * hidden);
  const z = new Float32Array(batch * classes);
  let loss = NaN;
  const run = (): void => {
    for (let i = 0; i < batch; i++) {
      for (let j = 0; j < hidden; j++) h[i * hidden + j] = b1[j];
      for (let k = 0; k < inputs; k++) {
        const x = images[i * inputs + k];
        for (let j = 0; j < hidden; j++) h[i * hidden + j] += x * w1[k * hidden + j];
      }
      for (let j = 0; j < hidden; j++) h[i * hidden + j] = Math.max(h[i * hidden + j], 0);
    }
    loss = 0;
    for (let i = 0; i < batch; i++) {
      for (let c = 0; c < classes; c++) {
        let sum = b2[c];
        for (let j = 0; j < hidden; j++) sum += h[i * hidden + j] * w2[j * classes + c];
        z[i * classes + c] = sum;
      }
      let largest = -Infinity;
      for (let c = 0; c < classes; c++) largest = Math.max(largest, z[i * classes + c]);
      let total = 0;
      for (let c = 0; c < classes; c++) total += Math.exp(z[i * classes + c] - largest);
      for (let c = 0; c < classes; c++) {
        const index = i * classes + c;
        const logProbability = z[index] - largest - Math.log(total);
        loss -= (labels[index] * logProbability) / batch;
        z[index] = (Math.exp(logProbability) - labels[index]) / batch;
      }
    }
    for (let i = 0; i < batch; i++) {
      for (let j = 0; j < hidden; j++) {
        let sum = 0;
        for (let c = 0; c < classes; c++) sum += z[i * classes + c] * w2[j * classes + c];
        dh[i * hidden + j] = h[i * hidden + j] > 0 ? sum : 0;
      }
    }
    for (let i = 0; i < batch; i++) {
      for (let j = 0; j < hidden; j++) {
        const x = rate * h[i * hidden + j];
        for (let c = 0; c < classes; c++) w2[j * classes + c] -= x * z[i * classes + c];
      }
      for (let k = 0; k < inputs; k++) {
        const x = rate * images[i * inputs + k];
        for (let j = 0; j < hidden; j++) w1[k * hidden + j] -= x * dh[i * hidden + j];
      }
      for (let j = 0; j < hidden; j++) b1[j] -= rate * dh[i * hidden + j];
      for (let c = 0; c < classes; c++) b2[c] -= rate * z[i * classes + c];
    }
  };
  return { name: NAME, run, result: () => loss };
};

export const handwrittenCosine = (problem: CosineProblem): LocalContender => {
  const { noisy: x, clean: y, samples, hidden, rate } = problem;
  const [w1, w2, b] = [problem.w1.slice(), problem.w2.slice(), problem.b.slice()];
  const h = new Float32Array(hidden);
  const dh = new Float32Array(hidden);
  const e = new Float32Array(samples);
  let loss = NaN;
  const run = (): void => {
    for (let j = 0; j < hidden; j++) {
      let sum = b[j];
      for (let k = 0; k < samples; k++) sum += w1[j * samples + k] * x[k];
      h[j] = 1 / (1 + Math.exp(-sum));
    }
    loss = 0;
    dh.fill(0);
    for (let i = 0; i < samples; i++) {
      let sum = 0;
      for (let j = 0; j < hidden; j++) sum += w2[i * hidden + j] * h[j];
      e[i] = sum - y[i];
      loss += 0.5 * e[i] * e[i];
      for (let j = 0; j < hidden; j++) dh[j] += e[i] * w2[i * hidden + j];
    }
    for (let i = 0; i < samples; i++) {
      const step = rate * e[i];
      for (let j = 0; j < hidden; j++) w2[i * hidden + j] -= step * h[j];
    }
    for (let j = 0; j < hidden; j++) {
      const step = rate * dh[j] * h[j] * (1 - h[j]);
      for (let k = 0; k < samples; k++) w1[j * samples + k] -= step * x[k];
      b[j] -= step;
    }
  };
  return { name: NAME, run, result: () => loss };
};
