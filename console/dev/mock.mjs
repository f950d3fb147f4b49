// A stand-in for the server while working on the console: same routes, made-up data, nothing stored.
// `npm run mock` serves http://127.0.0.1:4180 (the built console too, when there is one). Sign in with any login and
// the password `lookout`. PORT and RATE (events a second) change it; RATE=0 stands still.
import { createServer } from 'node:http';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeHouse } from './house.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, '../dist');
const policyDir = join(here, '../../policy');
const house = makeHouse(readPolicy(policyDir));
const streams = new Set();
const sessions = new Map();

function readPolicy(dir, under = '') {
  const files = {};
  for (const name of readdirSync(join(dir, under)).sort()) {
    const at = under ? `${under}/${name}` : name;
    if (statSync(join(dir, at)).isDirectory()) Object.assign(files, readPolicy(dir, at));
    else if (/\.(yaml|csv|ftl)$/.test(name)) files[at] = readFileSync(join(dir, at), 'utf8');
  }
  return files;
}

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

function file(path, response) {
  const safe = normalize(path).replace(/^(\.\.[/\\])+/, '');
  let body;
  let name = safe;
  try {
    body = readFileSync(join(dist, safe === '/' ? 'index.html' : safe));
  } catch {
    if (extname(safe)) return void response.writeHead(404).end();
    name = 'index.html';
    try {
      body = readFileSync(join(dist, name));
    } catch {
      return void response.writeHead(404, { 'Content-Type': 'text/plain' }).end('Build the console first: npm run build');
    }
  }
  response.writeHead(200, {
    'Content-Type': TYPES[extname(name) || '.html'] ?? 'application/octet-stream',
    'Content-Security-Policy': "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
  }).end(body);
}

function json(response, status, value, headers = {}) {
  const type = status >= 400 ? 'application/problem+json' : 'application/json';
  response.writeHead(status, { 'Content-Type': type, ...headers });
  response.end(value === undefined ? '' : JSON.stringify(value));
}

async function body(request) {
  let text = '';
  for await (const part of request) text += part;
  return text ? JSON.parse(text) : {};
}

function who(request) {
  const token = /vigie_session=(\w+)/.exec(request.headers.cookie ?? '')?.[1];
  return token ? sessions.get(token) : undefined;
}

async function signIn(request, response) {
  const { login, password } = await body(request);
  if (password !== 'lookout') return json(response, 401, { title: 'Wrong login or password', status: 401, detail: 'They do not go together.' });
  const token = Math.random().toString(16).slice(2);
  const session = { agent: { login, name: 'Mina Lookout', role: 'admin', language: null, keys: {} }, csrf: `csrf-${token}`, markets: house.markets };
  sessions.set(token, session);
  json(response, 200, session, { 'Set-Cookie': `vigie_session=${token}; HttpOnly; SameSite=Strict; Path=/` });
}

function stream(request, response, query) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  const wants = (e) => (!query.get('market') || e.market === query.get('market')) && (!query.get('type') || e.type === query.get('type')) && (!query.get('verdict') || e.verdict === query.get('verdict'));
  const language = request.headers['accept-language'];
  const send = (kind, id, data) => response.write(`event: ${kind}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
  const one = { event: (e) => {
    if (!wants(e)) return;
    send('event', e.seq, house.eventView(e));
    if (e.hits.length) send('decision', e.seq, { ...house.decisionView(e, language), event: undefined });
  }, other: send };
  const last = Number(request.headers['last-event-id']);
  if (last) house.events.filter((e) => e.seq > last).reverse().forEach(one.event);
  streams.add(one);
  const ping = setInterval(() => response.write('event: ping\ndata: {}\n\n'), 15_000);
  request.on('close', () => { streams.delete(one); clearInterval(ping); });
}

const server = createServer((request, response) => void handle(request, response).catch((cause) => {
  json(response, 500, { title: 'Mock fault', status: 500, detail: String(cause) });
  process.stderr.write(`${cause.stack}\n`);
}));

async function handle(request, response) {
  const url = new URL(request.url, 'http://mock');
  const { pathname: path, searchParams: query } = url;
  const page = request.method === 'GET' && request.headers.accept?.includes('text/html');
  if (path === '/live' && !page) {
    if (!who(request)) return json(response, 401, { title: 'Sign in', status: 401 });
    return stream(request, response, query);
  }
  if (!path.startsWith('/v1/')) return file(path, response);
  if (path === '/v1/session' && request.method === 'POST') return signIn(request, response);
  const session = who(request);
  if (!session) return json(response, 401, { title: 'Sign in', status: 401, detail: 'No session.' });
  if (path === '/v1/session' && request.method === 'GET') return json(response, 200, session);
  if (request.method !== 'GET' && request.headers['x-csrf-token'] !== session.csrf) return json(response, 403, { title: 'No token', status: 403, detail: 'The X-CSRF-Token header is missing.' });
  if (path === '/v1/session') {
    sessions.clear();
    return json(response, 204);
  }
  const input = request.method === 'GET' ? {} : await body(request);
  const parts = path.slice(4).split('/').map(decodeURIComponent);
  const answer = house.route(request.method, parts, query, input, request.headers['accept-language'] ?? 'en', session.agent);
  if (!answer) return json(response, 404, { title: 'Not found', status: 404, detail: `There is no ${path}.` });
  return json(response, answer.status ?? 200, answer.body);
}

house.tell = (kind, data) => streams.forEach((one) => (kind === 'event' ? one.event(data) : one.other(kind, data.seq ?? 0, data)));
const rate = Number(process.env.RATE ?? 4);
if (rate > 0) setInterval(() => house.step(), 1000 / rate);
const port = Number(process.env.PORT ?? 4180);
server.listen(port, '127.0.0.1', () => process.stdout.write(`mock: http://127.0.0.1:${port}  password: lookout\n`));
