/**
 * Adds to `dist` what the compiler leaves out: styles, and scripts that are bundled in advance.
 *
 * `pnpm build` runs it after the compiler.
 */
import { cpSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundled, type Bundles } from './src/bundles.ts';

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

for (const styles of ['style.css', 'page/theme.css'])
  cpSync(pathOf(`src/${styles}`), pathOf(`dist/${styles}`));
const bundles: Bundles = {
  reportPage: await bundled('reportPage'),
  livePage: await bundled('livePage'),
  liveServer: await bundled('liveServer'),
  styles: await bundled('styles'),
};
writeFileSync(
  pathOf('dist/bundles.js'),
  `const bundles = ${JSON.stringify(bundles)};\nexport const bundled = async (name) => bundles[name];\n`,
);
