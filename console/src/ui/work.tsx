// What the pages of work share: a queue with its cards, and what one does to a case: take it, judge it, open it again.
import { useEffect, useState } from 'preact/hooks';
import { Hand, Inbox, RotateCcw, SkipForward, type LucideIcon } from 'lucide-preact';
import { api, path, query } from '../api';
import { entity as entityOf, kindName, now, number, relative } from '../format';
import { t } from '../i18n';
import { listen } from '../live';
import { useLoad, useMore, warm, type Loaded } from '../load';
import { here, navigate, setQuery } from '../router';
import { market, may, session } from '../state';
import { actUndoably, complain, say } from '../toasts';
import type { CasePage, CaseVerdict, CaseView } from '../types';
import { Ago, Button, Empty, ProblemBox, Skeleton } from './basics';
import { ChooseMarket, useListKeys } from './columns';
import { askWhy } from './dialog';

/** A place of work: where its items stand, and which queue it shows; none means that one chooses. */
export interface Place { base: string; title: string; only?: string; icon: LucideIcon }

export const hrefOf = (place: Place, id: string | number) => `${place.base}/${encodeURIComponent(id)}${location.search}`;

/** Where the entity a case is about is read. */
export function entityPath(one: CaseView): string | null {
  const ref = entityOf(one.entity);
  return ref ? query(`/v1/entities${path(ref.kind, ref.id)}`, { market: one.market }) : null;
}

export interface Work {
  place: Place; loaded: Loaded<CasePage>; address: (before?: string) => string; items: CaseView[]; state: 'open' | 'closed'; queue: string;
  /** The case after this one, or the first there is. */
  next: CaseView | undefined;
  drop: (gone: string | number) => void;
}

/** Reads a queue and keeps it fresh while cases come and go. */
export function useWork(place: Place, id: string | undefined): Work {
  const queue = place.only ?? here.value.query.get('queue') ?? '';
  const state = here.value.query.get('state') === 'closed' ? 'closed' : 'open';
  const address = (before?: string) => query('/v1/cases', { market: market.value, queue, state, limit: 50, before });
  const loaded = useLoad<CasePage>(address());
  useEffect(() => {
    let timer = 0;
    const stop = listen(({ kind }) => {
      if (kind !== 'case' || timer) return;
      timer = window.setTimeout(() => { timer = 0; void loaded.reload(); }, 1_500);
    });
    return () => { stop(); clearTimeout(timer); };
  }, [loaded.reload]);
  const items = loaded.data?.items ?? [];
  const at = items.findIndex((c) => String(c.id) === id);
  const next = items[at + 1] ?? (at > 0 ? items[0] : items.find((c) => String(c.id) !== id));
  const drop = (gone: string | number) => loaded.change((old) => ({ ...old, items: old.items.filter((c) => c.id !== gone) }));
  return { place, loaded, address, items, state, queue, next, drop };
}

/** The list of a queue. */
export function Queue({ work, current }: { work: Work; current: string }) {
  const { place, loaded, address, items, state, queue } = work;
  const more = useMore(loaded, address);
  const counts = Object.entries(loaded.data?.counts ?? {});
  useListKeys(items.map((c) => hrefOf(place, c.id)), items.findIndex((c) => String(c.id) === current));
  const total = counts.reduce((sum, [, c]) => sum + c.open, 0);
  return (
    <>
      <div class="list-head">
        <h2>{place.title}</h2>
        <div class="filters">
          <ChooseMarket />
          <select class="choose" aria-label={t('case-state')} value={state} onChange={(e) => setQuery({ state: e.currentTarget.value === 'closed' ? 'closed' : null })}>
            <option value="open">{t('case-open')}</option>
            <option value="closed">{t('case-closed')}</option>
          </select>
        </div>
        {!place.only && (
          <div class="tabs" role="group" aria-label={t('queue')}>
            <button type="button" aria-pressed={!queue} onClick={() => setQuery({ queue: null })}>{t('every-queue')} <b>{number(total)}</b></button>
            {counts.map(([name, count]) => (
              <button key={name} type="button" aria-pressed={queue === name} onClick={() => setQuery({ queue: name })}>
                {name} <b>{number(count.open)}</b>{count.overdue > 0 && <span class="late" title={t('overdue-count', { count: count.overdue })}>{number(count.overdue)}</span>}
              </button>
            ))}
          </div>
        )}
      </div>
      {loaded.problem && !loaded.data ? <ProblemBox problem={loaded.problem} retry={loaded.reload} />
        : !loaded.data ? <Skeleton rows={10} height={68} />
        : !items.length ? <Empty icon={Inbox} title={t(`cases-none-${state}`)}>{t(place.only ? 'chats-none-about' : 'cases-none-about')}</Empty>
        : <ul class="cards">{items.map((c) => <Card key={c.id} place={place} one={c} on={String(c.id) === current} />)}</ul>}
      {more.can && <Button class="more" busy={more.busy} onClick={() => void more.more()}>{t('more')}</Button>}
    </>
  );
}

function Card({ place, one, on }: { place: Place; one: CaseView; on: boolean }) {
  const ref = entityOf(one.entity);
  return (
    <li>
      <a href={hrefOf(place, one.id)} class={on ? 'on' : ''} aria-current={on || undefined}>
        <span class="card-top"><span class="muted">{one.queue}</span><Due one={one} /></span>
        <b>{ref && kindName(ref.kind)} <span class="mono">{ref?.id}</span></b>
        <span class="card-why">
          {t('case-events', { count: one.events ?? 1 })}
          {typeof one.score === 'number' && <> · {t('score', { score: number(one.score, 2) })}</>}
          {one.claimed_by && <> · {t('claimed-by', { name: one.claimed_by })}</>}
        </span>
      </a>
    </li>
  );
}

/** When somebody should look, or what was found. */
export function Due({ one }: { one: CaseView }) {
  if (one.state === 'closed') return <span class="muted">{t(`case-verdict-${one.verdict ?? 'unsure'}`)}</span>;
  if (!one.due_at) return <Ago time={one.opened_at} />;
  const late = Date.parse(one.due_at) < now.value;
  return <span class={late ? 'overdue' : 'muted'}>{t(late ? 'overdue' : 'due', { when: relative(one.due_at) })}</span>;
}

export interface Desk {
  open: boolean; note: string; setNote: (note: string) => void; forward: () => void;
  close: (verdict: CaseVerdict, acts?: string[]) => Promise<void>; claim: () => Promise<void>; reopen: () => Promise<void>;
}

/** Everything one can do to the case on the table. A verdict opens the next one at once and can be taken back. */
export function useDesk(work: Work, loaded: Loaded<CaseView>): Desk {
  const { place, next, drop } = work;
  const one = loaded.data;
  const key = one ? `/v1/cases${path(one.id)}` : '';
  const [note, setNote] = useState('');
  useEffect(() => {
    if (!next || !one) return;
    warm(`/v1/cases${path(next.id)}`);
    const about = entityPath(next);
    if (about) warm(about);
  }, [next?.id, !!one]);
  const open = one?.state === 'open' && may('work');
  const forward = () => navigate(next ? hrefOf(place, next.id) : `${place.base}${location.search}`);
  const close = async (verdict: CaseVerdict, acts: string[] = []) => {
    if (!open || !one) return;
    drop(one.id);
    forward();
    try {
      const sent = api('POST', `${key}/close`, { verdict, note: note.trim(), ...(acts.length ? { acts } : {}) });
      await actUndoably(t(`case-closed-${verdict}`, { entity: entityOf(one.entity)?.id ?? '' }), sent, async () => {
        await api('POST', `${key}/reopen`, { why: t('reason-undo') });
        await work.loaded.reload();
        navigate(hrefOf(place, one.id));
      });
    } catch (cause) {
      complain(cause);
      navigate(hrefOf(place, one.id));
    }
    void work.loaded.reload();
  };
  const claim = async () => {
    if (!one || !open) return;
    loaded.change((old) => ({ ...old, claimed_by: session.value?.agent.login ?? '' }));
    try {
      await api('POST', `${key}/claim`);
      say(t('case-claimed'));
    } catch (cause) {
      complain(cause);
    }
    await Promise.all([loaded.reload(), work.loaded.reload()]);
  };
  const reopen = async () => {
    const why = await askWhy({ title: t('case-reopen'), label: t('why'), action: t('case-reopen') });
    if (why === null) return;
    try {
      await api('POST', `${key}/reopen`, { why });
      await Promise.all([loaded.reload(), work.loaded.reload()]);
    } catch (cause) {
      complain(cause);
    }
  };
  return { open, note, setNote, forward, close, claim, reopen };
}

/** Take it, or go on. */
export function DeskButtons({ one, desk }: { one: CaseView; desk: Desk }) {
  return (
    <>
      {desk.open && <Button icon={Hand} does="case-claim" disabled={one.claimed_by === session.value?.agent.login} onClick={() => void desk.claim()}>{one.claimed_by ? t('claimed-by', { name: one.claimed_by }) : t('case-claim')}</Button>}
      <Button icon={SkipForward} does="case-next" onClick={desk.forward}>{t('case-next')}</Button>
    </>
  );
}

/** What was found, with the way back. */
export function Closed({ one, desk }: { one: CaseView; desk: Desk }) {
  return (
    <div class="banner">
      <span>{t('case-was-closed', { verdict: t(`case-verdict-${one.verdict ?? 'unsure'}`) })}{one.note ? ` “${one.note}”` : ''}</span>
      {may('work') && <Button icon={RotateCcw} onClick={() => void desk.reopen()}>{t('case-reopen')}</Button>}
    </div>
  );
}
