/**
 * `pnpm pack:all`: packs the public packages, which are built before, as .tgz files that refer to
 * each other by their paths.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { root } from './packages.ts';
import { linkTarballs, packAll } from './tarballs.ts';

const folder = join(root, 'out', 'packages');
rmSync(folder, { recursive: true, force: true });
const packed = mkdtempSync(join(tmpdir(), 'mini-pack-'));
const files = linkTarballs(packAll(packed), folder);
rmSync(packed, { recursive: true });
console.log(`packed ${files.map((file) => relative(root, file)).join(' and ')}`);
console.log('the files refer to each other by their paths: leave them there');
console.log(`in your project:\n  npm install ${files.join(' ')}`);
