/**
 * The workloads on other JavaScript libraries.
 *
 * `pnpm bench` installs the libraries on first use, in the folder `peers`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Contender, type LocalContender, makeContender } from './contender.ts';
import type { CnnProblem, CosineProblem, MatmulProblem, MnistProblem, OpProblem } from './problems.ts';

/** Another library that can run workloads. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  matmul(problem: MatmulProblem): Contender | Promise<Contender>;
  mnist(problem: MnistProblem): Contender | Promise<Contender>;
  cosine(problem: CosineProblem): Contender | Promise<Contender>;
  cnn?(problem: CnnProblem): Contender | Promise<Contender>;
  /** Undefined if the library has no such op. */
  op?(problem: OpProblem): Promise<Contender | undefined>;
}

/** A peer that runs in this process. */
interface LocalPeer {
  readonly name: string;
  matmul(problem: MatmulProblem): LocalContender;
  mnist(problem: MnistProblem): LocalContender;
  cosine(problem: CosineProblem): LocalContender;
  cnn?(problem: CnnProblem): LocalContender;
}

const folder = join(dirname(fileURLToPath(import.meta.url)), 'peers');

/**
 * Installs the peers if necessary and loads them.
 *
 * Reports a peer that cannot be loaded, and skips it.
 */
export const loadPeers = async (report: (message: string) => void): Promise<Peer[]> => {
  if (!existsSync(join(folder, 'node_modules'))) {
    report('installing the other libraries (310 MB, once) …');
    const args = ['install', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
    try {
      execFileSync(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'inherit'],
        shell: process.platform === 'win32',
      });
    } catch (error) {
      report(`skipped the other libraries: the installation failed: ${(error as Error).message}`);
      return [];
    }
  }
  const peers: Peer[] = [];
  for (const [name, library, load] of [
    ['jax-js', '@jax-js/jax', loadJaxJs],
    ['tfjs', '@tensorflow/tfjs', loadTfjs],
  ] as const) {
    try {
      const peer = await load();
      peers.push({
        name,
        version: installedVersion(library),
        matmul: (problem) => makeContender(peer.matmul(problem)),
        mnist: (problem) => makeContender(peer.mnist(problem)),
        cosine: (problem) => makeContender(peer.cosine(problem)),
        ...(peer.cnn === undefined
          ? {}
          : { cnn: (problem: CnnProblem) => makeContender((peer as Required<LocalPeer>).cnn(problem)) }),
      });
    } catch (error) {
      report(`skipped ${name}: ${(error as Error).message}`);
    }
  }
  return peers;
};

const installedVersion = (library: string): string => {
  const path = join(folder, 'node_modules', library, 'package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
};

// The workspace does not install the peers, so their types are missing.
/* oxlint-disable typescript/no-explicit-any */
const load = async (name: string): Promise<any> => {
  const require = createRequire(join(folder, 'package.json'));
  return import(pathToFileURL(require.resolve(name)).href);
};

const loadJaxJs = async (): Promise<LocalPeer> => {
  const jax = await load('@jax-js/jax');
  const { numpy: np, nn, tree } = jax;
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  const array = (values: Float32Array, shape: readonly number[]): any =>
    np.array(values.slice(), { shape: [...shape] });
  /** jax-js frees the arguments of a function, unless the caller passes `.ref`. */
  const training = (loss: (p: any, x: any, y: any) => any, rate: number): any => {
    const valueAndGrad = jax.valueAndGrad(loss);
    return jax.jit((p: any, x: any, y: any) => {
      const [value, gradients] = valueAndGrad(tree.ref(p), x, y);
      return [value, tree.map((w: any, g: any) => w.sub(g.mul(rate)), p, gradients)];
    });
  };
  const contender = (step: any, start: any, x: any, y: any): LocalContender => {
    let params = start;
    let value: any;
    return {
      name: 'jax-js jit',
      run: () => {
        const [loss, next] = step(params, x.ref, y.ref);
        params = next;
        [value] = loss.dataSync();
      },
      result: () => value,
    };
  };
  return {
    name: 'jax-js',
    matmul({ a, b, m, k, n }) {
      const [left, right] = [array(a, [m, k]), array(b, [k, n])];
      const product = jax.jit((x: any, y: any) => np.matmul(x, y));
      let out: Float32Array = new Float32Array(0);
      return {
        name: 'jax-js jit',
        run: () => {
          out = product(left.ref, right.ref).dataSync();
        },
        result: () => out[0],
      };
    },
    mnist({ images, labels, w1, w2, inputs, hidden, classes, batch, rate }) {
      const loss = (p: any, x: any, y: any): any => {
        const h = nn.relu(np.matmul(x, p.w1).add(p.b1));
        return nn
          .logSoftmax(np.matmul(h, p.w2).add(p.b2))
          .mul(y)
          .sum()
          .mul(-1 / batch);
      };
      const params = {
        w1: array(w1, [inputs, hidden]),
        b1: np.zeros([hidden]),
        w2: array(w2, [hidden, classes]),
        b2: np.zeros([classes]),
      };
      return contender(
        training(loss, rate),
        params,
        array(images, [batch, inputs]),
        array(labels, [batch, classes]),
      );
    },
    cnn({ images, labels, k1, k2, w3, w4, size, first, second, hidden, classes, batch, rate }) {
      const convolve = (x: any, kernel: any): any => jax.lax.conv(x, kernel, [1, 1], 'SAME');
      const pool = (x: any, channels: number, length: number): any =>
        x.reshape([batch, channels, length / 2, 2, length / 2, 2]).mean([3, 5]);
      const loss = (p: any, x: any, y: any): any => {
        const one = pool(nn.relu(convolve(x, p.k1).add(p.b1)), first, size);
        const two = pool(nn.relu(convolve(one, p.k2).add(p.b2)), second, size / 2);
        const three = nn.relu(np.matmul(two.reshape([batch, -1]), p.w3).add(p.b3));
        return nn
          .logSoftmax(np.matmul(three, p.w4).add(p.b4))
          .mul(y)
          .sum()
          .mul(-1 / batch);
      };
      const side = size / 4;
      const params = {
        // Channels come before spatial axes.
        k1: array(k1, [3, 3, 1, first]).transpose([3, 2, 0, 1]),
        b1: np.zeros([first, 1, 1]),
        k2: array(k2, [3, 3, first, second]).transpose([3, 2, 0, 1]),
        b2: np.zeros([second, 1, 1]),
        w3: array(w3, [side, side, second, hidden]).transpose([2, 0, 1, 3]).reshape([-1, hidden]),
        b3: np.zeros([hidden]),
        w4: array(w4, [hidden, classes]),
        b4: np.zeros([classes]),
      };
      return contender(
        training(loss, rate),
        params,
        array(images, [batch, 1, size, size]),
        array(labels, [batch, classes]),
      );
    },
    cosine({ noisy, clean, w1, w2, b, samples, hidden, rate }) {
      const loss = (p: any, x: any, y: any): any => {
        const h = nn.sigmoid(np.matmul(p.w1, x).add(p.b));
        const e = y.sub(np.matmul(p.w2, h));
        return e.ref.mul(e).sum().mul(0.5);
      };
      const params = {
        w1: array(w1, [hidden, samples]),
        w2: array(w2, [samples, hidden]),
        b: array(b, [hidden]),
      };
      return contender(training(loss, rate), params, array(noisy, [samples]), array(clean, [samples]));
    },
  };
};

const loadTfjs = async (): Promise<LocalPeer> => {
  const tf = (await load('@tensorflow/tfjs')).default;
  const wasm = (await load('@tensorflow/tfjs-backend-wasm')).default;
  wasm.setThreadsCount(1);
  if (!(await tf.setBackend('wasm'))) throw new Error('its WebAssembly backend did not start');
  await tf.ready();
  const training = (loss: () => any, rate: number): LocalContender => {
    const optimizer = tf.train.sgd(rate);
    let value = NaN;
    return {
      name: 'tfjs wasm',
      run: () => {
        const cost = optimizer.minimize(loss, true);
        [value] = cost.dataSync();
        cost.dispose();
      },
      result: () => value,
    };
  };
  return {
    name: 'tfjs',
    matmul({ a, b, m, k, n }) {
      const [left, right] = [tf.tensor2d(a, [m, k]), tf.tensor2d(b, [k, n])];
      let out: Float32Array = new Float32Array(0);
      return {
        name: 'tfjs wasm',
        run: () => {
          const product = tf.matMul(left, right);
          out = product.dataSync();
          product.dispose();
        },
        result: () => out[0],
      };
    },
    mnist({ images, labels, w1, w2, inputs, hidden, classes, batch, rate }) {
      const [x, y] = [tf.tensor2d(images, [batch, inputs]), tf.tensor2d(labels, [batch, classes])];
      const [v1, v2] = [
        tf.variable(tf.tensor2d(w1, [inputs, hidden])),
        tf.variable(tf.tensor2d(w2, [hidden, classes])),
      ];
      const [b1, b2] = [tf.variable(tf.zeros([hidden])), tf.variable(tf.zeros([classes]))];
      return training(() => {
        const h = tf.relu(tf.add(tf.matMul(x, v1), b1));
        return tf.losses.softmaxCrossEntropy(y, tf.add(tf.matMul(h, v2), b2));
      }, rate);
    },
    cosine({ noisy, clean, w1, w2, b, samples, hidden, rate }) {
      const [x, y] = [tf.tensor2d(noisy, [samples, 1]), tf.tensor2d(clean, [samples, 1])];
      const [v1, v2] = [
        tf.variable(tf.tensor2d(w1, [hidden, samples])),
        tf.variable(tf.tensor2d(w2, [samples, hidden])),
      ];
      const bias = tf.variable(tf.tensor2d(b, [hidden, 1]));
      return training(() => {
        const h = tf.sigmoid(tf.add(tf.matMul(v1, x), bias));
        return tf.mul(tf.sum(tf.square(tf.sub(y, tf.matMul(v2, h)))), 0.5);
      }, rate);
    },
  };
};
