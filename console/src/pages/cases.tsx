// Cases: the queue, one case with its evidence, a verdict by one key, and the next one is already there.
import { useEffect, useState } from 'preact/hooks';
import { CircleCheck, CircleHelp, Hand, Inbox, OctagonAlert, RotateCcw, SkipForward } from 'lucide-preact';
import { api, path, query } from '../api';
import { entity as entityOf, kindName, now, number, relative, typeName } from '../format';
import { t } from '../i18n';
import { useKeys } from '../keys';
import { listen } from '../live';
import { useLoad, useMore, warm } from '../load';
import { here, navigate, setQuery } from '../router';
import { market, marketName, may, session } from '../state';
import { actUndoably, complain, say } from '../toasts';
import type { CasePage, CaseVerdict, CaseView, EntityView } from '../types';
import { Ago, Button, Empty, entityHref, EntityLink, Head, ProblemBox, Skeleton, useTitle, VerdictBadge } from '../ui/basics';
import { ChooseMarket, Columns, useListKeys } from '../ui/columns';
import { Hit } from '../ui/decision';
import { askWhy } from '../ui/dialog';
import { EventData } from '../ui/evidence';
import { Brief } from './entity';

const href = (id: string | number) => `/cases/${encodeURIComponent(id)}${location.search}`;
const entityPath = (one: CaseView) => {
  const ref = entityOf(one.entity);
  return ref ? query(`/v1/entities${path(ref.kind, ref.id)}`, { market: one.market }) : null;
};

export default function Cases({ id }: { id?: string }) {
  const queue = here.value.query.get('queue') ?? '';
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
  return (
    <Columns
      open={!!id}
      listHref={`/cases${location.search}`}
      listName={t('nav-cases')}
      list={<Queue loaded={loaded} address={address} current={id ?? ''} queue={queue} state={state} />}
      item={id ? <One key={id} id={id} next={next} drop={drop} reloadList={loaded.reload} /> : <Choosing first={items[0]} state={state} />}
      {...(id ? { brief: <Beside key={id} id={id} /> } : {})}
    />
  );
}

function Choosing({ first, state }: { first: CaseView | undefined; state: string }) {
  useTitle(t('nav-cases'));
  useKeys([{ keys: 'n', does: 'case-first', run: () => first && navigate(href(first.id)) }]);
  const action = first && state === 'open' ? <Button kind="main" keys="n" onClick={() => navigate(href(first.id))}>{t('case-first')}</Button> : null;
  return <Empty icon={Inbox} title={t('case-choose')} action={action}>{t('case-choose-about')}</Empty>;
}

type QueueProps = { loaded: ReturnType<typeof useLoad<CasePage>>; address: (before?: string) => string; current: string; queue: string; state: string };

function Queue({ loaded, address, current, queue, state }: QueueProps) {
  const more = useMore(loaded, address);
  const items = loaded.data?.items ?? [];
  const counts = Object.entries(loaded.data?.counts ?? {});
  useListKeys(items.map((c) => href(c.id)), items.findIndex((c) => String(c.id) === current));
  const total = counts.reduce((sum, [, c]) => sum + c.open, 0);
  return (
    <>
      <div class="list-head">
        <h2>{t('nav-cases')}</h2>
        <div class="filters">
          <ChooseMarket />
          <select class="choose" aria-label={t('case-state')} value={state} onChange={(e) => setQuery({ state: e.currentTarget.value === 'closed' ? 'closed' : null })}>
            <option value="open">{t('case-open')}</option>
            <option value="closed">{t('case-closed')}</option>
          </select>
        </div>
        <div class="tabs" role="group" aria-label={t('queue')}>
          <button type="button" aria-pressed={!queue} onClick={() => setQuery({ queue: null })}>{t('every-queue')} <b>{number(total)}</b></button>
          {counts.map(([name, count]) => (
            <button key={name} type="button" aria-pressed={queue === name} onClick={() => setQuery({ queue: name })}>
              {name} <b>{number(count.open)}</b>{count.overdue > 0 && <span class="late" title={t('overdue-count', { count: count.overdue })}>{number(count.overdue)}</span>}
            </button>
          ))}
        </div>
      </div>
      {loaded.problem && !loaded.data ? <ProblemBox problem={loaded.problem} retry={loaded.reload} />
        : !loaded.data ? <Skeleton rows={10} height={68} />
        : !items.length ? <Empty icon={Inbox} title={t(`cases-none-${state}`)}>{t('cases-none-about')}</Empty>
        : <ul class="cards">{items.map((c) => <Card key={c.id} one={c} on={String(c.id) === current} />)}</ul>}
      {more.can && <Button class="more" busy={more.busy} onClick={() => void more.more()}>{t('more')}</Button>}
    </>
  );
}

function Card({ one, on }: { one: CaseView; on: boolean }) {
  const ref = entityOf(one.entity);
  return (
    <li>
      <a href={href(one.id)} class={on ? 'on' : ''} aria-current={on || undefined}>
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

function Due({ one }: { one: CaseView }) {
  if (one.state === 'closed') return <span class="muted">{t(`case-verdict-${one.verdict ?? 'unsure'}`)}</span>;
  if (!one.due_at) return <Ago time={one.opened_at} />;
  const late = Date.parse(one.due_at) < now.value;
  return <span class={late ? 'overdue' : 'muted'}>{t(late ? 'overdue' : 'due', { when: relative(one.due_at) })}</span>;
}

interface OneProps { id: string; next: CaseView | undefined; drop: (id: string | number) => void; reloadList: () => Promise<void> }

function One({ id, next, drop, reloadList }: OneProps) {
  const key = `/v1/cases${path(id)}`;
  const loaded = useLoad<CaseView>(key);
  const [note, setNote] = useState('');
  const one = loaded.data;
  useTitle(one ? t('case-title', { entity: `${entityOf(one.entity)?.kind}:${entityOf(one.entity)?.id}` }) : t('nav-cases'));
  useEffect(() => {
    if (!next || !one) return;
    warm(`/v1/cases${path(next.id)}`);
    const about = entityPath(next);
    if (about) warm(about);
  }, [next?.id, !!one]);
  const open = one?.state === 'open' && may('work');
  const forward = () => navigate(next ? href(next.id) : `/cases${location.search}`);
  const close = async (verdict: CaseVerdict) => {
    if (!open || !one) return;
    drop(one.id);
    forward();
    try {
      const sent = api('POST', `${key}/close`, { verdict, note: note.trim() });
      await actUndoably(t(`case-closed-${verdict}`, { entity: entityOf(one.entity)?.id ?? '' }), sent, async () => {
        await api('POST', `${key}/reopen`, { why: t('reason-undo') });
        await reloadList();
        navigate(href(one.id));
      });
    } catch (cause) {
      complain(cause);
      navigate(href(one.id));
    }
    void reloadList();
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
    await Promise.all([loaded.reload(), reloadList()]);
  };
  const reopen = async () => {
    const why = await askWhy({ title: t('case-reopen'), label: t('why'), action: t('case-reopen') });
    if (why === null) return;
    try {
      await api('POST', `${key}/reopen`, { why });
      await Promise.all([loaded.reload(), reloadList()]);
    } catch (cause) {
      complain(cause);
    }
  };
  useKeys([
    { keys: 'f', does: 'case-fraud', run: () => void close('fraud') },
    { keys: 'o', does: 'case-fine', run: () => void close('fine') },
    { keys: 'u', does: 'case-unsure', run: () => void close('unsure') },
    { keys: 'a', does: 'case-claim', run: () => void claim() },
    { keys: 'n', does: 'case-next', run: forward },
  ]);
  if (!one) return loaded.problem ? <ProblemBox problem={loaded.problem} retry={loaded.reload} /> : <Skeleton rows={5} height={90} />;
  const about = entityOf(one.entity) ?? { kind: '', id: String(one.id) };
  return (
    <article class="sheet">
      <Head title={<a class="titled" href={entityHref(about, one.market)}><span class="muted">{kindName(about.kind)}</span> <span class="mono">{about.id}</span></a>} about={<>{one.queue} · {marketName(one.market)} · <Due one={one} /></>}>
        {open && <Button icon={Hand} keys="a" disabled={one.claimed_by === session.value?.agent.login} onClick={() => void claim()}>{one.claimed_by ? t('claimed-by', { name: one.claimed_by }) : t('case-claim')}</Button>}
        <Button icon={SkipForward} keys="n" onClick={forward}>{t('case-next')}</Button>
      </Head>
      {open ? (
        <div class="verdicts">
          <Button kind="harm" icon={OctagonAlert} keys="f" onClick={() => void close('fraud')}>{t('case-fraud')}</Button>
          <Button icon={CircleCheck} keys="o" onClick={() => void close('fine')}>{t('case-fine')}</Button>
          <Button icon={CircleHelp} keys="u" onClick={() => void close('unsure')}>{t('case-unsure')}</Button>
          <input aria-label={t('case-note')} placeholder={t('case-note')} value={note} maxLength={500} onInput={(e) => setNote(e.currentTarget.value)} />
        </div>
      ) : one.state === 'closed' && (
        <div class="banner">
          <span>{t('case-was-closed', { verdict: t(`case-verdict-${one.verdict ?? 'unsure'}`) })}{one.note ? ` “${one.note}”` : ''}</span>
          {may('work') && <Button icon={RotateCcw} onClick={() => void reopen()}>{t('case-reopen')}</Button>}
        </div>
      )}
      <section>
        <h2>{t('evidence')}</h2>
        {(one.decisions ?? []).map((d) => (
          <div key={`${d.market}/${d.seq}`} class="evidence">
            <p class="row">
              <VerdictBadge verdict={d.verdict} />
              <a href={`/decisions/${encodeURIComponent(d.market)}/${d.seq}`}>{d.event ? typeName(d.event.type) : d.seq}</a>
              <span class="muted"><Ago time={d.event?.time} /> · {t('score', { score: number(d.score, 2) })}</span>
            </p>
            {d.hits.map((hit) => <Hit key={hit.rule} hit={hit} {...(d.event ? { event: d.event } : {})} />)}
            {d.event && <details><summary>{t('what-happened')}</summary><EventData event={d.event} hits={d.hits} /></details>}
          </div>
        ))}
        {!one.decisions?.length && <p class="muted">{t('evidence-none')}</p>}
      </section>
    </article>
  );
}

/** The briefing: the entity the case is about. */
function Beside({ id }: { id: string }) {
  const one = useLoad<CaseView>(`/v1/cases${path(id)}`);
  const known = useLoad<EntityView>(one.data ? entityPath(one.data) : null);
  if (known.problem && !known.data) return <ProblemBox problem={known.problem} retry={known.reload} />;
  if (!known.data) return <Skeleton rows={6} height={40} />;
  return (
    <>
      <Head level={2} title={t('briefing')} about={<EntityLink of={known.data} market={known.data.market} />} />
      {known.data.labels.length > 0 && <ul class="labels">{known.data.labels.map((l) => <li key={l.name} class="label" title={l.why}>{l.name}</li>)}</ul>}
      <Brief entity={known.data} />
    </>
  );
}
