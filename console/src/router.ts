// Addresses: every place has one, the back button works, filters live in the query.
import { signal } from '@preact/signals';

export interface Place { path: string; query: URLSearchParams }

const read = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });
export const here = signal<Place>(read());

/** Where this page was reached from within the console, so “back” can go there on narrow screens. */
let depth = 0;

export function navigate(to: string, replace = false): void {
  if (to === location.pathname + location.search) return;
  if (replace) history.replaceState(null, '', to);
  else {
    history.pushState(null, '', to);
    depth += 1;
  }
  here.value = read();
}

/** Goes back within the console, or to `fallback` when we came in by this very address. */
export function back(fallback: string): void {
  if (depth > 0) history.back();
  else navigate(fallback, true);
}

/** Changes parts of the query and keeps the rest; empty values go. */
export function setQuery(parts: Record<string, string | null | undefined>): void {
  const next = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(parts)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  const text = next.toString();
  navigate(text ? `${location.pathname}?${text}` : location.pathname, true);
}

/** Matches `/decisions/:market/:seq` and gives what stands in the named places. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const want = pattern.split('/');
  const have = path.replace(/\/+$/, '').split('/');
  if (want.length !== Math.max(have.length, 2)) return null;
  const found: Record<string, string> = {};
  for (const [i, part] of want.entries()) {
    const value = have[i] ?? '';
    if (part.startsWith(':')) {
      if (!value) return null;
      try {
        found[part.slice(1)] = decodeURIComponent(value);
      } catch {
        return null;
      }
    } else if (part !== value) return null;
  }
  return found;
}

addEventListener('popstate', () => {
  depth = Math.max(0, depth - 1);
  here.value = read();
});

document.addEventListener('click', (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const anchor = (event.target as Element | null)?.closest?.('a');
  if (!anchor || anchor.target || anchor.hasAttribute('download') || anchor.origin !== location.origin) return;
  if (anchor.getAttribute('href')?.startsWith('#')) return;
  event.preventDefault();
  navigate(anchor.pathname + anchor.search);
});
