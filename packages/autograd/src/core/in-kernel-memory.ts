/**
 * Several ops at once, with their results in the memory of the kernels.
 *
 * An eager op copies its operands in and its result out. A result that only the next op here reads
 * is not copied.
 */
import { Deferred } from '../base/deferred.ts';
import { sizeOf } from '../base/shape.ts';
import { emitLoop } from '../compiler/emit.ts';
import type { KernelLoop } from '../compiler/loops.ts';
import { call } from '../runtime/link.ts';
import { allocate, copyOut, memory, release } from '../runtime/memory.ts';
import { matmulScratch } from '../runtime/scratch.ts';
import { type Interpreter, eager, withInterpreter } from './interpreter.ts';
import { loopsOf } from './primitive.ts';
import { type Source, Tensor } from './tensor.ts';

/** Elements in the memory of the kernels, as long as the ops run. */
class Held extends Deferred {
  readonly address: number;
  readonly length: number;

  constructor(address: number, length: number) {
    super();
    this.address = address;
    this.length = length;
  }

  read(): Float32Array {
    return copyOut(this.address, this.length);
  }
}

/** Runs `f`, whose ops compute at once, and copies only its result out. Errors name `op`. */
export const inKernelMemory = (op: string, f: () => Tensor): Tensor => {
  const allocated: number[] = [];
  const inputs = new Map<Source, number>();
  const hold = (length: number): number => {
    const address = allocate(4 * length);
    allocated.push(address);
    return address;
  };
  const addressOf = (x: Tensor, name: string): number => {
    const { source } = x;
    if (source instanceof Held) return source.address;
    let address = inputs.get(source);
    if (address === undefined) {
      const values = x.read(name);
      inputs.set(source, (address = hold(values.length)));
      memory.f32.set(values, address >> 2);
    }
    return address;
  };
  const interpreter: Interpreter = (primitive, operands, attrs, lowered) => {
    const size = sizeOf(lowered.shape);
    const { name } = primitive;
    if (size === 0) return new Float32Array(0);
    if (lowered.kind === 'view') return new Held(addressOf(operands[0], name) + 4 * lowered.offset, size);
    const loops = loopsOf(
      lowered,
      operands.map(({ shape }) => shape),
    );
    const isForKernels = loops.every(
      (loop) => loop.kind !== 'direct' && (loop.kind !== 'reduce' || sizeOf(loop.sizes) > 0),
    );
    if (!isForKernels) return eager(primitive, operands, attrs, lowered);
    const addresses = operands.map((operand) => addressOf(operand, name));
    const out = hold(size);
    for (const loop of loops as readonly KernelLoop[])
      emitLoop(loop, addresses, out, loop.kind === 'matmul' ? matmulScratch() : 0, call);
    return new Held(out, size);
  };
  try {
    const result = withInterpreter(() => interpreter, f);
    return new Tensor(result.shape, result.read(op));
  } finally {
    allocated.forEach(release);
  }
};
