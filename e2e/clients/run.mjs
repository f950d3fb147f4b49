// node run.mjs BASE_URL WRITE_KEY API_KEY [EVENTS]
//
// Sends EVENTS events (default 20) with each of five client libraries to a running server and
// prints one JSON line for each: {"client", "sent": [message ids], "error"}; the browser clients
// go twice, once for each way they deliver. It exits 1 when a client failed. Events in must be
// events out: whoever runs this waits a moment for what the pages sent last, and compares the ids
// with the log.
import { HTTP, CloudEvent, emitterFor, httpTransport } from 'cloudevents';
import RudderAnalytics from '@rudderstack/rudder-sdk-node';
import { Analytics } from '@segment/analytics-node';
import { onPage } from './browser.mjs';

const [base, writeKey, apiKey, count = '20'] = process.argv.slice(2);
if (!base || !writeKey || !apiKey) {
  console.error('usage: node run.mjs BASE_URL WRITE_KEY API_KEY [EVENTS]');
  process.exit(2);
}
const EVENTS = Number(count);
const TEXTS = ['Is it still there?', '还在吗？', 'まだありますか 🙏', 'هل ما زال متاحاً؟', 'C’est encore dispo ?'];
const text = (n) => `${TEXTS[n % TEXTS.length]} ${n}`;

// Calls of every kind in turn, as [method, …] for whoever knows how to make them.
const KINDS = ['track', 'page', 'identify', 'track', 'group', 'screen', 'track', 'alias'];
const kind = (n) => KINDS[n % KINDS.length];

async function segmentNode() {
  const analytics = new Analytics({ writeKey, host: base, path: '/v1/batch', flushAt: 7, flushInterval: 200, maxRetries: 1 });
  const failed = [];
  analytics.on('error', (fault) => failed.push(fault));
  const sent = [];
  for (let n = 0; n < EVENTS; n++) {
    const who = n % 3 ? { userId: `u${n}` } : { anonymousId: `v${n}` };
    const done = (fault, ctx) => (fault ? failed.push(fault) : sent.push(ctx.event.messageId));
    const calls = {
      track: () => analytics.track({ ...who, event: 'Question Asked', properties: { text: text(n) } }, done),
      page: () => analytics.page({ ...who, name: 'Shoes', properties: { path: '/shoes', title: text(n) } }, done),
      screen: () => analytics.screen({ ...who, name: 'Basket' }, done),
      identify: () => analytics.identify({ ...who, traits: { name: text(n), email: `u${n}@mail.example` } }, done),
      group: () => analytics.group({ ...who, groupId: 'g1', traits: { name: text(n) } }, done),
      alias: () => analytics.alias({ userId: `u${n}`, previousId: `v${n}` }, done),
    };
    calls[kind(n)]();
  }
  await analytics.closeAndFlush({ timeout: 10_000 });
  if (failed.length) throw new Error(`${failed.length} failed: ${JSON.stringify(failed[0])}`);
  return sent;
}

async function rudderNode() {
  const client = new RudderAnalytics(writeKey, { dataPlaneUrl: base, flushAt: 6, gzip: true, errorHandler: (fault) => failed.push(fault) });
  const failed = [];
  const sent = [];
  for (let n = 0; n < EVENTS; n++) {
    const messageId = `rudder-node-${Date.now()}-${n}`;
    const who = { userId: `u${n}`, anonymousId: `v${n}`, messageId };
    const calls = {
      track: () => client.track({ ...who, event: 'Question Asked', properties: { text: text(n) } }),
      page: () => client.page({ ...who, name: 'Shoes', properties: { path: '/shoes' } }),
      screen: () => client.screen({ ...who, name: 'Basket', properties: {} }),
      identify: () => client.identify({ ...who, traits: { name: text(n) } }),
      group: () => client.group({ ...who, groupId: 'g1', traits: {} }),
      alias: () => client.alias({ ...who, previousId: `v${n}` }),
    };
    calls[kind(n)]();
    sent.push(messageId);
  }
  await client.flush();
  if (failed.length) throw new Error(`${failed.length} failed: ${failed[0]}`);
  return sent;
}

async function cloudevents() {
  const url = new URL('/v1/events', base).href;
  const headers = { authorization: `Bearer ${apiKey}` };
  const made = (n) => new CloudEvent({
    id: `ce-${Date.now()}-${n}`,
    source: 'check/cloudevents',
    type: 'custom.question_asked',
    subject: `u${n}`,
    actor: `user:u${n}`,
    data: { text: text(n) },
  });
  const post = async (message) => {
    const answer = await fetch(url, { method: 'POST', headers: { ...message.headers, ...headers }, body: message.body });
    if (answer.status !== 200) throw new Error(`answered ${answer.status}: ${await answer.text()}`);
  };
  const events = Array.from({ length: EVENTS }, (_, n) => made(n));
  const [third, rest] = [Math.ceil(EVENTS / 3), Math.ceil((2 * EVENTS) / 3)];
  for (const event of events.slice(0, third)) await post(HTTP.binary(event));
  for (const event of events.slice(third, rest)) await post(HTTP.structured(event));
  const emit = emitterFor(httpTransport(url));
  for (const event of events.slice(rest)) await emit(event, { headers });
  return events.map((event) => event.id);
}

// In the page: the options decide between a post for each event and batches.
const segmentBrowser = (integrations) => () => onPage((page) => page.evaluate(async ({ base, writeKey, EVENTS, texts, integrations }) => {
  const { AnalyticsBrowser } = window.AnalyticsNext ?? window;
  const [analytics] = await AnalyticsBrowser.load({ writeKey, cdnURL: base }, { integrations });
  const sent = [];
  const kinds = ['track', 'page', 'identify', 'track', 'group', 'screen', 'track', 'alias'];
  for (let n = 0; n < EVENTS; n++) {
    const text = `${texts[n % texts.length]} ${n}`;
    const calls = {
      track: () => analytics.track('Question Asked', { text }),
      page: () => analytics.page('Shoes', { note: text }),
      screen: () => analytics.screen('Basket', { note: text }),
      identify: () => analytics.identify(`u${n}`, { name: text }),
      group: () => analytics.group('g1', { name: text }),
      alias: () => analytics.alias(`u${n}-new`, `u${n}`),
    };
    const context = await calls[kinds[n % kinds.length]]();
    if (context.failedDelivery?.()) throw new Error(`not delivered: ${JSON.stringify(context.failedDelivery())}`);
    sent.push(context.event.messageId);
  }
  return sent;
}, { base, writeKey, EVENTS, texts: TEXTS, integrations }));

const rudderBrowser = (options) => () => onPage((page) => page.evaluate(async ({ base, writeKey, EVENTS, texts, options }) => {
  const { RudderAnalytics } = await import('/rudder/index.mjs');
  const analytics = new RudderAnalytics();
  const sent = [];
  await new Promise((ready) => analytics.load(writeKey, base, { configUrl: base, onLoaded: ready, logLevel: 'ERROR', ...options }));
  const kinds = ['track', 'page', 'identify', 'track', 'group', 'track', 'track', 'alias'];
  for (let n = 0; n < EVENTS; n++) {
    const text = `${texts[n % texts.length]} ${n}`;
    const event = await new Promise((done) => {
      const calls = {
        track: () => analytics.track('Question Asked', { text }, done),
        page: () => analytics.page('Shoes', { note: text }, done),
        identify: () => analytics.identify(`u${n}`, { name: text }, done),
        group: () => analytics.group('g1', { name: text }, done),
        alias: () => analytics.alias(`u${n}-new`, `u${n}`, done),
      };
      calls[kinds[n % kinds.length]]();
    });
    sent.push(event.messageId);
  }
  return sent;
}, { base, writeKey, EVENTS, texts: TEXTS, options }));

const BATCHING = { 'Segment.io': { deliveryStrategy: { strategy: 'batching', config: { size: 4, timeout: 1000 } } } };
const BEACON = { useBeacon: true, beaconQueueOptions: { maxItems: 3, flushQueueInterval: 1000 } };

const CLIENTS = {
  '@segment/analytics-node': segmentNode,
  '@rudderstack/rudder-sdk-node': rudderNode,
  cloudevents,
  '@segment/analytics-next': segmentBrowser({}),
  '@segment/analytics-next, batching': segmentBrowser(BATCHING),
  '@rudderstack/analytics-js/bundled': rudderBrowser({}),
  '@rudderstack/analytics-js/bundled, beacon': rudderBrowser(BEACON),
};

let failures = 0;
for (const [client, send] of Object.entries(CLIENTS)) {
  try {
    console.log(JSON.stringify({ client, sent: await send(), error: null }));
  } catch (fault) {
    failures += 1;
    console.log(JSON.stringify({ client, sent: [], error: String(fault?.stack ?? fault) }));
  }
}
process.exit(failures ? 1 : 0);
