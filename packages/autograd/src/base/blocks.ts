interface Block {
  start: number;
  end: number;
}

/**
 * First-fit allocator over an unbounded address range.
 *
 * `allocate` returns the lowest address at which a free block is large enough.
 */
export class Blocks {
  /** Free blocks in ascending order of `start`. The last one is unbounded. */
  #free: Block[] = [{ start: 0, end: Infinity }];

  allocate(size: number): number {
    const block = this.#free.find(({ start, end }) => end - start >= size) as Block;
    block.start += size;
    return block.start - size;
  }

  free(start: number, size: number): void {
    this.#free.push({ start, end: start + size });
    this.#free.sort((a, b) => a.start - b.start);
    this.#free = this.#free.filter(({ start, end }, i, all) => {
      const next = all[i + 1];
      const touches = end === next?.start;
      if (touches) next.start = start;
      return !touches && start < end;
    });
  }
}
