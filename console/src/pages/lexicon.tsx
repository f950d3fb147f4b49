// Lexicon: the word lists of each language, a box to try a text in, and what a change would find in yesterday's messages.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { BookA, FlaskConical, Save, Undo2 } from 'lucide-preact';
import { api, path } from '../api';
import { number, percent, typeName } from '../format';
import { t } from '../i18n';
import { useKeys } from '../keys';
import { useLoad } from '../load';
import { market, may } from '../state';
import { install, type Installed } from '../policy';
import { complain, problemText, sayUndo } from '../toasts';
import type { Policy, PolicyFile, Preview, ReadView } from '../types';
import { Ago, Button, Empty, Head, ProblemBox, Skeleton, useTitle } from '../ui/basics';
import { MarkedText, MarkTags } from '../ui/acts';
import { ChooseMarket, Columns, useListKeys } from '../ui/columns';
import { askWhy } from '../ui/dialog';
import { signalName } from '../ui/evidence';
import { Table } from '../ui/table';
import { Findings, TextArea, useCheck } from '../ui/policytext';
import { drafts } from '../drafts';
import type { Editor } from '../editor/editor';

const tongue = (file: string) => file.replace(/^lexicons\/|\.yaml$/g, '');
const hrefOf = (file: string) => `/lexicon/${encodeURIComponent(tongue(file))}`;

/** The language's own name, where the browser knows one. */
export function tongueName(code: string): string {
  try {
    return new Intl.DisplayNames([document.documentElement.lang || 'en'], { type: 'language' }).of(code) ?? code;
  } catch {
    return code;
  }
}

export default function Lexicon({ tongue: asked }: { tongue?: string }) {
  const policy = useLoad<Policy>('/v1/policy');
  const files = (policy.data?.files ?? []).filter((f) => f.path.startsWith('lexicons/'));
  const at = files.findIndex((f) => tongue(f.path) === asked);
  useListKeys(files.map((f) => hrefOf(f.path)), at);
  useTitle(asked ? t('lexicon-title', { language: tongueName(asked) }) : t('nav-lexicon'));
  const list = (
    <>
      <div class="list-head"><h2>{t('nav-lexicon')}</h2><p class="muted small">{t('lexicon-about')}</p></div>
      {policy.problem && !policy.data ? <ProblemBox problem={policy.problem} retry={policy.reload} /> : !policy.data ? <Skeleton rows={8} height={48} />
        : !files.length ? <Empty icon={BookA} title={t('lexicon-none')}>{t('lexicon-none-about')}</Empty> : (
        <ul class="cards">
          {files.map((f, i) => (
            <li key={f.path}>
              <a href={hrefOf(f.path)} class={`between ${i === at ? 'on' : ''}`} aria-current={i === at || undefined}>
                <span><b>{tongueName(tongue(f.path))}</b><span class="card-why mono">{f.path}</span></span>
                {drafts.has(f.path) && <b class="amber-text small">{t('rule-changed')}</b>}
              </a>
            </li>
          ))}
        </ul>
      )}
    </>
  );
  const file = files[at]?.path;
  return (
    <Columns
      open={!!asked}
      listHref="/lexicon"
      listName={t('nav-lexicon')}
      list={list}
      item={!policy.data ? <Skeleton rows={6} /> : file ? <Lists key={file} file={file} base={policy.data.hash} reload={policy.reload} />
        : <Empty icon={BookA} title={t('lexicon-choose')}>{t('lexicon-choose-about')}</Empty>}
    />
  );
}

function Lists({ file, base, reload }: { file: string; base: string; reload: () => Promise<void> }) {
  const source = useLoad<PolicyFile>(`/v1/policy/files/${file.split('/').map(encodeURIComponent).join('/')}`);
  if (source.data) return <Desk file={file} stored={source.data.text} base={base} reload={async () => { await Promise.all([reload(), source.reload()]); }} />;
  return source.problem ? <ProblemBox problem={source.problem} retry={source.reload} /> : <Skeleton rows={8} />;
}

function Desk({ file, stored, base, reload }: { file: string; stored: string; base: string; reload: () => Promise<void> }) {
  const [text, setText] = useState(drafts.get(file) ?? stored);
  const editor = useRef<Editor | null>(null);
  const dirty = text !== stored;
  useEffect(() => {
    if (dirty) drafts.set(file, text);
    else drafts.delete(file);
  }, [text, stored, file]);
  const check = useCheck(file, text);
  const mine = useMemo(() => (check.answer?.diagnostics ?? []).filter((d) => d.file === file), [check.answer, file]);
  useEffect(() => editor.current?.mark(mine), [mine]);
  const edit = (next: string) => { setText(next); editor.current?.set(next); };
  const save = async () => {
    if (!dirty || !check.answer?.ok || !may('policy')) return;
    const note = await askWhy({ title: t('lexicon-save'), about: t('rule-save-about'), label: t('note'), action: t('lexicon-save') });
    if (note === null) return;
    try {
      await install(t('lexicon-saved', { language: tongueName(tongue(file)) }), api<Installed>('PUT', '/v1/policy', { files: { [file]: text }, note, base }), async () => {
        await api('POST', `/v1/policy/versions/${base}/activate`, { why: t('reason-undo') });
        await reload();
      });
      drafts.delete(file);
      await reload();
    } catch (cause) {
      complain(cause);
    }
  };
  useKeys([{ does: 'lexicon-save', anywhere: true, run: () => void save() }]);
  const files = dirty ? { [file]: text } : {};
  return (
    <article class="sheet lexicon">
      <Head title={tongueName(tongue(file))} about={<span class="mono small">{`policy/${file}`}</span>}>
        {dirty && <Button icon={Undo2} kind="ghost" onClick={() => { const kept = text; edit(stored); sayUndo(t('rule-discarded'), () => edit(kept)); }}>{t('discard')}</Button>}
        <Button icon={Save} kind="main" does="lexicon-save" disabled={!dirty || !check.answer?.ok || !may('policy')} onClick={() => void save()}>{t('lexicon-save')}</Button>
      </Head>
      <p class="muted small">{t('lexicon-how')}</p>
      <TextArea file={file} first={text} line={1} hold={editor} changed={setText} save={() => void save()} />
      {may('policy') && <Findings check={check} mine={mine} file={file} fix={() => undefined} show={(d) => editor.current?.show(d.line, d.column)} />}
      <TryIt files={files} dirty={dirty} />
      {may('policy') && <PreviewPanel files={files} ready={check.answer?.ok ?? false} />}
    </article>
  );
}

/** A text read as the house would read it, with the lists as they are written above. */
function TryIt({ files, dirty }: { files: Record<string, string>; dirty: boolean }) {
  const [text, setText] = useState('');
  const [view, setView] = useState<{ of: string; read: ReadView }>();
  const [fault, setFault] = useState('');
  const drafted = JSON.stringify(files);
  useEffect(() => {
    if (!text.trim()) { setView(undefined); return setFault(''); }
    const stop = new AbortController();
    const timer = setTimeout(() => {
      // Lists that are not in force are the policy's business; others read with those in force.
      const body = may('policy') ? { text, files: JSON.parse(drafted) as Record<string, string> } : { text };
      api<ReadView>('POST', '/v1/text/read', body, stop.signal).then(
        (read) => { setView({ of: text, read }); setFault(''); },
        (cause) => { if (!stop.signal.aborted) setFault(problemText(cause)); },
      );
    }, 200);
    return () => { clearTimeout(timer); stop.abort(); };
  }, [text, drafted]);
  return (
    <section class="try">
      <h2>{t('try-it')}</h2>
      <label class="field">
        <span class="field-about">{t(dirty ? 'try-it-changed' : 'try-it-about')}</span>
        <textarea rows={3} maxLength={4000} value={text} placeholder={t('try-it-example')} aria-label={t('try-it')} onInput={(e) => setText(e.currentTarget.value)} />
      </label>
      {fault && <p class="field-error" role="alert">{fault}</p>}
      {view && (
        <div class="try-result" role="status">
          <p class="words"><MarkedText text={view.of} bytes={view.of.length} marks={view.read.spans} /></p>
          <MarkTags marks={view.read.spans} />
          <p class="muted small">
            {view.read.language ? t('try-language', { language: tongueName(view.read.language.code), share: percent(view.read.language.confidence) }) : t('try-no-language')}
            {!view.read.spans.length && <> · {t('try-nothing')}</>}
          </p>
        </div>
      )}
    </section>
  );
}

function PreviewPanel({ files, ready }: { files: Record<string, string>; ready: boolean }) {
  const [found, setFound] = useState<Preview>();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState('');
  const drafted = JSON.stringify(files);
  useEffect(() => setFound(undefined), [drafted, market.value]);
  const go = async () => {
    if (!ready || busy) return;
    setBusy(true);
    setFault('');
    try {
      setFound(await api<Preview>('POST', '/v1/text/preview', { files, ...(market.value ? { market: market.value } : {}) }));
    } catch (cause) {
      setFault(problemText(cause));
    }
    setBusy(false);
  };
  useKeys([{ does: 'lexicon-preview', run: () => void go() }]);
  return (
    <section>
      <h2>{t('preview')}</h2>
      <div class="row">
        <p class="muted small grow">{t('preview-about')}</p>
        <ChooseMarket />
        <Button icon={FlaskConical} does="lexicon-preview" busy={busy} disabled={!ready} onClick={() => void go()}>{t('preview-run')}</Button>
      </div>
      {fault && <p class="field-error" role="alert">{fault}</p>}
      {found && (
        <div role="status">
          <p class="small">{t('preview-read', { count: found.messages })} {found.lists.length === 0 && t('preview-none')}</p>
          {found.lists.length > 0 && (
            <Table name="lexicon-preview" caption={t('preview')} rows={found.lists} keyOf={(row) => row.list} columns={[
              { id: 'list', name: t('word-list'), cell: (row) => signalName(row.list), value: (row) => row.list, fixed: true },
              { id: 'before', name: t('before'), right: true, cell: (row) => number(row.before), value: (row) => row.before },
              { id: 'after', name: t('after'), right: true, cell: (row) => number(row.after), value: (row) => row.after },
              { id: 'change', name: t('difference'), right: true, cell: (row) => (row.after === row.before ? '0' : `${row.after > row.before ? '+' : '−'}${number(Math.abs(row.after - row.before))}`), value: (row) => row.after - row.before },
            ]} />
          )}
          {found.samples.length > 0 && (
            <>
              <h3 class="samples-head">{t('preview-samples')}</h3>
              <ul class="samples">
                {found.samples.map((s) => (
                  <li key={`${s.event.market}/${s.event.seq}`}>
                    <span class={`change ${s.change}`}>{t(`change-${s.change}`)}</span>
                    <a href={`/decisions${path(s.event.market, s.event.seq)}`}>{typeName(s.event.type)}</a>
                    <span class="words"><MarkedText bytes={Math.max(0, ...s.spans.map((m) => m.end))} marks={s.spans} /></span>
                    <MarkTags marks={s.spans} />
                    <span class="muted small"><Ago time={s.event.time} /></span>
                  </li>
                ))}
              </ul>
            </>
          )}
        </div>
      )}
    </section>
  );
}
