// Reading from the server with memory: what was seen before shows at once and is refreshed behind it.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { api, type Problem } from './api';
import { language } from './state';
import type { Page } from './types';

const LIMIT = 80;
const memory = new Map<string, unknown>();

function keep(key: string, value: unknown): void {
  memory.delete(key);
  memory.set(key, value);
  const oldest = memory.keys().next().value;
  if (memory.size > LIMIT && oldest !== undefined) memory.delete(oldest);
}

/** Forgets what was read, for a change of agent or language. */
export function forget(): void {
  memory.clear();
}

/** Reads something that will be wanted next, so that it is there at once. */
export function warm(key: string): void {
  if (memory.has(key)) return;
  void api('GET', key).then((data) => keep(key, data), () => undefined);
}

export interface Loaded<T> {
  data: T | undefined;
  problem: Problem | undefined;
  /** A request is on its way. */
  busy: boolean;
  reload: () => Promise<void>;
  /** Changes what is shown now; the next reload reconciles it. */
  change: (edit: (old: T) => T) => void;
}

/** Reads `key` (a path), or nothing while it is null. */
export function useLoad<T>(key: string | null): Loaded<T> {
  const [, redraw] = useState(0);
  const held = useRef<{ key: string | null; data?: T; problem?: Problem; busy: boolean; turn: number }>({ key: null, busy: false, turn: 0 });
  if (held.current.key !== key) {
    const known = key === null ? undefined : (memory.get(key) as T | undefined);
    held.current = { key, busy: key !== null, turn: held.current.turn + 1, ...(known === undefined ? {} : { data: known }) };
  }
  const reload = useCallback(async () => {
    if (key === null) return;
    const mine = ++held.current.turn;
    try {
      const data = await api<T>('GET', key);
      if (held.current.turn !== mine) return;
      keep(key, data);
      held.current = { key, data, busy: false, turn: mine };
    } catch (cause) {
      if (held.current.turn !== mine) return;
      held.current = { ...held.current, problem: cause as Problem, busy: false };
    }
    redraw((n) => n + 1);
    // Reasons come in the reader's language, so another language is another reading.
  }, [key, language.value]);
  useEffect(() => void reload(), [reload]);
  const change = useCallback((edit: (old: T) => T) => {
    const old = held.current.data;
    if (old === undefined || key === null) return;
    const next = edit(old);
    keep(key, next);
    held.current = { ...held.current, data: next };
    redraw((n) => n + 1);
  }, [key]);
  return { data: held.current.data, problem: held.current.problem, busy: held.current.busy, reload, change };
}

/** Appends the next page of a cursor list to what is shown; at most `max` rows are kept. */
export function useMore<P extends Page<unknown>>(loaded: Loaded<P>, address: (before: string) => string, max = 500) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const next = loaded.data?.next ?? null;
  const full = (loaded.data?.items.length ?? 0) >= max;
  const more = async () => {
    if (!next || busy || full) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const page = await api<P>('GET', address(next));
      loaded.change((old) => ({ ...old, items: [...old.items, ...page.items], next: page.next }));
    } catch (cause) {
      setProblem(cause as Problem);
    }
    setBusy(false);
  };
  return { more, busy, problem, can: next !== null && !full };
}
