/**
 * Runs a short random training run, eager and compiled side by side, for `pnpm soak`.
 *
 * Some steps cause errors on purpose.
 */
import {
  jit,
  mean,
  random,
  relu,
  sigmoid,
  softplus,
  square,
  sum,
  tanh,
  type Tensor,
  tensor,
  tree,
  valueAndGrad,
} from '@mini/autograd';
import {
  adam,
  adamw,
  binaryCrossEntropyFromLogits,
  clipByGlobalNorm,
  Dense,
  type DenseParams,
  meanSquaredError,
  type Optimizer,
  sgd,
  softmaxCrossEntropy,
} from '@mini/nn';

/** Thrown if a check fails. */
export class Violation extends Error {}

const ensure = (holds: boolean, what: string): void => {
  if (!holds) throw new Violation(what);
};

type Params = readonly DenseParams[];
type Loss = (params: Params, x: Tensor, y: Tensor) => Tensor;

/** The end of a network: its targets and its loss. */
interface Task {
  targets(key: random.Key, batch: number, outputs: number): Tensor;
  loss(outputs: Tensor, targets: Tensor): Tensor;
  /** Targets with invalid elements and valid shapes. */
  readonly wrongTargets?: (batch: number, outputs: number) => Tensor;
}

const tasks: readonly Task[] = [
  {
    targets: (key, batch, outputs) => random.randint(key, [batch], 0, outputs),
    loss: (outputs, targets) => softmaxCrossEntropy(outputs, targets),
    wrongTargets: (batch, outputs) => tensor(new Float32Array(batch).fill(outputs)),
  },
  {
    targets: (key, batch, outputs) => random.normal(key, [batch, outputs]),
    loss: meanSquaredError,
  },
  {
    targets: (key, batch, outputs) => random.uniform(key, [batch, outputs]),
    loss: binaryCrossEntropyFromLogits,
  },
];

const toWords = ({ data }: Tensor): Uint32Array => new Uint32Array(data.buffer, data.byteOffset, data.length);

const sameBits = (a: unknown, b: unknown): boolean => {
  const [left, right] = [tree.leaves(a), tree.leaves(b)];
  return (
    left.length === right.length &&
    left.every((leaf, i) => {
      const [p, q] = [toWords(leaf), toWords(right[i])];
      return p.length === q.length && p.every((word, j) => word === q[j]);
    })
  );
};

/**
 * Hashes the bits of all leaves with FNV-1a, starting from `hash`.
 *
 * http://www.isthe.com/chongo/tech/comp/fnv/
 */
const hashLeaves = (value: unknown, hash: number): number =>
  tree
    .leaves(value)
    .reduce(
      (digest, leaf) => toWords(leaf).reduce((h, word) => Math.imul(h ^ word, 0x01000193), digest),
      hash,
    );

/** Runs a function that must throw an error of this type. */
const expectError = (what: string, type: new () => Error, run: () => unknown): void => {
  try {
    run();
  } catch (error) {
    if (error instanceof type) return;
    throw error;
  }
  throw new Violation(`${what} did not throw`);
};

class Interruption extends Error {}

/**
 * State that outlives an episode: a compiled function that gets new networks and drops the oldest.
 */
export interface Era {
  readonly energy: (params: Params, x: Tensor) => Tensor;
}

const energy = (params: Params, x: Tensor): Tensor =>
  mean(square(params.reduce((value, { kernel, bias }) => tanh(value.matmul(kernel).add(bias)), x)));

export const newEra = (): Era => ({ energy: jit(energy, { cacheSize: 3 }) });

export interface Result {
  /** A hash of the bits of all results. */
  readonly digest: number;
  readonly steps: number;
}

interface Plan {
  readonly pick: <T>(choices: readonly T[]) => T;
  readonly key: random.Key;
  readonly era: Era;
}

const FIRST_HASH = 0x811c9dc5;

/** Trains with one optimizer and checks each step. */
const train = <S>({ pick, key, era }: Plan, optimizer: Optimizer<S>): Result => {
  const inputs = pick([1, 2, 5, 13, 32, 64]);
  const outputs = pick([2, 3, 10, 17]);
  const widths = Array.from({ length: pick([0, 1, 1, 2, 3]) }, () => pick([1, 3, 8, 30, 64, 100]));
  const activation = pick([tanh, relu, sigmoid, softplus]);
  const task = pick(tasks);
  const donate = pick([true, true, false]);
  const clip = pick([true, false]);
  const batches = [pick([1, 2, 4, 7]), pick([16, 33, 64]), pick([8, 100, 128])];

  const layers = [...widths, outputs].map((width) => Dense(width));
  const init = (): Params => {
    let shape: readonly number[] = [1, inputs];
    return layers.map((layer, i) => {
      const params = layer.init(random.foldIn(key, i), shape);
      shape = layer.outputShape(shape);
      return params;
    });
  };
  const apply = (params: Params, x: Tensor): Tensor =>
    layers.reduce((value, layer, i) => layer.apply(params[i], i === 0 ? value : activation(value)), x);
  const loss: Loss = (params, x, y) => task.loss(apply(params, x), y);
  const lossAndGradients = valueAndGrad(loss);
  type State = ReturnType<typeof optimizer.init<Params>>;
  const step = (params: Params, state: State, x: Tensor, y: Tensor): [Tensor, Params, State] => {
    const [value, gradients] = lossAndGradients(params, x, y);
    const [next, nextState] = optimizer.update(
      params,
      clip ? clipByGlobalNorm(gradients, 1) : gradients,
      state,
    );
    return [value, next, nextState];
  };
  const compiled = jit(step, donate ? { donate: [0, 1] } : {});

  /**
   * Each causes an error at some point of a step. Training must continue as if nothing happened.
   */
  const mishaps: readonly ((params: Params, state: State, x: Tensor, y: Tensor) => void)[] = [
    (params, _state, x, y) =>
      expectError('a loss', Interruption, () =>
        valueAndGrad((p: Params) => {
          sum(loss(p, x, y));
          throw new Interruption();
        })(params),
      ),
    (params, _state, x, y) =>
      expectError('a compiled loss', Interruption, () =>
        jit((p: Params) => {
          lossAndGradients(p, x, y);
          throw new Interruption();
        })(params),
      ),
    (params, state, x, y) =>
      expectError('an input with too many columns', RangeError, () =>
        compiled(params, state, random.normal(key, [x.shape[0], inputs + 1]), y),
      ),
    (params, state, x) => {
      const wrong = task.wrongTargets?.(x.shape[0], outputs);
      if (wrong === undefined) return;
      expectError('a label out of range', RangeError, () => compiled(params, state, x, wrong));
    },
  ];

  let [params, twin] = [init(), init()];
  let [state, twinState] = [optimizer.init(params), optimizer.init(twin)];
  const held = pick([true, false]) && !donate ? { after: pick([2, 5, 9]) } : undefined;
  let old: [Params, Params] | undefined;
  const steps = pick([4, 10, 25]);
  let digest = FIRST_HASH;
  for (let i = 0; i < steps; i++) {
    const [inputKey, targetKey] = random.split(random.foldIn(key, 100 + i));
    const batch = pick(batches);
    const x = random.normal(inputKey, [batch, inputs]);
    const y = task.targets(targetKey, batch, outputs);
    if (pick([true, false, false, false, false])) pick(mishaps)(twin, twinState, x, y);
    const expected = step(params, state, x, y);
    const found = compiled(twin, twinState, x, y);
    // Some runs diverge. NaNs with different bits are equal.
    if (!Number.isFinite(expected[0].item())) {
      ensure(!Number.isFinite(found[0].item()), `only the eager loss is not finite at step ${i}`);
      return { digest, steps: i };
    }
    ensure(sameBits(expected[0], found[0]), `eager and compiled losses differ at step ${i}`);
    digest = hashLeaves(expected[0], digest);
    [, params, state] = expected;
    [, twin, twinState] = found;
    if (i === held?.after) old = [params, twin];
    if (pick([true, false, false]))
      ensure(
        sameBits(energy(params, x), era.energy(twin, x)),
        `a long-lived compiled function differs at step ${i}`,
      );
  }
  ensure(old === undefined || sameBits(...old), 'results of an earlier call changed before they were read');
  ensure(
    sameBits([params, state], [twin, twinState]),
    'eager and compiled parameters differ after the last step',
  );
  return { digest: hashLeaves([params, state], digest), steps };
};

/**
 * Trains a network. The seed determines everything about it.
 *
 * Throws a Violation if a check fails.
 */
export const runEpisode = (seed: number, era: Era): Result => {
  const [choices, key] = random.split(random.key(seed));
  const dice = random.uniform(choices, [256]).data;
  let next = 0;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(dice[next++ % dice.length] * list.length)];
  const plan = { pick, key, era };
  return pick([
    () => train(plan, sgd({ learningRate: 0.05 })),
    () => train(plan, sgd({ learningRate: 0.02, momentum: 0.9, nesterov: true })),
    () => train(plan, adam()),
    () => train(plan, adamw({ learningRate: 0.01 })),
  ])();
};
