// The mock's conversations: read by a handful of words, judged and counted like the real ones, but made up on the spot.
const WORDS = { off_platform: ['whatsapp', 'telegram', '微信'], pay_outside: ['bank transfer', 'gift card', 'virement'], asks_code: ['verification code', 'code'] };
const SAYINGS = ['Hi! Is it still available?', 'Yes, add me on WhatsApp, I reply faster there', 'I would rather stay here', 'Bank transfer only, I ship within the hour', '好的，加我微信聊', 'Un virement instantané, sans passer par le site'];
const encoder = new TextEncoder();

export function read(text) {
  const spans = [];
  for (const [name, terms] of Object.entries(WORDS)) for (const term of terms) {
    const at = text.toLowerCase().indexOf(term);
    if (at < 0) continue;
    const start = encoder.encode(text.slice(0, at)).length;
    spans.push({ start, end: start + encoder.encode(term).length, kind: 'list', name });
    if (name === 'pay_outside') spans.push({ start, end: start + encoder.encode(term).length, kind: 'act', name: 'pay_outside', direction: 'asks', polarity: 'lure', confidence: 0.82 });
  }
  return { language: { code: /[\u4e00-\u9fff]/.test(text) ? 'zh-Hans' : /virement|sans/.test(text) ? 'fr' : 'en', confidence: 0.9 }, spans: spans.sort((a, b) => a.start - b.start) };
}

const at = (back) => new Date(Date.now() - back * 60_000).toISOString();

export function chat(market, id) {
  const turns = SAYINGS.map((text, i) => {
    const { spans, language } = read(text);
    const hit = spans.length ? [{ rule: 'chat_off_platform', mode: 'live', verdict: 'warn', text: 'Asks to move the talk to another app', reads: [], spans: [] }] : [];
    return { seq: 9000 + i, time: at(60 - i * 3), sender: i % 2 ? 'u12' : 'u34', recipient: i % 2 ? 'u34' : 'u12', state: 'sent', bytes: encoder.encode(text).length, language: language.code, marks: spans, verdict: hit.length ? 'warn' : 'allow', score: hit.length ? 0.3 : 0, hits: hit };
  });
  const copies = ['c77', 'c78', 'c90'].map((conversation, i) => ({ turn: 9001, seq: 9100 + i, time: at(20 + i), sender: 'u12', conversation, recipient: `u${50 + i}` }));
  return { market, id, listing: 'l2210', parties: [{ id: 'u34', messages: 3 }, { id: 'u12', messages: 3 }], turns, facts: [], copies, cases: [], more: false };
}

export const revealed = () => ({ texts: SAYINGS.map((text, i) => ({ seq: 9000 + i, text })), looks_24h: 3 });

function rate(hits, n) {
  if (!n) return { hits, n, share: null, low: null, high: null };
  const [p, z] = [hits / n, 1.96];
  const [middle, half] = [p + (z * z) / (2 * n), z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))];
  const scale = 1 + (z * z) / n;
  return { hits, n, share: p, low: Math.max(0, (middle - half) / scale), high: Math.min(1, (middle + half) / scale) };
}

export function quality(days) {
  const parts = [['language', 'en', 31, 40], ['language', 'fr', 9, 14], ['language', 'zh-Hans', 12, 13], ['market', 'sg', 35, 44], ['market', 'fr', 17, 23], ['signal', 'off_platform', 40, 52], ['signal', 'pay_outside', 30, 33], ['signal', 'asks_code', 2, 2]];
  const day = Math.floor(Date.now() / 86_400_000);
  const volume = Array.from({ length: Math.min(days, 30) }, (_, i) => ({ at: new Date((day - Math.min(days, 30) + 1 + i) * 86_400_000).toISOString(), messages: 400 + ((i * 137) % 210), warned: 9 + ((i * 7) % 12), reviewed: (i * 5) % 6, stopped: i % 3 }));
  return { days, messages: 4210, conversations: 1302, truncated: false, found: { fraud: 52, fine: 15, unsure: 4 }, overall: rate(52, 67), precision: parts.map(([by, name, hits, n]) => ({ by, name, ...rate(hits, n) })), volume,
    stayed: rate(41, 60), stayed_base: rate(880, 1100), keyword: { alerts: rate(190, 1302), precision: rate(44, 70), recall: rate(44, 52) }, guard: { alerts: rate(96, 1302), precision: rate(49, 58), recall: rate(49, 52) }, overlap: { both: 88, keyword_only: 102, guard_only: 8 }, lists: Object.keys(WORDS) };
}
