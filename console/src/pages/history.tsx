// History of the policy: who activated what and why, the difference, and the way back.
import { History as HistoryIcon, RotateCcw } from 'lucide-preact';
import { api } from '../api';
import { relative } from '../format';
import { t } from '../i18n';
import { useLoad } from '../load';
import { may } from '../state';
import { install, type Installed } from '../policy';
import { complain } from '../toasts';
import type { FileDiff, PolicyVersion } from '../types';
import { Ago, Button, Empty, Head, ProblemBox, Skeleton, useTitle } from '../ui/basics';
import { Columns, useListKeys } from '../ui/columns';
import { Diff } from '../ui/diff';
import { askWhy } from '../ui/dialog';

export default function History({ hash }: { hash?: string }) {
  useTitle(t('history'));
  const loaded = useLoad<{ items: PolicyVersion[] }>('/v1/policy/versions');
  const items = loaded.data?.items ?? [];
  const at = items.findIndex((v) => hash && (v.hash === hash || hash.startsWith(v.hash)));
  useListKeys(items.map((v) => `/history/${v.hash}`), at);
  const list = (
    <>
      <div class="list-head"><h2>{t('history')}</h2><a href="/rules">{t('all-rules')}</a></div>
      {loaded.problem && !loaded.data ? <ProblemBox problem={loaded.problem} retry={loaded.reload} /> : !loaded.data ? <Skeleton rows={6} height={72} /> : (
        <ul class="cards">
          {items.map((v, i) => (
            <li key={v.hash}>
              <a href={`/history/${v.hash}`} class={i === at ? 'on' : ''} aria-current={i === at || undefined}>
                <span class="card-top"><code>{v.hash.slice(0, 10)}</code>{v.active ? <span class="state state-applied">{t('in-force')}</span> : <span class="muted"><Ago time={v.at} /></span>}</span>
                <b>{v.note || t('no-note')}</b>
                <span class="card-why">{v.author}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </>
  );
  const chosen = items[at];
  const active = items.find((v) => v.active);
  const item = chosen ? <Version key={chosen.hash} version={chosen} before={items[at + 1]} active={active} reload={loaded.reload} />
    : <Empty icon={HistoryIcon} title={t('version-choose')}>{t('version-choose-about')}</Empty>;
  return <Columns open={!!hash} listHref="/history" listName={t('history')} list={list} item={item} />;
}

function Version({ version, before, active, reload }: { version: PolicyVersion; before: PolicyVersion | undefined; active: PolicyVersion | undefined; reload: () => Promise<void> }) {
  const loaded = useLoad<{ files: FileDiff[] }>(before ? `/v1/policy/versions/${version.hash}/diff?from=${before.hash}` : null);
  const send = (hash: string, why: string) => api<Installed>('POST', `/v1/policy/versions/${hash}/activate`, { why });
  const back = async () => {
    const why = await askWhy({ title: t('version-return'), about: t('version-return-about'), label: t('why'), action: t('version-return') });
    if (why === null) return;
    try {
      const sent = send(version.hash, why);
      if (active) await install(t('version-returned', { hash: version.hash.slice(0, 10) }), sent, async () => { await send(active.hash, t('reason-undo')); await reload(); });
      else await sent;
      await reload();
    } catch (cause) {
      complain(cause);
    }
  };
  return (
    <div class="sheet">
      <Head title={version.note || t('no-note')} about={t('version-line', { hash: version.hash.slice(0, 10), who: version.author, when: relative(version.at) })}>
        {version.active ? <span class="state state-applied">{t('in-force')}</span> : may('policy') && <Button icon={RotateCcw} kind="main" onClick={() => void back()}>{t('version-return')}</Button>}
      </Head>
      {!before ? <p class="muted">{t('version-first')}</p>
        : loaded.problem && !loaded.data ? <ProblemBox problem={loaded.problem} retry={loaded.reload} />
        : !loaded.data ? <Skeleton rows={5} />
        : !loaded.data.files.length ? <p class="muted">{t('version-same')}</p>
        : loaded.data.files.map((file) => <Diff key={file.path} file={file} />)}
    </div>
  );
}
