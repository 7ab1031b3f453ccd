/** Kernels whose loops carry something from one element to the next, so that they fit neither a map nor a reduction. */
import {
  type Code,
  doWhile,
  f32,
  f64,
  FunctionBuilder,
  i32,
  type Local,
  ValueType,
  when,
} from '../wasm/assembler.ts';

export interface CustomKernel {
  /** The module's bytes; its function takes the addresses of out and of the inputs, then the loop's sizes. */
  assemble(): Uint8Array<ArrayBuffer>;
  /** The same in double precision; absent where the kernel is exact and serves as its own reference. */
  readonly reference?: (
    out: Float64Array,
    inputs: readonly ArrayLike<number>[],
    sizes: readonly number[],
  ) => void;
}

const parameters = (f: FunctionBuilder, count: number): Local[] =>
  Array.from({ length: count }, () => f.parameter());
const int = (f: FunctionBuilder): Local => f.local(ValueType.i32);

/** Runs `body` with `counter` = 0 … count - 1; count must be at least 1. */
const times = (counter: Local, count: Local, body: Code): Code => [
  counter.set(i32.const(0)),
  doWhile([body, counter.set(i32.add(counter.get, i32.const(1)))], i32.less(counter.get, count.get)),
];

/** The address of element [o, j, i] of an array [outer, size, inner]. */
const element = (base: Local, o: Local, size: Local, j: Code, inner: Local, i: Local): Code =>
  i32.add(
    base.get,
    i32.shiftLeft(i32.add(i32.mul(i32.add(i32.mul(o.get, size.get), j), inner.get), i.get), i32.const(2)),
  );

/** Running sums along the middle axis of [outer, size, inner], backwards if `reverse`; accumulated in double precision. */
export const cumulativeSum: CustomKernel = {
  assemble: () => {
    const f = new FunctionBuilder();
    const [out, x, outer, size, inner, reverse] = parameters(f, 6) as [
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
    ];
    const [o, j, i, place] = [int(f), int(f), int(f), int(f)];
    const sum = f.local(ValueType.f64);
    return f.module(
      times(
        o,
        outer,
        times(i, inner, [
          sum.set(f64.const(0)),
          times(j, size, [
            place.set(j.get),
            when(reverse.get, place.set(i32.sub(i32.sub(size.get, i32.const(1)), j.get))),
            sum.set(f64.add(sum.get, f64.promoteF32(f32.load(element(x, o, size, place.get, inner, i))))),
            f32.store(element(out, o, size, place.get, inner, i), f32.demoteF64(sum.get)),
          ]),
        ]),
      ),
    );
  },
  reference: (out, [x], [outer, size, inner, reverse]) => {
    const values = x;
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        let sum = 0;
        for (let j = 0; j < size; j++) {
          const place = reverse === 1 ? size - 1 - j : j;
          const index = (o * size + place) * inner + i;
          sum += values[index];
          out[index] = sum;
        }
      }
    }
  },
};

/** The place of the largest (smallest) element along the middle axis of [outer, size, inner]; the first of equals, NaN first. */
const argExtremum = (
  better: (x: Code, best: Code) => Code,
  isBetter: (x: number, best: number) => boolean,
): CustomKernel => ({
  assemble: () => {
    const f = new FunctionBuilder();
    const [out, x, outer, size, inner] = parameters(f, 5) as [Local, Local, Local, Local, Local];
    const [o, j, i, place] = [int(f), int(f), int(f), int(f)];
    const [best, value, one] = [f.local(ValueType.f32), f.local(ValueType.f32), int(f)];
    const isNaN = (v: Local): Code => f32.notEqual(v.get, v.get);
    return f.module([
      one.set(i32.const(1)),
      times(
        o,
        outer,
        times(i, inner, [
          times(j, size, [
            value.set(f32.load(element(x, o, size, j.get, inner, i))),
            when(
              i32.or(
                i32.isZero(j.get),
                i32.or(better(value.get, best.get), i32.and(isNaN(value), f32.equal(best.get, best.get))),
              ),
              [best.set(value.get), place.set(j.get)],
            ),
          ]),
          f32.store(element(out, o, one, i32.const(0), inner, i), f32.convertI32(place.get)),
        ]),
      ),
    ]);
  },
  reference: (out, [x], [outer, size, inner]) => {
    const values = x;
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        let place = 0;
        let best = NaN;
        for (let j = 0; j < size; j++) {
          const value = values[(o * size + j) * inner + i];
          if (j === 0 || isBetter(value, best) || (Number.isNaN(value) && !Number.isNaN(best))) {
            best = value;
            place = j;
          }
        }
        out[o * inner + i] = place;
      }
    }
  },
});

export const argmaxKernel: CustomKernel = argExtremum(f32.greater, (x, best) => x > best);
export const argminKernel: CustomKernel = argExtremum(f32.less, (x, best) => x < best);

/**
 * out [outer, axisSize, inner] = 0, then out[o, index, i] += x[o, j, i] for x [outer, count, inner]: the adjoint of gathering. The
 * indices lie at (o·count + j)·inner + i if `perElement`, else at j; they were checked when they gathered.
 */
export const scatterAddKernel: CustomKernel = {
  assemble: () => {
    const f = new FunctionBuilder();
    const [out, x, indices, outer, axisSize, inner, count, perElement] = parameters(f, 8) as [
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
    ];
    const [o, j, i, index, target, end] = [int(f), int(f), int(f), int(f), int(f), int(f)];
    const zero = int(f);
    return f.module([
      target.set(out.get),
      end.set(
        i32.add(out.get, i32.shiftLeft(i32.mul(i32.mul(outer.get, axisSize.get), inner.get), i32.const(2))),
      ),
      doWhile(
        [f32.store(target.get, f32.const(0)), target.set(i32.add(target.get, i32.const(4)))],
        i32.lessUnsigned(target.get, end.get),
      ),
      zero.set(i32.const(0)),
      times(
        o,
        outer,
        times(
          j,
          count,
          times(i, inner, [
            when(
              perElement.get,
              index.set(i32.truncateF32(f32.load(element(indices, o, count, j.get, inner, i)))),
              index.set(i32.truncateF32(f32.load(i32.add(indices.get, i32.shiftLeft(j.get, i32.const(2)))))),
            ),
            when(i32.less(index.get, i32.const(0)), index.set(i32.add(index.get, axisSize.get))),
            target.set(element(out, o, axisSize, index.get, inner, i)),
            f32.store(
              target.get,
              f32.add(f32.load(target.get), f32.load(element(x, o, count, j.get, inner, i))),
            ),
          ]),
        ),
      ),
    ]);
  },
  reference: (out, [x, indices], sizes) => {
    const [outer, axisSize, inner, count, perElement] = sizes as [number, number, number, number, number];
    for (let o = 0; o < outer; o++) {
      for (let j = 0; j < count; j++) {
        for (let i = 0; i < inner; i++) {
          const source = (o * count + j) * inner + i;
          const given = indices[perElement === 1 ? source : j];
          const index = given < 0 ? given + axisSize : given;
          const target = (o * axisSize + index) * inner + i;
          out[target] = out[target] + x[source];
        }
      }
    }
  },
};
