/** Finds the comments of source files, and checks the width of their lines. */
import { extname } from 'node:path';
import { parseSync } from 'vite';

/** The maximum width of a line that contains a comment, in columns. */
export const MAX_WIDTH = 100;

/** A comment as a range of a text, including its delimiters. */
export interface Comment {
  readonly start: number;
  readonly end: number;
  /** The text between the delimiters. */
  readonly text: string;
}

/** Returns the comments of a text in one language. */
type FindComments = (text: string) => readonly Comment[];

/**
 * Finds the comments of TypeScript or JavaScript with the parser of Vite.
 *
 * Only a parser tells comments from regular expressions and templates. TypeScript 7 exports its own
 * scanner only under `unstable`.
 */
const inScript =
  (filename: string): FindComments =>
  (text) => {
    const { comments, errors } = parseSync(filename, text);
    if (errors.length > 0) throw new SyntaxError(errors.map(({ message }) => message).join('\n'));
    return comments.map(({ start, end, value }) => ({ start, end, text: value }));
  };

/** A string of CSS, or a URL without quotes, or a comment. */
const CSS_TOKEN =
  /"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'|url\(\s*[^"'\s][^)]*\)|\/\*(?<comment>[\s\S]*?)\*\//g;

/** A comment of HTML, or an element whose content is in another language. */
const HTML_TOKEN =
  /<!--(?<comment>[\s\S]*?)-->|(?<open><(?<name>script|style)\b(?<attributes>[^>]*)>)(?<content>[\s\S]*?)<\/\k<name>\s*>/gi;

/** A here-document of a shell, an escape, a string, or a comment at the start of a word. */
const SHELL_TOKEN =
  /(?<!<)<<-?[ \t]*(?<quote>['"]?)(?<end>\w+)\k<quote>.*\n(?:.*\n)*?\t*\k<end>$|\\[\s\S]|'[^']*'|"(?:\\[\s\S]|[^"\\])*"|(?<![^\s;&|()])#(?<comment>.*)/gm;

/** A docstring of Python, a string, or a comment. */
const PYTHON_TOKEN =
  /^[ \t]*(?:"""(?<doc>[\s\S]*?)""")|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'|#(?<comment>.*)/gm;

/** Finds the matches of a pattern that are comments. */
const inTokens =
  (pattern: RegExp): FindComments =>
  (text) =>
    [...text.matchAll(pattern)].flatMap(({ 0: { length }, index, groups }) => {
      const comment = groups?.['comment'] ?? groups?.['doc'];
      return comment === undefined ? [] : [{ start: index, end: index + length, text: comment }];
    });

const inCss = inTokens(CSS_TOKEN);

/** Finds the comments of a document, its scripts and its styles. Skips scripts that are data. */
const inHtml: FindComments = (text) =>
  [...text.matchAll(HTML_TOKEN)].flatMap(({ 0: { length }, index, groups = {} }) => {
    const { comment, open = '', name = '', attributes = '', content = '' } = groups;
    if (comment !== undefined) return [{ start: index, end: index + length, text: comment }];
    const isStyle = name.toLowerCase() === 'style';
    if (!isStyle && /\btype=(?!["']?(?:module|text\/javascript)\b)/i.test(attributes)) return [];
    const find = isStyle ? inCss : inScript('script.js');
    const offset = index + open.length;
    return find(content).map(({ start, end, text }) => ({ start: start + offset, end: end + offset, text }));
  });

const isShellScript = (path: string, text: string): boolean =>
  extname(path) === '.sh' || (extname(path) === '' && /^#!.*\b(?:ba|da|z)?sh\b/.test(text));

/** Returns the comments of a file; undefined if it is not in a known language. */
export const commentsOf = (path: string, text: string): readonly Comment[] | undefined => {
  if (/\.[cm]?[jt]sx?$/.test(path)) return inScript(path)(text);
  if (path.endsWith('.css')) return inCss(text);
  if (path.endsWith('.html')) return inHtml(text);
  if (path.endsWith('.py')) return inTokens(PYTHON_TOKEN)(text);
  return isShellScript(path, text) ? inTokens(SHELL_TOKEN)(text) : undefined;
};

/** An annotation for a tool, such as @__PURE__. The formatter sets the width of its line. */
const ANNOTATION = /^\s*[@#][\w-]+\s*$/;

/** A comment line whose only word is a URL. */
const ONLY_URL = /^\s*(?:\/\/+|\/\*+|\*|#|<!--)?\s*\S*\w:\/\/\S+\s*(?:\*\/|-->)?$/;

/** Returns the numbers of the lines, from 1, that contain a comment and are too wide. */
export const findWideLines = (path: string, text: string): readonly number[] => {
  const comments = commentsOf(path, text)?.filter((comment) => !ANNOTATION.test(comment.text)) ?? [];
  let start = 0;
  return text.split('\n').flatMap((line, i) => {
    const [begin, end] = [start, start + line.length];
    start = end + 1;
    const width = [...line.trimEnd()].length;
    if (width <= MAX_WIDTH || ONLY_URL.test(line)) return [];
    return comments.some((comment) => comment.start < end && comment.end > begin) ? [i + 1] : [];
  });
};

const SOURCE = /\.(?:[cm]?[jt]sx?|html|css|sh|py)$/;

/** Words of lowercase letters and digits, joined by hyphens, with endings such as .test.ts */
const KEBAB_CASE = /^\.?[a-z\d]+(?:[-.][a-z\d]+)*$/;

/** Python cannot import a module with a hyphen in its name. */
const SNAKE_CASE = /^[a-z\d_]+\.py$/;

/** Whether the names of a source file and its folders are in kebab-case. Other files pass. */
export const isWellNamed = (path: string): boolean =>
  !SOURCE.test(path) || path.split('/').every((name) => KEBAB_CASE.test(name) || SNAKE_CASE.test(name));
