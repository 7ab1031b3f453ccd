/** Web pages in one file, which contain their data, their styles and uPlot. */
import type { DrawnReport } from '../report.ts';
import { bundled } from '../bundles.ts';

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Returns a page with data, as JSON, that its script finds by the name `report`. */
export const pageWith = async (
  title: string,
  script: 'reportPage' | 'livePage',
  data: unknown,
): Promise<string> => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${escape(title)}</title>
<style>${await bundled('styles')}</style>
</head>
<body>
<script type="application/json" id="report">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>
<script>${(await bundled(script)).replaceAll('</script', '<\\/script')}</script>
</body>
</html>
`;

/** Returns the HTML of a report. */
export const renderPage = (report: DrawnReport): Promise<string> =>
  pageWith(report.title === '' ? 'Plot' : report.title, 'reportPage', report);
