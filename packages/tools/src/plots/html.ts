/** Renders a report as a web page in one file, which contains the data, uPlot and the script. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Report } from './report.ts';

const script = async (): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0].text;
};

const styles = (): string =>
  [
    createRequire(import.meta.url).resolve('uplot/dist/uPlot.min.css'),
    new URL('theme.css', import.meta.url),
    new URL('page.css', import.meta.url),
  ]
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Returns the HTML of the page. */
export const renderHtml = async (report: Report): Promise<string> => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${escape(report.title)}</title>
<style>${styles()}</style>
</head>
<body>
<script type="application/json" id="report">${JSON.stringify(report).replaceAll('<', '\\u003c')}</script>
<script>${(await script()).replaceAll('</script', '<\\/script')}</script>
</body>
</html>
`;
