// Deliveries: what leaves the house, how far it is, and what stands in its way.
import { useEffect } from 'preact/hooks';
import { RotateCw, Send, X } from 'lucide-preact';
import { api, path, query } from '../api';
import { number } from '../format';
import { t } from '../i18n';
import { listen } from '../live';
import { useLoad, useMore } from '../load';
import { here, setQuery } from '../router';
import { complain, say } from '../toasts';
import { may } from '../state';
import type { Delivery, DeliveryPage, Settings } from '../types';
import { Ago, Button, Empty, EntityLink, Head, ProblemBox, Skeleton, useTitle } from '../ui/basics';

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
          : <ul class="lines deliveries">{data.items.map((d) => <Line key={d.key} one={d} marked={d.key === marked} act={act} />)}</ul>}
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

function Line({ one, marked, act }: { one: Delivery; marked: boolean; act: (one: Delivery, verb: 'retry' | 'cancel') => void }) {
  const stuck = one.state === 'failed' || one.state === 'dead';
  return (
    <li class={marked ? 'on' : ''}>
      <span class={`state state-${one.state}`}>{t(`state-${one.state}`)}</span>
      <span class="line-main">
        <span class="row">
          <a href={`/decisions/${encodeURIComponent(one.market)}/${one.seq}`}>{t(`effect-${one.kind}`, { detail: '' }).trim()}</a>
          <EntityLink of={one.entity} market={one.market} />
        </span>
        <span class="muted small target">{one.target}</span>
        {stuck && one.last_error && <span class="fault">{one.last_error}</span>}
      </span>
      <span class="line-side muted small">
        <Ago time={one.delivered_at ?? one.created_at} />
        {one.attempts > 1 && <span>{t('attempts', { count: one.attempts })}</span>}
        {one.next_at && one.state === 'failed' && <span>{t('next-try')} <Ago time={one.next_at} /></span>}
      </span>
      <span class="line-actions">
        {stuck && may('policy') && <Button icon={RotateCw} onClick={() => act(one, 'retry')}>{t('delivery-retry')}</Button>}
        {(one.state === 'waiting' || one.state === 'failed') && may('policy') && <Button icon={X} kind="ghost" label={t('delivery-cancel')} onClick={() => act(one, 'cancel')} />}
      </span>
    </li>
  );
}
