// Live: everything that walks in, as it comes, with what was decided of it.
import { memo } from '../ui/memo';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ArrowUp, CirclePause, Pause, Play, Radio, X } from 'lucide-preact';
import { api, query } from '../api';
import { fromDecision, fromEvent, pause, paused, rows, seed, since, start, waitingCount, type Row } from '../feed';
import { clock, compact, number, relative, typeName } from '../format';
import { t } from '../i18n';
import { useKeys } from '../keys';
import { listen, streamState, tune } from '../live';
import { useLoad } from '../load';
import { here, navigate, setQuery } from '../router';
import { language, market, marketName, recall, remember, session } from '../state';
import { VERDICTS, type DecisionView, type EventView, type Page, type Stats } from '../types';
import { Button, Empty, EntityLink, Head, ProblemBox, Skeleton, useTitle, VerdictBadge } from '../ui/basics';
import { Chart } from '../ui/chart';
import { Choose, ChooseMarket, Columns, useListKeys } from '../ui/columns';
import { EventData, EventOrigin, gist } from '../ui/evidence';

export const TYPES = ['message.submitted', 'message.sent', 'listing.submitted', 'listing.published', 'payment.attempted', 'payment.completed', 'signin.failed', 'signin.succeeded',
  'account.registered', 'session.started', 'page.viewed', 'order.placed', 'flag.raised', 'record.revealed', 'rule.tripped', 'policy.activated'];

function useFeed(type: string, verdict: string) {
  const [state, setState] = useState<{ ready: boolean; problem?: unknown }>({ ready: rows.peek().length > 0 });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    start();
    tune({ market: market.value, type, verdict });
    const filters = { market: market.value, verdict, limit: 100 };
    Promise.all([
      api<Page<EventView>>('GET', query('/v1/events', { ...filters, type }), undefined, stop.signal),
      api<Page<DecisionView>>('GET', query('/v1/decisions', { ...filters, limit: 50 }), undefined, stop.signal),
    ]).then(([events, decisions]) => {
      const known = new Map(decisions.items.map((d) => [`${d.market}/${d.seq}`, d]));
      seed(events.items.map((event) => {
        const row = fromEvent(event);
        const decision = known.get(row.key);
        return decision ? { ...row, ...fromDecision(decision), event } : row;
      }));
      setState({ ready: true });
    }, (problem) => !stop.signal.aborted && setState({ ready: false, problem }));
    return () => stop.abort();
  }, [market.value, type, verdict, turn, language.value]);
  // The stream left something out: what is shown is read again.
  useEffect(() => listen(({ kind }) => { if (kind === 'gap' && !paused.peek()) setTurn((n) => n + 1); }), []);
  return { ...state, retry: () => setTurn((n) => n + 1) };
}

export default function Live() {
  useTitle(t('nav-live'));
  const type = here.value.query.get('type') ?? '';
  const verdict = here.value.query.get('verdict') ?? '';
  const feed = useFeed(type, verdict);
  const [selected, setSelected] = useState<string | null>(null);
  const shown = rows.value;
  const at = shown.findIndex((row) => row.key === selected);
  const row = shown[at];
  const open = (r: Row | undefined) => r && navigate(`/decisions/${encodeURIComponent(r.market)}/${r.seq}`);
  useListKeys(shown.map((r) => r.key), at, (i) => setSelected(shown[i]?.key ?? null));
  useKeys([
    { does: 'key-open', run: () => open(row) },
    { does: 'key-pause', run: () => pause(!paused.value) },
    { does: 'key-close', run: () => setSelected(null) },
  ]);
  const choose = (r: Row) => (matchMedia('(max-width: 999px)').matches ? open(r) : setSelected(r.key === selected ? null : r.key));
  return (
    <Columns
      open={false}
      listName={t('nav-live')}
      item={
        <div class="live">
          <Head title={<>{t('nav-live')} <StreamDot /></>}>
            <ChooseMarket />
            <Choose label={t('event-type')} value={type} onChange={(value) => setQuery({ type: value })}
              options={[{ value: '', text: t('every-type') }, ...[...new Set([...TYPES, ...(type ? [type] : [])])].map((value) => ({ value, text: typeName(value) }))]} />
            <Choose label={t('verdict')} value={verdict} onChange={(value) => setQuery({ verdict: value })}
              options={[{ value: '', text: t('every-verdict') }, ...VERDICTS.map((value) => ({ value, text: t(`verdict-${value}`) }))]} />
            <Button class="pause" icon={paused.value ? Play : Pause} does="key-pause" kind={paused.value ? 'main' : 'plain'} onClick={() => pause(!paused.value)}>
              {paused.value ? t('resume', { count: waitingCount.value }) : t('pause')}
            </Button>
          </Head>
          <Welcome />
          <Counters />
          {feed.problem && !shown.length ? <ProblemBox problem={feed.problem} retry={feed.retry} />
            : !feed.ready && !shown.length ? <Skeleton rows={12} height={45} />
            : shown.length ? <Rows shown={shown} selected={selected} choose={choose} />
            : <Nothing filtered={!!(type || verdict || market.value)} />}
        </div>
      }
      brief={row ? <Peek row={row} close={() => setSelected(null)} open={() => open(row)} /> : undefined}
    />
  );
}

function StreamDot() {
  const state = paused.value ? 'paused' : streamState.value;
  return <span class={`stream-dot ${state}`}><i aria-hidden="true" />{t(`stream-${state}`)}</span>;
}

function Welcome() {
  const [closed, setClosed] = useState(recall('welcomed') === 'yes');
  if (closed) return null;
  const close = () => { remember('welcomed', 'yes'); setClosed(true); };
  return (
    <section class="welcome" aria-label={t('welcome-title')}>
      <div>
        <h2>{t('welcome-title')}</h2>
        <ol>
          <li>{t('welcome-1')}</li>
          <li>{t('welcome-2')}</li>
          <li>{t('welcome-3')}</li>
        </ol>
      </div>
      <div class="welcome-side">
        <Button icon={X} kind="ghost" label={t('close')} onClick={close} />
        <a href="/rules">{t('welcome-rules')}</a>
        <a href="/live?verdict=hold">{t('welcome-held')}</a>
      </div>
    </section>
  );
}

/** The minute that begins then. */
function minute(at: string): { from: string; until: string } {
  return { from: at, until: new Date(Date.parse(at) + 60_000).toISOString() };
}

function Counters() {
  const stats = useLoad<Stats>(query('/v1/stats', { market: market.value }));
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) void stats.reload().then(() => (since.value = {})); }, 10_000);
    return () => clearInterval(timer);
  }, [stats.reload]);
  const data = stats.data;
  const extra = since.value;
  const figures: [string, number | undefined, string, string?][] = [
    ['count-events', data && data.events + (extra.events ?? 0), '/events'],
    ['count-warned', data && data.warned + (extra.warn ?? 0), '/decisions?verdict=warn'],
    ['count-reviewed', data && data.reviewed + (extra.review ?? 0), '/decisions?verdict=review'],
    ['count-held', data && data.held + (extra.hold ?? 0), '/decisions?verdict=hold'],
    ['count-blocked', data && data.blocked + (extra.block ?? 0), '/decisions?verdict=block'],
    ['count-cases', data?.cases_open, '/cases'],
    ['count-lost', data?.lost, '/live', data?.lost ? 'harm' : undefined],
  ];
  const minutes = data?.by_minute ?? [];
  const events = useMemo(() => minutes.map((m) => ({ at: m.at, value: m.events })), [data]);
  const hits = useMemo(() => minutes.map((m) => ({ at: m.at, value: m.hits })), [data]);
  if (stats.problem && !data) return null;
  return (
    <>
      <ul class="figures">
        {figures.map(([id, value, href, tone]) => (
          <li key={id} class={tone ?? ''}>
            <a href={href} title={value === undefined ? undefined : number(value)}>
              <strong>{value === undefined ? '–' : compact(value)}</strong>
              <span>{t(id)}</span>
            </a>
          </li>
        ))}
      </ul>
      <div class="charts">
        <Chart title={t('chart-events')} points={events} kind="line" tone="--accent" reading={(p) => t('chart-events-at', { time: clock(p.at).slice(0, 5), count: p.value })} open={(p) => navigate(query('/events', minute(p.at)))} />
        <Chart title={t('chart-hits')} points={hits} kind="bars" tone="--amber" reading={(p) => t('chart-hits-at', { time: clock(p.at).slice(0, 5), count: p.value })} open={(p) => navigate(query('/decisions', minute(p.at)))} />
      </div>
    </>
  );
}

function Rows({ shown, selected, choose }: { shown: Row[]; selected: string | null; choose: (row: Row) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const [away, setAway] = useState(false);
  const latest = useRef(choose);
  latest.current = choose;
  const pick = useMemo(() => (row: Row) => latest.current(row), []);
  useEffect(() => {
    const scroller = box.current?.closest('.column');
    if (!scroller) return;
    // Reading further down holds the list still; going back up lets it run.
    let mine = false;
    const hear = () => {
      const gone = scroller.scrollTop > (box.current?.offsetTop ?? 0) + 60;
      setAway(gone);
      if (gone && !paused.peek()) { mine = true; pause(true); } else if (!gone && mine) { mine = false; pause(false); }
    };
    scroller.addEventListener('scroll', hear, { passive: true });
    return () => scroller.removeEventListener('scroll', hear);
  }, []);
  const many = (session.value?.markets.length ?? 0) > 1 && !market.value;
  return (
    <div class="rows" ref={box}>
      {waitingCount.value > 0 && (
        <button type="button" class="waiting" onClick={() => { pause(false); if (away) box.current?.scrollIntoView({ block: 'start' }); }}>
          <ArrowUp size={14} aria-hidden="true" /> {t('waiting', { count: waitingCount.value })}
        </button>
      )}
      <ol aria-label={t('nav-live')}>
        {shown.map((row) => <LiveRow key={row.key} row={row} on={row.key === selected} pick={pick} many={many} />)}
      </ol>
      <p class="foot muted">{t('live-foot', { count: shown.length })}</p>
    </div>
  );
}

const LiveRow = memo(function LiveRow({ row, on, pick, many }: { row: Row; on: boolean; pick: (row: Row) => void; many: boolean }) {
  const acting = row.hits?.filter((hit) => hit.mode === 'live' || hit.mode === 'canary') ?? [];
  const shadow = !acting.length && !!row.hits?.length;
  const why = acting[0]?.text ?? row.hits?.[0]?.text;
  const people = (row.event?.entities ?? []).slice(0, 2);
  return (
    <li class={`live-row ${row.fresh ? 'fresh' : ''} ${on ? 'on' : ''} v-${row.verdict}`} aria-current={on || undefined}>
      <button type="button" onClick={() => pick(row)} aria-expanded={on}>
        <time dateTime={row.at} title={relative(row.at)}>{clock(row.at)}</time>
        <VerdictBadge verdict={row.verdict} quiet={row.verdict === 'allow'} />
        <span class="what">
          <b>{typeName(row.type)}</b>
          <span class="gist">{why ? <span class={shadow ? 'shadowed' : ''}>{shadow ? t('shadow-would', { why }) : why}</span> : row.event && gist(row.event)}</span>
        </span>
      </button>
      <span class="who">
        {people.map((e) => <EntityLink key={e.role} of={e} market={row.market} role={e.role} />)}
        {many && <span class="muted market" title={marketName(row.market)}>{row.market}</span>}
      </span>
    </li>
  );
});

function Nothing({ filtered }: { filtered: boolean }) {
  return filtered
    ? <Empty icon={CirclePause} title={t('live-none-filtered')} action={<a class="button plain" href="/live">{t('clear-filters')}</a>}>{t('live-none-filtered-about')}</Empty>
    : <Empty icon={Radio} title={t('live-none')} action={<a class="button main" href="/settings/keys">{t('live-none-key')}</a>}>
        {t('live-none-about')}
        <code class="block">{`curl ${location.origin}/v1/events -H 'Authorization: Bearer KEY' \\\n  -H 'content-type: application/cloudevents+json' \\\n  -d '{"specversion":"1.0","id":"1","source":"test","type":"page.viewed","data":{"path":"/"}}'`}</code>
      </Empty>;
}

function Peek({ row, close, open }: { row: Row; close: () => void; open: () => void }) {
  const event = row.event;
  return (
    <div class="peek">
      <Head level={2} title={typeName(row.type)} about={<span class="row"><VerdictBadge verdict={row.verdict} /> {marketName(row.market)}</span>}>
        <Button icon={X} kind="ghost" label={t('close')} onClick={close} />
      </Head>
      {row.hits?.map((hit) => (
        <p key={hit.rule} class="why">
          {hit.text ?? hit.rule}
          <a href={`/rules/${encodeURIComponent(hit.rule)}`}>{hit.rule}</a>
          {hit.mode === 'shadow' && <span class="muted"> · {t('mode-shadow')}</span>}
        </p>
      ))}
      {event && <EventData event={event} {...(row.hits ? { hits: row.hits } : {})} />}
      <Button kind="main" does="key-open" onClick={open}>{t('open-whole')}</Button>
      {event && <details><summary>{t('origin')}</summary><EventOrigin event={event} /></details>}
    </div>
  );
}
