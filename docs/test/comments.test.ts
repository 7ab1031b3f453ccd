/** Checks the width of comments and the names of files in the whole repository. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { commentsOf, findWideLines, isWellNamed, MAX_WIDTH } from './comments.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((path) => path !== '' && existsSync(join(root, path)));

describe('the source files', () => {
  test('are found', () => {
    expect(tracked).toContain('docs/test/comments.test.ts');
  });
  test(`have no line with a comment that is wider than ${MAX_WIDTH} columns`, () => {
    const wide = tracked.flatMap((path) =>
      findWideLines(path, readFileSync(join(root, path), 'utf8')).map((line) => `${path}:${line}`),
    );
    expect(wide.length, `too wide:\n${wide.join('\n')}\n`).toBe(0);
  });
  test('are named in kebab-case', () => {
    const misnamed = tracked.filter((path) => !isWellNamed(path)).map((path) => `${path}:1`);
    expect(misnamed.length, `misnamed:\n${misnamed.join('\n')}\n`).toBe(0);
  });
});

const textsOf = (path: string, text: string): readonly string[] =>
  (commentsOf(path, text) ?? []).map((comment) => comment.text.trim());

describe('comments', () => {
  test.each([
    ['lines and blocks', 'a(); // one\n/* two\n three */ b();\n', ['one', 'two\n three']],
    ['a hashbang', '#!/usr/bin/env node\n// one\n', ['one']],
    ['no strings', `'// a'; "/* b */"; 'it\\'s // c'; // one`, ['one']],
    [
      'no templates, except in substitutions',
      '`// a ${f(`/* b */`, /* one */ x)} // c`; // two',
      ['one', 'two'],
    ],
    ['no regular expressions', 'const r = /[/*]\\/\\/ "/; // one', ['one']],
    [
      'divisions',
      'const d = a / b; // one / two\nconst e = f() / 2 /* three */ / g;',
      ['one / two', 'three'],
    ],
    ['regular expressions after a condition', 'if (x) /\\/\\/"/.test(y); // one', ['one']],
    ['types', 'const x: A</* one */ B> = <C>(c: C): c is C => true; // two', ['one', 'two']],
  ])('of TypeScript include %s', (_name, code, expected) => {
    expect(textsOf('a.ts', code).filter((text) => !text.startsWith('/usr/bin'))).toEqual(expected);
  });
  test('have offsets in UTF-16', () => {
    const text = "const s = '→ 𝒙'; // one";
    const [comment] = commentsOf('a.ts', text) ?? [];
    expect(text.slice(comment.start, comment.end)).toBe('// one');
  });
  test('of code that does not parse throw a SyntaxError', () => {
    expect(() => commentsOf('a.ts', 'const = ;')).toThrow(SyntaxError);
  });
  test('of CSS do not include strings and URLs', () => {
    const text = `a::before { content: "/* a */"; background: url(//b/*c*/d); } /* one */ b { content: '/*' } /* two */`;
    expect(textsOf('a.css', text)).toEqual(['one', 'two']);
  });
  test('of Python include docstrings, but not strings', () => {
    const text = 'def f():\n    """One."""\n    x = "# a", \'# b\'  # two\n    y = """# c"""\n';
    expect(textsOf('a.py', text)).toEqual(['One.', 'two']);
  });
  test('of HTML include those of scripts and styles', () => {
    const text = [
      '<!-- one\n two --><p title="// a">/* b */ // c</p>',
      '<style>p { /* three */ }</style><script type="module">f("// d"); // four\n</script>',
      '<script type="application/json">["/* e */"]</script><SCRIPT>/* five */</SCRIPT>',
    ].join('\n');
    expect(textsOf('a.html', text)).toEqual(['one\n two', 'three', 'four', 'five']);
  });
  test('of shell scripts start at a word', () => {
    const text = [
      '# one',
      `echo a#b "# c" '# d' \\# e $# \${#f} # two 'three`,
      'cat <<END > f; cat <<< g # four',
      'END',
      "cat <<'TXT'",
      '# h',
      'TXT',
      'f; # five',
    ].join('\n');
    expect(textsOf('a.sh', text)).toEqual(['one', "two 'three", 'five']);
    expect(textsOf('run', `#!/usr/bin/env bash\n${text}`)).toContain('five');
    expect(commentsOf('LICENSE', text)).toBeUndefined();
  });
});

describe('wide lines', () => {
  const x = (width: number): string => 'x'.repeat(width);
  test('are those with a comment and more than 100 columns', () => {
    const lines = [
      `// ${x(97)}`,
      `// ${x(98)}`,
      `f('${x(120)}');`,
      `f('${x(90)}'); // why`,
      `/* ${x(10)}`,
      x(101),
      `${x(10)} */`,
    ];
    expect(findWideLines('a.ts', lines.join('\n'))).toEqual([2, 4, 6]);
  });
  test('are measured in characters', () => {
    expect(findWideLines('a.ts', `// ${'𝒙'.repeat(97)}\r\n`)).toEqual([]);
    expect(findWideLines('a.ts', `// ${'→'.repeat(98)}`)).toEqual([1]);
  });
  test('do not include the ends of comments on other lines', () => {
    expect(findWideLines('a.ts', `/* a */\nf('${x(120)}');\n// b\nf('${x(120)}');`)).toEqual([]);
  });
  test('do not include a URL alone, but a URL with other words', () => {
    const url = `https://example.org/${x(100)}`;
    expect(findWideLines('a.ts', `// ${url}\n/**\n * ${url}\n *   (${url}).\n */\n/* ${url} */`)).toEqual([]);
    expect(findWideLines('a.ts', `// see ${url}`)).toEqual([1]);
  });
  test('do not include annotations for tools', () => {
    expect(findWideLines('a.ts', `f(/* @__PURE__ */ g('${x(100)}'));`)).toEqual([]);
    expect(findWideLines('a.ts', `// @ts-expect-error -- ${x(100)}`)).toEqual([1]);
  });
});

describe('names of files', () => {
  test.each([
    'packages/nn/src/safetensors-names.ts',
    'packages/nn/test/types.test.ts',
    'vitest.config.ts',
    'bench/python/with_numpy.py',
    'README.md',
    'docs/FROM_JAX.md',
    'docs/FROM_PYTORCH.md',
    'Dockerfile',
    'packages/autograd/test/__snapshots__/errors.test.ts.snap',
  ])('can be %s', (path) => {
    expect(isWellNamed(path)).toBe(true);
  });
  test.each(['src/callSite.ts', 'src/Tensor.ts', 'src/with_numpy.ts', 'src/webPage/main.ts', 'a--b.css'])(
    'cannot be %s',
    (path) => {
      expect(isWellNamed(path)).toBe(false);
    },
  );
});
