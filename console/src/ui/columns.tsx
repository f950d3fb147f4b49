// List, item and briefing: columns where there is room, steps where there is not.
import type { ComponentChildren } from 'preact';
import { ChevronLeft } from 'lucide-preact';
import { t } from '../i18n';
import { useKeys } from '../keys';
import { back, navigate } from '../router';
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
    { keys: 'j', does: 'key-next', run: () => move(1) },
    { keys: 'k', does: 'key-previous', run: () => move(-1) },
  ]);
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
