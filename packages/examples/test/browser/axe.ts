/** What axe finds wrong on a page. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8');

/** Returns a line for each violation of the rules for accessible pages. */
export const violationsOn = (page: Page): Promise<string[]> =>
  page.evaluate(async (source) => {
    if (!('axe' in window))
      document.head.append(Object.assign(document.createElement('script'), { textContent: source }));
    const { axe } = window as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    return (await axe.run()).violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
    );
  }, AXE);
