// The rows of the Live page: bounded, newest first, with what waits while it is paused.
import { signal } from '@preact/signals';
import { listen, type Message } from './live';
import type { DecisionView, EventView, HitView, Verdict } from './types';

export const LIMIT = 500;

export interface Row {
  key: string; market: string; seq: number; at: string; type: string; verdict: Verdict; score: number;
  event?: EventView; hits?: HitView[]; fresh?: boolean;
}

export const rows = signal<Row[]>([]);
export const waiting = signal<Row[]>([]);
/** How many came while paused, counted beyond what is kept. */
export const waitingCount = signal(0);
export const paused = signal(false);
/** What came since the last answer of /v1/stats. */
export const since = signal<Record<string, number>>({});

let buffer: Row[] = [];
let timer = 0;

export function fromEvent(event: EventView): Row {
  return {
    key: `${event.market}/${event.seq}`, market: event.market, seq: event.seq, at: event.received_at ?? event.time, type: event.type,
    verdict: event.verdict ?? 'allow', score: event.score ?? 0, event,
  };
}

export function fromDecision(decision: DecisionView): Row {
  const base = { key: `${decision.market}/${decision.seq}`, market: decision.market, seq: decision.seq, verdict: decision.verdict, score: decision.score, hits: decision.hits };
  const event = decision.event;
  return { ...base, at: event?.received_at ?? event?.time ?? '', type: event?.type ?? '', ...(event ? { event } : {}) };
}

const full = (event: EventView | undefined) => Object.keys(event?.data ?? {}).length > 0;

/** What both rows know of one event; the later one wins where both speak. */
export function join(old: Row, next: Row): Row {
  // A decision on the stream carries its event without data: the fuller of the two is kept.
  const event = full(next.event) || !old.event ? (next.event ?? old.event) : old.event;
  const hits = next.hits ?? old.hits;
  return {
    ...old, ...next, at: old.at || next.at, type: old.type || next.type,
    verdict: next.hits || !old.hits ? next.verdict : old.verdict, ...(event ? { event } : {}), ...(hits ? { hits } : {}),
  };
}

/** Puts new rows before old ones, joins what speaks of the same event, keeps at most `limit`. */
export function fold(old: Row[], fresh: Row[], limit = LIMIT): Row[] {
  const made = new Map<string, Row>();
  for (const row of fresh) {
    const known = made.get(row.key);
    made.set(row.key, known ? join(known, row) : row);
  }
  const kept = old.map((row) => {
    const change = made.get(row.key);
    if (!change) return row;
    made.delete(row.key);
    return join(row, change);
  });
  const ahead = [...made.values()].filter((row) => row.type).reverse();
  return [...ahead, ...kept].slice(0, limit);
}

function flush(): void {
  timer = 0;
  const fresh = buffer;
  buffer = [];
  if (paused.peek()) {
    const before = waiting.peek();
    const known = new Set([...before, ...rows.peek()].map((row) => row.key));
    waitingCount.value += new Set(fresh.filter((row) => row.type && !known.has(row.key)).map((row) => row.key)).size;
    const shown = new Set(rows.peek().map((row) => row.key));
    rows.value = fold(rows.peek(), fresh.filter((row) => shown.has(row.key)));
    waiting.value = fold(before, fresh.filter((row) => !shown.has(row.key)));
  } else rows.value = fold(rows.peek(), fresh);
}

function hear({ kind, data }: Message): void {
  if (kind !== 'event' && kind !== 'decision') return;
  const row = kind === 'event' ? fromEvent(data as EventView) : fromDecision(data as DecisionView);
  buffer.push({ ...row, fresh: true });
  if (buffer.length > 2 * LIMIT) buffer.splice(0, LIMIT);
  const count = { ...since.peek() };
  if (kind === 'event') count.events = (count.events ?? 0) + 1;
  else count[row.verdict] = (count[row.verdict] ?? 0) + 1;
  since.value = count;
  if (!timer) timer = window.setTimeout(flush, 200);
}

/** Starts anew with these rows. */
export function seed(first: Row[]): void {
  buffer = [];
  rows.value = fold([], [...first].reverse());
  waiting.value = [];
  waitingCount.value = 0;
}

export function pause(on: boolean): void {
  paused.value = on;
  if (on) return;
  rows.value = [...waiting.peek(), ...rows.peek()].slice(0, LIMIT);
  waiting.value = [];
  waitingCount.value = 0;
}

let heard: (() => void) | null = null;
/** Begins to hear the stream; called once by the Live page, kept from then on so that coming back finds it warm. */
export function start(): void {
  heard ??= listen(hear);
}
