// Proposals: changes of policy that let more through, and the second person who decides them.
import { Check, RotateCcw, ShieldCheck, X } from 'lucide-preact';
import { api, path } from '../api';
import { relative } from '../format';
import { t } from '../i18n';
import { useKeys } from '../keys';
import { useLoad } from '../load';
import { may } from '../state';
import { actUndoably, complain, say } from '../toasts';
import type { Proposal } from '../types';
import { Ago, Button, Empty, Head, ProblemBox, Skeleton, useTitle } from '../ui/basics';
import { Columns, useListKeys } from '../ui/columns';
import { Diff } from '../ui/diff';
import { askSure, askWhy } from '../ui/dialog';

const hrefOf = (id: string) => `/proposals/${encodeURIComponent(id)}`;

export default function Proposals({ id }: { id?: string }) {
  useTitle(t('proposals'));
  const loaded = useLoad<{ items: Proposal[] }>('/v1/policy/proposals');
  const items = loaded.data?.items ?? [];
  const at = items.findIndex((one) => one.id === id);
  useListKeys(items.map((one) => hrefOf(one.id)), at);
  const list = (
    <>
      <div class="list-head"><h2>{t('proposals')}</h2><a href="/rules">{t('all-rules')}</a></div>
      {loaded.problem && !loaded.data ? <ProblemBox problem={loaded.problem} retry={loaded.reload} /> : !loaded.data ? <Skeleton rows={4} height={72} />
        : !items.length ? <Empty icon={ShieldCheck} title={t('proposals-none')}>{t('proposals-about')}</Empty> : (
        <ul class="cards">
          {items.map((one, i) => (
            <li key={one.id}>
              <a href={hrefOf(one.id)} class={i === at ? 'on' : ''} aria-current={i === at || undefined}>
                <span class="card-top"><State one={one} /><span class="muted"><Ago time={one.at} /></span></span>
                <b>{one.note || t('no-note')}</b>
                <span class="card-why">{one.author} · {one.rules.join(' · ')}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </>
  );
  return <Columns open={!!id} listHref="/proposals" listName={t('proposals')} list={list} item={id ? <One key={id} id={id} done={loaded.reload} /> : <Empty icon={ShieldCheck} title={t('proposal-choose')}>{t('proposals-about')}</Empty>} />;
}

function State({ one }: { one: Proposal }) {
  const tone = one.state === 'open' ? (one.stale ? 'failed' : 'waiting') : one.state === 'approved' ? 'applied' : 'cancelled';
  return <span class={`state state-${tone}`}>{one.state === 'open' && one.stale ? t('proposal-stale') : t(`proposal-${one.state}`)}</span>;
}

function One({ id, done }: { id: string; done: () => Promise<void> }) {
  const key = `/v1/policy/proposals${path(id)}`;
  const loaded = useLoad<Proposal>(key);
  const one = loaded.data;
  const can = one?.state === 'open' && may('policy');
  const reload = async () => { await Promise.all([loaded.reload(), done()]); };
  const approve = async () => {
    if (!one || !can || one.mine || one.stale) return;
    if (!(await askSure({ title: t('proposal-approve'), about: t('proposal-approve-about', { rules: one.rules.join(', ') }), action: t('proposal-approve') }))) return;
    try {
      await actUndoably(t('proposal-is-approved', { rules: one.rules.join(', ') }), api('POST', `${key}/approve`), async () => {
        await api('POST', `/v1/policy/versions/${one.base}/activate`, { why: t('reason-undo') });
        await reload();
      });
    } catch (cause) {
      complain(cause);
    }
    await reload();
  };
  const decline = async () => {
    if (!one || !can) return;
    const why = await askWhy({ title: t(one.mine ? 'proposal-withdraw' : 'proposal-decline'), label: t('why'), action: t(one.mine ? 'proposal-withdraw' : 'proposal-decline') });
    if (why === null) return;
    try {
      await api('POST', `${key}/decline`, { why });
      say(t('proposal-gone'));
    } catch (cause) {
      complain(cause);
    }
    await reload();
  };
  useKeys([{ does: 'proposal-approve', run: () => void approve() }, { does: 'proposal-decline', run: () => void decline() }]);
  if (!one) return loaded.problem ? <ProblemBox problem={loaded.problem} retry={loaded.reload} /> : <Skeleton rows={5} />;
  return (
    <div class="sheet">
      <Head title={one.note || t('no-note')} about={<><State one={one} /> · {t('proposal-line', { who: one.author, when: relative(one.at) })}</>}>
        {can && !one.mine && <Button icon={Check} kind="main" does="proposal-approve" disabled={one.stale} onClick={() => void approve()}>{t('proposal-approve')}</Button>}
        {can && <Button icon={one.mine ? RotateCcw : X} does="proposal-decline" onClick={() => void decline()}>{t(one.mine ? 'proposal-withdraw' : 'proposal-decline')}</Button>}
      </Head>
      <p class="banner amber">{t('proposal-lets', { rules: one.rules.join(', ') })}</p>
      {can && one.mine && <p class="muted">{t('proposal-mine')}</p>}
      {one.state === 'open' && one.stale && <p class="muted">{t('proposal-stale-about')}</p>}
      {one.decided_by && <p class="muted">{t('proposal-decided', { who: one.decided_by, when: relative(one.decided_at ?? one.at) })}{one.why ? ` “${one.why}”` : ''}</p>}
      {(one.files ?? []).map((file) => <Diff key={file.path} file={file} />)}
    </div>
  );
}
