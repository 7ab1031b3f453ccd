/** The live page in a real browser, as users use it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { loadSafetensors } from '@mini/nn';
import { findBrowser, launchBrowser } from '@mini/tools/browser';
import { CNN_DEFAULTS, getAcc, TRAINING_DEFAULTS } from '../../src/classify.ts';
import { readEmbeddedDigits } from '../../src/data/embedded-digits.ts';
import { DENOISE_DEFAULTS, trainDenoiser } from '../../src/denoise.ts';
import { prepareData } from '../../src/data/prepare.ts';
import { loadModel, saveModel } from '../../src/model-file.ts';
import { makeNet } from '../../src/networks.ts';
import { violationsOn } from './axe.ts';
import { trainInNode } from './in-node.ts';
import { open, type Site, startBuiltSite, startDevelopmentSite } from './site.ts';
import { STROKES } from './strokes.ts';

/** Whether to run the slow tests, too: `pnpm test:browser` does. */
const isThorough = process.env['MINI_BROWSER'] !== undefined;

describe.skipIf(findBrowser() === undefined)('the live page (skipped without Chromium)', () => {
  let browser: Browser;
  let site: Site;
  let directory: string;
  const problems: string[] = [];
  /** The page that several tests share. */
  let kept: BrowserContext | undefined;
  let shared: Promise<Page> | undefined;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mini-browser-'));
    [browser, site] = await Promise.all([launchBrowser(), startBuiltSite()]);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    rmSync(directory, { recursive: true, force: true });
  });
  afterEach(async () => {
    for (const context of browser.contexts()) if (context !== kept) await context.close();
    expect(problems.splice(0)).toEqual([]);
  });

  const text = async (page: Page, selector: string): Promise<string> =>
    (await page.textContent(selector)) ?? '';
  const result = (view: string, name: string): string => `#${view}-results [data-name="${name}"]`;
  /** The exact value of a figure that the page shows rounded. */
  const exact = async (page: Page, selector: string): Promise<number> =>
    Number(await page.getAttribute(selector, 'title'));
  const points = async (page: Page, chart: string): Promise<number> =>
    Number(await page.getAttribute(`#${chart}-chart .uplot`, 'data-points'));

  const openFreshDigits = async (): Promise<Page> => {
    const page = await open(browser, `${site.address}#digits`, problems);
    await page.waitForFunction(() => !document.querySelector('#digits-run')?.hasAttribute('disabled'));
    return page;
  };
  /** Resets the shared page of the digits and fills in settings; faster than a new page. */
  const openDigits = async (settings: Readonly<Record<string, string>> = {}): Promise<Page> => {
    const page = (await (shared ??= openFreshDigits())) as Page;
    kept = page.context();
    if (await page.isEnabled('#digits-reset')) await page.click('#digits-reset');
    await page.waitForFunction(() => {
      const button = document.querySelector('#digits-run');
      return button?.textContent === 'Train' && !button.hasAttribute('disabled');
    });
    const selects = ['model', 'loss', 'optimizer'];
    const fields = [...selects, 'hidden', 'learningRate', 'batchSize', 'epochs', 'seed'] as const;
    const defaults: Readonly<Record<string, unknown>> = {
      ...TRAINING_DEFAULTS,
      hidden: TRAINING_DEFAULTS.hidden.join(),
    };
    // The network comes first: choosing one fills in its defaults.
    for (const name of fields) {
      const value = settings[name] ?? (settings['model'] === undefined ? defaults[name] : undefined);
      if (value === undefined) continue;
      const field = page.locator(`#digits-settings [name="${name}"]`);
      if (selects.includes(name)) await field.selectOption(String(value));
      else await field.fill(String(value));
    }
    return page;
  };
  const train = async (page: Page): Promise<void> => {
    await page.click('#digits-run');
    await page.waitForFunction(
      () => document.querySelector('#digits-run')?.textContent === 'Train more',
      null,
      {
        timeout: 60_000,
      },
    );
  };
  const save = async (page: Page): Promise<Uint8Array> => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#model-save')]);
    expect(download.suggestedFilename()).toBe('digits.safetensors');
    return new Uint8Array(readFileSync(await download.path()));
  };

  describe('the cosine', () => {
    test('trains by itself, and its charts have points', async () => {
      const page = await open(browser, site.address, problems);
      await page.waitForFunction(
        (selector) => Number(document.querySelector(selector)?.textContent) > 40,
        result('cosine', 'update'),
      );
      expect(await points(page, 'signals')).toBe(200);
      // Shared memory between threads needs it.
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
      expect(await points(page, 'cost')).toBeGreaterThan(20);
      expect(Number(await text(page, result('cosine', 'output')))).toBeLessThan(0.3);
      // Counts pixels in the colour of the network's output.
      const colored = await page.evaluate(() => {
        const canvas = document.querySelector<HTMLCanvasElement>('#signals-chart canvas');
        const data = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
        let count = 0;
        for (let i = 0; i < data.length; i += 4)
          if (data[i] === 213 && data[i + 1] === 94 && data[i + 2] === 0) count++;
        return count;
      });
      expect(colored).toBeGreaterThan(200);
    });
    test('has the same cost as in Node, to the last bit, after as many updates', async () => {
      const page = await open(browser, site.address, problems);
      await page.click('#cosine-reset');
      await page.fill('#cosine-settings [name="seed"]', '7');
      await page.fill('#cosine-settings [name="learningRate"]', '0.02');
      for (let i = 0; i < 12; i++) await page.click('#cosine-step');
      expect(await text(page, result('cosine', 'update'))).toBe('12');
      const states = [...trainDenoiser({ ...DENOISE_DEFAULTS, seed: 7, learningRate: 0.02, updates: 12 })];
      expect(await exact(page, result('cosine', 'cost'))).toBe(states[11].cost);
    });
    test('pauses, starts again with other settings, and shows what is wrong', async () => {
      const page = await open(browser, site.address, problems);
      await page.click('#cosine-run');
      const update = await text(page, result('cosine', 'update'));
      await page.waitForTimeout(200);
      expect(await text(page, result('cosine', 'update'))).toBe(update);
      expect(await page.locator('#cosine-settings .value').allTextContents()).toEqual(['2 π', '1', '10']);
      await page.locator('#cosine-settings [name="hidden"]').fill('50');
      expect(await text(page, '#cosine-settings label:has([name="hidden"]) .value')).toBe('50');
      expect(await text(page, result('cosine', 'update'))).toBe('0');
      await page.fill('#cosine-settings [name="learningRate"]', '');
      expect(await text(page, '#cosine-message')).toMatch(/^Step size: /);
      await page.fill('#cosine-settings [name="learningRate"]', '5');
      await page.selectOption('#cosine-settings [name="speed"]', '3000');
      await page.click('#cosine-run');
      await page.waitForFunction(() => document.querySelector('#cosine-message')?.textContent !== '');
      expect(await text(page, '#cosine-message')).toMatch(
        /^The training diverged at update \d+\. Try a smaller step size\.Details/,
      );
      // How it was found out is folded, and numbers are short.
      expect(await page.isVisible('#cosine-message summary')).toBe(true);
      expect(await page.getAttribute('#cosine-message details', 'open')).toBe(null);
      for (const name of ['cost', 'output'])
        expect((await text(page, result('cosine', name))).length).toBeLessThan(10);
      // An output that diverged has no description.
      await page.selectOption('#cosine-settings [name="phase"]', '0.5');
      expect(await text(page, '#cosine-finding')).toBe('');
      expect(await text(page, '#cosine-run')).toBe('Start again');
      expect(await page.isDisabled('#cosine-step')).toBe(true);
      await page.fill('#cosine-settings [name="learningRate"]', '0.01');
      expect(await text(page, '#cosine-message')).toBe('');
      expect(await text(page, '#cosine-run')).toBe('Train');
      expect(await page.isDisabled('#cosine-step')).toBe(false);
      await page.click('#cosine-reset');
      expect(await text(page, '#cosine-message')).toBe('');
      expect(await text(page, '#cosine-run')).toBe('Train');
    });
    test('says whether the network knows its cosine by heart', async () => {
      const page = await open(browser, site.address, problems);
      await page.waitForFunction(
        (selector) => Number(document.querySelector(selector)?.textContent) > 60,
        result('cosine', 'update'),
      );
      await page.click('#cosine-run');
      expect(await text(page, '#cosine-finding')).toBe('');
      await page.selectOption('#cosine-settings [name="phase"]', '0.25');
      expect(await text(page, '#cosine-finding')).toContain('knows its cosine by heart');
      await page.selectOption('#cosine-settings [name="phase"]', '0.5');
      expect(await text(page, '#cosine-finding')).toContain('like neither signal');
      // The training goes on as before.
      expect(Number(await text(page, result('cosine', 'update')))).toBeGreaterThan(60);
      await page.selectOption('#cosine-settings [name="phase"]', '0');
      expect(await text(page, '#cosine-finding')).toBe('');
      // Nothing has been learnt before the first update.
      await page.click('#cosine-reset');
      await page.selectOption('#cosine-settings [name="phase"]', '0.5');
      expect(await text(page, '#cosine-finding')).toBe('');
    });
    test('draws the program and its gradient for the chosen number of neurons', async () => {
      const page = await open(browser, site.address, problems);
      await page.click('#cosine-run');
      await page.click('#cosine-graph summary');
      const labels = async (kind: string): Promise<string[]> =>
        page.locator(`#cosine-graph g.${kind} text:not(.detail)`).allTextContents();
      await page.waitForSelector('#cosine-graph svg');
      expect(await labels('input')).toEqual(['W1', 'W2', 'b', 'clean', 'noisy']);
      expect(await labels('gradient-result')).toEqual(['gradient of W1', 'gradient of W2', 'gradient of b']);
      expect(await page.isVisible('#cosine-graph text:text("[10, 200]")')).toBe(true);
      await page.locator('#cosine-settings [name="hidden"]').fill('50');
      await page.waitForSelector('#cosine-graph text:text("[50, 200]")');
    });
    test('shows a result on the first screen of a phone', async () => {
      const viewport = { width: 390, height: 844 };
      const page = await open(browser, site.address, problems, { viewport });
      const bottom = async (selector: string): Promise<number> => {
        const box = await page.locator(selector).boundingBox();
        return box === null ? Infinity : box.y + box.height;
      };
      await page.waitForFunction(() => document.querySelector('#signals-chart canvas') !== null);
      expect(await bottom('#signals-chart canvas')).toBeLessThan(844);
      expect(await page.isVisible('#cosine-settings')).toBe(false);
      await page.click('#tab-digits');
      expect(await bottom('#pad canvas')).toBeLessThan(844);
      expect(await bottom('#digits-run')).toBeLessThan(844);
      // There are no empty boxes before the training.
      for (const id of ['digits-results', 'digits-charts', 'probabilities', 'weights'])
        expect(await page.isVisible(`#${id}`), id).toBe(false);
    });
  });

  describe('the digits', () => {
    test.runIf(isThorough)('are learnt, live, while the page stays responsive', async () => {
      const page = await openDigits({ epochs: '4' });
      expect(await text(page, '#data-source')).toContain(
        '7,000 training, 1,000 validation, 2,000 test images',
      );
      // Measures the longest time between two frames.
      await page.evaluate(() => {
        let last = performance.now();
        const frame = (): void => {
          const now = performance.now();
          document.body.dataset['gap'] = String(
            Math.max(Number(document.body.dataset['gap'] ?? 0), now - last),
          );
          last = now;
          requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
      });
      await train(page);
      expect(Number(await page.getAttribute('body', 'data-gap'))).toBeLessThan(1000);
      expect(await text(page, result('digits', 'epoch'))).toBe('4 of 4');
      expect(Number(await text(page, result('digits', 'validation')))).toBeGreaterThan(0.9);
      expect(Number(await text(page, result('digits', 'test')))).toBeGreaterThan(0.9);
      expect(await text(page, result('digits', 'speed'))).toMatch(/^\d{1,3}(,\d{3})+$|^\d+$/);
      expect(await points(page, 'accuracy')).toBe(20);
      expect(await points(page, 'loss')).toBe(440);
      expect(await page.getAttribute('#weights', 'aria-label')).toBe(
        'What 50 of 128 neurons of the first layer have learnt',
      );
    });
    test('have the same loss and the same model as in Node, to the last bit', async () => {
      const settings = {
        hidden: [24, 16],
        epochs: 2,
        learningRate: 0.05,
        batchSize: 100,
        loss: 'binary' as const,
        seed: 9,
      };
      const page = await openDigits({
        hidden: '24, 16',
        epochs: '2',
        learningRate: '0.05',
        batchSize: '100',
        loss: 'binary',
        seed: '9',
      });
      for (let i = 0; i < 3; i++) await page.click('#digits-step');
      await page.waitForFunction(
        (selector) => document.querySelector(selector)?.textContent === '3 of 70',
        result('digits', 'batch'),
      );
      expect(await exact(page, result('digits', 'loss'))).toBe(trainInNode(settings, 3).loss);
      await train(page);
      const { loss, bytes } = trainInNode(settings);
      expect(await exact(page, result('digits', 'loss'))).toBe(loss);
      expect(Buffer.compare(await save(page), bytes)).toBe(0);
    });
    test('train a convolutional network to the same bits as in Node', async () => {
      const page = await openDigits({ model: 'cnn' });
      expect(await page.inputValue('#digits-settings [name="hidden"]')).toBe('256');
      for (let i = 0; i < 3; i++) await page.click('#digits-step');
      await page.waitForFunction(
        (selector) => document.querySelector(selector)?.textContent === '3 of 219',
        result('digits', 'batch'),
      );
      const { loss, bytes } = trainInNode(CNN_DEFAULTS, 3);
      expect(await exact(page, result('digits', 'loss'))).toBe(loss);
      const saved = await save(page);
      expect(Buffer.compare(saved, bytes)).toBe(0);
      expect(loadModel(saved).model).toBe('cnn');
      await page.waitForFunction(
        () =>
          document.querySelector('#weights')?.getAttribute('aria-label') ===
          'What 32 of 32 filters of the first layer have learnt',
      );
      // What is drawn is recognised by it.
      await page.click('#pad-example');
      await page.waitForFunction(() =>
        /It is an? \d/.test(document.querySelector('#verdict')?.textContent ?? ''),
      );
    });
    test('pause, continue and reset, also with the keyboard', async () => {
      const page = await openDigits({ epochs: '1000' });
      const focused = (): Promise<string | undefined> => page.evaluate(() => document.activeElement?.id);
      await page.focus('#digits-run');
      await page.keyboard.press('Enter');
      await page.waitForFunction(
        (selector) => document.querySelector(selector)?.textContent !== '–',
        result('digits', 'batch'),
      );
      // The button was disabled for a moment, and has the focus again.
      expect(await focused()).toBe('digits-run');
      await page.keyboard.press('Space');
      await page.waitForFunction(() => document.querySelector('#digits-run')?.textContent === 'Continue');
      expect(await page.isDisabled('#digits-settings [name="epochs"]')).toBe(true);
      expect(await page.isVisible('#digits-fixed')).toBe(true);
      await page.waitForTimeout(100);
      const batch = await text(page, result('digits', 'batch'));
      await page.waitForTimeout(200);
      expect(await text(page, result('digits', 'batch'))).toBe(batch);
      await page.focus('#digits-reset');
      await page.keyboard.press('Enter');
      await page.waitForFunction(
        (selector) => document.querySelector(selector)?.textContent === '–',
        result('digits', 'batch'),
      );
      expect(await page.isDisabled('#digits-settings [name="epochs"]')).toBe(false);
      expect(await page.isVisible('#digits-fixed')).toBe(false);
      expect(await focused()).toBe('digits-run');
    });
    test('can be stopped while the worker is too busy to respond', async () => {
      const page = await openDigits({ hidden: '4096,4096', batchSize: '7000' });
      await page.click('#digits-run');
      expect(await text(page, '#digits-run')).toBe('Starting …');
      await page.click('#digits-reset');
      await page.waitForFunction(
        () =>
          document.querySelector('#digits-run')?.textContent === 'Train' &&
          !document.querySelector('#digits-run')?.hasAttribute('disabled'),
      );
      await page.fill('#digits-settings [name="hidden"]', '8');
      await page.fill('#digits-settings [name="epochs"]', '1');
      await page.fill('#digits-settings [name="batchSize"]', '64');
      await train(page);
    });
    test('show what is wrong with settings, and when training fails', async () => {
      const page = await openDigits({ hidden: '12,x' });
      await page.click('#digits-run');
      expect(await text(page, '#digits-message')).toBe(
        'Hidden layers: Expected sizes separated by commas, such as 128 or 64,32.',
      );
      await page.fill('#digits-settings [name="hidden"]', '9999999');
      await page.click('#digits-run');
      expect(await text(page, '#digits-message')).toContain('at most 8 layers of 1 to 4096 neurons');
      await page.fill('#digits-settings [name="hidden"]', '16');
      await page.fill('#digits-settings [name="learningRate"]', '1e30');
      await page.click('#digits-run');
      await page.waitForFunction(() =>
        /^The training diverged in epoch 1, batch \d+\. Press Reset and try a smaller learning rate\./.test(
          document.querySelector('#digits-message')?.textContent ?? '',
        ),
      );
      expect(await page.getAttribute('#digits-message details', 'open')).toBe(null);
    });
  });

  describe('the pad', () => {
    let page: Page;
    beforeAll(async () => {
      page = await openDigits({ epochs: '6' });
      await train(page);
    }, 60_000);

    const clearVerdict = (): Promise<void> =>
      page.evaluate(() => document.querySelector('#verdict')?.replaceChildren());
    const draw = async (strokes: readonly (readonly (readonly [number, number])[])[]): Promise<void> => {
      const box = await page.locator('#pad canvas').boundingBox();
      if (box === null) throw new Error('no pad');
      const at = ([x, y]: readonly [number, number]) =>
        [box.x + x * box.width, box.y + y * box.height] as const;
      for (const [first, ...others] of strokes) {
        await page.mouse.move(...at(first));
        await page.mouse.down();
        for (const point of others) await page.mouse.move(...at(point), { steps: 2 });
        await clearVerdict();
        await page.mouse.up();
      }
    };
    const readVerdict = async (): Promise<string> => {
      await page.waitForFunction(() =>
        document.querySelector('#verdict')?.textContent?.startsWith('Looks like'),
      );
      return /Looks like an? (\d)/.exec(await text(page, '#verdict'))?.[1] ?? '';
    };

    test.runIf(isThorough)('recognises drawn digits and shows their probabilities', async () => {
      const found: string[] = [];
      for (const strokes of STROKES) {
        await page.click('#pad-clear');
        await draw(strokes);
        found.push(await readVerdict());
      }
      expect(found.join(' ')).toBe('0 1 2 3 4 5 6 7 8 9');
      const percents = await page.locator('#probabilities .percent').allTextContents();
      expect(
        percents.map((value) => Number.parseFloat(value.replace(/^[<>] /, ''))).reduce((a, b) => a + b),
      ).toBeCloseTo(100, -0.3);
    });
    test('replaces an image of the test set by a drawing', async () => {
      await page.click('#pad-example');
      await page.waitForFunction(() => document.querySelector('#verdict')?.textContent?.includes('It is a'));
      await draw(STROKES[1]);
      expect(await readVerdict()).toBe('1');
      expect(await text(page, '#verdict')).not.toContain('It is');
    });
    test('recognises images of the test set', async () => {
      const count = 30;
      let right = 0;
      for (let i = 0; i < count; i++) {
        await clearVerdict();
        await page.click('#pad-example');
        await page.waitForFunction(() =>
          /It is an? \d/.test(document.querySelector('#verdict')?.textContent ?? ''),
        );
        const [, predicted, label] =
          /Looks like an? (\d).*It is an? (\d)/.exec(await text(page, '#verdict')) ?? [];
        if (predicted === label) right++;
      }
      expect(right / count).toBeGreaterThan(0.85);
    });
    test('can be drawn on with the keyboard', async () => {
      await page.click('#pad-clear');
      await page.focus('#pad canvas');
      for (let i = 0; i < 9; i++) await page.keyboard.press('ArrowUp');
      await page.keyboard.press(' ');
      for (let i = 0; i < 18; i++) await page.keyboard.press('ArrowDown');
      await clearVerdict();
      await page.keyboard.press(' ');
      expect(await readVerdict()).toBe('1');
      await page.keyboard.press('Delete');
      await page.waitForFunction(() => document.querySelector('#verdict')?.textContent === 'Draw a digit.');
    });
  });

  describe('files', () => {
    test.runIf(isThorough)('of models are saved and loaded, and training continues from them', async () => {
      const page = await openDigits({ hidden: '20', epochs: '1' });
      await train(page);
      const accuracy = await text(page, result('digits', 'test'));
      const bytes = await save(page);
      expect(Object.keys(loadSafetensors(bytes).params).sort()).toEqual([
        'hidden1.bias',
        'hidden1.kernel',
        'out.bias',
        'out.kernel',
      ]);
      const path = join(directory, 'model.safetensors');
      writeFileSync(path, bytes);
      const other = await openFreshDigits();
      await other.setInputFiles('#model-file', path);
      await other.waitForFunction(() => document.querySelector('#digits-run')?.textContent === 'Train more');
      expect(await other.inputValue('#digits-settings [name="hidden"]')).toBe('20');
      expect(await text(other, result('digits', 'test'))).toBe(accuracy);
      expect(Buffer.compare(await save(other), bytes)).toBe(0);
      await other.fill('#digits-settings [name="epochs"]', '1');
      await other.click('#digits-run');
      await other.waitForFunction(
        (selector) => document.querySelector(selector)?.textContent === '1 of 1',
        result('digits', 'epoch'),
      );
      await other.waitForFunction(() => document.querySelector('#digits-run')?.textContent === 'Train more');
      const [before, after] = [loadModel(bytes), loadModel(await save(other))];
      expect(after.params.out.kernel.toArray()).not.toEqual(before.params.out.kernel.toArray());
    });
    test('that are not models are refused, and the present model stays', async () => {
      const page = await openDigits({ hidden: '8', epochs: '1' });
      await train(page);
      const bytes = await save(page);
      const path = join(directory, 'broken.safetensors');
      const cases: readonly [Uint8Array, RegExp][] = [
        [bytes.subarray(0, 1000), /^broken\.safetensors: truncated/],
        [
          new TextEncoder().encode('<!doctype html>'),
          /^broken\.safetensors: not a safetensors file: .* of an HTML page$/,
        ],
        [new Uint8Array(0), /0 bytes of an empty file/],
      ];
      for (const [content, message] of cases) {
        writeFileSync(path, content);
        await page.setInputFiles('#model-file', path);
        await page.waitForFunction(() => document.querySelector('#digits-message')?.textContent !== '');
        expect(await text(page, '#digits-message')).toMatch(message);
      }
      expect(Buffer.compare(await save(page), bytes)).toBe(0);
    });
    test('of models with another normalisation are used with it', async () => {
      const page = await openDigits({ hidden: '8', epochs: '1' });
      await train(page);
      const before = await text(page, result('digits', 'test'));
      const model = { ...loadModel(await save(page)), mean: 100, std: 30 };
      const path = join(directory, 'other.safetensors');
      writeFileSync(path, saveModel(model));
      await page.setInputFiles('#model-file', path);
      await page.waitForFunction(
        ([selector, old]) => !['–', old].includes(document.querySelector(selector)?.textContent ?? ''),
        [result('digits', 'test'), before],
      );
      const { test: images } = prepareData(readEmbeddedDigits(), model);
      const expected = getAcc(makeNet({ ...model, dropout: 0 }))(model.params, images, model.state);
      expect(await exact(page, result('digits', 'test'))).toBe(expected);
      expect(await page.isHidden('#digits-charts')).toBe(true);
    });
    test('of images can be dropped', async () => {
      const { train: all } = readEmbeddedDigits();
      const header = (...numbers: number[]): Buffer => {
        const bytes = Buffer.alloc(4 * numbers.length);
        numbers.forEach((value, i) => bytes.writeUInt32BE(value, 4 * i));
        return bytes;
      };
      const count = 500;
      const files = {
        'train-images-idx3-ubyte.gz': gzipSync(
          Buffer.concat([header(2051, count, 28, 28), all.images.subarray(0, count * 784)]),
        ),
        'train-labels-idx1-ubyte': Buffer.concat([header(2049, count), all.labels.subarray(0, count)]),
      };
      const page = await openDigits({ hidden: '16', epochs: '5' });
      const drop = (given: Readonly<Record<string, Buffer>>): Promise<void> =>
        page.evaluate(
          (list) => {
            const transfer = new DataTransfer();
            for (const [name, base64] of list) {
              const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
              transfer.items.add(new File([bytes], name));
            }
            document
              .querySelector('#drop')
              ?.dispatchEvent(
                new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }),
              );
          },
          Object.entries(given).map(([name, bytes]) => [name, bytes.toString('base64')] as const),
        );
      await drop({ 'train-images-idx3-ubyte.gz': files['train-images-idx3-ubyte.gz'] });
      await page.waitForFunction(() =>
        /Expected one file of training images and one of training labels/.test(
          document.querySelector('#digits-message')?.textContent ?? '',
        ),
      );
      // The images from before stay.
      expect(await text(page, '#data-source')).toContain('embedded digits');
      expect(await page.isEnabled('#digits-run')).toBe(true);
      await drop({
        ...files,
        'train-images-idx3-ubyte.gz': files['train-images-idx3-ubyte.gz'].subarray(0, 5000),
      });
      await page.waitForFunction(() =>
        /train-images-idx3-ubyte.gz: damaged gzip file/.test(
          document.querySelector('#digits-message')?.textContent ?? '',
        ),
      );
      await drop(files);
      await page.waitForFunction(() =>
        /your files.*200 training, 200 validation, 100 test images/.test(
          document.querySelector('#data-source')?.textContent ?? '',
        ),
      );
      // The message went away when it no longer applied.
      expect(await text(page, '#digits-message')).toBe('');
      await train(page);
      expect(Number(await text(page, result('digits', 'test')))).toBeGreaterThan(0.5);
      await page.click('#data-embedded');
      await page.waitForFunction(() =>
        /embedded digits/.test(document.querySelector('#data-source')?.textContent ?? ''),
      );
    });
  });

  describe('every user', () => {
    test.runIf(isThorough).each([
      ['light', 1280],
      ['dark', 1280],
      ['light', 390],
      ['dark', 390],
    ] as const)(
      'can use the page: no violation that axe finds in %s colours, at a width of %i',
      async (colorScheme, width) => {
        const page = await open(browser, site.address, problems, {
          colorScheme,
          viewport: { width, height: 700 },
        });
        await page.click('#cosine-run');
        for (const view of ['cosine', 'digits']) {
          await page.click(`#tab-${view}`);
          // The settings are folded on a phone, the explanations everywhere.
          const folded = page.locator(`#${view} .fold:not([open]) > summary`);
          while ((await folded.count()) > 0) await folded.first().click();
          if (view === 'cosine') await page.waitForSelector('#cosine-graph svg');
          else {
            await page.fill('#digits-settings [name="epochs"]', '1');
            await train(page);
          }
          expect(await violationsOn(page)).toEqual([]);
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        }
      },
    );
    test.runIf(isThorough)('finds the documentation and the source, whose links work', async () => {
      const page = await open(browser, site.address, problems);
      const addresses = async (): Promise<string[]> =>
        page.evaluate(() =>
          [...document.links].map(({ href }) => href).filter((href) => !href.includes('#')),
        );
      const visited = new Set([new URL('index.html', site.address).href]);
      for (const waiting = await addresses(); waiting.length > 0;) {
        const address = waiting.pop() ?? '';
        if (visited.has(address) || new URL(address).origin !== new URL(site.address).origin) continue;
        visited.add(address);
        expect((await page.goto(address))?.status(), address).toBe(200);
        expect(await page.textContent('h1'), address).toMatch(/./);
        const pictures = await page
          .locator('img')
          .evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth));
        expect(Math.min(1, ...pictures), address).toBe(1);
        waiting.push(...(await addresses()));
      }
      expect([...visited].map((address) => new URL(address).pathname)).toEqual(
        expect.arrayContaining(['/AUTODIFF.html', '/FROM_JAX.html', '/denoise.html']),
      );
    });
    test('can move between the tabs with the keyboard, and link to them', async () => {
      const page = await open(browser, site.address, problems);
      await page.focus('#tab-cosine');
      await page.keyboard.press('ArrowRight');
      expect(await page.isVisible('#digits')).toBe(true);
      expect(await page.isVisible('#cosine')).toBe(false);
      expect(new URL(page.url()).hash).toBe('#digits');
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('tab-digits');
    });
  });

  test.runIf(isThorough)('the development server serves the same page', async () => {
    const development = await startDevelopmentSite();
    try {
      const page = await open(browser, `${development.address}#digits`, problems);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
      await page.waitForFunction(
        () => !document.querySelector('#digits-run')?.hasAttribute('disabled'),
        null,
        { timeout: 60_000 },
      );
      await page.fill('#digits-settings [name="epochs"]', '1');
      await train(page);
      const { loss } = trainInNode({ epochs: 1 });
      expect(await exact(page, result('digits', 'loss'))).toBe(loss);
      await page.context().close();
    } finally {
      await development.close();
    }
  });
});
