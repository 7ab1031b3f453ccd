/** StableHLO text, run by an interpreter: every op and its gradient, and whole programs. */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Tensor, grad, mean, random, tensor, zeros } from '@mini/autograd';
import { toStableHLO } from '../src/index.ts';
import { errorsOf, leavesOf, programs } from './programs.ts';
import { interpret } from './stablehlo/interpret.ts';

const all = programs();

describe('exported as StableHLO', () => {
  test.each(all.map((program) => [program.name, program] as const))('%s', (_name, program) => {
    const { f, args, tolerance } = program;
    const results = interpret(
      toStableHLO(f, ...args),
      leavesOf(args).map(({ data }) => data),
    );
    for (const error of errorsOf(
      program,
      results.map(({ data }) => data),
    ))
      expect(error).toBeLessThanOrEqual(tolerance);
  });
});

const shared = fileURLToPath(new URL('../../../../shared/stablehlo/', import.meta.url));
const hasShared = existsSync(shared);
if (!hasShared) console.log('skipped: texts of JAX, since ../shared/stablehlo is absent');

interface JaxArray {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: readonly number[];
}
interface JaxText {
  readonly name: string;
  readonly text: string;
  readonly args: readonly JaxArray[];
  readonly out: readonly JaxArray[] | JaxArray;
}

/** Texts with operations that the exporter does not use. */
const OTHER_OPERATIONS = /convolution|reduce_window|select_and_scatter|chlo/;

describe.runIf(hasShared)('the interpreter of the tests', () => {
  const texts = hasShared
    ? (JSON.parse(gunzipSync(readFileSync(`${shared}jax-texts.json.gz`)).toString()) as JaxText[])
    : [];
  const known = texts.filter(({ text }) => !OTHER_OPERATIONS.test(text));
  test('knows most texts of JAX', () => expect(known.length).toBeGreaterThanOrEqual(14));
  test.each(known.map((text) => [text.name, text] as const))(
    'computes what JAX computed: %s',
    (_name, { text, args, out }) => {
      const results = interpret(
        text,
        args.map(({ data }) => [data].flat(9)),
      );
      [out].flat().forEach((expected, k) => {
        const elements = [expected.data].flat(9);
        expect(results[k].data.length).toBe(elements.length);
        elements.forEach((value, i) => {
          const found = results[k].data[i];
          if (!Object.is(found, value))
            expect(Math.abs(found - value)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(value)));
        });
      });
    },
  );

  test('trains as JAX trains with the same text', () => {
    const step = readFileSync(`${shared}mnist-step.mlir`, 'utf8');
    const normal = (seed: number, ...shape: number[]): Float32Array =>
      random.normal(random.key(seed), shape).data;
    const weights = (seed: number, ...shape: number[]): Float32Array =>
      random.normal(random.key(seed), shape).mul(0.05).data;
    let params: ArrayLike<number>[] = [
      weights(3, 784, 256),
      zeros([256]).data,
      weights(4, 256, 10),
      zeros([10]).data,
    ];
    const labels = random.randint(random.key(2), [64], 0, 10).data;
    for (const expected of [2.5297852, 1.7160091]) {
      const [loss, ...next] = interpret(step, [...params, normal(1, 64, 784), labels]);
      expect(loss.data[0]).toBeCloseTo(expected, 6);
      params = next.map(({ data }) => data);
    }
  }, 120_000);
});

describe('the text', () => {
  test('names arguments and results by their paths', () => {
    const text = toStableHLO(
      (params: { hidden: { kernel: Tensor } }, x: Tensor) => ({ loss: mean(params.hidden.kernel.mul(x)), x }),
      { hidden: { kernel: zeros([2, 3]) } },
      zeros([3]),
    );
    expect(text).toContain('%arg0: tensor<2x3xf32> {jax.arg_info = "params.hidden.kernel"}');
    expect(text).toContain('%arg1: tensor<3xf32> {jax.arg_info = "x"}');
    expect(text).toContain('tensor<f32> {jax.result_info = "result.loss"}');
  });

  test('is the same each time', () => {
    const f = grad((x: Tensor) => mean(x.mul(x)));
    expect(toStableHLO(f, tensor([1, 2]))).toBe(toStableHLO(f, tensor([3, 4])));
  });
});
