// The one live stream: server-sent events read by fetch, so that we see its state, resume it where it broke
// and never leave it hanging.
import { signal } from '@preact/signals';
import { language, session } from './state';
import { query } from './api';

export type StreamState = 'connecting' | 'open' | 'broken' | 'closed';
export const streamState = signal<StreamState>('closed');
/** When the next try comes, as epoch milliseconds; 0 when none is due. */
export const nextTry = signal(0);

export interface Message { kind: string; id: string; data: unknown }
type Listener = (message: Message) => void;

const listeners = new Set<Listener>();
let cancel: AbortController | null = null;
let lastId = '';
let wanted: string | null = null;
let timer = 0;

/** Hears every message until the returned function is called. */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Opens the stream with these filters, or leaves it if they are the same. */
export function tune(filters: { market?: string; type?: string; verdict?: string }): void {
  const address = query('/live', filters);
  if (address === wanted) return;
  wanted = address;
  lastId = '';
  void connect(0);
}

export function retryNow(): void {
  void connect(0);
}

export function silence(): void {
  wanted = null;
  clearTimeout(timer);
  cancel?.abort();
  streamState.value = 'closed';
}

async function connect(attempt: number): Promise<void> {
  clearTimeout(timer);
  cancel?.abort();
  if (!wanted || !session.peek()) return;
  const mine = (cancel = new AbortController());
  streamState.value = attempt === 0 && streamState.peek() !== 'broken' ? 'connecting' : 'broken';
  nextTry.value = 0;
  let tries = attempt;
  try {
    const headers: Record<string, string> = { Accept: 'text/event-stream', 'Accept-Language': language.peek() };
    if (lastId) headers['Last-Event-ID'] = lastId;
    const response = await fetch(wanted, { headers, signal: mine.signal, credentials: 'same-origin', cache: 'no-store' });
    if (response.status === 401) {
      session.value = null;
      return;
    }
    if (!response.ok || !response.body) throw new Error(String(response.status));
    streamState.value = 'open';
    tries = 0;
    await drain(response.body, mine.signal);
  } catch {
    // Both a refusal and a cut end here; the next try follows below.
  }
  if (mine.signal.aborted) return;
  streamState.value = 'broken';
  const wait = Math.min(15_000, 500 * 2 ** tries) * (0.75 + Math.random() / 2);
  nextTry.value = Date.now() + wait;
  timer = window.setTimeout(() => void connect(tries + 1), wait);
}

const SILENCE = 45_000;

async function drain(body: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new Frames(deliver);
  for (;;) {
    let watch = 0;
    const quiet = new Promise<never>((_, reject) => {
      watch = window.setTimeout(() => reject(new Error('silent')), SILENCE);
    });
    try {
      const part = await Promise.race([reader.read(), quiet]);
      if (part.done || signal.aborted) return;
      parser.push(decoder.decode(part.value, { stream: true }));
    } catch (cause) {
      void reader.cancel().catch(() => undefined);
      throw cause;
    } finally {
      clearTimeout(watch);
    }
  }
}

function deliver(kind: string, id: string, text: string): void {
  if (id) lastId = id;
  if (kind === 'ping' || !text) return;
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return;
  }
  for (const listener of listeners) listener({ kind, id, data });
}

/** Cuts a text/event-stream into messages; lines may end with \n, \r\n or \r and may be torn anywhere. */
export class Frames {
  private rest = '';
  private kind = '';
  private id = '';
  private data: string[] = [];

  constructor(private readonly out: (kind: string, id: string, data: string) => void) {}

  push(text: string): void {
    this.rest += text;
    for (;;) {
      const at = this.rest.search(/[\r\n]/);
      if (at < 0) return;
      // A \r at the very end may be half of \r\n: wait for what follows.
      if (this.rest[at] === '\r' && at === this.rest.length - 1) return;
      const width = this.rest[at] === '\r' && this.rest[at + 1] === '\n' ? 2 : 1;
      this.line(this.rest.slice(0, at));
      this.rest = this.rest.slice(at + width);
    }
  }

  private line(line: string): void {
    if (line === '') {
      if (this.data.length || this.kind) this.out(this.kind || 'message', this.id, this.data.join('\n'));
      this.kind = '';
      this.id = '';
      this.data = [];
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.kind = value;
    else if (field === 'id') this.id = value;
    else if (field === 'data') this.data.push(value);
  }
}
