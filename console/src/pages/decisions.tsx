// Decisions: the list, and one with everything that led to it.
import { useEffect, useState } from 'preact/hooks';
import { CheckCheck, FileDiff, RotateCcw, Scale, Undo2 } from 'lucide-preact';
import { api, path, Problem, query } from '../api';
import { relative, absolute, typeName, number } from '../format';
import { t } from '../i18n';
import { useKeys } from '../keys';
import { listen } from '../live';
import { useLoad, useMore } from '../load';
import { here, setQuery } from '../router';
import { market, marketName, may } from '../state';
import { complain, say } from '../toasts';
import { VERDICTS, type DecisionView, type EventView, type Page, type Replay, type RulesPage, type UndoAnswer } from '../types';
import { Ago, Button, Empty, EntityLink, Head, ProblemBox, Skeleton, useTitle, VerdictBadge } from '../ui/basics';
import { Choose, ChooseMarket, Columns, Span, useListKeys } from '../ui/columns';
import { askWhy } from '../ui/dialog';
import { Effects, Hit } from '../ui/decision';
import { EventData, EventOrigin } from '../ui/evidence';

const href = (d: { market: string; seq: number }) => `/decisions/${encodeURIComponent(d.market)}/${d.seq}${location.search}`;

export default function Decisions({ market: at, seq }: { market?: string; seq?: string }) {
  const open = !!at && !!seq;
  return (
    <Columns
      open={open}
      listHref={`/decisions${location.search}`}
      listName={t('nav-decisions')}
      list={<List current={open ? `${at}/${seq}` : ''} />}
      item={open ? <Item key={`${at}/${seq}`} market={at} seq={seq} /> : <Choosing />}
    />
  );
}

function Choosing() {
  useTitle(t('nav-decisions'));
  return <Empty icon={Scale} title={t('decision-choose')}>{t('decision-choose-about')}</Empty>;
}

function List({ current }: { current: string }) {
  const { query: q } = here.value;
  const verdict = q.get('verdict') ?? '';
  const rule = q.get('rule') ?? '';
  const [from, until] = [q.get('from') ?? '', q.get('until') ?? ''];
  const address = (before?: string) => query('/v1/decisions', { market: market.value, verdict, rule, from, until, limit: 50, before });
  const loaded = useLoad<Page<DecisionView>>(address());
  const more = useMore(loaded, address);
  const [fresh, setFresh] = useState(0);
  useEffect(() => {
    setFresh(0);
    return listen(({ kind, data }) => {
      const d = data as DecisionView;
      if (kind !== 'decision' || (verdict && d.verdict !== verdict) || (market.value && d.market !== market.value)) return;
      if (rule && !d.hits?.some((hit) => hit.rule === rule)) return;
      setFresh((n) => n + 1);
    });
  }, [verdict, rule, market.value]);
  const items = loaded.data?.items ?? [];
  useListKeys(items.map(href), items.findIndex((d) => `${d.market}/${d.seq}` === current));
  return (
    <>
      <div class="list-head">
        <h2>{t('nav-decisions')}</h2>
        <div class="filters">
          <ChooseMarket />
          <Choose label={t('verdict')} value={verdict} onChange={(value) => setQuery({ verdict: value })}
            options={[{ value: '', text: t('every-verdict') }, ...VERDICTS.map((value) => ({ value, text: t(`verdict-${value}`) }))]} />
          <RuleFilter rule={rule} />
        </div>
        <Span from={from} until={until} />
        {fresh > 0 && !until && <button type="button" class="waiting" onClick={() => { setFresh(0); void loaded.reload(); }}>{t('waiting', { count: fresh })}</button>}
      </div>
      {loaded.problem && !loaded.data ? <ProblemBox problem={loaded.problem} retry={loaded.reload} />
        : !loaded.data ? <Skeleton rows={10} height={68} />
        : !items.length ? <Empty icon={Scale} title={t('decisions-none')} action={<a class="button plain" href="/rules">{t('welcome-rules')}</a>}>{t('decisions-none-about')}</Empty>
        : (
          <ul class="cards">
            {items.map((d) => <Card key={`${d.market}/${d.seq}`} decision={d} on={`${d.market}/${d.seq}` === current} />)}
          </ul>
        )}
      {more.can && <Button class="more" busy={more.busy} onClick={() => void more.more()}>{t('more')}</Button>}
    </>
  );
}

function RuleFilter({ rule }: { rule: string }) {
  const rules = useLoad<RulesPage>('/v1/rules');
  const names = [...new Set([...(rules.data?.items.map((r) => r.name) ?? []), ...(rule ? [rule] : [])])];
  return <Choose label={t('rule')} value={rule} onChange={(value) => setQuery({ rule: value })} options={[{ value: '', text: t('every-rule') }, ...names.map((value) => ({ value, text: value }))]} />;
}

function Card({ decision: d, on }: { decision: DecisionView; on: boolean }) {
  const hit = d.hits?.find((h) => h.mode !== 'shadow') ?? d.hits?.[0];
  return (
    <li>
      <a href={href(d)} class={on ? 'on' : ''} aria-current={on || undefined}>
        <span class="card-top">
          <VerdictBadge verdict={d.verdict} />
          <span class="muted"><Ago time={d.event?.received_at ?? d.event?.time} /></span>
        </span>
        <b>{d.event ? typeName(d.event.type) : `${d.market} ${d.seq}`}</b>
        <span class="card-why">{hit?.mode === 'shadow' ? t('shadow-would', { why: hit.text ?? hit.rule }) : (hit?.text ?? hit?.rule)}</span>
      </a>
    </li>
  );
}

function Item({ market: at, seq }: { market: string; seq: string }) {
  const decision = useLoad<DecisionView>(`/v1/decisions${path(at, seq)}`);
  const missing = decision.problem instanceof Problem && decision.problem.status === 404;
  const event = useLoad<EventView>(missing ? `/v1/events${path(at, seq)}` : null);
  useTitle(decision.data?.event ? t('decision-title', { type: typeName(decision.data.event.type), verdict: t(`verdict-${decision.data.verdict}`) }) : t('nav-decisions'));
  if (decision.data) return <Whole decision={decision.data} reload={decision.reload} />;
  if (missing && event.data) return <Plain event={event.data} />;
  const problem = missing ? event.problem : decision.problem;
  if (problem) return <ProblemBox problem={problem} retry={missing ? event.reload : decision.reload} />;
  return <Skeleton rows={5} height={90} />;
}

/** An event no rule had anything to say of. */
function Plain({ event }: { event: EventView }) {
  return (
    <article class="sheet">
      <Head title={<>{typeName(event.type)} <VerdictBadge verdict={event.verdict ?? 'allow'} /></>} about={t('no-rule-hit')} />
      <section><h2>{t('what-happened')}</h2><EventData event={event} /></section>
      <section><h2>{t('origin')}</h2><EventOrigin event={event} /></section>
    </article>
  );
}

function Whole({ decision: d, reload }: { decision: DecisionView; reload: () => Promise<void> }) {
  const [replay, setReplay] = useState<Replay | 'busy' | null>(null);
  const again = async () => {
    setReplay('busy');
    try {
      setReplay(await api<Replay>('POST', `/v1/decisions${path(d.market, d.seq)}/replay`));
    } catch (cause) {
      setReplay(null);
      complain(cause);
    }
  };
  const undo = async () => {
    if (d.undone || !may('work')) return;
    const why = await askWhy({ title: t('decision-undo'), about: t('decision-undo-about', { count: d.effects.length }), label: t('why'), action: t('decision-undo') });
    if (why === null) return;
    try {
      const answer = await api<UndoAnswer>('POST', `/v1/decisions${path(d.market, d.seq)}/undo`, { why });
      say(t('decision-undone', { undone: answer.undone.length, kept: answer.kept.length }));
      await reload();
    } catch (cause) {
      complain(cause);
    }
  };
  useKeys([
    { does: 'key-replay', run: () => void again() },
    { does: 'decision-undo', run: () => void undo() },
  ]);
  const acting = d.hits.filter((hit) => hit.mode !== 'shadow' && hit.mode !== 'draft');
  const shadow = d.hits.filter((hit) => hit.mode === 'shadow' || hit.mode === 'draft');
  const event = d.event;
  return (
    <article class="sheet split">
      <div class="sheet-main">
        <Head title={<>{event ? typeName(event.type) : t('nav-decisions')} <VerdictBadge verdict={d.verdict} /></>}
          about={event && <>{marketName(d.market)} · <time title={absolute(event.time)}>{relative(event.time)}</time> · {t('score', { score: number(d.score, 3) })}</>}>
          <Button icon={RotateCcw} does="key-replay" busy={replay === 'busy'} onClick={() => void again()}>{t('replay')}</Button>
          {may('work') && !d.undone && d.effects.length > 0 && <Button icon={Undo2} onClick={() => void undo()}>{t('decision-undo')}</Button>}
        </Head>
        {d.undone && <p class="banner">{t('decision-was-undone', { by: d.undone.by, when: relative(d.undone.at), why: d.undone.why })}</p>}
        {replay && replay !== 'busy' && <ReplayResult replay={replay} />}
        <section>
          <h2>{t('why-decided')}</h2>
          {acting.map((hit) => <Hit key={hit.rule} hit={hit} {...(event ? { event } : {})} />)}
          {!acting.length && <p class="muted">{t('no-acting-hit')}</p>}
          {shadow.length > 0 && (
            <details open={!acting.length}>
              <summary>{t('shadow-hits', { count: shadow.length })}</summary>
              {shadow.map((hit) => <Hit key={hit.rule} hit={hit} {...(event ? { event } : {})} />)}
            </details>
          )}
        </section>
        {event && <section><h2>{t('what-happened')}</h2><EventData event={event} hits={d.hits} /></section>}
      </div>
      <aside class="sheet-side" aria-label={t('briefing')}>
        <section><h2>{t('effects')}</h2><Effects decision={d} /></section>
        {event?.entities && event.entities.length > 0 && (
          <section>
            <h2>{t('concerned')}</h2>
            <ul class="plain">{event.entities.map((e) => <li key={e.role}><span class="muted role">{e.role}</span> <EntityLink of={e} market={d.market} role={e.role} /></li>)}</ul>
          </section>
        )}
        {event && <section><h2>{t('origin')}</h2><EventOrigin event={event} /></section>}
        <section><h2>{t('policy')}</h2><a class="hash" href={`/history/${d.policy}`} title={d.policy}><code>{d.policy.slice(0, 12)}</code></a></section>
      </aside>
    </article>
  );
}

function ReplayResult({ replay }: { replay: Replay }) {
  return (
    <div class={`banner ${replay.same ? 'good' : 'harm'}`} role="status">
      {replay.same ? <CheckCheck size={16} aria-hidden="true" /> : <FileDiff size={16} aria-hidden="true" />}
      <span>{t(replay.same ? 'replay-same' : 'replay-differs')}</span>
      {!replay.same && (
        <details>
          <summary>{t('replay-both')}</summary>
          <div class="two"><pre>{JSON.stringify(replay.stored, null, 2)}</pre><pre>{JSON.stringify(replay.replayed, null, 2)}</pre></div>
        </details>
      )}
    </div>
  );
}
