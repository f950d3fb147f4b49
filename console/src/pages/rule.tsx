// One rule: its file with live check, its tests, a backtest of what is written, and its way through the modes.
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { CircleCheck, CircleX, Save, TriangleAlert, Undo2 } from 'lucide-preact';
import { api, path, Problem } from '../api';
import { drafts } from '../drafts';
import { percent, relative } from '../format';
import { t } from '../i18n';
import { useKeys } from '../keys';
import { useLoad } from '../load';
import { here, navigate } from '../router';
import { may } from '../state';
import { install, type Installed } from '../policy';
import { complain, sayUndo } from '../toasts';
import { MODES, type CheckAnswer, type Diagnostic, type Mode, type PolicyFile, type RulesPage, type RuleView } from '../types';
import { Button, Head, ModeBadge, ProblemBox, Skeleton, useTitle, VerdictBadge } from '../ui/basics';
import { BacktestPanel } from '../ui/backtest';
import { Columns } from '../ui/columns';
import { askWhy, askWhyAnd } from '../ui/dialog';
import { Findings, TextArea, useCheck } from '../ui/policytext';
import type { Editor } from '../editor/editor';
import { eventNames, sentence, template } from './rules';

export default function Rule({ name }: { name: string }) {
  const rules = useLoad<RulesPage>('/v1/rules');
  const rule = rules.data?.items.find((r) => r.name === name);
  const fresh = here.value.query.get('new') === '1' && !rule;
  const file = rule?.file ?? (fresh ? `rules/${name}.yaml` : null);
  const source = useLoad<PolicyFile>(rule ? `/v1/policy/files/${rule.file.split('/').map(encodeURIComponent).join('/')}` : null);
  useTitle(name);
  if (rules.problem && !rules.data) return <ProblemBox problem={rules.problem} retry={rules.reload} />;
  if (source.problem && !source.data) return <ProblemBox problem={source.problem} retry={source.reload} />;
  if (rules.data && !file) return <ProblemBox problem={new Problem(404, '', t('rule-unknown', { name }))} />;
  const text = fresh ? template(name) : source.data?.text;
  if (!rules.data || !file || text === undefined) return <Skeleton rows={8} height={60} />;
  const reload = async () => { await Promise.all([rules.reload(), source.reload()]); };
  return <Desk key={file} name={name} rule={rule} file={file} stored={text} base={rules.data.policy.hash} reload={reload} fresh={fresh} />;
}

interface DeskProps { name: string; rule: RuleView | undefined; file: string; stored: string; base: string; reload: () => Promise<void>; fresh: boolean }

function Desk({ name, rule, file, stored, base, reload, fresh }: DeskProps) {
  const [text, setText] = useState(drafts.get(file) ?? stored);
  const editor = useRef<Editor | null>(null);
  const dirty = text !== stored || fresh;
  useEffect(() => {
    if (text !== stored) drafts.set(file, text);
    else drafts.delete(file);
  }, [text, stored, file]);
  const edit = useCallback((next: string) => { setText(next); editor.current?.set(next); }, []);
  const check = useCheck(file, text);
  const mine = useMemo(() => (check.answer?.diagnostics ?? []).filter((d) => d.file === file), [check.answer, file]);
  useEffect(() => editor.current?.mark(mine), [mine]);
  const save = async () => {
    if (!dirty || !check.answer?.ok || !may('policy')) return;
    const note = await askWhy({ title: t('rule-save'), about: t('rule-save-about'), label: t('note'), action: t('rule-save') });
    if (note === null) return;
    try {
      const sent = api<Installed>('PUT', '/v1/policy', { files: { [file]: text }, note, base });
      const made = await install(t('rule-saved', { name }), sent, async () => {
        await api('POST', `/v1/policy/versions/${base}/activate`, { why: t('reason-undo') });
        await reload();
      });
      drafts.delete(file);
      // What waits for a second person is read among the proposals; here stands what is in force.
      if (made.proposal) edit(stored);
      await reload();
      if (fresh && made.hash) navigate(`/rules/${encodeURIComponent(name)}`, true);
    } catch (cause) {
      complain(cause);
    }
  };
  const discard = () => {
    const kept = text;
    edit(stored);
    sayUndo(t('rule-discarded'), () => edit(kept));
  };
  useKeys([{ does: 'rule-save', anywhere: true, run: () => void save() }]);
  const fix = (found: Diagnostic) => edit(repaired(text, found));
  return (
    <Columns
      open
      listHref="/rules"
      listName={t('nav-rules')}
      item={
        <div class="desk">
          <Head title={<><span class="mono">{name}</span>{rule && <VerdictBadge verdict={rule.verdict} />}{rule && <ModeBadge mode={rule.mode} />}</>} about={rule && (sentence(rule.why) || eventNames(rule))}>
            <a class="button ghost wide-only" href="/rules">{t('all-rules')}</a>
            {dirty && !fresh && <Button icon={Undo2} kind="ghost" onClick={discard}>{t('discard')}</Button>}
            <Button icon={Save} kind="main" does="rule-save" disabled={!dirty || !check.answer?.ok || !may('policy')} onClick={() => void save()}>{t('rule-save')}</Button>
          </Head>
          <p class="muted small file-line">{t('rule-file', { file: `policy/${file}` })} {dirty && <b class="amber-text">{t('rule-changed')}</b>}</p>
          <TextArea file={file} first={text} line={rule?.line ?? 1} hold={editor} changed={setText} save={() => void save()} />
          {may('policy') && <Findings check={check} mine={mine} file={file} fix={fix} show={(d) => editor.current?.show(d.line, d.column)} />}
        </div>
      }
      brief={
        <div class="briefing">
          {rule && <Life rule={rule} base={base} dirty={dirty} reload={reload} />}
          {may('policy') && <Tests name={name} answer={check.answer} />}
          {may('policy') && <BacktestPanel files={dirty ? { [file]: text } : {}} ready={!!check.answer?.ok} changed={dirty} />}
        </div>
      }
    />
  );
}

/** The text with a finding's suggestion put in its place. */
export function repaired(text: string, found: Diagnostic): string {
  const lines = text.split('\n');
  const line = lines[found.line - 1];
  if (line === undefined || !found.suggestion) return text;
  const letters = [...line];
  letters.splice(found.column - 1, found.length ?? 0, found.suggestion);
  lines[found.line - 1] = letters.join('');
  return lines.join('\n');
}

const SHARES = [0.01, 0.05, 0.1, 0.25, 0.5];

/** The shares to choose from, the present one among them. */
export function sharesWith(present: number): number[] {
  return [...new Set([...SHARES, ...(present > 0 ? [present] : [])])].sort((a, b) => a - b);
}

function Life({ rule, base, dirty, reload }: { rule: RuleView; base: string; dirty: boolean; reload: () => Promise<void> }) {
  const present = typeof rule.canary === 'number' && rule.canary > 0 ? rule.canary : 0;
  const send = (mode: Mode, why: string, on: string, share: number) => api<Installed>('POST', `/v1/rules${path(rule.name)}/mode`, { mode, why, base: on, ...(mode === 'canary' && share > 0 ? { share } : {}) });
  const turn = async (mode: Mode) => {
    // A canary may be asked for again, with another share.
    if (mode === rule.mode && mode !== 'canary') return;
    const acts = mode === 'live' || mode === 'canary';
    const shares = mode === 'canary' ? { choice: { label: t('canary-share'), about: t('canary-share-about'), value: String(present || 0.1), options: sharesWith(present).map((share) => ({ value: String(share), text: percent(share) })) } } : {};
    const answer = await askWhyAnd({ title: t('mode-change', { mode: t(`mode-${mode}`) }), about: t(`mode-${mode}-about`), label: t('why'), action: t('mode-set', { mode: t(`mode-${mode}`) }), harm: acts && rule.verdict === 'block', ...shares });
    if (answer === null) return;
    try {
      const sent = send(mode, answer.why, base, Number(answer.choice));
      await install(t('mode-changed', { name: rule.name, mode: t(`mode-${mode}`) }), sent, async () => {
        await send(rule.mode, t('reason-undo'), (await sent).hash ?? base, present);
        await reload();
      });
      await reload();
    } catch (cause) {
      complain(cause);
      await reload();
    }
  };
  return (
    <section>
      <h2>{t('mode')}</h2>
      <div class="steps" role="group" aria-label={t('mode')}>
        {MODES.map((mode) => (
          <button key={mode} type="button" aria-pressed={mode === rule.mode} disabled={dirty || !may('policy')} title={t(`mode-${mode}-about`)} onClick={() => void turn(mode)}>{t(`mode-${mode}`)}</button>
        ))}
      </div>
      <p class="muted small">{dirty ? t('mode-after-save') : t(`mode-${rule.mode}-about`)}{rule.mode === 'canary' && present > 0 && <> {t('canary-now', { share: percent(present) })}</>}</p>
      {rule.tripped_at && <p class="banner amber small"><TriangleAlert size={14} aria-hidden="true" /> {t('rule-tripped', { when: relative(rule.tripped_at) })}</p>}
      <p class="small"><a href={`/decisions?rule=${encodeURIComponent(rule.name)}`}>{t('hits-line', { day: rule.hits_24h ?? 0, total: rule.hits_total ?? 0 })}</a></p>
    </section>
  );
}

function Tests({ name, answer }: { name: string; answer: CheckAnswer | undefined }) {
  const mine = answer?.tests.filter((test) => test.rule === name) ?? [];
  const others = answer?.tests.filter((test) => test.rule !== name && !test.passed) ?? [];
  const passed = mine.filter((test) => test.passed).length;
  return (
    <section>
      <h2>{t('tests')} {mine.length > 0 && <span class={passed === mine.length ? 'good-text small' : 'harm-text small'}>{t('tests-of', { passed, total: mine.length })}</span>}</h2>
      {answer && !mine.length && <p class="muted small">{t('tests-none')}</p>}
      <ul class="tests">
        {[...mine, ...others].map((test) => (
          <li key={`${test.rule}/${test.name}`}>
            {test.passed ? <CircleCheck size={15} class="good-text" aria-label={t('passed')} /> : <CircleX size={15} class="harm-text" aria-label={t('failed')} />}
            <span>{test.rule !== name && <b>{test.rule}: </b>}{test.name}{!test.passed && <span class="muted small"> {t('test-got', { expect: String(test.expect), got: String(test.got) })}</span>}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

