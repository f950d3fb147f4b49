// One entity: everything known of it and one timeline over everything it did or that was done about it.
import { useState } from 'preact/hooks';
import { History, Plus, Tag, X } from 'lucide-preact';
import { api, path, query } from '../api';
import { absolute, clock, day, kindName, number, relative, typeName } from '../format';
import { t } from '../i18n';
import { useKeys } from '../keys';
import { useLoad } from '../load';
import { here } from '../router';
import { market, marketName, may, session } from '../state';
import { actUndoably, complain } from '../toasts';
import type { Aggregate, CaseView, EntityView, EventView, Label, Page } from '../types';
import { Ago, Button, Empty, Field, Head, ProblemBox, Skeleton, useTitle, VerdictBadge } from '../ui/basics';
import { Columns } from '../ui/columns';
import { Dialog } from '../ui/dialog';
import { gist } from '../ui/evidence';

export default function Entity({ kind, id }: { kind: string; id: string }) {
  const at = here.value.query.get('market') || market.value;
  const loaded = useLoad<EntityView>(query(`/v1/entities${path(kind, id)}`, { market: at }));
  useTitle(`${kindName(kind)} ${id}`);
  const data = loaded.data;
  if (!data) return loaded.problem ? <ProblemBox problem={loaded.problem} retry={loaded.reload} /> : <Skeleton rows={8} height={64} />;
  return <Known key={`${at}/${kind}/${id}`} entity={data} reload={loaded.reload} change={loaded.change} />;
}

interface Shown { entity: EntityView; reload: () => Promise<void>; change: (edit: (old: EntityView) => EntityView) => void }

function Known({ entity, reload, change }: Shown) {
  const [labelling, setLabelling] = useState(false);
  useKeys([{ does: 'key-label', run: () => setLabelling(may('work')) }]);
  const labels = useLabels(entity, reload, change);
  return (
    <>
      <Columns
        open
        listName={t('entity')}
        item={
          <div class="sheet">
            <Head title={<><span class="muted">{kindName(entity.kind)}</span> <span class="mono">{entity.id}</span></>} about={marketName(entity.market)}>
              {may('work') && <Button icon={Plus} does="key-label" onClick={() => setLabelling(true)}>{t('label-add')}</Button>}
            </Head>
            <Labels labels={entity.labels} lift={labels.lift} />
            <section><h2>{t('timeline')}</h2><Timeline entity={entity} /></section>
          </div>
        }
        brief={<Brief entity={entity} />}
      />
      {labelling && <AddLabel close={() => setLabelling(false)} add={labels.add} />}
    </>
  );
}

function useLabels(entity: EntityView, reload: () => Promise<void>, change: Shown['change']) {
  const base = `/v1/entities${path(entity.kind, entity.id)}/labels`;
  const put = (name: string, why: string, ttl: string) => api('POST', base, { market: entity.market, name, why, ...(ttl ? { ttl } : {}) });
  const take = (name: string, why: string) => api('DELETE', query(base + path(name), { market: entity.market, why }));
  const act = async (edit: (labels: Label[]) => Label[], work: () => Promise<unknown>, done: string, back: () => Promise<unknown>) => {
    change((old) => ({ ...old, labels: edit(old.labels) }));
    try {
      await actUndoably(done, work(), async () => { await back(); await reload(); });
    } catch (cause) {
      complain(cause);
    }
    await reload();
  };
  return {
    add: (name: string, why: string, ttl: string) => act(
      (all) => [...all.filter((l) => l.name !== name), { name, why, by: session.value?.agent.login ?? '', at: new Date().toISOString() }],
      () => put(name, why, ttl), t('label-added', { name }), () => take(name, t('reason-undo'))),
    lift: (label: Label) => act(
      (all) => all.filter((l) => l.name !== label.name),
      () => take(label.name, t('reason-by-hand')), t('label-lifted', { name: label.name }), () => put(label.name, t('reason-undo'), '')),
  };
}

function Labels({ labels, lift }: { labels: Label[]; lift: (label: Label) => void }) {
  if (!labels.length) return <p class="muted labels">{t('labels-none')}</p>;
  return (
    <ul class="labels" aria-label={t('labels')}>
      {labels.map((label) => (
        <li key={label.name} class="label" title={[label.why, label.by, label.at && absolute(label.at)].filter(Boolean).join('\n')}>
          <Tag size={12} aria-hidden="true" />
          <span>{label.name}</span>
          {label.until && <span class="muted">{t('label-until', { when: relative(label.until) })}</span>}
          {may('work') && <button type="button" aria-label={t('label-lift', { name: label.name })} title={t('label-lift', { name: label.name })} onClick={() => lift(label)}><X size={13} aria-hidden="true" /></button>}
        </li>
      ))}
    </ul>
  );
}

function AddLabel({ close, add }: { close: () => void; add: (name: string, why: string, ttl: string) => void }) {
  const [name, setName] = useState('');
  const [why, setWhy] = useState('');
  const [ttl, setTtl] = useState('');
  const clean = name.trim().toLowerCase().replace(/\s+/g, '_');
  const submit = (event: Event) => {
    event.preventDefault();
    if (!clean || !why.trim()) return;
    close();
    add(clean, why.trim(), ttl);
  };
  return (
    <Dialog title={t('label-add')} close={close}>
      <form onSubmit={submit}>
        <Field label={t('label-name')} about={t('label-name-about')}><input autofocus required maxLength={64} value={name} onInput={(e) => setName(e.currentTarget.value)} /></Field>
        <Field label={t('why')}><input required maxLength={300} value={why} onInput={(e) => setWhy(e.currentTarget.value)} /></Field>
        <Field label={t('label-ttl')}>
          <select class="choose" value={ttl} onChange={(e) => setTtl(e.currentTarget.value)}>
            {['', '1d', '7d', '30d'].map((span) => <option key={span} value={span}>{t(`ttl-${span || 'none'}`)}</option>)}
          </select>
        </Field>
        <footer class="row end"><Button onClick={close}>{t('cancel')}</Button><Button type="submit" kind="main" disabled={!clean || !why.trim()}>{t('label-add')}</Button></footer>
      </form>
    </Dialog>
  );
}

function Timeline({ entity }: { entity: EntityView }) {
  const [extra, setExtra] = useState<{ items: EventView[]; next: string | null } | null>(null);
  const [busy, setBusy] = useState(false);
  const [only, setOnly] = useState(false);
  const [at, setAt] = useState(-1);
  const all = [...entity.timeline.items, ...(extra?.items ?? [])].slice(0, 1000);
  const shown = only ? all.filter((e) => e.decision) : all;
  const next = extra ? extra.next : entity.timeline.next;
  const move = (step: number) => {
    const to = Math.min(shown.length - 1, Math.max(0, at + step));
    setAt(to);
    document.querySelectorAll<HTMLElement>('.timeline a')[to]?.focus();
  };
  useKeys([{ does: 'key-next', run: () => move(1) }, { does: 'key-previous', run: () => move(-1) }]);
  const more = async () => {
    if (!next) return;
    setBusy(true);
    try {
      const page = await api<Page<EventView>>('GET', query(`/v1/entities${path(entity.kind, entity.id)}/timeline`, { market: entity.market, before: next, limit: 50 }));
      setExtra((old) => ({ items: [...(old?.items ?? []), ...page.items], next: page.next }));
    } catch (cause) {
      complain(cause);
    }
    setBusy(false);
  };
  if (!all.length) return <Empty icon={History} title={t('timeline-none')}>{t('timeline-none-about')}</Empty>;
  return (
    <>
      <label class="check"><input type="checkbox" checked={only} onChange={(e) => setOnly(e.currentTarget.checked)} /> {t('timeline-only')}</label>
      <ol class="timeline">
        {shown.map((event, i) => {
          const heading = i === 0 || day(event.time) !== day(shown[i - 1]!.time) ? day(event.time) : null;
          return (
            <li key={`${event.market}/${event.seq}`}>
              {heading && <h3>{heading}</h3>}
              <a href={`/decisions/${encodeURIComponent(event.market)}/${event.seq}`}>
                <time dateTime={event.time} title={absolute(event.time)}>{clock(event.time)}</time>
                <span class="what"><b>{typeName(event.type)}</b><span class="gist">{gist(event)}</span></span>
                {event.decision || (event.verdict && event.verdict !== 'allow') ? <VerdictBadge verdict={event.verdict ?? 'allow'} /> : <span />}
              </a>
            </li>
          );
        })}
      </ol>
      {next && all.length < 1000 && <Button class="more" busy={busy} onClick={() => void more()}>{t('more')}</Button>}
    </>
  );
}

const WINDOWS = ['1h', '24h', 'all'];

/** What stands beside an entity or a case about it. */
export function Brief({ entity }: { entity: EntityView }) {
  const open = entity.cases.filter((c) => c.state === 'open');
  return (
    <div class="briefing">
      <section>
        <h2>{t('standing')}</h2>
        <dl class="pairs small">
          {entity.registered_at && <div><dt>{t('registered')}</dt><dd><Ago time={entity.registered_at} /></dd></div>}
          {entity.first_seen && <div><dt>{t('first-seen')}</dt><dd><Ago time={entity.first_seen} /></dd></div>}
          <div><dt>{t('market')}</dt><dd>{marketName(entity.market)}</dd></div>
          <div><dt>{t('cases-open')}</dt><dd>{number(open.length)}</dd></div>
        </dl>
      </section>
      {entity.cases.length > 0 && <section><h2>{t('nav-cases')}</h2><ul class="plain">{entity.cases.map((c) => <CaseLine key={c.id} one={c} />)}</ul></section>}
      <section><h2>{t('aggregates')}</h2><Aggregates list={entity.aggregates} /></section>
    </div>
  );
}

function CaseLine({ one }: { one: CaseView }) {
  return (
    <li class="row">
      <a href={`/cases/${encodeURIComponent(one.id)}`}>{one.queue}</a>
      <span class="muted">{one.state === 'open' ? t('case-open') : t(`case-verdict-${one.verdict ?? 'unsure'}`)} · <Ago time={one.opened_at} /></span>
    </li>
  );
}

function figure(value: unknown): string {
  return typeof value === 'number' ? number(value, 2) : value === null || value === undefined ? '–' : String(value);
}

function Aggregates({ list }: { list: Aggregate[] }) {
  if (!list.length) return <p class="muted">{t('aggregates-none')}</p>;
  const speaks = (one: Aggregate) => !one.missing && Object.values(one.values).some((value) => value !== null && value !== undefined && value !== 0);
  const loud = list.filter(speaks);
  const silent = list.filter((one) => !speaks(one));
  return (
    <>
      {loud.length > 0 && <AggregateTable list={loud} />}
      {silent.length > 0 && <details class="small"><summary>{t('aggregates-rest', { count: silent.length })}</summary><AggregateTable list={silent} /></details>}
    </>
  );
}

function AggregateTable({ list }: { list: Aggregate[] }) {
  return (
    <div class="scrolls">
      <table class="grid small">
        <thead><tr><th scope="col">{t('aggregate')}</th>{WINDOWS.map((w) => <th key={w} scope="col" class="right">{t(`window-${w}`)}</th>)}</tr></thead>
        <tbody>
          {list.map((one) => (
            <tr key={one.name}>
              <th scope="row" title={one.fn}>{one.name.replaceAll('_', ' ')}{one.approximate && <abbr title={t('approximate')}> ≈</abbr>}</th>
              {WINDOWS.map((w) => <td key={w} class={one.missing ? 'muted right' : 'right'}>{one.missing ? '–' : figure(one.values[w])}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
