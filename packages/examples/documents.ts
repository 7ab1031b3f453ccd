/** The documentation and sources that the page links to, as web pages of their own. */
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { Marked, type Tokens } from 'marked';

const root = new URL('../../', import.meta.url);
const read = (path: string): Buffer => readFileSync(new URL(path, root));

/** Paths from the root of the repository. */
const TEXTS = [
  'docs/AUTODIFF.md',
  'docs/FROM_JAX.md',
  'docs/FROM_PYTORCH.md',
  'docs/EXPORT.md',
  'docs/ACCURACY.md',
  'ARCHITECTURE.md',
];
const SOURCES = ['denoise', 'classify', 'networks'].map((name) => `packages/examples/src/${name}.ts`);

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const STYLE = `
main { max-width: 46rem; }
p, li { color: var(--text); }
p { margin: 0.8em 0; }
a { color: var(--right); }
pre { background: var(--surface); padding: 0.8rem 1rem; border-radius: 6px; overflow-x: auto; }
code { font-size: 0.9em; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid var(--line); padding: 0.3rem 0.6rem; text-align: left; }
img { max-width: 100%; }
`;

/** `main` is HTML; scrolling parts of it can be reached with the keyboard. */
const pageOf = (title: string, main: string): string =>
  `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<link rel="icon" href="data:,">
<style>${read('packages/plot/src/page/theme.css').toString()}${STYLE}</style>
</head>
<body><main><p><a href="index.html">Back to the networks</a></p>
${main}</main></body>
</html>
`;

const fileName = (path: string): string => `${posix.basename(path).replace(/\.(md|ts)$/, '')}.html`;

const anchorOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-');

/** A Markdown file as a page. Links to files that are not among the documents become plain text. */
const renderText = (path: string): string => {
  const resolve = (href: string): string => posix.join(posix.dirname(path), href);
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }: Tokens.Heading): string {
        return `<h${depth} id="${anchorOf(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      code({ text }: Tokens.Code): string {
        return `<pre tabindex="0"><code>${escape(text)}</code></pre>\n`;
      },
      link({ href, tokens }: Tokens.Link): string {
        const text = this.parser.parseInline(tokens);
        const [file, anchor] = href.split('#');
        if (/^https?:/.test(href) || file === '') return `<a href="${escape(href)}">${text}</a>`;
        if (!TEXTS.includes(resolve(file))) return text;
        return `<a href="${fileName(file)}${anchor === undefined ? '' : `#${anchor}`}">${text}</a>`;
      },
      image({ href, text }: Tokens.Image): string {
        return `<img src="${escape(posix.basename(href))}" alt="${escape(text)}">`;
      },
    },
  });
  const text = read(path).toString();
  const title = /^# (.*)$/m.exec(text)?.[1] ?? path;
  return pageOf(title, marked.parse(text, { async: false }));
};

const renderSource = (path: string): string =>
  pageOf(
    posix.basename(path),
    `<h1>${posix.basename(path)}</h1>\n<pre tabindex="0"><code>${escape(read(path).toString())}</code></pre>\n`,
  );

/** The pictures in Markdown files, by file name. */
const picturesOf = (paths: readonly string[]): [string, Buffer][] =>
  paths.flatMap((path) =>
    [
      ...read(path)
        .toString()
        .matchAll(/!\[[^\]]*\]\(([^)]+)\)/g),
    ].map(([, href]): [string, Buffer] => [
      posix.basename(href),
      read(posix.join(posix.dirname(path), href)),
    ]),
  );

/** The files of all documents, by name. */
export const renderDocuments = (): ReadonlyMap<string, string | Uint8Array> =>
  new Map<string, string | Uint8Array>([
    ...TEXTS.map((path): [string, string] => [fileName(path), renderText(path)]),
    ...SOURCES.map((path): [string, string] => [fileName(path), renderSource(path)]),
    ...picturesOf(TEXTS),
  ]);
