/** Products with Jacobians and Hessians, and these themselves. */
import { describe, expect, test } from 'vitest';
import {
  type Tensor,
  add,
  exp,
  grad,
  hessian,
  hvp,
  jacobian,
  jit,
  jvp,
  matmul,
  mul,
  sin,
  slice,
  sum,
  tensor,
  tree,
  vdot,
  vjp,
  zeros,
} from '../../src/index.ts';

const square = (x: Tensor): Tensor => x.mul(x);

describe('vjp, jvp, jacobian, hessian and hvp', () => {
  const f = (x: Tensor): Tensor => mul(sin(x), exp(x));
  const x = tensor([0.3, -1.2]);
  test('vjp pulls back more than once', () => {
    const [value, pullback] = vjp((a: Tensor, b: Tensor) => a.mul(b), tensor([1, 2]), tensor([3, 4]));
    expect(value.toArray()).toEqual([3, 8]);
    expect(pullback(tensor([1, 0])).map((t) => t.toArray())).toEqual([
      [3, 0],
      [1, 0],
    ]);
    expect(pullback(tensor([0, 1])).map((t) => t.toArray())).toEqual([
      [0, 4],
      [0, 2],
    ]);
  });
  test('jvp is the derivative along a direction', () => {
    const [value, slope] = jvp(square, [tensor([1, 2])], [tensor([1, 10])]);
    expect([value.toArray(), slope.toArray()]).toEqual([
      [1, 4],
      [2, 40],
    ]);
    expect(slope.record).toBeUndefined();
  });
  test('jacobian holds the derivative of every output by every input', () => {
    expect(
      jacobian((v: Tensor) =>
        matmul(
          tensor([
            [1, 2],
            [3, 4],
            [5, 6],
          ]),
          v,
        ),
      )(x).toArray(),
    ).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(jacobian((v: Tensor) => v)(zeros([0])).shape).toEqual([0, 0]);
  });
  test('hvp is the hessian times the vector', () => {
    const g = (v: Tensor): Tensor => sum(f(v)).mul(sum(v));
    const v = tensor([2, -1]);
    const expected = matmul(hessian(g)(x), v).data;
    hvp(g, x, v).data.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 4));
  });
  test('a pullback inside of a derivative is differentiated', () => {
    const h = (v: Tensor): Tensor => {
      const [, pullback] = vjp(square, v);
      return sum(pullback(tensor([1, 1]))[0]);
    };
    expect(grad(h)(x).toArray()).toEqual([2, 2]);
  });
});

describe('derivatives of trees', () => {
  interface Params {
    a: Tensor;
    b: Tensor;
  }
  const params: Params = { a: tensor([1, 2]), b: tensor(3) };
  const direction: Params = { a: tensor([1, -2]), b: tensor(0.5) };
  const cost = ({ a, b }: Params): Tensor => sum(mul(square(a), exp(mul(b, 0.1)))).mul(b);
  const plain = (t: unknown): unknown => tree.map((leaf: Tensor) => leaf.toArray(), t as Tensor);

  test('vjp takes cotangents of the form of the result', () => {
    const f = ({ a, b }: Params): [Tensor, { twice: Tensor }] => [a.mul(b), { twice: b.mul(2) }];
    const [value, pullback] = vjp(f, params);
    expect(plain(value)).toEqual([[3, 6], { twice: 6 }]);
    const [ct] = pullback([tensor([1, 10]), { twice: tensor(100) }]);
    expect(plain(ct)).toEqual({ a: [3, 30], b: 221 });
    expect(value[0].record).toBeUndefined();
    expect(() => pullback([tensor([1]), { twice: tensor(1) }])).toThrow(
      "vjp: invalid cotangent at [0]: expected the result's shape [2], got [1]",
    );
    expect(() => pullback([tensor([1, 1])] as never)).toThrow('vjp: trees differ: expected [1]');
    expect(() => vjp((x: Tensor) => [x, 3], tensor(1))).toThrow(
      'vjp: invalid leaf: expected Tensors, got 3 at the result[1]; wrap it with tensor()',
    );
  });
  test('jvp of a gradient is a product with the Hessian', () => {
    const [gradient, product] = jvp(grad(cost), [params], [direction]);
    expect(plain(gradient)).toEqual(plain(grad(cost)(params)));
    expect(plain(product)).toEqual(plain(hvp(cost, params, direction)));
    const h = hessian(cost)(params);
    const expected = {
      a: add(matmul(h.a.a, direction.a), mul(h.a.b, direction.b)),
      b: add(vdot(h.b.a, direction.a), mul(h.b.b, direction.b)),
    };
    tree.map(
      (actual, right) => actual.data.forEach((value, i) => expect(value / right.data[i]).toBeCloseTo(1, 5)),
      product,
      expected,
    );
    expect(plain(jit((p: Params) => hessian(cost)(p))(params))).toEqual(plain(h));
  });
  test('a jacobian has a tree for each leaf of the result', () => {
    const f = ({ a, b }: Params, factor: Tensor): { sum: Tensor; rows: [Tensor] } => ({
      sum: sum(a).mul(factor),
      rows: [mul(a, b)],
    });
    const slopes = jacobian(f)(params, tensor(2));
    expect(plain(slopes)).toEqual({
      sum: { a: [2, 2], b: 0 },
      rows: [
        {
          a: [
            [3, 0],
            [0, 3],
          ],
          b: [1, 2],
        },
      ],
    });
    const empty = jacobian((p: Params) => slice(p.a, [0, 0]))(params);
    expect([empty.a.shape, empty.b.shape]).toEqual([[0, 2], [0]]);
  });
  test('further arguments are constant', () => {
    const loss = (w: Tensor, x: Tensor, y: Tensor): Tensor => sum(square(matmul(x, w).sub(y)));
    const inputs = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(hessian(loss)(tensor([1, 2]), inputs, tensor([1, 1])).toArray()).toEqual([
      [20, 28],
      [28, 40],
    ]);
  });
  test('missing arguments are named', () => {
    expect(() => hvp(cost, undefined as never, undefined as never)).toThrow(
      'hvp: missing argument: expected hvp(f, x, v), got no x',
    );
  });
});

describe('jacobian and hessian of chosen arguments', () => {
  const f = (x: Tensor, scale: number, { w }: { w: Tensor }): Tensor => x.mul(x).mul(w).mul(scale);
  const [x, w] = [tensor([1, 2]), tensor([3, 5])];
  test('take an index', () => {
    const byX: Tensor = jacobian(f, { argnums: 0 })(x, 2, { w });
    expect(byX.toArray()).toEqual([
      [12, 0],
      [0, 40],
    ]);
    const byW: { w: Tensor } = jacobian(f, { argnums: 2 })(x, 2, { w });
    expect(byW.w.toArray()).toEqual([
      [2, 0],
      [0, 8],
    ]);
  });
  test('take a list of indices', () => {
    const both: [{ w: Tensor }, Tensor] = jacobian(f, { argnums: [2, 0] })(x, 2, { w });
    expect(both[0]).toEqual(jacobian(f, { argnums: 2 })(x, 2, { w }));
    expect(both[1]).toEqual(jacobian(f)(x, 2, { w }));
    const cost = (a: Tensor, b: Tensor): Tensor => sum(a.mul(a).mul(b));
    const blocks = hessian(cost, { argnums: [0, 1] })(x, w);
    const found: (unknown[] | number)[][] = blocks.map((row) => row.map((block) => block.toArray()));
    const cross = [
      [2, 0],
      [0, 4],
    ];
    expect(found).toEqual([
      [
        [
          [6, 0],
          [0, 10],
        ],
        cross,
      ],
      [
        cross,
        [
          [0, 0],
          [0, 0],
        ],
      ],
    ]);
    expect(jit(hessian(cost, { argnums: [0, 1] }))(x, w)).toEqual(blocks);
    expect(hessian(cost, { argnums: 1 })(x, w).toArray()).toEqual(found[1][1]);
  });
  test('keep no list of the caller, and have types without indices', () => {
    const cost = (a: Tensor, b: Tensor): Tensor => sum(a.mul(a).mul(b));
    const indices = [0, 1];
    const compute = hessian(cost, { argnums: indices });
    indices[1] = 0;
    expect(compute(x, w)).toHaveLength(2);
    const plain: Tensor = jacobian((a: Tensor) => a, {})(x);
    const second: Tensor = hessian((a: Tensor) => sum(a), {})(x);
    expect([plain.shape, second.shape]).toEqual([
      [2, 2],
      [2, 2],
    ]);
  });
  test('of a tree have the chosen arguments in place of each leaf', () => {
    const g = (a: Tensor, b: Tensor): { product: Tensor; sum: Tensor } => ({
      product: a.mul(b),
      sum: a.add(b),
    });
    const { product, sum: total } = jacobian(g, { argnums: [0, 1] })(tensor(2), tensor(3));
    expect([...product, ...total].map((slope) => slope.item())).toEqual([3, 2, 1, 1]);
  });
  test.each([
    [
      () => jacobian(f, { argnums: 3 })(x, 2, { w }),
      'jacobian: missing argument: expected argument 3, got 3 in all',
    ],
    [
      () => jacobian(f, { argnums: [0, 0] }),
      'jacobian: invalid argnums: expected each argument once, got [0, 0]',
    ],
    [
      () => hessian(f as never, { argnums: -1 }),
      'hessian: invalid argnums: expected an integer from 0 to 65536, got -1',
    ],
    [
      () => hessian(f as never, { argNums: 1 } as never),
      'hessian: unknown option: expected argnums, got "argNums"',
    ],
  ])('refuse bad indices: %s', (call, message) => {
    expect(call).toThrow(message);
  });
});
