/** The graph of a function as a picture. */
import {
  dot,
  jit,
  less,
  matmul,
  mul,
  random,
  scan,
  sin,
  sum,
  tensor,
  type Tensor,
  whileLoop,
  zeros,
} from '@mini/autograd';
import { drawGraph } from '@mini/plot/graph';
import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';

/** The labels of the boxes of each kind, from a picture. */
const labelsOf = (svg: string): Record<string, string[]> => {
  const { document } = parseHTML(svg);
  const labels: Record<string, string[]> = {};
  for (const box of document.querySelectorAll('g[class]')) {
    const kind = box.getAttribute('class') ?? '';
    (labels[kind] ??= []).push(box.querySelector('text')?.textContent ?? '');
  }
  return labels;
};

/** The corners of all boxes of a picture, and of its frame. */
const cornersOf = (svg: string) => {
  const { document } = parseHTML(svg);
  const number = (element: Element, name: string): number => Number(element.getAttribute(name));
  const frame = document.querySelector('svg') as unknown as Element;
  const boxes = [...document.querySelectorAll('rect')].map((rect) => ({
    left: number(rect, 'x'),
    top: number(rect, 'y'),
    right: number(rect, 'x') + number(rect, 'width'),
    bottom: number(rect, 'y') + number(rect, 'height'),
  }));
  return { boxes, width: number(frame, 'width'), height: number(frame, 'height') };
};

describe('drawGraph', () => {
  test('draws the program and its gradient', () => {
    const svg = drawGraph((angle: Tensor) => sin(mul(angle, angle)), tensor(0.7));
    expect(labelsOf(svg)).toEqual({
      input: ['angle'],
      constant: ['1'],
      value: ['mul', 'sin'],
      gradient: ['cos', 'mul', 'mul', 'add'],
      result: ['result'],
      'gradient-result': ['gradient of angle'],
    });
    // Two arrows into each mul and add, one into the others.
    expect(svg.match(/class="tip/g)).toHaveLength(2 + 1 + 1 + 2 + 2 + 2 + 1 + 1);
  });
  test('has boxes that do not overlap, in a frame that holds them', () => {
    const net = ({ w }: { w: Tensor }, x: Tensor) => sum(sin(matmul(x, w)).add(w));
    const { boxes, width, height } = cornersOf(drawGraph(net, { w: zeros([3, 3]) }, zeros([3, 3])));
    expect(boxes.length).toBeGreaterThan(8);
    boxes.forEach((a, i) => {
      expect(a.right - a.left).toBeLessThan(width);
      expect(a.bottom - a.top).toBeLessThan(height);
      for (const b of boxes.slice(i + 1))
        expect(
          a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top,
          JSON.stringify([a, b]),
        ).toBe(true);
    });
  });
  test('names leaves by their paths, and shows shapes', () => {
    const svg = drawGraph(({ w, b }: { w: Tensor; b: Tensor }) => sum(w.add(b)), {
      w: zeros([2, 3]),
      b: zeros([3]),
    });
    expect(labelsOf(svg)['input']).toEqual(['b', 'w']);
    expect(labelsOf(svg)['gradient-result']).toEqual(['gradient of b', 'gradient of w']);
    expect(svg).toContain('>[2, 3]<');
  });
  test('draws no gradient where there is none', () => {
    const withoutGradient = [
      drawGraph((x: Tensor) => sin(x), zeros([2])),
      drawGraph((x: Tensor) => [sum(x)], zeros([2])),
      drawGraph((key: random.Key) => sum(random.normal(key, [2])), random.key(0)),
      drawGraph((labels: Uint8Array) => sum(labels as unknown as Tensor), new Uint8Array(2)),
      drawGraph(() => tensor(1)),
    ];
    for (const svg of withoutGradient) {
      expect(labelsOf(svg)['gradient-result']).toBeUndefined();
      expect(svg).toContain('</svg>');
    }
  });
  test('draws the gradient beside arguments that have none', () => {
    const f = (w: Tensor, key: random.Key, labels: Uint8Array) =>
      sum(w.mul(random.normal(key, [2])).mul(labels as unknown as Tensor));
    const svg = drawGraph(f, zeros([2]), random.key(0), new Uint8Array(2));
    expect(labelsOf(svg)['gradient-result']).toEqual(['gradient of w']);
  });
  test('draws the programs inside loops', () => {
    const f = (rate: Tensor) =>
      scan((total: Tensor) => [total.mul(rate), undefined], tensor(1), undefined, { length: 3 })[0];
    const svg = drawGraph(f, tensor(2));
    expect(svg.match(/inside scan/g)).toHaveLength(2);
    expect(labelsOf(svg)['gradient-result']).toContain('gradient of rate');
  });
  test('draws compiled functions as part of the graph', () => {
    const square = jit((x: Tensor) => x.mul(x));
    expect(labelsOf(drawGraph((x: Tensor) => dot(square(x), x), zeros([2])))['value']).toContain('mul');
  });
  test('writes names as text, not as markup', () => {
    const svg = drawGraph((tree: Record<string, Tensor>) => sin(tree['<b>&"']), { '<b>&"': zeros([2]) });
    expect(svg).toContain('&lt;b&gt;&amp;');
    expect(svg).not.toContain('<b>');
  });
  test('throws for what is not a function of trees of tensors', () => {
    expect(() => drawGraph(3 as never)).toThrow(/^drawGraph: .*f.*expected a function, got 3/);
    expect(() => drawGraph((x: number) => x, 3)).toThrow(/^drawGraph: .*argument 0/);
    expect(() => drawGraph((x: Tensor) => x.item(), tensor(1))).toThrow(/drawGraph|item/);
    const count = (x: Tensor) =>
      whileLoop(
        (y: Tensor) => less(y, 3),
        (y: Tensor) => y.add(1),
        x,
      );
    expect(() => drawGraph(count, tensor(1))).toThrow(/whileLoop: no gradient/);
  });
});
