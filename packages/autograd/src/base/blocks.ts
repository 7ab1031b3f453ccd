interface Block {
  start: number;
  end: number;
}

/** Hands out parts of a memory without end: the lowest place that is free and large enough. */
export class Blocks {
  /** Free blocks by ascending start; the last one has no end. */
  #free: Block[] = [{ start: 0, end: Infinity }];

  take(size: number): number {
    const block = this.#free.find(({ start, end }) => end - start >= size) as Block;
    block.start += size;
    return block.start - size;
  }

  give(start: number, size: number): void {
    this.#free.push({ start, end: start + size });
    this.#free.sort((a, b) => a.start - b.start);
    this.#free = this.#free.filter(({ start, end }, place, all) => {
      const next = all[place + 1];
      const touches = end === next?.start;
      if (touches) next.start = start;
      return !touches && start < end;
    });
  }
}
