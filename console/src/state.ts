// What the whole console shares: who is signed in, language, theme, the place we are at.
import { signal } from '@preact/signals';
import type { Session } from './types';

export type Language = 'en' | 'fr' | 'zh-Hans';
export const LANGUAGES: Language[] = ['en', 'fr', 'zh-Hans'];
export type Theme = 'auto' | 'light' | 'dark';

/** `undefined` until the server has said whether we are signed in. */
export const session = signal<Session | null | undefined>(undefined);
export const language = signal<Language>(firstLanguage());
export const theme = signal<Theme>((recall('theme') as Theme | null) ?? 'auto');
/** Whether the system asks for dark; it may change its mind while a page is open. */
export const dusk = signal(false);
if (typeof matchMedia === 'function') {
  const asked = matchMedia('(prefers-color-scheme: dark)');
  dusk.value = asked.matches;
  asked.addEventListener('change', () => (dusk.value = asked.matches));
}
/** The market last chosen; empty means all that the agent may see. */
export const market = signal<string>(recall('market') ?? '');

export function recall(name: string): string | null {
  try {
    return localStorage.getItem(`vigie.${name}`);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string | null): void {
  try {
    if (value === null || value === '') localStorage.removeItem(`vigie.${name}`);
    else localStorage.setItem(`vigie.${name}`, value);
  } catch {
    // A closed storage only costs the memory of a preference.
  }
}

/** Finds the console's language nearest to a tag such as `zh-CN` or `fr-BE`. */
export function nearestLanguage(tag: string | null | undefined): Language | null {
  const lower = (tag ?? '').toLowerCase();
  if (lower.startsWith('zh')) return 'zh-Hans';
  if (lower.startsWith('fr')) return 'fr';
  if (lower.startsWith('en')) return 'en';
  return null;
}

function firstLanguage(): Language {
  const wanted = [recall('language'), ...(typeof navigator === 'undefined' ? [] : navigator.languages)];
  for (const tag of wanted) {
    const found = nearestLanguage(tag);
    if (found) return found;
  }
  return 'en';
}

export function setTheme(next: Theme): void {
  theme.value = next;
  remember('theme', next === 'auto' ? null : next);
  if (next === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
}

export function setMarket(next: string): void {
  market.value = next;
  remember('market', next);
}

export function marketName(id: string): string {
  return session.value?.markets.find((m) => m.id === id)?.name ?? id;
}

/** What the signed-in role may do; the server decides, this only spares people buttons that would be refused. */
export function may(what: 'work' | 'policy' | 'house'): boolean {
  const role = session.value?.agent.role;
  if (role === 'admin') return true;
  if (role === 'analyst') return what !== 'house';
  return role === 'agent' && what === 'work';
}

export function marketCurrency(id: string): string | undefined {
  return session.value?.markets.find((m) => m.id === id)?.currency;
}
