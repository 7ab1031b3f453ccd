/** Names, errors, and what the functions refuse. */
import { describe, expect, test } from 'vitest';
import {
  type Tensor,
  cond,
  grad,
  greater,
  jit,
  mean,
  mul,
  random,
  sin,
  sum,
  take,
  tensor,
  zeros,
} from '@mini/autograd';
import { toOnnx, toStableHLO } from '@mini/export';

/** The texts in an ONNX file. */
const textsIn = (file: Uint8Array): string => new TextDecoder('latin1').decode(file);

const both = [
  ['toStableHLO', toStableHLO],
  ['toOnnx', toOnnx],
] as const;

describe('names', () => {
  const argumentsOf = (text: string): string[] =>
    [...text.matchAll(/jax\.arg_info = "([^"]*)"/g)].map(([, name]) => name);
  const x = tensor([1, 2]);

  test('of arguments are the parameters of the function, and paths in trees', () => {
    const step = (params: { layers: { kernel: Tensor }[] }, images: Tensor) =>
      mul(params.layers[0].kernel, images);
    expect(argumentsOf(toStableHLO(step, { layers: [{ kernel: x }] }, x))).toEqual([
      'params.layers[0].kernel',
      'images',
    ]);
    expect(textsIn(toOnnx(step, { layers: [{ kernel: x }] }, x))).toContain('params.layers[0].kernel');
  });

  test('of functions in any notation', () => {
    const object = {
      step(a: Tensor, b: Tensor) {
        return mul(a, b);
      },
    };
    const named = (f: (...args: Tensor[]) => unknown): string[] => argumentsOf(toStableHLO(f, x, x));
    expect(named(object.step)).toEqual(['a', 'b']);
    expect(
      named(function step(a: Tensor, b: Tensor) {
        return mul(a, b);
      }),
    ).toEqual(['a', 'b']);
    expect(argumentsOf(toStableHLO((w: Tensor) => sum(w), x))).toEqual(['w']);
    expect(
      argumentsOf(
        toStableHLO(
          grad((w: Tensor) => sum(w)),
          x,
        ),
      ),
    ).toEqual(['argument0']);
    expect(
      argumentsOf(
        toStableHLO(
          jit((w: Tensor) => sum(w)),
          x,
        ),
      ),
    ).toEqual(['argument0']);
  });

  test('are numbers if a parameter is more than a name: none gets the name of another', () => {
    const numbered = ['argument0', 'argument1'];
    const named = (f: (...args: Tensor[]) => unknown): string[] => argumentsOf(toStableHLO(f, x, x));
    expect(named((a: Tensor, b: Tensor = tensor([1, 2])) => mul(a, b))).toEqual(numbered);
    expect(named((a: Tensor, ...rest: Tensor[]) => mul(a, rest[0]))).toEqual(numbered);
    expect(
      argumentsOf(
        toStableHLO(({ a, b }: Record<'a' | 'b', Tensor>, y: Tensor) => mul(mul(a, b), y), { a: x, b: x }, x),
      ),
    ).toEqual(['argument0.a', 'argument0.b', 'argument1']);
  });

  test('of the properties of a single object', () => {
    const step = ({ params, x: own }: { params: { w: Tensor }; x: Tensor }) => mul(params.w, own);
    expect(argumentsOf(toStableHLO(step, { params: { w: x }, x }))).toEqual(['params.w', 'x']);
  });

  test('with any characters', () => {
    const f = (params: Readonly<Record<string, Tensor>>) => mul(params['"\\ü\n'], 2);
    const text = toStableHLO(f, { '"\\ü\n': x });
    expect(text).toContain('params[\\22\\5C\\22\\5C\\5C\\C3\\BC\\5Cn\\22]');
    const file = new TextDecoder().decode(toOnnx(f, { '"\\ü\n': x }));
    expect(file).toContain('params["\\"\\\\ü\\n"]');
  });

  test('of arguments and results differ', () => {
    const file = textsIn(toOnnx((result: Tensor) => sin(result), x));
    expect(file).toContain('result_2');
  });
});

test('toOnnx refuses loops that its readers do not take', () => {
  const nested = (depth: number, x: Tensor): Tensor =>
    depth === 0
      ? mul(x, 2)
      : cond(
          greater(sum(x), depth),
          (v) => nested(depth - 1, v),
          (v) => v,
          x,
        );
  expect(toOnnx((x: Tensor) => nested(31, x), tensor([1, 2])).length).toBeGreaterThan(0);
  expect(() => toOnnx((x: Tensor) => nested(32, x), tensor([1, 2]))).toThrow(
    'toOnnx: loops and branches are nested too deeply: expected at most 31 levels, got more',
  );
});

describe.each(both)('%s', (name, exporter) => {
  test('refuses what is no function or no tree of tensors', () => {
    expect(() => exporter(3 as never)).toThrow(`${name}: invalid f: expected a function, got 3`);
    expect(() => exporter((x: string) => x, 'a')).toThrow(`${name}: invalid leaf`);
    expect(() => exporter(() => 'a')).toThrow(`${name}: invalid leaf`);
    expect(() => exporter(async () => zeros([1]))).toThrow(new RegExp(`^${name}: .* must not be async`));
  });

  test('refuses functions that read elements, and says what to do', () => {
    expect(() => exporter((x: Tensor) => (x.item() > 0 ? x : mul(x, 2)), tensor(1))).toThrow(
      new RegExp(`^${name}: a value that is not known .*use where\\(\\)`),
    );
    expect(() => exporter((key: random.Key) => tensor([...random.bits(key)]), random.key(0))).toThrow(
      'random.bits: a value that is not known while the function is compiled',
    );
  });

  test('refuses functions without results', () => {
    expect(() => exporter((x: Tensor) => void mul(x, 2), zeros([1]))).toThrow(
      `${name}: no results: expected a function that returns tensors, got one that returns none`,
    );
  });

  test('keeps the errors of ops, and of the function', () => {
    expect(() => exporter((x: Tensor, y: Tensor) => mul(x, y), zeros([2]), zeros([3]))).toThrow(/^mul: /);
    expect(() =>
      exporter(() => {
        throw new Error('mine');
      }),
    ).toThrow(new Error('mine'));
  });

  test('refuses empty tensors, which engines refuse or drop', () => {
    expect(() => exporter((x: Tensor) => mul(x, 2), zeros([0, 3]))).toThrow(
      `${name}: empty tensor: expected at least one element, got shape [0, 3] at argument 0`,
    );
    expect(() => exporter((x: Tensor) => [x, zeros([0])], zeros([1]))).toThrow('at result[1]');
  });

  test('changes nothing, and works after an error', () => {
    const x = tensor([1, 2]);
    const f = (v: Tensor) => mean(mul(v, v));
    const before = exporter(f, x);
    expect(() => exporter((v: Tensor) => take(v, [5]).item(), x)).toThrow(
      `${name}: a value that is not known`,
    );
    expect(exporter(f, x)).toEqual(before);
    expect(x.toArray()).toEqual([1, 2]);
    expect(f(x).item()).toBe(2.5);
  });

  test('exports functions without arguments, and of scalars', () => {
    const textOf = (exported: string | Uint8Array): string =>
      typeof exported === 'string' ? exported : textsIn(exported);
    const constant = textOf(exporter(() => tensor([1, 2])));
    // 1 and 2 as bytes: in hexadecimal digits, or as they are.
    const elements = ['0000803F00000040', '\0\0\x80?\0\0\0@'];
    expect(elements.some((bytes) => constant.includes(bytes))).toBe(true);
    expect(textOf(exporter((own: Tensor) => own, tensor(3)))).toMatch(/own[^]*(return %arg0|result)/);
  });
});
