/**
 * Names the modules as programs import them, and puts functions into categories: those of the files
 * and folders that they are defined in.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Comment, CommentTag, Converter, ReflectionKind } from 'typedoc';
import { publicPackages, root } from '../../release/packages.ts';

/** The name in imports of each entry, by its path without `packages/`, `/index` and `.ts`. */
const importNames = new Map(
  publicPackages.flatMap(({ name, folder }) => {
    const { exports } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    return Object.entries(exports).map(([entry, file]) => [
      join(folder, typeof file === 'string' ? file : file.default)
        .replace(/^packages\//, '')
        .replace(/\.ts$/, '')
        .replace(/\/index$/, ''),
      name + entry.slice(1),
    ]);
  }),
);

/** Categories by the file that a function is in, without `.ts`; other files name themselves. */
const CATEGORIES = {
  'core/tensor': 'tensors',
  'core/bind': 'derivatives',
  'core/configure': 'debugging',
  'ops/matrices': 'shapes',
  'ops/structure': 'shapes',
  'ops/rearranging': 'shapes',
  'ops/joining': 'shapes',
  'ops/slicing': 'indexing',
  'ops/flipping': 'indexing',
  'ops/dynamic-slicing': 'indexing',
  'ops/scatter': 'indexing',
  'ops/sorting': 'sorting',
  'ops/softmax': 'activations',
  'ops/special': 'special functions',
  'ops/lines': 'reductions',
  'ops/reduce': 'reductions',
  'ops/products': 'reductions',
  'ops/arg-extrema': 'reductions',
  'ops/linalg': 'matrix products',
  'ops/tensor-products': 'matrix products',
  'ops/einsum': 'matrix products',
  'ops/pooling': 'convolution and pooling',
  'ops/convolution': 'convolution and pooling',
  'ops/compare': 'comparison and logic',
  'ops/logic': 'comparison and logic',
  'ops/select': 'comparison and logic',
  'ops/powers': 'arithmetic',
  'ops/remainders': 'arithmetic',
  'ops/rounding': 'arithmetic',
  'ops/exponentials': 'exponentials and logarithms',
};
const FOLDERS = {
  transforms: 'derivatives',
  jit: 'compiled functions and loops',
  debug: 'debugging',
  tree: 'trees',
  random: 'random numbers',
};

const categoryOf = (file) => {
  const path = /packages\/[^/]+\/src\/(.*)\.ts$/.exec(file)?.[1];
  if (path === undefined) return undefined;
  const folder = path.includes('/') ? path.split('/')[0] : '';
  const own = CATEGORIES[path] ?? FOLDERS[folder];
  return own ?? (folder === 'ops' ? path.slice('ops/'.length) : folder || path).replaceAll('-', ' ');
};

/** @param {import('typedoc').Application} app */
export const load = (app) => {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module))
      module.name = importNames.get(module.name) ?? module.name;
    for (const reflection of project.getReflectionsByKind(ReflectionKind.Function)) {
      const [signature] = reflection.signatures ?? [];
      const file = (reflection.sources ?? signature?.sources)?.[0]?.fullFileName;
      const category = file === undefined ? undefined : categoryOf(file);
      if (category === undefined) continue;
      reflection.comment ??= new Comment();
      reflection.comment.blockTags.push(new CommentTag('@category', [{ kind: 'text', text: category }]));
    }
  });
  // There is no address of the sources to link to.
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const reflection of Object.values(project.reflections)) {
      delete reflection.sources;
      for (const signature of reflection.signatures ?? []) delete signature.sources;
    }
  });
};
