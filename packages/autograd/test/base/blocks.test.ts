/** The allocator that plans and arenas use. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Blocks } from '../../src/base/blocks.ts';

describe('blocks', () => {
  test('are allocated one after the other', () => {
    const blocks = new Blocks();
    expect([64, 128, 1].map((size) => blocks.allocate(size))).toEqual([0, 64, 192]);
  });
  test('are used again from the lowest address at which there is enough memory', () => {
    const blocks = new Blocks();
    for (let i = 0; i < 6; i++) blocks.allocate(10);
    blocks.free(40, 10);
    blocks.free(10, 10);
    expect([10, 10, 10].map((size) => blocks.allocate(size))).toEqual([10, 40, 60]);
  });
  test('are used in part', () => {
    const blocks = new Blocks();
    blocks.allocate(100);
    blocks.allocate(1);
    blocks.free(0, 100);
    expect([30, 80, 70, 1].map((size) => blocks.allocate(size))).toEqual([0, 101, 30, 181]);
  });
  test.for([
    [0, 10, 20],
    [20, 10, 0],
    [0, 20, 10],
    [10, 20, 0],
  ])('are merged with their neighbours, freed in the order %j', (order) => {
    const blocks = new Blocks();
    blocks.allocate(30);
    blocks.allocate(5);
    for (const start of order) blocks.free(start, 10);
    expect(blocks.allocate(30)).toBe(0);
  });
  test('are merged with the unbounded rest', () => {
    const blocks = new Blocks();
    blocks.allocate(10);
    blocks.allocate(10);
    blocks.free(10, 10);
    expect(blocks.allocate(1000)).toBe(10);
  });
  test('of no size take no memory', () => {
    const blocks = new Blocks();
    expect([0, 0, 8].map((size) => blocks.allocate(size))).toEqual([0, 0, 0]);
    blocks.free(0, 0);
    expect(blocks.allocate(8)).toBe(8);
  });
  test('never overlap, and all memory is free once they all are', () => {
    const size = fc.integer({ min: 1, max: 50 });
    fc.assert(
      fc.property(fc.array(fc.tuple(size, fc.nat())), (steps) => {
        const blocks = new Blocks();
        const used: { start: number; size: number }[] = [];
        for (const [size, choice] of steps) {
          if (choice % 3 === 0 && used.length > 0) {
            const [block] = used.splice(choice % used.length, 1);
            blocks.free(block.start, block.size);
            continue;
          }
          const start = blocks.allocate(size);
          for (const other of used)
            expect(start + size <= other.start || other.start + other.size <= start).toBe(true);
          // First fit: there is no lower address with enough memory.
          const starts = [0, ...used.map((other) => other.start + other.size)];
          const fits = starts.filter((low) =>
            used.every((other) => low + size <= other.start || other.start + other.size <= low),
          );
          expect(start).toBe(Math.min(...fits));
          used.push({ start, size });
        }
        for (const block of used) blocks.free(block.start, block.size);
        expect(blocks.allocate(10_000)).toBe(0);
      }),
    );
  });
});
