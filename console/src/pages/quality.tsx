// Quality: what the conversation guard is worth, from what people found, each figure with its count, interval and base.
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { ChartNoAxesCombined } from 'lucide-preact';
import { query } from '../api';
import { number, percent, shortDay } from '../format';
import { t } from '../i18n';
import { useLoad } from '../load';
import { here, navigate, setQuery } from '../router';
import { market, marketName } from '../state';
import type { Quality as QualityData, RateView, TwinView } from '../types';
import { Empty, Head, ProblemBox, Skeleton, useTitle } from '../ui/basics';
import { Chart, type Point } from '../ui/chart';
import { Choose, ChooseMarket } from '../ui/columns';
import { signalName } from '../ui/evidence';
import { Table, type Column } from '../ui/table';
import { tongueName } from './lexicon';

const SPANS = ['1', '7', '30', '90'];

export default function Quality() {
  useTitle(t('nav-quality'));
  const asked = here.value.query.get('days') ?? '';
  const days = SPANS.includes(asked) ? asked : '7';
  const loaded = useLoad<QualityData>(query('/v1/quality', { market: market.value, days }));
  const data = loaded.data;
  return (
    <div class="column item">
      <div class="sheet">
        <Head title={t('nav-quality')} about={t('quality-about')}>
          <ChooseMarket />
          <Choose label={t('range')} value={days} onChange={(value) => setQuery({ days: value === '7' ? null : value })} options={SPANS.map((value) => ({ value, text: t('last-days', { count: Number(value) }) }))} />
        </Head>
        {loaded.problem && !data ? <ProblemBox problem={loaded.problem} retry={loaded.reload} /> : !data ? <Skeleton rows={8} height={70} />
          : !data.messages ? <Empty icon={ChartNoAxesCombined} title={t('quality-none')} action={<a class="button plain" href="/live">{t('lost-home')}</a>}>{t('quality-none-about')}</Empty>
          : <Figures data={data} />}
      </div>
    </div>
  );
}

function Figures({ data }: { data: QualityData }) {
  const judged = data.found.fraud + data.found.fine + data.found.unsure;
  return (
    <>
      <ul class="figures four">
        <li><a href="/events?type=message.sent"><strong>{number(data.messages)}</strong><span>{t('quality-messages', { count: data.conversations })}</span></a></li>
        <li><a href="/chats?state=closed"><strong>{number(judged)}</strong><span>{t('quality-judged', { fraud: data.found.fraud, fine: data.found.fine, unsure: data.found.unsure })}</span></a></li>
        <li><div class="figure-box"><Share rate={data.overall} /><span>{t('quality-precision')}</span></div></li>
        <li><div class="figure-box"><Share rate={data.stayed} /><span>{t('quality-stayed', { base: data.stayed_base.share === null ? '–' : percent(data.stayed_base.share), n: data.stayed_base.n })}</span></div></li>
      </ul>
      {data.truncated && <p class="banner small">{t('quality-truncated', { count: data.messages })}</p>}
      <Volume data={data} />
      <section>
        <h2>{t('quality-by')}</h2>
        <p class="muted small">{t('quality-by-about', { base: data.overall.share === null ? '–' : percent(data.overall.share), n: data.overall.n })}</p>
        {data.precision.length ? <Parts data={data} /> : <p class="muted">{t('quality-no-verdicts')} <a href="/chats">{t('quality-go-judge')}</a></p>}
      </section>
      <Twins data={data} />
    </>
  );
}

/** A share in large, with how sure it is. */
function Share({ rate }: { rate: RateView }) {
  if (rate.share === null) return <strong>–</strong>;
  return <strong title={t('interval-of', { low: percent(rate.low ?? 0), high: percent(rate.high ?? 1), hits: rate.hits, n: rate.n })}>{percent(rate.share)} <small>{t('interval-short', { low: percent(rate.low ?? 0), high: percent(rate.high ?? 1), n: rate.n })}</small></strong>;
}

/** A share as a bar with its interval; the figures stand beside it in words. */
function Bar({ rate, base }: { rate: RateView; base?: number | null }) {
  if (rate.share === null) return <span class="muted">–</span>;
  const style = { '--share': rate.share, '--low': rate.low ?? 0, '--high': rate.high ?? 1, ...(typeof base === 'number' ? { '--base': base } : {}) };
  return <i class={`interval ${typeof base === 'number' ? 'has-base' : ''}`} style={style} aria-hidden="true"><b /><u /></i>;
}

const interval = (rate: RateView): ComponentChildren => (rate.share === null ? '–' : `${percent(rate.low ?? 0)} – ${percent(rate.high ?? 1)}`);

const DAY = 86_400_000;

/** Every day that was looked at, quiet ones too. */
export function everyDay(data: Pick<QualityData, 'days' | 'volume'>, today = Date.now()): QualityData['volume'] {
  const known = new Map(data.volume.map((d) => [Math.floor(Date.parse(d.at) / DAY), d]));
  const last = Math.max(Math.floor(today / DAY), ...known.keys());
  return Array.from({ length: data.days + 1 }, (_, i) => {
    const day = last - data.days + i;
    return known.get(day) ?? { at: new Date(day * DAY).toISOString(), messages: 0, warned: 0, reviewed: 0, stopped: 0 };
  });
}

function Volume({ data }: { data: QualityData }) {
  const [alerts, messages] = useMemo(() => {
    const days = everyDay(data);
    return [days.map((d) => ({ at: d.at, value: d.warned + d.reviewed + d.stopped })), days.map((d) => ({ at: d.at, value: d.messages }))];
  }, [data]);
  const within = (p: Point) => ({ from: p.at, until: new Date(Date.parse(p.at) + DAY).toISOString() });
  return (
    <div class="charts">
      <Chart title={t('chart-alerts')} points={alerts} kind="bars" tone="--amber" unit="day" reading={(p) => t('chart-alerts-at', { day: shortDay(p.at), count: p.value })} open={(p) => navigate(query('/decisions', within(p)))} />
      <Chart title={t('chart-messages')} points={messages} kind="bars" tone="--accent" unit="day" reading={(p) => t('chart-messages-at', { day: shortDay(p.at), count: p.value })} open={(p) => navigate(query('/events', { ...within(p), type: 'message.sent' }))} />
    </div>
  );
}

type PartRow = QualityData['precision'][number];

function Parts({ data }: { data: QualityData }) {
  const name = (row: PartRow) => (row.by === 'language' ? tongueName(row.name) : row.by === 'market' ? marketName(row.name) : signalName(row.name));
  const columns: Column<PartRow>[] = [
    { id: 'name', name: t('quality-part'), fixed: true, value: (r) => `${r.by}: ${r.name}`, cell: (r) => <><span class="muted small">{t(`by-${r.by}`)}</span> {name(r)}</> },
    { id: 'share', name: t('quality-precision'), right: true, value: (r) => r.share, cell: (r) => (r.share === null ? '–' : percent(r.share)) },
    { id: 'interval', name: t('interval'), right: true, value: (r) => (r.low === null ? '' : `${r.low}–${r.high}`), cell: interval },
    { id: 'bar', name: t('interval-bar'), value: () => '', cell: (r) => <Bar rate={r} base={data.overall.share} /> },
    { id: 'hits', name: t('case-fraud'), right: true, value: (r) => r.hits, cell: (r) => number(r.hits) },
    { id: 'n', name: t('judged'), right: true, value: (r) => r.n, cell: (r) => number(r.n) },
  ];
  return <Table name="quality" caption={t('quality-by')} columns={columns} rows={data.precision} keyOf={(r) => `${r.by}/${r.name}`} />;
}

interface TwinRow { id: 'keyword' | 'guard'; twin: TwinView }

function Twins({ data }: { data: QualityData }) {
  const rate = (id: 'alerts' | 'precision' | 'recall', title: string): Column<TwinRow>[] => [
    { id, name: title, right: true, value: (r) => r.twin[id].share, cell: (r) => { const one = r.twin[id]; return one.share === null ? '–' : <span title={String(interval(one))}>{percent(one.share)} <span class="muted small">{t('of-n', { hits: one.hits, n: one.n })}</span></span>; } },
    { id: `${id}-interval`, name: t('interval-named', { name: title }), right: true, off: id === 'alerts', value: (r) => (r.twin[id].low === null ? '' : `${r.twin[id].low}–${r.twin[id].high}`), cell: (r) => interval(r.twin[id]) },
  ];
  const columns: Column<TwinRow>[] = [
    { id: 'which', name: t('twin'), fixed: true, value: (r) => r.id, cell: (r) => <b>{t(`twin-${r.id}`)}</b> },
    ...rate('alerts', t('twin-alerts')), ...rate('precision', t('quality-precision')), ...rate('recall', t('twin-recall')),
  ];
  return (
    <section>
      <h2>{t('twins')}</h2>
      <p class="muted small">{t('twins-about', { lists: data.lists.map(signalName).join(' · ') || '–' })}</p>
      <Table name="twins" caption={t('twins')} columns={columns} rows={[{ id: 'guard', twin: data.guard }, { id: 'keyword', twin: data.keyword }]} keyOf={(r) => r.id} />
      <p class="small">{t('twins-overlap', { both: data.overlap.both, keyword: data.overlap.keyword_only, guard: data.overlap.guard_only })}</p>
    </section>
  );
}
