// Events as a table: every event that matches, with the columns one wants, to read or to take along.
import { Table2 } from 'lucide-preact';
import { query } from '../api';
import { absolute, number, stamp, typeName } from '../format';
import { t } from '../i18n';
import { useLoad, useMore } from '../load';
import { here, setQuery } from '../router';
import { market, marketName } from '../state';
import { VERDICTS, type EventView, type Page } from '../types';
import { Button, Empty, EntityLink, Head, ProblemBox, Skeleton, useTitle, VerdictBadge } from '../ui/basics';
import { Choose, ChooseMarket, Span } from '../ui/columns';
import { gist } from '../ui/evidence';
import { Table, type Column } from '../ui/table';
import { TYPES } from './live';

export default function Events() {
  useTitle(t('nav-events'));
  const q = here.value.query;
  const [type, verdict, from, until] = ['type', 'verdict', 'from', 'until'].map((name) => q.get(name) ?? '') as [string, string, string, string];
  const address = (before?: string) => query('/v1/events', { market: market.value, type, verdict, from, until, limit: 100, before });
  const loaded = useLoad<Page<EventView>>(address());
  const more = useMore(loaded, address, 2_000);
  const items = loaded.data?.items;
  const columns: Column<EventView>[] = [
    { id: 'time', name: t('event-time'), fixed: true, value: (e) => e.time, cell: (e) => <a href={`/decisions/${encodeURIComponent(e.market)}/${e.seq}`}><time class="stamp" dateTime={e.time} title={absolute(e.time)}>{stamp(e.time)}</time></a> },
    { id: 'received', name: t('event-received'), off: true, value: (e) => e.received_at, cell: (e) => <span class="stamp">{stamp(e.received_at)}</span> },
    { id: 'market', name: t('market'), value: (e) => e.market, cell: (e) => marketName(e.market) },
    { id: 'type', name: t('event-type'), value: (e) => e.type, cell: (e) => typeName(e.type) },
    { id: 'verdict', name: t('verdict'), value: (e) => e.verdict ?? 'allow', cell: (e) => <VerdictBadge verdict={e.verdict ?? 'allow'} quiet={!e.verdict || e.verdict === 'allow'} /> },
    { id: 'score', name: t('score-name'), right: true, off: true, value: (e) => e.score ?? 0, cell: (e) => number(e.score ?? 0, 3) },
    { id: 'whom', name: t('concerned'), value: (e) => (e.entities ?? []).map((x) => `${x.role}=${x.kind}:${x.id}`).join(' '), cell: (e) => <span class="row">{(e.entities ?? []).slice(0, 2).map((x) => <EntityLink key={x.role} of={x} market={e.market} role={x.role} />)}</span> },
    { id: 'gist', name: t('what-happened'), value: (e) => JSON.stringify(e.data ?? {}), cell: (e) => <span class="gist">{gist(e)}</span> },
    { id: 'source', name: t('event-source'), off: true, value: (e) => e.source, cell: (e) => <code>{e.source}</code> },
    { id: 'id', name: t('event-id'), off: true, value: (e) => e.id, cell: (e) => <code>{e.id}</code> },
    { id: 'seq', name: t('event-seq'), right: true, off: true, value: (e) => e.seq, cell: (e) => number(e.seq) },
  ];
  return (
    <div class="column item">
      <div class="sheet wide">
        <Head title={t('nav-events')} about={t('events-about')}>
          <ChooseMarket />
          <Choose label={t('event-type')} value={type} onChange={(value) => setQuery({ type: value })}
            options={[{ value: '', text: t('every-type') }, ...[...new Set([...TYPES, ...(type ? [type] : [])])].map((value) => ({ value, text: typeName(value) }))]} />
          <Choose label={t('verdict')} value={verdict} onChange={(value) => setQuery({ verdict: value })}
            options={[{ value: '', text: t('every-verdict') }, ...VERDICTS.map((value) => ({ value, text: t(`verdict-${value}`) }))]} />
        </Head>
        <Span from={from} until={until} />
        {loaded.problem && !items ? <ProblemBox problem={loaded.problem} retry={loaded.reload} />
          : !items ? <Skeleton rows={10} height={40} />
          : !items.length ? <Empty icon={Table2} title={t('live-none-filtered')} action={<a class="button plain" href="/events">{t('clear-filters')}</a>}>{t('events-none-about')}</Empty>
          : <Table name="events" caption={t('nav-events')} columns={columns} rows={items} keyOf={(e) => `${e.market}/${e.seq}`} />}
        {more.problem && <ProblemBox problem={more.problem} retry={more.more} />}
        {more.can && <Button class="more" busy={more.busy} onClick={() => void more.more()}>{t('more')}</Button>}
      </div>
    </div>
  );
}
