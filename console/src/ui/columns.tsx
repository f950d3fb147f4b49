// List, item and briefing: columns where there is room, steps where there is not.
import type { ComponentChildren } from 'preact';
import { ChevronLeft, X } from 'lucide-preact';
import { absolute } from '../format';
import { t } from '../i18n';
import { useKeys } from '../keys';
import { back, navigate, setQuery } from '../router';
import { market, session, setMarket } from '../state';
import { Button } from './basics';

interface ColumnsProps { list?: ComponentChildren; item: ComponentChildren; brief?: ComponentChildren; open: boolean; listHref?: string; listName: string }

export function Columns({ list, item, brief, open, listHref, listName }: ColumnsProps) {
  return (
    <div class={`columns ${open ? 'at-item' : 'at-list'} ${brief ? 'has-brief' : ''} ${list ? 'has-list' : ''}`}>
      {list && <section class="column list" aria-label={listName}>{list}</section>}
      <section class="column item">
        {open && listHref && <Button class="step-back" icon={ChevronLeft} kind="ghost" onClick={() => back(listHref)}>{listName}</Button>}
        {item}
      </section>
      {brief && <aside class="column brief" aria-label={t('briefing')}>{brief}</aside>}
    </div>
  );
}

/** `j` and `k` through the addresses of a list; `Enter` is the links' own. */
export function useListKeys(hrefs: string[], current: number, go: (index: number) => void = (i) => navigate(hrefs[i]!, current >= 0)): void {
  const move = (step: number) => {
    if (!hrefs.length) return;
    const next = current < 0 ? 0 : Math.min(hrefs.length - 1, Math.max(0, current + step));
    go(next);
    requestAnimationFrame(() => document.querySelector('.column.list [aria-current=true], .rows [aria-current=true]')?.scrollIntoView({ block: 'nearest' }));
  };
  useKeys([
    { does: 'key-next', run: () => move(1) },
    { does: 'key-previous', run: () => move(-1) },
  ]);
}

/** The time a list is narrowed to, and the way out. */
export function Span({ from, until }: { from: string; until: string }) {
  if (!from && !until) return null;
  const name = from && until ? t('span-between', { from: absolute(from), until: absolute(until) }) : from ? t('span-from', { from: absolute(from) }) : t('span-until', { until: absolute(until) });
  return <p class="row span"><span class="small">{name}</span><Button icon={X} kind="ghost" label={t('span-clear')} onClick={() => setQuery({ from: null, until: null })} /></p>;
}

export interface Option { value: string; text: string }

/** A labelled choice in a filter bar. */
export function Choose({ label, value, options, onChange }: { label: string; value: string; options: Option[]; onChange: (value: string) => void }) {
  return (
    <select class="choose" aria-label={label} title={label} value={value} onChange={(e) => onChange(e.currentTarget.value)}>
      {options.map((option) => <option key={option.value} value={option.value}>{option.text}</option>)}
    </select>
  );
}

/** The market everything is shown for; nothing where there is only one. */
export function ChooseMarket({ onChange }: { onChange?: (market: string) => void }) {
  const markets = session.value?.markets ?? [];
  if (markets.length < 2) return null;
  const options = [{ value: '', text: t('every-market') }, ...markets.map((m) => ({ value: m.id, text: m.name }))];
  return <Choose label={t('market')} value={market.value} options={options} onChange={(next) => { setMarket(next); onChange?.(next); }} />;
}
