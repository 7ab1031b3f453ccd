/**
 * The server of a live plot. It runs in a thread of its own, because training does not return to
 * the event loop of its thread.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { LiveData } from './live-data.ts';
import type { FromServer, ServerSettings, ToPage, ToServer } from './messages.ts';

/** The most often that pages get new data, in milliseconds. */
const INTERVAL = 200;

const { page, charts, port } = workerData as ServerSettings;
const data = new LiveData(charts);
const listeners = new Set<ServerResponse>();
let isNew = false;

const report = (message: FromServer): void => parentPort?.postMessage(message);

const send = (to: Iterable<ServerResponse>): void => {
  const message: ToPage = { figures: data.figures() };
  const text = `data: ${JSON.stringify(message)}\n\n`;
  for (const response of to) response.write(text);
};

const server = createServer((request, response) => {
  if (request.url === '/') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(page);
  } else if (request.url === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    listeners.add(response);
    response.on('close', () => listeners.delete(response));
    send([response]);
  } else {
    response.writeHead(404);
    response.end();
  }
});

const timer = setInterval(() => {
  if (!isNew) return;
  isNew = false;
  send(listeners);
}, INTERVAL);

parentPort?.on('message', (message: ToServer) => {
  if (message === 'close') {
    clearInterval(timer);
    send(listeners);
    for (const response of listeners) response.end();
    server.close();
    server.closeAllConnections();
    parentPort?.close();
    return;
  }
  data.push(message.values, message.x);
  isNew = true;
});
server.on('error', (error) => report({ problem: error.message }));
server.listen(port, '127.0.0.1', () => report({ port: (server.address() as AddressInfo).port }));
