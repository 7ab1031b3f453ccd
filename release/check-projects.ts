/** Installs the packages in projects of users, builds and runs them. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireChromium, waitForText } from './chromium.ts';
import { root } from './packages.ts';
import { type Project, projects } from './projects.ts';
import { check } from './report.ts';
import { run } from './run.ts';
import { serveFolder, type Site, startServer } from './site.ts';

const runCommand = (folder: string, command: string, ...args: readonly string[]): string => {
  const [program, ...first] = command.split(' ');
  return run(folder, program, ...first, ...args);
};

/** Makes the project, with all it depends on, in a new folder. */
const create = (project: Project, folder: string, tarballs: readonly string[]): void => {
  mkdirSync(folder, { recursive: true });
  for (const files of ['shared', project.files])
    cpSync(join(root, 'release', 'projects', files), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  runCommand(folder, project.install, ...tarballs);
  if (project.build !== undefined) runCommand(folder, project.build);
};

const showPage = async (site: Site, expected: readonly string[]): Promise<string> => {
  try {
    return await waitForText(site.address, expected);
  } finally {
    site.close();
  }
};

/** Runs the project. Returns what it prints, or what its page shows. */
const show = async (project: Project, folder: string): Promise<string> => {
  if ('run' in project) {
    const printed = runCommand(folder, project.run);
    for (const text of project.expected)
      if (!printed.includes(text)) throw new Error(`expected\n${text}\ngot\n${printed}`);
    return printed;
  }
  const site =
    'serve' in project
      ? await serveFolder(join(folder, project.serve))
      : await startServer(folder, project.start);
  return showPage(site, project.expected);
};

/** Checks the chosen projects, each in a new folder in `parent`. */
export const checkProjects = async (
  options: { readonly projects: readonly string[]; readonly browser: boolean },
  tarballs: readonly string[],
  parent: string,
): Promise<void> => {
  // Next collects data about its users by default.
  process.env['NEXT_TELEMETRY_DISABLED'] = '1';
  for (const project of projects.filter(({ name }) => options.projects.includes(name))) {
    const hasPage = !('run' in project);
    if (hasPage && !options.browser) continue;
    await check(`install, build and run: ${project.name}`, () => {
      if (hasPage) requireChromium();
      const folder = join(parent, project.name);
      create(project, folder, tarballs);
      return show(project, folder);
    });
  }
};
