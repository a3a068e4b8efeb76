/*
 * Loaded before a judged program (`--import`), since the permission model of Node 24 does not know the network
 * (`--allow-net` comes with Node 25). Only plain modules can be imported, and a socket that is reached another way,
 * such as the constructor of `process.stdout`, neither connects nor listens.
 */

const importable = [
  'assert',
  'assert/strict',
  'buffer',
  'console',
  'events',
  'fs',
  'fs/promises',
  'os',
  'path',
  'path/posix',
  'process',
  'querystring',
  'readline',
  'readline/promises',
  'stream',
  'stream/consumers',
  'stream/promises',
  'string_decoder',
  'timers',
  'timers/promises',
  'url',
  'util',
];

const fence = `
import net from 'node:net';
import { registerHooks } from 'node:module';
const importable = new Set(${JSON.stringify(importable)});
const refuse = (what) => { throw Object.assign(new Error(what + ' is not to be had here'), { code: 'ERR_ACCESS_DENIED' }); };
const plain = (name) => importable.has(String(name).replace(/^node:/, ''));
const close = (holder, name, value) =>
  Object.defineProperty(holder, name, { value, writable: false, configurable: false });
registerHooks({
  resolve(name, context, next) {
    if (plain(name)) return next(name, context);
    if (context.parentURL === undefined && name.startsWith('file:')) return next(name, context);
    refuse('module ' + name);
  },
});
const builtin = process.getBuiltinModule.bind(process);
close(process, 'getBuiltinModule', (name) => (plain(name) ? builtin(name) : refuse('module ' + name)));
for (const name of ['binding', '_linkedBinding', 'dlopen', 'kill', '_kill', '_debugProcess'])
  close(process, name, () => refuse('process.' + name));
for (const name of ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest']) close(globalThis, name, undefined);
close(net.Socket.prototype, 'connect', () => refuse('the network'));
close(net.Server.prototype, 'listen', () => refuse('the network'));
`;

/** The fence as an address that Node imports without reading a file. */
export const fenceUrl = `data:text/javascript;base64,${Buffer.from(fence).toString('base64')}`;
