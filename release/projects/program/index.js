/** A program without a bundler. It imports all packages that the project depends on. */
import manifest from './package.json' with { type: 'json' };
import { train } from './train.js';

await Promise.all(Object.keys(manifest.dependencies).map((name) => import(name)));
console.log(train());
