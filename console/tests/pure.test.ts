// The parts that can be wrong without a browser noticing.
import { beforeAll, describe, expect, test, vi } from 'vitest';

beforeAll(() => {
  const nothing = () => undefined;
  vi.stubGlobal('location', { pathname: '/live', search: '', origin: 'http://console.example' });
  vi.stubGlobal('addEventListener', nothing);
  vi.stubGlobal('document', { addEventListener: nothing, documentElement: { dataset: {} } });
  vi.stubGlobal('navigator', { platform: 'Linux', languages: ['en'] });
  vi.stubGlobal('window', { setTimeout: (run: () => void) => setTimeout(run, 0) });
});

describe('server-sent events', () => {
  const stream = 'event: event\r\nid: 7\r\ndata: {"a":1}\r\n\r\n: a comment\n\nevent: ping\ndata: {}\n\ndata: one\ndata: two\n\nevent: case\rdata:x\r\rid: 9\n\n';
  const want = [['event', '7', '{"a":1}'], ['ping', '', '{}'], ['message', '', 'one\ntwo'], ['case', '', 'x']];

  test('are the same however the bytes are torn', async () => {
    const { Frames } = await import('../src/live');
    for (let size = 1; size <= stream.length; size += 1) {
      const heard: string[][] = [];
      const frames = new Frames((kind, id, data) => heard.push([kind, id, data]));
      for (let at = 0; at < stream.length; at += size) frames.push(stream.slice(at, at + size));
      expect(heard, `pieces of ${size}`).toEqual(want);
    }
  });
});

describe('spans', () => {
  const span = (start: number, end: number, signal = 's') => ({ field: 'text', start, end, signal });
  test.each([
    ['add me on WhatsApp now', [span(10, 18)], ['add me on ', '*WhatsApp', ' now']],
    ['加我微信聊吧', [span(6, 12)], ['加我', '*微信', '聊吧']],
    ['Télégram svp', [span(0, 10)], ['*Télégram', ' svp']],
    ['abc', [], ['abc']],
    ['abcdef', [span(1, 4), span(2, 5)], ['a', '*bcd', '*e', 'f']],
    ['abc', [span(2, 99)], ['ab', '*c']],
    ['', [span(0, 3)], []],
  ])('%s', async (text, spans, want) => {
    const { cut } = await import('../src/ui/evidence');
    expect(cut(text, spans).map((p) => (p.signal ? `*${p.text}` : p.text))).toEqual(want);
    expect(cut(text, spans).map((p) => p.text).join('')).toBe(text);
  });

  test('a masked text shows where, never what', async () => {
    const { veil } = await import('../src/ui/evidence');
    const pieces = veil([span(9, 18), span(30, 36)]);
    expect(pieces.map((p) => !!p.signal)).toEqual([false, true, false, true, false]);
    expect(pieces.map((p) => p.text).join('')).toMatch(/^▇+$/);
  });
});

describe('diff', () => {
  const apply = (lines: { kind: string; text: string }[], wanted: string) => lines.filter((l) => l.kind === 'same' || l.kind === wanted).map((l) => l.text);
  test('rebuilds both texts and is shortest on random ones', async () => {
    const { diff } = await import('../src/diff');
    let seed = 3;
    const roll = (n: number) => { seed = (seed * 48271) % 2147483647; return seed % n; };
    for (let round = 0; round < 300; round += 1) {
      const make = () => Array.from({ length: roll(7) }, () => 'abc'[roll(3)]!);
      const [a, b] = [make(), make()];
      const lines = diff(a.join('\n'), b.join('\n'));
      const folded = lines.reduce((n, l) => n + (l.kind === 'skip' ? l.count! : 0), 0);
      if (folded === 0) {
        expect(apply(lines, 'gone')).toEqual(a);
        expect(apply(lines, 'come')).toEqual(b);
      }
      const kept = lines.filter((l) => l.kind === 'same').length + folded;
      expect(kept).toBe(longest(a, b));
    }
  });

  function longest(a: string[], b: string[]): number {
    if (!a.length || !b.length) return 0;
    const rest = (x: string[]) => x.slice(1);
    return a[0] === b[0] ? 1 + longest(rest(a), rest(b)) : Math.max(longest(rest(a), b), longest(a, rest(b)));
  }

  test('folds what is far from a change', async () => {
    const { diff } = await import('../src/diff');
    const before = Array.from({ length: 40 }, (_, i) => `line ${i}`);
    const after = before.map((line) => (line === 'line 20' ? 'other' : line));
    const kinds = diff(before.join('\n'), after.join('\n')).map((l) => (l.kind === 'skip' ? `skip ${l.count}` : l.kind));
    expect(kinds).toEqual(['skip 17', 'same', 'same', 'same', 'gone', 'come', 'same', 'same', 'same', 'skip 16']);
  });
});

describe('feed', () => {
  const row = (seq: number, more = {}) => ({ key: `sg/${seq}`, market: 'sg', seq, at: '2026-01-01T00:00:00Z', type: 'message.sent', verdict: 'allow' as const, score: 0, ...more });
  test('is newest first, bounded, and joins an event with its decision in either order', async () => {
    const { fold } = await import('../src/feed');
    const hits = [{ rule: 'r', mode: 'live' as const, verdict: 'warn' as const, reads: [] }];
    const decision = row(3, { type: '', at: '', verdict: 'warn', hits });
    const one = fold([row(1)], [row(2), row(3), decision]);
    expect(one.map((r) => r.seq)).toEqual([3, 2, 1]);
    expect(one[0]).toMatchObject({ verdict: 'warn', type: 'message.sent', hits });
    expect(fold(one, [row(3)])[0]).toMatchObject({ verdict: 'warn', hits });
    expect(fold([], [decision, row(3)])[0]).toMatchObject({ verdict: 'warn', type: 'message.sent' });
    const said = { ...decision, event: { type: 'message.sent', data: {} } as never };
    expect(fold([row(3, { event: { data: { text: '***' } } as never })], [said])[0]!.event!.data).toEqual({ text: '***' });
    expect(fold([], Array.from({ length: 900 }, (_, i) => row(i))).length).toBe(500);
  });
});

describe('addresses', () => {
  test.each([
    ['/decisions/:market/:seq', '/decisions/sg/12', { market: 'sg', seq: '12' }],
    ['/e/:kind/:id', '/e/ip/203.0.113.9', { kind: 'ip', id: '203.0.113.9' }],
    ['/e/:kind/:id', '/e/user/a%2Fb', { kind: 'user', id: 'a/b' }],
    ['/cases', '/cases/', {}],
    ['/cases/:id', '/cases', null],
    ['/rules/:name', '/rules/%E0%A4%A', null],
  ])('%s on %s', async (pattern, path, want) => {
    const { match } = await import('../src/router');
    expect(match(pattern, path)).toEqual(want);
  });
});

describe('undo', () => {
  test('pressed before the answer waits for it; after a refusal there is nothing to take back', async () => {
    const { actUndoably, toasts, undoLast } = await import('../src/toasts');
    const steps: string[] = [];
    let answer: (kept: boolean) => void = () => undefined;
    const sending = () => new Promise<void>((kept, refused) => { answer = (ok) => (ok ? kept() : refused(new Error('no'))); });
    const act = actUndoably('closed', sending().then(() => void steps.push('done')), async () => void steps.push('undone'));
    const undoing = undoLast();
    expect(steps).toEqual([]);
    answer(true);
    await Promise.all([act, undoing]);
    expect(steps).toEqual(['done', 'undone']);

    const refused = actUndoably('closed again', sending(), async () => void steps.push('never'));
    answer(false);
    await expect(refused).rejects.toThrow('no');
    await undoLast();
    expect(steps).toEqual(['done', 'undone']);
    expect(toasts.value.some((toast) => toast.undo)).toBe(false);
  });
});

describe('notices', () => {
  test('what can be taken back is not pushed out by what only tells', async () => {
    const { say, sayUndo, toasts, undoLast } = await import('../src/toasts');
    const steps: string[] = [];
    sayUndo('label lifted', () => void steps.push('back'));
    for (let i = 0; i < 5; i += 1) say(`told ${i}`);
    expect(toasts.value.length).toBeLessThanOrEqual(3);
    await undoLast();
    expect(steps).toEqual(['back']);
  });

  test('a change that only became a proposal is said so, and undo withdraws it', async () => {
    const { install } = await import('../src/policy');
    const { toasts, undoLast } = await import('../src/toasts');
    const asked: string[] = [];
    vi.stubGlobal('fetch', async (path: string) => { asked.push(path); return new Response('{}'); });
    await install('in force', Promise.resolve({ proposal: 'p-1', rules: ['r'] }), async () => void asked.push('back'));
    expect(toasts.value.at(-1)?.text).not.toBe('in force');
    await undoLast();
    await install('in force', Promise.resolve({ hash: 'h' }), async () => void asked.push('back'));
    expect(toasts.value.some((toast) => toast.text === 'in force')).toBe(true);
    await undoLast();
    expect(asked).toEqual(['/v1/policy/proposals/p-1/decline', 'back']);
  });
});

describe('policy editor', () => {
  test('a suggestion lands on the characters meant, beyond the basic plane too', async () => {
    const { repaired } = await import('../src/pages/rule');
    const found = { file: 'f', line: 2, column: 4, length: 7, severity: 'error', message: '', suggestion: 'seller' };
    expect(repaired('a\n🙂🙂 selller.x\nb', found)).toBe('a\n🙂🙂 seller.x\nb');
    expect(repaired('a', found)).toBe('a');
  });

  test('the palette ranks whole words before scattered letters', async () => {
    const { rank } = await import('../src/ui/palette');
    expect(rank('chat_off_platform', 'off')).toBeLessThan(rank('one free fix', 'off'));
    expect(rank('Live', 'xyz')).toBe(-1);
  });
});

describe('keys', () => {
  test('no action of the console disturbs another', async () => {
    const { ACTIONS, clashes } = await import('../src/actions');
    for (const [action, [, keys]] of Object.entries(ACTIONS)) expect(clashes(action as keyof typeof ACTIONS, keys, {}), action).toEqual([]);
  });

  test('who has the keys already is named, pairs that begin alike too', async () => {
    const { clashes } = await import('../src/actions');
    expect(clashes('case-fraud', 'o', {})).toEqual(['case-fine']);
    expect(clashes('case-fraud', '4', {})).toEqual(['act-pay-outside']);
    expect(clashes('case-fraud', 'j', {})).toEqual(['key-next']);
    expect(clashes('case-fraud', 'g', {}).length).toBeGreaterThan(5);
    expect(clashes('nav-live', 'z x', {})).toEqual(['key-undo']);
    expect(clashes('key-replay', 'f', {})).toEqual([]);
    expect(clashes('case-fraud', 'o', { 'case-fine': 'y' })).toEqual([]);
    expect(clashes('case-next', 'n', {})).toEqual([]);
  });

  test('a swap gives each the keys of the other, and nothing is kept that is the console’s own', async () => {
    const { swapped, keysOf } = await import('../src/actions');
    const once = swapped('case-fraud', 'o', {});
    expect([keysOf('case-fraud', once), keysOf('case-fine', once)]).toEqual(['o', 'f']);
    expect(swapped('case-fraud', 'f', once)).toEqual({});
    expect(swapped('case-next', 'y', {})).toEqual({ 'case-next': 'y', 'case-first': 'y' });
  });
});

describe('tables', () => {
  test('a line of CSV survives commas, quotes, lines and spreadsheets', async () => {
    const { csvLine } = await import('../src/ui/table');
    expect(csvLine(['a', 1.5, null, 'x,y', 'say "hi"', 'two\nlines', '=1+1', '-3', -3, '***', '']))
      .toBe('a,1.5,,"x,y","say ""hi""","two\nlines",\'=1+1,\'-3,-3,***,');
  });
});

describe('marks', () => {
  const mark = (start: number, end: number, name = 'm') => ({ start, end, kind: 'act' as const, name });
  test.each([
    [10, [], [[0, 10, 0]]],
    [10, [mark(2, 5)], [[0, 2, 0], [2, 5, 1], [5, 10, 0]]],
    [10, [mark(2, 6, 'a'), mark(4, 8, 'b')], [[0, 2, 0], [2, 4, 1], [4, 6, 2], [6, 8, 1], [8, 10, 0]]],
    [4, [mark(2, 99), mark(-3, 1)], [[0, 1, 1], [1, 2, 0], [2, 4, 1]]],
    [0, [mark(0, 3)], []],
    [5, [mark(3, 3), mark(4, 2)], [[0, 5, 0]]],
  ])('over %i bytes', async (length, marks, want) => {
    const { slices } = await import('../src/ui/acts');
    expect(slices(length, marks).map((p) => [p.start, p.end, p.marks.length])).toEqual(want);
  });

  test('each act has a key and a name', async () => {
    const { ACTS, actionOf } = await import('../src/ui/acts');
    const { ACTIONS } = await import('../src/actions');
    expect(ACTS.filter((act) => !(actionOf(act) in ACTIONS))).toEqual([]);
  });
});

describe('quality', () => {
  test('shows every day that was looked at, quiet ones too, and loses none', async () => {
    const { everyDay } = await import('../src/pages/quality');
    const day = (at: string, messages: number) => ({ at, messages, warned: 1, reviewed: 0, stopped: 0 });
    const shown = everyDay({ days: 3, volume: [day('2026-03-02T00:00:00Z', 5), day('2026-03-04T00:00:00Z', 7)] }, Date.parse('2026-03-04T12:00:00Z'));
    expect(shown.map((d) => [d.at.slice(0, 10), d.messages])).toEqual([['2026-03-01', 0], ['2026-03-02', 5], ['2026-03-03', 0], ['2026-03-04', 7]]);
    expect(everyDay({ days: 1, volume: [] }, 0)).toHaveLength(2);
  });
});

describe('canary', () => {
  test('the present share is always among the choices', async () => {
    const { sharesWith } = await import('../src/pages/rule');
    expect(sharesWith(0)).toEqual([0.01, 0.05, 0.1, 0.25, 0.5]);
    expect(sharesWith(0.3)).toEqual([0.01, 0.05, 0.1, 0.25, 0.3, 0.5]);
    expect(sharesWith(0.25)).toHaveLength(5);
  });
});
