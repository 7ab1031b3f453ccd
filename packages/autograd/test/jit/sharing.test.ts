/** Tensors that share elements, across calls and donations. */
import { afterEach, describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import { type Tensor, debugNaNs, jit, ones, sum, tensor } from '../../src/index.ts';

afterEach(() => debugNaNs(false));

describe('elements that are shared', () => {
  test('by constants of several shapes are not taken for one another', () => {
    const v = tensor([1, 2, 3]);
    const f = (x: Tensor): Tensor => {
      const i = m.arange(3);
      return m.sub(
        x.mul(i).add(x.mul(m.expandDims(i, 1)).mul(10)),
        x.mul(m.reshape(v, [3, 1])).add(x.mul(v).mul(100)),
      );
    };
    expect(jit(f)(ones([3, 3])).toArray()).toEqual(f(ones([3, 3])).toArray());
  });
  test('by a donated result that is a result again keep their values', () => {
    const step = jit((s: { prev: Tensor; cur: Tensor }) => ({ prev: s.cur, cur: s.cur.mul(2) }), {
      donate: 0,
    });
    let state = { prev: m.full([300], 0), cur: m.full([300], 1) };
    for (let i = 0; i < 3; i++) state = step(state);
    expect([state.prev.data[0], state.cur.data[299]]).toEqual([4, 8]);
  });
  test('by a donated part of an input are not written over while they are needed', () => {
    const step = jit((x: Tensor, y: Tensor) => ({ half: m.slice(x, [512, 1024]), s: y.add(1), q: sum(x) }), {
      donate: 1,
    });
    const { half } = step(m.full([1024], 1), m.full([512], 0));
    expect(step(m.full([1024], 5), half).s.data[0]).toBe(2);
  });
  test('are not taken for there after they could not be read', () => {
    const pair = jit((x: Tensor) => [x, x.mul(1)]);
    const taken = jit((x: Tensor) => x.mul(3), { donate: 0 });
    const given = jit((x: Tensor) => x.add(1))(m.full([300], 6));
    const [gone] = pair(given);
    taken(given);
    const total = jit((x: Tensor) => sum(x));
    const lost =
      'jit: no elements: expected a tensor whose elements can be read, got one that was donated to a compiled function';
    expect(total(m.full([300], 1)).item()).toBe(300);
    for (let i = 0; i < 2; i++) expect(() => total(gone)).toThrow(lost);
    // `pair` still has these elements loaded from before the donation.
    expect(() => pair(gone)).toThrow(lost);
    const step = jit((w: Tensor, x: Tensor) => w.mul(2).add(sum(x)), { donate: 0 });
    const w = step(m.full([300], 1), m.full([300], 0));
    expect(() => step(w, gone)).toThrow(lost);
    step(m.full([300], 100), m.full([300], 0));
    expect(w.data[0]).toBe(2);
  });
  test('are right after any calls with any donation', () => {
    const SIZE = 300;
    let seed = 7;
    const below = (n: number): number => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * n);
    };
    const fresh = (): Float32Array => Float32Array.from({ length: SIZE }, (_, i) => (i + below(50)) % 17);
    const ops: readonly ((x: Tensor, y: Tensor) => Tensor)[] = [
      (x) => x,
      (x) => x.add(3),
      (x) => m.flip(x),
      (x, y) => x.add(y),
      (x, y) => m.slice(m.concatenate([x, y]), [100, 400]),
      (x, y) => x.sub(m.flip(y)).mul(0.5),
      (x) => m.reshape(m.transpose(m.reshape(x, [20, 15])), [SIZE]),
    ];
    for (let program = 0; program < 150; program++) {
      const count = 1 + below(4);
      const plan = Array.from({ length: count + below(2) }, () => [
        below(ops.length),
        below(count),
        below(count),
      ]);
      const f = (...xs: Tensor[]): Tensor[] => plan.map(([op, a, b]) => ops[op](xs[a], xs[b]));
      const donate = Array.from({ length: count }, (_, i) => i).filter(() => below(3) > 0);
      const compiled = jit(f, { donate });
      debugNaNs(below(2) === 0);
      const pool: { tensor: Tensor; values: Float32Array }[] = [];
      for (let call = 0; call < 5; call++) {
        const args: typeof pool = [];
        for (let i = 0; i < count; i++) {
          const candidates = pool.filter(({ tensor: t }) =>
            args.every((arg) => arg.tensor.source !== t.source),
          );
          const values = fresh();
          args.push(
            candidates.length > 0 && below(4) > 0
              ? candidates[below(candidates.length)]
              : { tensor: tensor(values), values },
          );
        }
        const expected = f(...args.map(({ values }) => tensor(values)));
        const found = compiled(...args.map((arg) => arg.tensor));
        const donated = donate.map((i) => args[i]);
        pool.splice(
          0,
          pool.length,
          ...[...pool, ...args].filter(
            (entry, i, all) => !donated.includes(entry) && all.indexOf(entry) === i,
          ),
        );
        found.forEach((t, i) => pool.push({ tensor: t, values: expected[i].data.slice() }));
      }
      for (const { tensor: t, values } of pool) {
        // A result that is an argument, and was donated later, has no elements.
        let data: Float32Array;
        try {
          ({ data } = t);
        } catch {
          continue;
        }
        expect([...data], `program ${program}`).toEqual([...values]);
      }
    }
  });
});
