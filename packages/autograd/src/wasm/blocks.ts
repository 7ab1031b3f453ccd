/** Hands out parts of a memory without end: the lowest place that is free and large enough. */
export class Blocks {
  /** Free blocks by ascending start, which do not touch; the last one has no end. */
  #free: { start: number; end: number }[] = [{ start: 0, end: Infinity }];

  take(size: number): number {
    const place = this.#free.findIndex(({ start, end }) => end - start >= size);
    const block = this.#free[place];
    const { start } = block;
    block.start += size;
    if (block.start === block.end) this.#free.splice(place, 1);
    return start;
  }

  give(start: number, size: number): void {
    const place = this.#free.findIndex((block) => block.start > start);
    this.#free.splice(place, 0, { start, end: start + size });
    this.#free = this.#free.filter((block, i, all) => {
      const next = all[i + 1];
      const touches = block.end === next?.start;
      if (touches) next.start = block.start;
      return !touches;
    });
  }
}
