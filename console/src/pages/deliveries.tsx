// Deliveries: what leaves the house, how far it is, and what stands in its way.
import { useEffect } from 'preact/hooks';
import { RotateCw, Send, X } from 'lucide-preact';
import { api, path, query } from '../api';
import { entity as entityOf, number } from '../format';
import { t } from '../i18n';
import { listen } from '../live';
import { useLoad, useMore } from '../load';
import { here, setQuery } from '../router';
import { complain, say } from '../toasts';
import { marketName, may } from '../state';
import type { Delivery, DeliveryPage, Settings } from '../types';
import { Ago, Button, Empty, EntityLink, Head, ProblemBox, Skeleton, useTitle } from '../ui/basics';
import { askSure } from '../ui/dialog';
import { Table, type Column } from '../ui/table';

const STATES = ['waiting', 'failed', 'dead', 'delivered'] as const;

export default function Deliveries() {
  useTitle(t('nav-deliveries'));
  const state = here.value.query.get('state') ?? '';
  const marked = here.value.query.get('key') ?? '';
  const address = (before?: string) => query('/v1/deliveries', { state, limit: 100, before });
  const loaded = useLoad<DeliveryPage>(address());
  const more = useMore(loaded, address);
  useEffect(() => {
    let timer = 0;
    const stop = listen(({ kind }) => {
      if (kind === 'delivery' && !timer) timer = window.setTimeout(() => { timer = 0; void loaded.reload(); }, 2_000);
    });
    return () => { stop(); clearTimeout(timer); };
  }, [loaded.reload]);
  const act = async (one: Delivery, verb: 'retry' | 'cancel') => {
    // What was withdrawn cannot be sent again, so it is asked first; a second try carries the same key and harms nobody.
    if (verb === 'cancel' && !(await askSure({ title: t('delivery-cancel'), about: t('delivery-cancel-about'), action: t('delivery-cancel') }))) return;
    loaded.change((old) => ({ ...old, items: old.items.map((d) => (d.key === one.key ? { ...d, state: verb === 'retry' ? 'waiting' as const : 'cancelled' as const } : d)) }));
    try {
      await api('POST', `/v1/deliveries${path(one.key)}/${verb}`);
      say(t(verb === 'retry' ? 'delivery-retried' : 'delivery-cancelled'));
    } catch (cause) {
      complain(cause);
    }
    await loaded.reload();
  };
  const data = loaded.data;
  return (
    <div class="column item">
      <div class="sheet">
        <Head title={t('nav-deliveries')} about={t('deliveries-about')} />
        <ul class="figures four">
          {STATES.map((name) => (
            <li key={name} class={`${name === 'dead' && data?.counts.dead ? 'harm' : ''} ${state === name ? 'chosen' : ''}`}>
              <button type="button" aria-pressed={state === name} onClick={() => setQuery({ state: state === name ? null : name })}>
                <strong>{data ? number(data.counts[name] ?? 0) : '–'}</strong>
                <span>{t(`state-${name}`)}</span>
              </button>
            </li>
          ))}
        </ul>
        {data && (data.counts.waiting ?? 0) > 0 && may('house') && <NoHook />}
        {loaded.problem && !data ? <ProblemBox problem={loaded.problem} retry={loaded.reload} />
          : !data ? <Skeleton rows={8} height={60} />
          : !data.items.length ? <Empty icon={Send} title={t(state ? 'deliveries-none-state' : 'deliveries-none')}>{t('deliveries-none-about')}</Empty>
          : <List items={data.items} marked={marked} act={(one, verb) => void act(one, verb)} />}
        {more.can && <Button class="more" busy={more.busy} onClick={() => void more.more()}>{t('more')}</Button>}
      </div>
    </div>
  );
}

/** Says so when things wait because there is nowhere to send them. */
function NoHook() {
  const settings = useLoad<Settings>('/v1/settings');
  if (!settings.data || settings.data.webhooks?.length) return null;
  return <p class="banner amber">{t('hook-missing')} <a href="/settings/webhooks">{t('hook-missing-set')}</a></p>;
}

function List({ items, marked, act }: { items: Delivery[]; marked: string; act: (one: Delivery, verb: 'retry' | 'cancel') => void }) {
  const stuck = (one: Delivery) => one.state === 'failed' || one.state === 'dead';
  const place = (one: Delivery) => { const ref = entityOf(one.entity); return ref ? `${ref.kind}:${ref.id}` : ''; };
  const columns: Column<Delivery>[] = [
    { id: 'state', name: t('delivery-state'), fixed: true, value: (d) => d.state, cell: (d) => <span class={`state state-${d.state}`}>{t(`state-${d.state}`)}</span> },
    { id: 'what', name: t('delivery-what'), value: (d) => d.kind, cell: (d) => (
      <span class="line-main">
        <a href={`/decisions/${encodeURIComponent(d.market)}/${d.seq}`}>{t(`effect-${d.kind}`, { detail: '' }).trim()}</a>
        {stuck(d) && d.last_error && <span class="fault">{d.last_error}</span>}
      </span>
    ) },
    { id: 'whom', name: t('concerned'), value: place, cell: (d) => <EntityLink of={d.entity} market={d.market} /> },
    { id: 'target', name: t('delivery-target'), off: true, value: (d) => d.target, cell: (d) => <span class="muted small target">{d.target}</span> },
    { id: 'market', name: t('market'), off: true, value: (d) => d.market, cell: (d) => marketName(d.market) },
    { id: 'when', name: t('delivery-when'), right: true, value: (d) => d.delivered_at ?? d.created_at, cell: (d) => (
      <span class="line-side muted small"><Ago time={d.delivered_at ?? d.created_at} />{d.next_at && d.state === 'failed' && <span>{t('next-try')} <Ago time={d.next_at} /></span>}</span>
    ) },
    { id: 'tries', name: t('delivery-tries'), right: true, value: (d) => d.attempts, cell: (d) => number(d.attempts) },
    { id: 'error', name: t('delivery-error'), off: true, value: (d) => d.last_error ?? '', cell: (d) => d.last_error ?? '' },
    { id: 'key', name: t('delivery-key'), off: true, value: (d) => d.key, cell: (d) => <code>{d.key}</code> },
  ];
  if (may('policy')) columns.push({ id: 'do', name: t('delivery-do'), fixed: true, right: true, value: () => '', cell: (d) => (
    <span class="line-actions">
      {stuck(d) && <Button icon={RotateCw} onClick={() => act(d, 'retry')}>{t('delivery-retry')}</Button>}
      {(d.state === 'waiting' || d.state === 'failed') && <Button icon={X} kind="ghost" label={t('delivery-cancel')} onClick={() => act(d, 'cancel')} />}
    </span>
  ) });
  return <Table name="deliveries" caption={t('nav-deliveries')} columns={columns} rows={items} keyOf={(d) => d.key} rowClass={(d) => (d.key === marked ? 'on' : '')} />;
}
