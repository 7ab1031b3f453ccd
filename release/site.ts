/** Serves web sites on this machine. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

/** A running web server. */
export interface Site {
  readonly address: string;
  close(): void;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
};

/** Serves the files of a folder; `/` is its index.html. Other paths get status 404. */
export const serveFolder = async (folder: string): Promise<Site> => {
  const server = createServer(async (request, response) => {
    // The URL parser resolves `..`, so that no path leads out of the folder.
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = join(folder, pathname === '/' ? 'index.html' : pathname);
    try {
      const content = await readFile(path);
      response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream').end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
};

/**
 * Starts a server, which must print its address.
 *
 * `npx` and the server are processes of one group, which `close` ends.
 */
export const startServer = (cwd: string, command: string): Promise<Site> => {
  const [program, ...args] = command.split(' ');
  const server = spawn(program, args, { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const close = (): void => {
    if (server.pid !== undefined && server.exitCode === null && server.signalCode === null)
      process.kill(-server.pid);
  };
  return new Promise((resolve, reject) => {
    let printed = '';
    const fail = (problem: string): void => {
      close();
      reject(new Error(`${command}: ${problem}\n${printed}`));
    };
    const timer = setTimeout(() => fail('expected an address within 30 seconds'), 30_000);
    const read = (text: Buffer): void => {
      printed += String(text);
      const address = /http:\/\/\S+/.exec(printed)?.[0];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve({ address, close });
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    server.on('error', (error) => fail(error.message));
    server.on('exit', (code) => fail(`ended with exit code ${code}`));
  });
};
