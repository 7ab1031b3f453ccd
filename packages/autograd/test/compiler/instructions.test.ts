/** The instructions of programs: which kernels they call, with which addresses. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CompiledProgram, compile } from '../../src/compiler/compile.ts';
import { emitProduct } from '../../src/compiler/emit.ts';
import { Graph, type Node } from '../../src/compiler/graph.ts';
import type { HostCall, Instruction, KernelCall, Repeat } from '../../src/compiler/instructions.ts';
import type { MatmulLoop } from '../../src/compiler/loops.ts';
import type { Kernel } from '../../src/kernels/kernel.ts';
import { MATMUL_SCRATCH } from '../../src/kernels/matmul.ts';
import { link } from '../../src/runtime/link.ts';
import * as g from './graphs.ts';

/** The program of the results that `build` makes of inputs of the given shapes. */
const compiled = (
  shapes: readonly (readonly number[])[],
  build: (graph: Graph, ...inputs: readonly Node[]) => Node,
): CompiledProgram & { readonly out: number; readonly operands: readonly number[] } => {
  const graph = new Graph();
  const inputs = shapes.map((shape, position) => graph.input(position, shape));
  const output = build(graph, ...inputs);
  const program = compile(inputs, [output]);
  return {
    ...program,
    out: program.plan.offsets.get(output) ?? NaN,
    operands: inputs.map((input) => program.plan.offsets.get(input) ?? NaN),
  };
};

const kernelCall = (instruction: Instruction): KernelCall => {
  if (instruction.kind !== 'kernel') throw new Error(`expected a kernel call, got ${instruction.kind}`);
  return instruction;
};

/** All kernel calls, those of repetitions with the arguments that they have each time. */
const callsOf = (instructions: readonly Instruction[]): KernelCall[] =>
  instructions.flatMap((instruction) => {
    if (instruction.kind === 'host') return [];
    if (instruction.kind === 'kernel') return [instruction];
    const { body, count, steps } = instruction;
    return Array.from({ length: count }).flatMap((_, i) =>
      body.map((call, j) => ({ ...call, args: call.args.map((arg, k) => arg + i * steps[j][k]) })),
    );
  });

describe('a map or a reduction is one call of a kernel', () => {
  test('with the addresses of the result and of the operands first', () => {
    const { instructions, out, operands } = compiled([[40], [40]], (graph, a, b) =>
      g.neg(graph, g.add(graph, b, a)),
    );
    expect(instructions).toHaveLength(1);
    const { kernel, args } = kernelCall(instructions[0]);
    expect([kernel.name, kernel.pointers]).toEqual(['map vvv', ['arena', 'arena', 'arena']]);
    expect(args).toEqual([out, operands[1], operands[0], 40]);
  });
  test('named after how operands move along the innermost axis', () => {
    const { instructions, out, operands } = compiled(
      [
        [3, 5],
        [3, 1],
        [5, 3],
      ],
      (graph, a, b, c) => g.add(graph, g.mul(graph, a, b), g.transpose(graph, c)),
    );
    const { kernel, args } = kernelCall(instructions[0]);
    expect([kernel.name, kernel.pointers.length]).toEqual(['map vvsg', 4]);
    // Five elements, of which those of c are 12 bytes apart; three rows.
    expect(args).toEqual([out, ...operands, 5, 12, 3, 20, 20, 4, 4]);
  });
  test('with the axes merged that all operands walk as one', () => {
    const { instructions } = compiled([[3, 4, 5]], (graph, x) => g.neg(graph, x));
    expect(kernelCall(instructions[0]).args.slice(2)).toEqual([60]);
  });
  test('for sums, whose result does not move along that axis', () => {
    const { instructions, out, operands } = compiled([[3, 5]], (graph, x) => g.sum(graph, x, 1));
    const { kernel, args } = kernelCall(instructions[0]);
    expect([kernel.name, kernel.pointers]).toEqual(['sum sv', ['arena', 'arena']]);
    expect(args).toEqual([out, ...operands, 5, 3, 4, 20]);
  });
  test('that starts within an operand if it reads a view of it', () => {
    const { instructions, operands } = compiled([[4, 6]], (graph, x) =>
      g.neg(graph, g.view(graph, x, 6, [6])),
    );
    expect(kernelCall(instructions[0]).args[1]).toBe(operands[0] + 24);
  });
  test('and none if there are no elements', () => {
    expect(compiled([[0, 3]], (graph, x) => g.neg(graph, x)).instructions).toEqual([]);
  });
  test('of the same kernel for maps of the same form', () => {
    const kernels = [7, 9].map((size) => {
      const { instructions } = compiled([[size]], (graph, x) => g.neg(graph, g.tanh(graph, x)));
      return kernelCall(instructions[0]).kernel;
    });
    expect(kernels[0]).toBe(kernels[1]);
  });
});

test('a function of the whole array is a host call with its ranges, in elements', () => {
  const { instructions, out, operands } = compiled([[4, 6]], (graph, x) =>
    g.runningSum(graph, g.view(graph, x, 6, [12])),
  );
  expect(instructions).toHaveLength(1);
  const { kind, out: written, inputs } = instructions[0] as HostCall;
  expect([kind, written, inputs]).toEqual([
    'host',
    { offset: out, size: 12 },
    [{ offset: operands[0] + 24, size: 12 }],
  ]);
});

describe('products', () => {
  const even = [0, 6, 12, 18];
  const batch = (offsetsA: readonly number[], offsetsB: readonly number[]) =>
    compiled(
      [
        [4, 2, 3],
        [4, 3, 5],
      ],
      (graph, a, b) => g.matmul(graph, a, b, offsetsA, offsetsB),
    );
  /** What the calls would be without repetition. */
  const separate = (program: ReturnType<typeof batch>): unknown[] => {
    const [{ loop }] = program.kernels[0].parts;
    const calls: { kernel: Kernel; args: readonly number[] }[] = [];
    for (let i = 0; i < (loop as MatmulLoop).offsetsA.length; i++)
      emitProduct(loop as MatmulLoop, i, program.operands, program.out, 0, (kernel, args) =>
        calls.push({ kernel, args }),
      );
    return calls.map(({ kernel, args }) => ({ kind: 'kernel', kernel, args }));
  };

  test('pack both operands and multiply them, by way of scratch memory', () => {
    const { instructions } = compiled(
      [
        [4, 3],
        [3, 5],
      ],
      (graph, a, b) => g.matmul(graph, a, b),
    );
    const calls = instructions.map(kernelCall);
    expect(calls.map(({ kernel }) => [kernel.name, ...kernel.pointers])).toEqual([
      ['pack', 'scratch', 'arena'],
      ['pack', 'scratch', 'arena'],
      ['multiply', 'scratch', 'scratch', 'arena'],
    ]);
  });
  test.for([
    ['that lie at equal distances', even, [0, 15, 30, 45]],
    ['that share an operand', even, [0, 0, 0, 0]],
    ['in reverse', even.toReversed(), [0, 15, 30, 45]],
  ] as const)('of a batch of matrices %s are one repetition', ([, offsetsA, offsetsB]) => {
    const program = batch(offsetsA, offsetsB);
    expect(program.instructions).toHaveLength(1);
    const repeat = program.instructions[0] as Repeat;
    expect([repeat.kind, repeat.count, repeat.body.length]).toEqual(['repeat', 4, 3]);
    expect(callsOf(program.instructions)).toEqual(separate(program));
  });
  test.for([
    ['at unequal distances', [0, 0, 6, 6], [0, 15, 0, 15]],
    ['on the right at unequal distances', even, [0, 15, 0, 15]],
    ['of which only the first three lie at equal distances', [0, 6, 12, 0], [0, 0, 0, 0]],
    ['of two', [0, 6], [0, 15]],
  ] as const)('of a batch of matrices %s are calls', ([, offsetsA, offsetsB]) => {
    const program = batch(offsetsA, offsetsB);
    expect(program.instructions.map(({ kind }) => kind)).toEqual(
      new Array(3 * offsetsA.length).fill('kernel'),
    );
    expect(program.instructions).toEqual(separate(program));
  });
  test('apply the map that joins them to each block once it is complete', () => {
    const [rows, columns, depth] = [200, 600, 300];
    const { instructions, out, operands } = compiled(
      [[rows, depth], [depth, columns], [columns]],
      (graph, a, b, bias) => g.add(graph, g.matmul(graph, a, b), bias),
    );
    const calls = instructions.map(kernelCall);
    const maps = calls.filter(({ kernel }) => kernel.name.startsWith('map'));
    expect(calls.filter(({ kernel }) => kernel.name === 'multiply')).toHaveLength(8);
    expect(maps).toHaveLength(4);
    // Each map follows the product of the second half of the depth.
    for (const map of maps) expect(calls[calls.indexOf(map) - 1].kernel.name).toBe('multiply');
    const blocks = [
      [0, 0],
      [128, 0],
      [0, 512],
      [128, 512],
    ];
    expect(maps.map(({ args }) => [args[0], args[2]])).toEqual(
      blocks.map(([row, column]) => [out + 4 * (row * columns + column), operands[2] + 4 * column]),
    );
  });
});

describe('in the program of any graph', () => {
  const choices = fc.array(fc.integer({ min: 0, max: 2 ** 20 }), { minLength: 1, maxLength: 30 });
  const forAllPrograms = (check: (program: CompiledProgram) => void): void =>
    fc.assert(
      fc.property(choices, fc.boolean(), (list, isDonated) => {
        const { inputs, outputs } = g.graphOf(new Graph(), list);
        check(compile(inputs, outputs, { donated: new Set(isDonated ? inputs : []) }));
      }),
      { numRuns: 200 },
    );
  test('every address is an offset in the arena or in scratch memory', () => {
    forAllPrograms(({ instructions, plan: { bytes } }) => {
      for (const { kernel, args } of callsOf(instructions))
        kernel.pointers.forEach((space, i) => {
          expect(args[i] % 4).toBe(0);
          expect(args[i]).toBeGreaterThanOrEqual(0);
          expect(args[i]).toBeLessThan(space === 'arena' ? bytes : MATMUL_SCRATCH);
        });
      for (const instruction of instructions) {
        if (instruction.kind !== 'host') continue;
        for (const { offset, size } of [instruction.out, ...instruction.inputs]) {
          expect(offset).toBeGreaterThanOrEqual(0);
          expect(offset + 4 * size).toBeLessThanOrEqual(bytes);
        }
      }
    });
  });
  test('every kernel gets as many arguments as it has parameters, all of them integers', () => {
    forAllPrograms(({ instructions }) => {
      for (const { kernel, args } of callsOf(instructions)) {
        expect(link(kernel).length).toBe(args.length);
        expect(args.every(Number.isInteger)).toBe(true);
      }
    });
  });
  test('results are inputs, constants or elements of the arena', () => {
    forAllPrograms(({ outputs, plan: { bytes } }) => {
      for (const output of outputs)
        if (output.kind === 'arena') expect(output.offset + 4 * output.size).toBeLessThanOrEqual(bytes);
    });
  });
});

describe('inputs', () => {
  test('have no offset if they are unused, unless they are kept', () => {
    for (const keepsInputs of [false, true]) {
      const graph = new Graph();
      const inputs = [0, 1].map((position) => graph.input(position, [4]));
      const { inputs: places } = compile(inputs, [g.neg(graph, inputs[1])], { keepsInputs });
      expect(places.map(({ offset }) => offset !== undefined)).toEqual([keepsInputs, true]);
    }
  });
  const isOverwritten = (build: (graph: Graph, x: Node) => readonly Node[], keepsInputs = false): boolean => {
    const graph = new Graph();
    const x = graph.input(0, [4]);
    return compile([x], build(graph, x), { donated: new Set([x]), keepsInputs }).inputs[0].isOverwritten;
  };
  test('that are donated are overwritten, unless they are kept', () => {
    expect(isOverwritten((graph, x) => [g.neg(graph, x)])).toBe(true);
    expect(isOverwritten((graph, x) => [g.neg(graph, x)], true)).toBe(false);
  });
  test('that are donated are not overwritten while the program can throw', () => {
    // A check of an argument runs before anything is overwritten.
    expect(
      isOverwritten((graph, x) => [g.tanh(graph, g.neg(graph, g.checked(graph, x))), g.neg(graph, x)]),
    ).toBe(true);
    expect(isOverwritten((graph, x) => [g.checked(graph, x), g.neg(graph, x)])).toBe(true);
    // So does a check of something else.
    expect(isOverwritten((graph, x) => [g.add(graph, g.checked(graph, g.tanh(graph, x)), x)])).toBe(true);
    const midway = isOverwritten((graph, x) => [
      g.neg(graph, x),
      g.sum(graph, g.checked(graph, g.tanh(graph, x))),
    ]);
    expect(midway).toBe(false);
  });
});

test('a result that is an input or a constant is not computed', () => {
  const graph = new Graph();
  const x = graph.input(0, [4, 6]);
  const values = Float32Array.of(1, 2, 3);
  const outputs = [x, g.view(graph, x, 0, [24]), g.view(graph, x, 6, [6]), graph.constant([3], values)];
  const {
    instructions,
    plan,
    outputs: places,
  } = compile([x], [...outputs, g.view(graph, outputs[3], 1, [2])]);
  expect(instructions).toEqual([]);
  const [ofX, ofConstant] = [x, outputs[3]].map((node) => plan.offsets.get(node) ?? NaN);
  expect(places).toEqual([
    { kind: 'input', position: 0, offset: ofX, size: 24 },
    { kind: 'input', position: 0, offset: ofX, size: 24 },
    { kind: 'arena', offset: ofX + 24, size: 6 },
    { kind: 'constant', values, offset: ofConstant, size: 3 },
    { kind: 'constant', values: values.subarray(1), offset: ofConstant + 4, size: 2 },
  ]);
});
