import { describe, expect, test } from 'vitest';
import {
  add,
  cond,
  grad,
  greater,
  jit,
  mul,
  pad,
  random,
  reshape,
  scan,
  square,
  sum,
  take,
  tensor,
  type Tensor,
  valueAndGrad,
  whileLoop,
  zeros,
} from '../../src/index.ts';
import { makeGraph } from '../../src/jit/make-graph.ts';

describe('makeGraph', () => {
  test('returns the equations with ops, parameters and shapes, in order', () => {
    const graph = makeGraph((x: Tensor) => sum(square(x), { axis: 0 }))(zeros([2, 3]));
    expect(graph.equations).toMatchObject([
      { op: 'square', params: {}, inputs: [{ id: 0, shape: [2, 3] }], outputs: [{ id: 1, shape: [2, 3] }] },
      {
        op: 'sum',
        params: { axes: [0] },
        inputs: [{ id: 1, shape: [2, 3] }],
        outputs: [{ id: 2, shape: [3] }],
      },
    ]);
    expect([...graph]).toEqual(graph.equations);
    const isKey = false;
    expect(graph.inputs).toEqual([{ path: 'argument 0', value: { id: 0, shape: [2, 3] }, isKey }]);
    expect(graph.results).toEqual([{ path: 'result', value: graph.equations[1].outputs[0], isKey }]);
    expect(graph.results[0].value).toBe(graph.equations[1].outputs[0]);
  });

  test('names the leaves of trees, keys and typed arrays by their paths', () => {
    const graph = makeGraph((params: { w: Tensor; b: Tensor }, key: random.Key, labels: Uint8Array) => ({
      noise: random.uniform(key, [2]),
      picked: take(params.w, labels),
      same: params.b,
    }))({ w: zeros([4]), b: zeros([]) }, random.key(0), new Uint8Array([1, 3]));
    expect(graph.inputs.map(({ path, value }) => [path, value.shape])).toEqual([
      ['argument 0.b', []],
      ['argument 0.w', [4]],
      ['argument 1', [2]],
      ['argument 2', [2]],
    ]);
    expect(graph.results.map(({ path }) => path)).toEqual(['result.noise', 'result.picked', 'result.same']);
    expect(graph.results[2].value).toBe(graph.inputs[0].value);
    expect(graph.inputs.map(({ isKey }) => isKey)).toEqual([false, false, true, false]);
  });

  test('says what equations compute', () => {
    const graph = makeGraph((x: Tensor) => sum(reshape(x, [6]), { axis: 0 }))(zeros([2, 3]));
    const [view, loops] = graph.equations.map(({ computation }) => computation);
    expect(view).toEqual({ kind: 'view', offset: 0 });
    expect(loops).toMatchObject({ kind: 'loops', loops: [{ kind: 'reduce', sizes: [6], reducedAxes: 1 }] });
  });

  test('contains the functions that loops and branches run', () => {
    const step = (carry: Tensor, x: Tensor) => [mul(carry, x), square(carry)] as const;
    const graph = makeGraph((x: Tensor, start: Tensor) => [
      scan(step, start, x),
      cond(greater(start, 0), square, (v: Tensor) => mul(v, 2), start),
      whileLoop(
        (v: Tensor) => greater(v, 1),
        (v) => mul(v, start),
        start,
      ),
    ])(zeros([3]), tensor(2));
    const bodies = graph.equations.flatMap((equation) =>
      equation.bodies.length > 0
        ? [[equation.op, equation.bodies.map((body) => body.equations.map(({ op }) => op))]]
        : [],
    );
    expect(bodies).toEqual([
      ['scan', [['mul', 'square']]],
      ['cond', [['square'], ['mul']]],
      ['whileLoop', [['greater'], ['mul']]],
    ]);
    expect(String(graph)).toContain(
      '= scan %1 %0 {"carries":1,"reverse":false,"steps":3,"xs":1}\n  %0 [] = input 0\n',
    );
  });

  test('merges equal equations, drops unused ones, and contains derivatives and compiled functions', () => {
    const ops = (f: (x: Tensor) => unknown): string[] =>
      makeGraph(f)(tensor([1, 2, 3])).equations.map(({ op }) => op);
    expect(ops((x) => add(square(x), square(x)))).toEqual(['square', 'add']);
    expect(ops((x) => [square(x), mul(x, 2)][0])).toEqual(['square']);
    expect(ops(jit((x: Tensor) => square(x)))).toEqual(['square']);
    expect(ops(grad((x: Tensor) => sum(square(x))))).toContain('mul');
    const [, gradient] = makeGraph(valueAndGrad((x: Tensor) => sum(square(x))))(tensor([1, 2])).results;
    expect(gradient).toMatchObject({ path: 'result[1]', value: { shape: [2] } });
  });

  test('keeps operands that differ in bits alone apart', () => {
    const graph = makeGraph((x: Tensor) => [mul(x, 0), mul(x, -0), mul(x, NaN), pad(x, 1, -0)])(tensor([1]));
    expect(graph.constants.map(({ data }) => data[0])).toEqual([0, -0, NaN]);
    expect(graph.equations).toHaveLength(4);
  });

  test('is printed line by line', () => {
    const graph = makeGraph((x: Tensor) => sum(mul(x, 0.5), { axis: 1 }))(zeros([2, 3]));
    expect(String(graph).split('\n')).toEqual([
      '%0 [2, 3] = argument 0',
      '%1 [] = constant 0.5',
      '%2 [2, 3] = mul %0 %1',
      '%3 [2] = sum %2 {"axes":[1]}',
      'return %3 as result',
    ]);
  });

  test('reads no elements of arguments and changes none', () => {
    const x = tensor([1, 2]);
    const seen: boolean[] = [];
    makeGraph((y: Tensor) => {
      seen.push(y === x);
      return mul(y, 2);
    })(x);
    expect(seen).toEqual([false]);
    expect(x.toArray()).toEqual([1, 2]);
  });

  test('names itself in errors', () => {
    expect(() => makeGraph(3 as never)).toThrow('makeGraph: invalid f: expected a function, got 3');
    expect(() => makeGraph((x: unknown) => x)('a')).toThrow('makeGraph: invalid leaf: expected Tensors');
    expect(() => makeGraph(() => 'a')()).toThrow(
      'makeGraph: invalid leaf: expected Tensors or random keys, got "a"',
    );
    expect(() => makeGraph(() => Promise.resolve(1))()).toThrow(/^makeGraph: .* must not be async/);
    expect(() => makeGraph((x: Tensor) => x.item())(tensor(1))).toThrow(TypeError);
  });
});
