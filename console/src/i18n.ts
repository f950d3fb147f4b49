// Texts come from Fluent files, one per language, loaded when asked for.
import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';
import { signal } from '@preact/signals';
import { language, remember, type Language } from './state';

const sources: Record<Language, () => Promise<{ default: string }>> = {
  en: () => import('./messages/en.ftl?raw'),
  fr: () => import('./messages/fr.ftl?raw'),
  'zh-Hans': () => import('./messages/zh-Hans.ftl?raw'),
};

const bundle = signal<FluentBundle | null>(null);

/** Loads a language and makes it the one everything is shown in; `chosen` by hand, this browser keeps it. */
export async function speak(next: Language, chosen = false): Promise<void> {
  const text = (await sources[next]()).default;
  const made = new FluentBundle(next, { useIsolating: false });
  made.addResource(new FluentResource(text));
  language.value = next;
  bundle.value = made;
  if (chosen) remember('language', next);
  document.documentElement.lang = next;
}

/** The text of a message; its id when there is none, so that a fault is seen. */
export function t(id: string, args?: Record<string, FluentVariable>): string {
  return maybe(id, args) ?? id;
}

/** The text of a message that may not exist, such as the name of an event type the market invented. */
export function maybe(id: string, args?: Record<string, FluentVariable>): string | null {
  const made = bundle.value;
  const value = made?.getMessage(id)?.value;
  return made && value ? made.formatPattern(value, args ?? null, []) : null;
}

/** Whether texts are there to be shown. */
export function spoken(): boolean {
  return bundle.value !== null;
}
