/** Donated arguments: overwritten, guarded, and kept when a call throws. */
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import { type Tensor, grad, jit, mul, sum, tensor, zeros } from '../../src/index.ts';

describe('donated arguments', () => {
  const step = jit(
    function step({ w }: { w: Tensor }, x: Tensor) {
      return { w: w.sub(mul(x, 0.5)) };
    },
    { donate: 0 },
  );
  test('cannot be used again, and the error names them', () => {
    const w = m.ones([1000]);
    const next = step({ w }, m.ones([1000]));
    expect(next.w.data[7]).toBe(0.5);
    const message =
      'jit: argument 0.w was donated to step: its memory was used for the results: use those, copy it before by tensor(x.data, x.shape), or do not donate it';
    for (const use of [() => w.data, () => w.add(1), () => step({ w }, w), () => JSON.stringify(w)])
      expect(use).toThrow(TypeError);
    expect(() => w.add(1)).toThrow(message);
    expect(next.w.data[7]).toBe(0.5);
  });
  test('are not lost when another copy of them is kept outside', () => {
    const w = m.ones([1000]);
    const kept = w.add(0);
    let params = { w };
    const history: number[] = [];
    for (let i = 0; i < 4; i++) {
      params = step(params, kept);
      history.push(params.w.data[0]);
    }
    expect(history).toEqual([0.5, 0, -0.5, -1]);
    expect(kept.data[0]).toBe(1);
  });
  test('must not be given twice', () => {
    const w = m.ones([1000]);
    expect(() => step({ w }, w)).toThrow(
      'jit: invalid donation: expected a tensor that occurs once, got argument 0.w, which is also argument 1',
    );
    expect(w.data[0]).toBe(1);
  });
  test('may change places', () => {
    const swap = jit((a: Tensor, b: Tensor) => [b.add(1), a.add(10)], { donate: [0, 1] });
    let pair = [zeros([500]), m.full([500], 100)];
    for (let i = 0; i < 3; i++) pair = swap(pair[1], pair[0]);
    let expected = [0, 100];
    for (let i = 0; i < 3; i++) expected = [expected[0] + 1, expected[1] + 10];
    expect(pair.map((x) => x.data[499])).toEqual(expected);
  });
  test('are kept when a label is out of range, also those that the last call left in place', () => {
    const train = jit(
      (w: Tensor, labels: Tensor) => {
        const g = grad((v: Tensor) => sum(mul(v, m.oneHot(labels, 300))))(w);
        return w.sub(g);
      },
      { donate: 0 },
    );
    let w = m.ones([2, 300]);
    for (let i = 0; i < 3; i++) w = train(w, tensor([i, 299]));
    for (const wrong of [300, -1, 0.5]) {
      expect(() => train(w, tensor([1, wrong]))).toThrow(
        `oneHot: index ${wrong === 0.5 ? 'is not an integer' : 'out of range'}: expected an integer from 0 to 299 for an axis of size 300, got ${wrong} at position 1`,
      );
    }
    const next = train(w.add(0), tensor([0, 0]));
    expect([w.data[0], w.data[599], next.data[0]]).toEqual([0, -2, -1]);
    expect(train(w, tensor([5, 5])).data[5]).toBe(0);
  });
  test('are kept when an index is out of range, which is found after something was written', () => {
    const step = jit(
      (w: Tensor, table: Tensor, places: Tensor) => m.flip(w).add(sum(m.square(m.take(table, places)))),
      { donate: 0 },
    );
    const places = new Float32Array(1000);
    const table = m.full([10], 7);
    const w = step(m.arange(1000), table, tensor(places));
    places[999] = 99;
    expect(() => step(w, table, tensor(places))).toThrow(
      'take: index out of range: expected an integer from -10 to 9 for an axis of size 10, got 99 at position 999',
    );
    expect([w.data[0], w.data[999]]).toEqual([49_999, 49_000]);
  });
  test('are overwritten after the last check, and kept when it fails', () => {
    const step = jit((w: Tensor, places: Tensor) => w.sub(sum(m.take(w, m.floor(places.mul(0.5))))), {
      donate: 0,
    });
    let w = m.ones([1000]);
    for (let i = 0; i < 3; i++) w = step(w, tensor([2, 4]));
    expect(w.data[999]).toBe(-1);
    w = step(w, tensor([0, 0]));
    expect(() => step(w, tensor([0, 3000]))).toThrow('got 1500 at position 1');
    expect([w.data[0], w.data[999]]).toEqual([1, 1]);
    // In place: the result is where the argument is.
    const [, input] = /%0 @(\d+) = input 0/.exec(String(step)) ?? [];
    expect(String(step)).toContain(`@${input} = sub`);
  });
  test('are kept when the call fails', () => {
    const pick = jit((w: Tensor, places: Tensor) => [m.take(w, places), w.add(1)], { donate: 0 });
    const w = m.ones([1000]);
    expect(() => pick(w, tensor([1000]))).toThrow(
      'take: index out of range: expected an integer from -1000 to 999 for an axis of size 1000, got 1000 at position 0',
    );
    expect(w.data[0]).toBe(1);
    expect(pick(w, tensor([999]))[1].data[0]).toBe(2);
  });
});
