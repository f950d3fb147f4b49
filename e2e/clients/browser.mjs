// A page of its own origin in a real browser, so that the browser clients meet the server as they
// would in the field: another origin, CORS, preflight, keepalive.
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const roots = {
  '/segment/': dirname(require.resolve('@segment/analytics-next/package.json')) + '/dist/umd/',
  '/rudder/': join(here, 'node_modules/@rudderstack/analytics-js/dist/npm/modern/bundled/esm/'),
};

function serve(request, response) {
  const path = normalize(new URL(request.url, 'http://page').pathname);
  const root = Object.keys(roots).find((prefix) => path.startsWith(prefix));
  const file = root ? join(roots[root], path.slice(root.length)) : join(here, 'page.html');
  if (!existsSync(file)) {
    response.writeHead(404).end();
    return;
  }
  const type = /\.m?js$/.test(file) ? 'text/javascript' : 'text/html';
  response.writeHead(200, { 'content-type': `${type}; charset=utf-8` });
  createReadStream(file).pipe(response);
}

function findBrowser() {
  const places = [process.env.VIGIE_BROWSER, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome',
    join(here, '../../target/tools/chromium/chromium')];
  const found = places.find((place) => place && existsSync(place));
  if (!found) throw new Error('no browser found: install chromium (cargo xtask setup) or set VIGIE_BROWSER');
  return found;
}

// Notes the bodies of posts that have been answered. A beacon shows its body only where it is
// handed over, so that is noted in the page and counts once the beacon itself is through.
async function watchPosts(page) {
  const posts = { bodies: [], beacons: [], pings: new Set() };
  const answered = (request) => {
    if (request.resourceType() === 'ping') posts.pings.add(request);
    else posts.bodies.push(request.postData() ?? '');
  };
  // A client that leaves the answer's body unread never finishes its request, and a beacon may
  // finish without showing its answer.
  page.on('response', (response) => answered(response.request()));
  page.on('requestfinished', answered);
  await page.exposeFunction('noteBeacon', (body) => posts.beacons.push(body));
  await page.addInitScript(() => {
    const send = navigator.sendBeacon.bind(navigator);
    navigator.sendBeacon = (url, body) => {
      new Response(body).text().then(window.noteBeacon);
      return send(url, body);
    };
  });
  return posts;
}

// Clients send from queues of their own: waits until a post with each id has been answered.
async function allSent(ids, posts) {
  const deadline = Date.now() + 20_000;
  const missing = () => {
    const bodies = posts.pings.size >= posts.beacons.length ? [...posts.bodies, ...posts.beacons] : posts.bodies;
    return ids.filter((id) => !bodies.some((body) => body.includes(id)));
  };
  while (missing().length) {
    if (Date.now() > deadline) throw new Error(`never left the page: ${missing().join(' ')}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

// Runs `work(page)`, which gives the ids it sent, on a fresh page; gives them once all have left.
export async function onPage(work) {
  const server = createServer(serve);
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const browser = await chromium.launch({
    executablePath: findBrowser(),
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
      '--disable-sync', '--no-first-run'],
  });
  try {
    const page = await browser.newPage();
    page.on('console', (line) => process.env.CLIENTS_DEBUG && console.error('page:', line.text()));
    page.on('pageerror', (fault) => console.error('page:', fault.message));
    const posts = await watchPosts(page);
    await page.goto(`http://127.0.0.1:${server.address().port}/shop/shoes?size=42`);
    const ids = await work(page);
    await allSent(ids, posts);
    return ids;
  } finally {
    await browser.close();
    server.close();
  }
}
