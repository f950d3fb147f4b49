// ⌘K: one field that reaches every place, rule, entity and action.
import { signal } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Gavel, Languages, LogOut, Moon, Search, Settings, ShieldCheck, SlidersHorizontal, Table2, Tag, type LucideIcon } from 'lucide-preact';
import { keysOf } from '../actions';
import { api, path, query } from '../api';
import { kindName } from '../format';
import { t } from '../i18n';
import { caps } from '../keys';
import { useLoad } from '../load';
import { navigate } from '../router';
import { LANGUAGES, market, marketName, setTheme, theme } from '../state';
import type { EntityFound, RulesPage } from '../types';
import { entityHref } from './basics';
import { PLACES } from './frame';
import { chooseLanguage, signOut } from '../session';
import { complain } from '../toasts';

export const paletteOpen = signal(false);

interface Choice { key: string; text: string; about?: string; icon: LucideIcon; keys?: string; run: () => void }

/** Letters of `wanted` in order within `text`; lower is better, -1 is no match. */
export function rank(text: string, wanted: string): number {
  const hay = text.toLowerCase();
  const needle = wanted.toLowerCase().trim();
  if (!needle) return 0;
  const at = hay.indexOf(needle);
  if (at >= 0) return at;
  let from = 0;
  for (const letter of needle) {
    const found = hay.indexOf(letter, from);
    if (found < 0) return -1;
    from = found + 1;
  }
  return 100 + from;
}

function actions(): Choice[] {
  const next = theme.value === 'dark' ? 'light' : 'dark';
  return [
    { key: 'theme', text: t(`action-theme-${next}`), icon: Moon, run: () => setTheme(next) },
    ...LANGUAGES.map((tag): Choice => ({ key: `lang-${tag}`, text: t('action-language', { language: t(`language-${tag}`) }), icon: Languages, run: () => void chooseLanguage(tag).catch(complain) })),
    { key: 'out', text: t('sign-out'), icon: LogOut, run: () => void signOut() },
  ];
}

function useEntities(wanted: string): EntityFound[] {
  const [found, setFound] = useState<EntityFound[]>([]);
  useEffect(() => {
    const text = wanted.trim();
    if (text.length < 2) return setFound([]);
    const stop = new AbortController();
    const timer = setTimeout(() => {
      api<{ items: EntityFound[] }>('GET', query('/v1/entities', { market: market.value, q: text }), undefined, stop.signal)
        .then((page) => setFound(page.items.slice(0, 8)), () => undefined);
    }, 150);
    return () => { clearTimeout(timer); stop.abort(); };
  }, [wanted]);
  return found;
}

/** `kind:id` typed by hand goes there even when the search knows nothing of it; the server finds the market. */
function direct(wanted: string): Choice[] {
  const parts = /^([a-z_]+):(\S+)$/.exec(wanted.trim());
  if (!parts?.[1] || !parts[2]) return [];
  const [, kind, id] = parts as unknown as [string, string, string];
  const address = query(`/e${path(kind, id)}`, { market: market.value });
  return [{ key: 'direct', text: `${kind}:${id}`, about: kindName(kind), icon: Tag, run: () => navigate(address) }];
}

export function Palette() {
  const ref = useRef<HTMLDialogElement>(null);
  const [wanted, setWanted] = useState('');
  const [at, setAt] = useState(0);
  const rules = useLoad<RulesPage>('/v1/rules');
  const entities = useEntities(wanted);
  useEffect(() => ref.current?.showModal(), []);
  const choices = useMemo(() => {
    const fixed: Choice[] = [
      ...PLACES.map((p): Choice => ({ key: p.path, text: t(p.text), icon: p.icon, keys: keysOf(p.text), run: () => navigate(p.path) })),
      { key: '/events', text: t('nav-events'), icon: Table2, keys: keysOf('nav-events'), run: () => navigate('/events') },
      { key: '/proposals', text: t('proposals'), icon: ShieldCheck, run: () => navigate('/proposals') },
      ...['agents', 'keys', 'webhooks', 'appearance', 'keyboard', 'about'].map((s): Choice => ({ key: `s-${s}`, text: t('palette-setting', { name: t(`settings-${s}`) }), icon: Settings, run: () => navigate(`/settings/${s}`) })),
      ...(rules.data?.items ?? []).map((r): Choice => ({ key: `rule-${r.name}`, text: r.name, about: t('palette-rule', { mode: t(`mode-${r.mode}`) }), icon: SlidersHorizontal, run: () => navigate(`/rules/${encodeURIComponent(r.name)}`) })),
      ...actions(),
    ];
    const ranked = fixed.map((c) => [rank(c.text, wanted), c] as const).filter(([r]) => r >= 0);
    if (wanted) ranked.sort((a, b) => a[0] - b[0]);
    const known = entities.map((e): Choice => ({ key: `e-${e.market}-${e.kind}-${e.id}`, text: `${e.kind}:${e.id}`, about: `${kindName(e.kind)} · ${marketName(e.market)}`, icon: Tag, run: () => navigate(entityHref(e, e.market)) }));
    const typed = known.length ? [] : direct(wanted);
    return [...known, ...typed, ...ranked.map(([, c]) => c)].slice(0, 40);
  }, [wanted, rules.data, entities, theme.value]);
  const close = () => (paletteOpen.value = false);
  const take = (choice: Choice | undefined) => { if (choice) { close(); choice.run(); } };
  const onKey = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step) {
      event.preventDefault();
      const next = (at + step + choices.length) % Math.max(1, choices.length);
      setAt(next);
      document.getElementById(`choice-${next}`)?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter') {
      event.preventDefault();
      take(choices[at]);
    }
  };
  return (
    <dialog ref={ref} class="palette" aria-label={t('key-palette')} onCancel={(e) => { e.preventDefault(); close(); }} onMouseDown={(e) => e.target === ref.current && close()}>
      <div class="palette-field">
        <Search size={17} aria-hidden="true" />
        <input autofocus value={wanted} placeholder={t('palette-placeholder')} aria-label={t('palette-placeholder')} role="combobox" aria-expanded="true"
          aria-controls="choices" aria-activedescendant={choices.length ? `choice-${at}` : undefined} spellcheck={false} autocomplete="off"
          onInput={(e) => { setWanted(e.currentTarget.value); setAt(0); }} onKeyDown={onKey} />
      </div>
      <ul id="choices" role="listbox" aria-label={t('key-palette')}>
        {choices.map((choice, i) => (
          <li key={choice.key} id={`choice-${i}`} role="option" aria-selected={i === at} onMouseMove={() => setAt(i)} onClick={() => take(choice)}>
            <choice.icon size={16} strokeWidth={1.7} aria-hidden="true" />
            <span class="choice-text">{choice.text}</span>
            {choice.about && <span class="muted">{choice.about}</span>}
            {choice.keys && <span class="caps" aria-hidden="true">{caps(choice.keys).map((cap) => <kbd key={cap}>{cap}</kbd>)}</span>}
          </li>
        ))}
      </ul>
      {choices.length === 0 && <p class="palette-none"><Gavel size={16} aria-hidden="true" /> {t('palette-none')}</p>}
    </dialog>
  );
}
