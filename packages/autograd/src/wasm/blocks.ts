/** Hands out parts of a memory without end: the lowest place that is free and large enough. */
export class Blocks {
  /** Free blocks by ascending start; the last one has no end. */
  readonly #free: { start: number; end: number }[] = [{ start: 0, end: Infinity }];

  take(size: number): number {
    const place = this.#free.findIndex(({ start, end }) => end - start >= size);
    const block = this.#free[place];
    const { start } = block;
    block.start += size;
    if (block.start === block.end) this.#free.splice(place, 1);
    return start;
  }

  give(start: number, size: number): void {
    const end = start + size;
    const place = this.#free.findIndex((block) => block.start > start);
    this.#free.splice(place, 0, { start, end });
    // Join with the neighbours that touch.
    for (const i of [place, place - 1]) {
      const [block, next] = this.#free.slice(Math.max(i, 0), i + 2);
      if (next !== undefined && block.end === next.start)
        this.#free.splice(i, 2, { start: block.start, end: next.end });
    }
  }
}
