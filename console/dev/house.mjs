// The made-up market behind the mock: people, events, decisions, cases, policy, deliveries.
import * as chats from './chats.mjs';

const markets = [
  { id: 'sg', name: 'Lanternfield Singapore', currency: 'SGD', zone: 'Asia/Singapore' },
  { id: 'fr', name: 'Lanternfield France', currency: 'EUR', zone: 'Europe/Paris' },
  { id: 'hk', name: 'Lanternfield Hong Kong', currency: 'HKD', zone: 'Asia/Hong_Kong' },
];
let dice = 7;
const roll = (n) => { dice = (dice * 1103515245 + 12345) % 2147483648; return dice % n; };
const pick = (list) => list[roll(list.length)];
const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
const personal = { text: 'sender', email: 'user', phone: 'user' };
const titles = { sg: ['Film camera, tested', 'Bicycle, 18 gears', 'Mechanical keyboard', '二手相机 九成新'], fr: ['Vélo de ville, très bon état', 'Appareil photo argentique', 'Canapé trois places à emporter'], hk: ['二手單車', '全新耳機 未拆封', 'Vintage desk lamp'] };

function ruleList(files) {
  const rules = [];
  for (const [file, text] of Object.entries(files)) {
    if (!file.startsWith('rules/')) continue;
    let rule = null;
    text.split('\n').forEach((line, i) => {
      const head = /^ {2}(\w+):\s*$/.exec(line);
      if (head) rules.push((rule = {
        name: head[1], file, line: i + 1, event: [], when: '', mode: 'draft', verdict: 'allow', why: {}, then: [], tests: 0 }));
      if (!rule) return;
      const field = /^ {4}(event|when|mode|verdict|budget|canary): (.*)$/.exec(line);
      if (field?.[1] === 'event') rule.event = field[2].replace(/[[\]]/g, '').split(',').map((s) => s.trim());
      else if (field) rule[field[1]] = field[2].replace(/^"(.*)"$/, '$1');
      const why = /^ {6}(en|fr|zh-Hans): "(.*)"$/.exec(line);
      if (why) rule.why[why[1]] = why[2];
      const then = /^ {6}- (\w+): \{(.*)\}/.exec(line);
      if (then) rule.then.push({ kind: then[1], text: then[2] });
      if (/^ {6}- name:/.test(line)) rule.tests += 1;
    });
  }
  return rules;
}

export function makeHouse(initial) {
  let files = { ...initial };
  const events = [];
  const cases = [];
  const deliveries = [];
  const labels = [];
  const undone = new Map();
  const backtests = new Map();
  const versions = [{ hash: 'b41f09c2d7', author: 'boot', note: 'The default pack', at: ago(90_000), active: false, files: initial }, { hash: '5d0c77aa13', author: 'mina', note: 'Chat rule to live', at: ago(4_000), active: true, files: initial }];
  let keys = [{ id: 'k1', name: 'shop front', scopes: ['ingest', 'decide'], market: 'sg', created_at: ago(80_000), last_used_at: ago(3) }];
  const proposals = [{ id: 'p-1', state: 'open', author: 'theo', note: 'Shops we know may pay often', at: ago(5_400), base: '5d0c77aa13', hash: 'a0b1c2d3e4', stale: false, rules: ['trusted_shops'], mine: false, decided_by: null, decided_at: null, why: null, files: [{ path: 'rules/payments.yaml', before: 'rules:\n', after: 'rules:\n  trusted_shops:\n    verdict: allow\n' }] }];
  let webhooks = [{ url: 'https://market.example/hooks/vigie', secrets: 1, allow_private: false }];
  const agents = [{ login: 'mina', name: 'Mina Lookout', role: 'admin' }, { login: 'theo', name: 'Théo Brume', role: 'analyst' }, { login: 'bao', name: '包小灯', role: 'agent' }];
  let rules = ruleList(files);
  let seq = 100;
  const active = () => versions.find((v) => v.active);
  const house = { markets, events, tell: () => {}, step, eventView, decisionView, route };

  const makers = [
    [30, 'page.viewed', () => ({ user: `u${roll(90)}`, path: pick(['/', '/search?q=camera', '/l/2210', '/help/refunds', '/checkout']) })],
    [14, 'session.started', (m) => ({ user: `u${roll(90)}`, device: `d${roll(120)}`, ip: `203.0.113.${roll(200)}`, country: m.toUpperCase() })],
    [18, 'message.sent', () => ({ message: `m${seq}`, conversation: `c${roll(60)}`, sender: `u${roll(90)}`, recipient: `u${roll(90)}`, text: '***' })],
    [9, 'listing.submitted', (m) => ({ listing: `l${2000 + roll(400)}`, seller: `u${roll(90)}`, title: pick(titles[m]), category: pick(['cameras', 'bicycles', 'phones', 'bags']), price: 20 + roll(900), currency: markets.find((x) => x.id === m).currency })],
    [9, 'payment.completed', (m) => ({ payment: `p${seq}`, order: `o${roll(200)}`, buyer: `u${roll(90)}`, instrument: `i${roll(60)}`, amount: 12 + roll(600) + 0.5, currency: markets.find((x) => x.id === m).currency })],
    [6, 'signin.succeeded', () => ({ user: `u${roll(90)}`, device: `d${roll(120)}`, ip: `203.0.113.${roll(200)}` })],
    [3, 'order.placed', (m) => ({ order: `o${roll(200)}`, buyer: `u${roll(90)}`, seller: `u${roll(90)}`, listing: `l${2000 + roll(400)}`, amount: 20 + roll(300), currency: markets.find((x) => x.id === m).currency })],
    [2, 'account.registered', () => ({ user: `u${100 + roll(900)}`, country: 'SG', email: '***', phone: '***' })],
  ];
  const kinds = { user: 'user', sender: 'user', recipient: 'user', seller: 'user', buyer: 'user', listing: 'listing', conversation: 'conversation', order: 'order', device: 'device', instrument: 'instrument', ip: 'ip' };

  function make(at) {
    let left = roll(91);
    const maker = makers.find(([weight]) => (left -= weight) < 0) ?? makers[0];
    const market = pick(['sg', 'sg', 'fr', 'hk']);
    seq += 1;
    const data = maker[2](market);
    const event = { market, seq, id: `e-${seq}`, source: 'shop', type: maker[1], time: at, received_at: at, data, hits: [], verdict: 'allow', score: 0, effects: [] };
    if (roll(100) < 12) judge(event);
    events.unshift(event);
    events.length = Math.min(events.length, 3000);
    return event;
  }

  function judge(event) {
    const rule = pick(rules.filter((r) => r.event.includes(event.type)));
    if (!rule) return;
    const reads = [...rule.when.matchAll(/[a-z_]+(?:\([a-z_]+\)|\.[a-z_]+(?:\('[^']*'\))?)?/g)].map((m) => m[0]).filter((n) => /[.(]/.test(n) && !n.startsWith('duration')).slice(0, 4)
      .map((name) => ({ name, value: name.includes('.has(') ? false : name.startsWith('account_age') ? '9h' : 2 + roll(9) }));
    const spans = event.data.text ? [{ field: 'text', start: 18, end: 34, signal: 'off_platform' }] : [];
    const mode = rule.mode === 'draft' ? 'shadow' : rule.mode;
    event.hits = [{ rule: rule.name, mode, verdict: rule.verdict, reads, spans, why: rule.why }];
    if (mode === 'shadow') return;
    event.verdict = rule.verdict;
    event.score = { allow: 0, warn: 0.3, review: 0.5, hold: 0.7, block: 0.9 }[rule.verdict];
    rule.then.forEach((then, index) => {
      const field = /(?:entity|to): (\w+)/.exec(then.text)?.[1] ?? 'user';
      const entity = { kind: kinds[field] ?? field, id: String(event.data[field] ?? 'u1') };
      const name = /(?:name|queue|text): ([\w-]+)/.exec(then.text)?.[1] ?? '';
      const outer = then.kind === 'message' || then.kind === 'webhook';
      const effect = { index, kind: then.kind, entity, detail: name, inverse: then.kind === 'message' ? 'none' : 'compensate', state: outer ? 'delivered' : 'applied' };
      if (outer) deliver(event, effect);
      if (then.kind === 'enqueue') openCase(event, entity, name);
      if (then.kind === 'label') labels.push({ market: event.market, entity, name, by: `rule:${rule.name}`, why: 'rule', at: event.time, until: null });
      event.effects.push(effect);
    });
  }

  function deliver(event, effect) {
    const fate = roll(12);
    const state = fate === 0 ? 'dead' : fate < 3 ? 'failed' : fate < 5 ? 'waiting' : 'delivered';
    effect.state = state;
    effect.delivery_key = `${event.market}:${event.seq}:${effect.index}`;
    deliveries.unshift({ key: effect.delivery_key, market: event.market, seq: event.seq, index: effect.index, kind: effect.kind, target: 'https://market.example/hooks/vigie', entity: effect.entity, state, attempts: state === 'waiting' ? 0 : state === 'dead' ? 8 : 1 + roll(3), next_at: state === 'failed' ? ago(-90) : null, last_error: state === 'failed' || state === 'dead' ? '503 Service Unavailable: upstream is restarting' : null, created_at: event.time, delivered_at: state === 'delivered' ? event.time : null });
  }

  function openCase(event, entity, queue) {
    const open = cases.find((c) => c.state === 'open' && c.entity.id === entity.id && c.queue === queue && c.market === event.market);
    if (open) { open.events += 1; open.seqs.push(event.seq); return; }
    cases.unshift({ id: `${event.market}-${event.seq}`, market: event.market, queue, entity, state: 'open', opened_at: event.time, due_at: new Date(Date.parse(event.time) + 7_200_000 * (roll(3) - 0.6)).toISOString(), events: 1, score: event.score, verdict: null, claimed_by: null, seqs: [event.seq] });
  }

  function step() {
    const event = make(new Date().toISOString());
    house.tell('event', event);
    if (event.effects.some((e) => e.kind === 'enqueue')) house.tell('case', { market: event.market });
  }

  for (let i = 700; i > 0; i -= 1) make(ago(i * 5));

  function eventView(e) {
    const entities = Object.entries(e.data).filter(([k]) => kinds[k]).map(([role, id]) => ({ role, kind: kinds[role], id }));
    return { market: e.market, seq: e.seq, id: e.id, source: e.source, type: e.type, subject: null, time: e.time, received_at: e.received_at, actor: null, data: e.data, personal: Object.keys(e.data).filter((k) => personal[k]), entities, verdict: e.verdict, score: e.score, decision: e.hits.length > 0 };
  }

  function decisionView(e, language) {
    const tongue = language?.startsWith('zh') ? 'zh-Hans' : language?.startsWith('fr') ? 'fr' : 'en';
    const hits = e.hits.map(({ why, ...hit }) => ({ ...hit, text: (why[tongue] ?? why.en ?? hit.rule).replace(/\{([^}]+)\}/g, (_, n) => String(hit.reads.find((r) => r.name === n)?.value ?? 4)) }));
    return { market: e.market, seq: e.seq, policy: active().hash.repeat(4), verdict: e.verdict, score: e.score, event: eventView(e), hits, effects: e.effects, undone: undone.get(e.seq) ?? null };
  }

  function paged(items, query, view) {
    const from = Number(query.get('before') ?? 0);
    const limit = Number(query.get('limit') ?? 50);
    return { items: items.slice(from, from + limit).map(view), next: items.length > from + limit ? String(from + limit) : null };
  }

  const same = (query, e) => (!query.get('market') || e.market === query.get('market')) && (!query.get('from') || e.received_at >= query.get('from')) && (!query.get('until') || e.received_at < query.get('until'));

  function entityView(kind, id, market) {
    const mine = events.filter((e) => (!market || e.market === market) && Object.entries(e.data).some(([k, v]) => kinds[k] === kind && v === id));
    return { kind, id, market: market ?? 'sg', first_seen: mine.at(-1)?.time ?? null, registered_at: kind === 'user' ? ago(400_000) : null,
      labels: labels.filter((l) => l.entity.kind === kind && l.entity.id === id).filter((l, i, all) => all.findIndex((x) => x.name === l.name) === i),
      aggregates: [{ name: 'seller_listings', fn: 'count', values: { '1h': 2, '24h': 7, all: 41 } }, { name: 'buyer_spend', fn: 'sum', values: { '1h': 0, '24h': 182.5, all: 4210.25 }, approximate: true }, { name: 'user_devices', fn: 'count_distinct', values: { '1h': 1, '24h': 2, all: 5 } }, { name: 'payment_p90', fn: 'quantile', values: {}, missing: true }],
      cases: cases.filter((c) => c.entity.kind === kind && c.entity.id === id).map(caseView), mine };
  }

  const caseView = (c) => ({ ...c, seqs: undefined });
  const ruleView = (r) => {
    const hit = events.filter((e) => e.hits.some((h) => h.rule === r.name));
    return { ...r, tests: { passed: r.tests, failed: 0 }, hits_24h: hit.length, hits_total: hit.length * 9, last_hit: hit[0]?.time ?? null, tripped_at: r.name === 'burst_new_seller' ? ago(3000) : null };
  };

  function check(edits) {
    const all = { ...files, ...edits };
    const diagnostics = [];
    for (const [file, text] of Object.entries(all)) {
      if (typeof text !== 'string' || !file.startsWith('rules/')) continue;
      text.split('\n').forEach((line, i) => {
        const slip = /\b(selller|conversaton|signls|verdct)\w*/.exec(line);
        const right = { selller: 'seller', conversaton: 'conversation', signls: 'signals', verdct: 'verdict' };
        if (slip) diagnostics.push({ file, line: i + 1, column: slip.index + 1, length: slip[0].length, severity: 'error', message: `unknown name \`${slip[0]}\``, suggestion: slip[0].replace(slip[1], right[slip[1]]) });
      });
    }
    const tests = ruleList(all).flatMap((r) => Array.from({ length: r.tests }, (_, i) => ({ rule: r.name, name: `case ${i + 1}`, passed: true, expect: r.verdict, got: r.verdict })));
    return { ok: !diagnostics.length, diagnostics, tests };
  }

  function activate(edits, author, note) {
    versions.forEach((v) => (v.active = false));
    files = Object.fromEntries(Object.entries({ ...files, ...edits }).filter(([, text]) => text !== null));
    versions.unshift({ hash: Math.random().toString(16).slice(2, 12), author, note, at: new Date().toISOString(), active: true, files });
    rules = ruleList(files);
    house.tell('policy', { hash: active().hash });
    return { hash: active().hash };
  }

  function backtest(id) {
    const run = backtests.get(id);
    if (!run) return null;
    const total = 48_210;
    const done = run.cancelled ? run.at : Math.min(total, Math.round((Date.now() - run.started) * 16));
    if (run.cancelled) return { id, state: 'cancelled', done, total, result: null };
    if (done < total) return { id, state: 'running', done, total, result: null };
    const hit = events.filter((e) => e.hits.length).slice(0, 8);
    return { id, state: 'done', done, total, result: { events: total, took_ms: 2960, new_hits: 41, lost_hits: 6, same_hits: 512, by_rule: rules.slice(0, 4).map((r, i) => ({ rule: r.name, before: 120 + i, after: 155 + i, new: 41 - i, lost: 6 + i })), verdicts_changed: 38, people_affected: 29, value_affected: [{ currency: 'SGD', minor: 482150 }, { currency: 'EUR', minor: 99900 }], samples: hit.map((e, i) => ({ market: e.market, seq: e.seq, rule: e.hits[0].rule, change: i % 4 === 3 ? 'lost' : 'new', event: eventView(e) })) } };
  }

  function route(method, p, query, input, language, agent) {
    const get = method === 'GET';
    const ok = (body) => ({ body });
    const bad = (status, title, detail) => ({ status, body: { title, status, detail } });
    const view = (e) => decisionView(e, language);
    if (p[0] === 'me') { agent.keys = input.keys ?? agent.keys; return ok({ agent }); }
    if (p[0] === 'text' && p[1] === 'read') return ok(chats.read(input.text));
    if (p[0] === 'text') return ok({ messages: 812, lists: [{ list: 'off_platform', before: 31, after: 38 }, { list: 'pay_outside', before: 12, after: 12 }], samples: events.filter((e) => e.type === 'message.sent').slice(0, 3).map((e) => ({ event: eventView(e), change: 'new', spans: [{ start: 8, end: 20, kind: 'list', name: 'off_platform' }] })) });
    if (p[0] === 'chats') return p[3] === 'reveal' ? ok(chats.revealed()) : ok(chats.chat(p[1], p[2]));
    if (p[0] === 'quality') return ok(chats.quality(Number(query.get('days') ?? 7)));
    if (p[0] === 'stats') return ok(stats(query));
    if (p[0] === 'events' && p.length === 1) {
      const [kind, id] = (query.get('entity') ?? '').split(':');
      return ok(paged(events.filter((e) => same(query, e) && (!query.get('type') || e.type === query.get('type')) && (!query.get('verdict') || e.verdict === query.get('verdict')) && (!id || Object.entries(e.data).some(([k, v]) => kinds[k] === kind && v === id))), query, eventView));
    }
    if (p[0] === 'events' || p[0] === 'decisions') {
      if (p.length === 1) return ok(paged(events.filter((e) => e.hits.length && same(query, e) && (!query.get('verdict') || e.verdict === query.get('verdict')) && (!query.get('rule') || e.hits.some((h) => h.rule === query.get('rule')))), query, view));
      const event = events.find((e) => e.market === p[1] && e.seq === Number(p[2]));
      if (!event || (p[0] === 'decisions' && !event.hits.length)) return bad(404, 'Not found', 'There is no such record.');
      if (p[0] === 'events') return ok(eventView(event));
      if (p[3] === 'replay') return ok({ same: event.seq % 7 !== 0, stored: view(event), replayed: view(event) });
      if (p[3] === 'undo') {
        undone.set(event.seq, { at: new Date().toISOString(), by: agent.login, why: input.why });
        event.effects.forEach((e) => { if (e.inverse !== 'none') e.state = 'undone'; });
        return ok({ undone: event.effects.filter((e) => e.inverse !== 'none').map((e) => ({ index: e.index, how: 'compensated' })), kept: event.effects.filter((e) => e.inverse === 'none').map((e) => ({ index: e.index, why: 'already sent' })) });
      }
      return ok(view(event));
    }
    if (p[0] === 'entities') return entityRoute(method, p, query, input, agent, ok);
    if (p[0] === 'rules') {
      if (p.length === 1) return ok({ policy: { hash: active().hash, activated_at: active().at, author: active().author, note: active().note }, items: rules.map(ruleView) });
      const rule = rules.find((r) => r.name === p[1]);
      if (!rule) return bad(404, 'Not found', 'No such rule.');
      if (input.base !== active().hash) return bad(409, 'Stale', 'The policy has changed since you loaded it.');
      const lines = files[rule.file].split('\n');
      for (let i = rule.line; i < lines.length; i += 1) if (/^ {4}mode:/.test(lines[i])) { lines[i] = `    mode: ${input.mode}`; break; }
      return ok(activate({ [rule.file]: lines.join('\n') }, agent.login, `${rule.name} to ${input.mode}: ${input.why}`));
    }
    if (p[0] === 'policy') {
      if (p.length === 1 && get) return ok({ ...active(), activated_at: active().at, files: Object.entries(files).map(([path, text]) => ({ path, bytes: text.length })) });
      if (p.length === 1) {
        const found = check(input.files);
        if (!found.ok) return { status: 422, body: { title: 'The pack has faults', status: 422, detail: 'Correct them first.', diagnostics: found.diagnostics } };
        if (input.base !== active().hash) return bad(409, 'Stale', 'The policy has changed since you loaded it.');
        return ok(activate(input.files, agent.login, input.note));
      }
      if (p[1] === 'check') return ok(check(input.files));
      if (p[1] === 'proposals') {
        const one = proposals.find((x) => x.id === p[2]);
        if (p[2] && !one) return bad(404, 'Not found', 'No such proposal.');
        if (p[3]) Object.assign(one, { state: p[3] === 'approve' ? 'approved' : 'declined', decided_by: agent.login, decided_at: new Date().toISOString(), why: input.why ?? null });
        return ok(one ?? { items: proposals.filter((x) => !query.get('state') || x.state === query.get('state')).map((x) => ({ ...x, files: undefined })) });
      }
      if (p[1] === 'files') {
        const path = p.slice(2).join('/');
        return files[path] === undefined ? bad(404, 'Not found', 'No such file.') : ok({ path, text: files[path], hash: active().hash });
      }
      if (p[1] === 'versions' && p.length === 2) return ok({ items: versions.map((v) => ({ ...v, files: undefined })) });
      if (p[3] === 'diff') {
        const to = versions.find((v) => v.hash === p[2]);
        const from = versions.find((v) => v.hash === query.get('from')) ?? versions[versions.indexOf(to) + 1];
        return ok({ files: Object.keys({ ...to.files, ...from?.files }).filter((f) => to.files[f] !== from?.files[f]).map((path) => ({ path, before: from?.files[path] ?? null, after: to.files[path] ?? null })) });
      }
      if (p[3] === 'activate') return ok(activate(versions.find((v) => v.hash === p[2]).files, agent.login, input.why));
    }
    if (p[0] === 'backtests') {
      if (method === 'POST') { const id = `b${backtests.size + 1}`; backtests.set(id, { started: Date.now() }); return ok({ id }); }
      if (method === 'DELETE') { const run = backtests.get(p[1]); run.at = Math.round((Date.now() - run.started) * 16); run.cancelled = true; return ok({}); }
      return backtest(p[1]) ? ok(backtest(p[1])) : null;
    }
    if (p[0] === 'deliveries') return deliveryRoute(p, query, ok, bad);
    if (p[0] === 'cases') return caseRoute(p, query, input, agent, ok, bad, view);
    return settingsRoute(method, p, input, ok);
  }

  function stats(query) {
    const mine = events.filter((e) => same(query, e));
    const count = (v) => mine.filter((e) => e.verdict === v).length;
    const minute = Math.floor(Date.now() / 60_000);
    const by_minute = Array.from({ length: 60 }, (_, i) => {
      const at = minute - 59 + i;
      const within = mine.filter((e) => Math.floor(Date.parse(e.time) / 60_000) === at);
      return { at: new Date(at * 60_000).toISOString(), events: within.length, hits: within.filter((e) => e.hits.length).length };
    });
    return { events: mine.length + 12_480, decisions: mine.filter((e) => e.hits.length).length, warned: count('warn'), held: count('hold'), blocked: count('block'), reviewed: count('review'), cases_open: cases.filter((c) => c.state === 'open' && same(query, c)).length, lost: 0, rate_1m: 4.2, by_minute };
  }

  function entityRoute(method, p, query, input, agent, ok) {
    if (p.length === 1) {
      const q = (query.get('q') ?? '').toLowerCase();
      const found = new Map();
      for (const e of events) for (const [k, v] of Object.entries(e.data)) {
        if (kinds[k] && (v.toLowerCase().startsWith(q) || `${kinds[k]}:${v}`.startsWith(q)) && same(query, e)) found.set(`${e.market}${kinds[k]}${v}`, { kind: kinds[k], id: v, market: e.market, labels: [] });
        if (found.size >= 8) break;
      }
      return ok({ items: [...found.values()] });
    }
    const entity = { kind: p[1], id: p[2] };
    if (method === 'POST') { labels.push({ market: input.market, entity, name: input.name, by: `agent:${agent.login}`, why: input.why, at: new Date().toISOString(), until: null }); return ok({}); }
    if (method === 'DELETE') { const at = labels.findIndex((l) => l.entity.id === p[2] && l.name === p[4]); labels.splice(at, 1); return ok({}); }
    const { mine, ...rest } = entityView(p[1], p[2], query.get('market'));
    const timeline = paged(mine, query, eventView);
    return ok(p[3] === 'timeline' ? timeline : { ...rest, timeline });
  }

  function deliveryRoute(p, query, ok, bad) {
    if (p.length === 1) {
      const counts = { waiting: 0, delivered: 0, failed: 0, dead: 0 };
      deliveries.forEach((d) => (counts[d.state] = (counts[d.state] ?? 0) + 1));
      return ok({ counts, ...paged(deliveries.filter((d) => !query.get('state') || d.state === query.get('state')), query, (d) => d) });
    }
    const one = deliveries.find((d) => d.key === p[1]);
    if (!one) return bad(404, 'Not found', 'No such delivery.');
    one.state = p[2] === 'retry' ? 'waiting' : 'cancelled';
    return ok(one);
  }

  function caseRoute(p, query, input, agent, ok, bad, view) {
    const now = Date.now();
    if (p.length === 1) {
      const counts = {};
      cases.filter((c) => c.state === 'open').forEach((c) => {
        counts[c.queue] ??= { open: 0, overdue: 0 };
        counts[c.queue].open += 1;
        if (Date.parse(c.due_at) < now) counts[c.queue].overdue += 1;
      });
      const wanted = cases.filter((c) => same(query, c) && c.state === (query.get('state') || 'open') && (!query.get('queue') || c.queue === query.get('queue')));
      return ok({ counts, ...paged(wanted, query, caseView) });
    }
    const one = cases.find((c) => c.id === p[1]);
    if (!one) return bad(404, 'Not found', 'No such case.');
    if (p[2] === 'claim') one.claimed_by = agent.login;
    if (p[2] === 'close') Object.assign(one, { state: 'closed', verdict: input.verdict, note: input.note, closed_at: new Date().toISOString() });
    if (p[2] === 'reopen') Object.assign(one, { state: 'open', verdict: null });
    return ok({ ...caseView(one), decisions: events.filter((e) => one.seqs.includes(e.seq)).map(view) });
  }

  function settingsRoute(method, p, input, ok) {
    if (p[0] === 'settings') return ok({ version: '0.1.0', store: 'sqlite', encoder: false, retention_days: 400, retention: { days: 400, logs: markets.map((m) => ({ market: m.id, from_seq: 1, from_at: ago(90_000) })) }, webhooks, agents });
    if (p[0] === 'agents') {
      if (method === 'POST') { agents.push({ login: input.login, name: input.name, role: input.role }); return ok({ agent: {}, ...(input.password ? {} : { password: 'made-up-for-you' }) }); }
      if (method === 'PATCH') { Object.assign(agents.find((a) => a.login === input.login || a.login === p[1]) ?? {}, input); return ok({}); }
      return ok({ items: agents });
    }
    if (p[0] === 'webhooks') { webhooks = input.url ? [{ url: input.url, secrets: input.rotate ? 2 : 1, allow_private: false }] : []; return ok({ webhook: webhooks[0] ?? null, ...(input.rotate ? { secret: 'whsec_bWFkZSB1cCBmb3IgdGhlIG1vY2sgaG91c2U=' } : {}) }); }
    if (p[0] === 'keys') {
      if (method === 'POST') { const id = `k${keys.length + 1}`; keys.push({ id, name: input.name, scopes: input.scopes, market: input.market, created_at: new Date().toISOString() }); return ok({ id, key: `vk_${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}` }); }
      if (method === 'DELETE') { keys = keys.filter((k) => k.id !== (p[1] ?? input.id)); return ok({}); }
      return ok({ items: keys });
    }
    return null;
  }

  return house;
}
