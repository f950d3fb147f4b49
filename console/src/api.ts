// One function to the server. Failures become a Problem that pages can show as it stands.
import { language, session } from './state';

/** RFC 9457 problem, or our own for what never reached the server (`status` 0). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly field?: string,
    readonly body?: Record<string, unknown>,
    readonly retryAfter?: number,
  ) {
    super(detail || title);
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

function mint(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

/** Asks the server; resolves with the decoded JSON, rejects with a Problem. */
export async function api<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal, csrf = session.value?.csrf): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': language.value };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'GET' && csrf) headers['X-CSRF-Token'] = csrf;
  if (method === 'POST') headers['Idempotency-Key'] = mint();
  let response: Response;
  try {
    const text = body === undefined ? null : JSON.stringify(body);
    response = await fetch(path, { method, headers, body: text, signal: signal ?? null, credentials: 'same-origin' });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new Problem(0, '', '');
  }
  const text = await response.text();
  let json: unknown = null;
  try {
    json = text ? JSON.parse(text) : null;
  } catch {
    if (response.ok) throw new Problem(response.status, '', 'The answer was no JSON.');
  }
  if (response.ok) return json as T;
  if (response.status === 401 && path !== '/v1/session') session.value = null;
  const problem = (json ?? {}) as Record<string, unknown>;
  throw new Problem(
    response.status,
    String(problem.title ?? response.statusText),
    String(problem.detail ?? ''),
    typeof problem.field === 'string' ? problem.field : undefined,
    problem,
    Number(response.headers.get('Retry-After')) || undefined,
  );
}

/** Joins a path and the parameters that have a value. */
export function query(path: string, parameters: Record<string, string | number | null | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

/** A path made of segments that may hold any character. */
export function path(...segments: (string | number)[]): string {
  return `/${segments.map((s) => encodeURIComponent(String(s))).join('/')}`;
}
