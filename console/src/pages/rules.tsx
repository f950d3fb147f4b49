// Rules: which are in force, how often they hit, whether their tests pass.
import { useState } from 'preact/hooks';
import { History, Plus, ShieldCheck, SlidersHorizontal, TriangleAlert } from 'lucide-preact';
import { number, percent, relative, typeName } from '../format';
import { maybe, t } from '../i18n';
import { useKeys } from '../keys';
import { useLoad } from '../load';
import { here, navigate, setQuery } from '../router';
import { language, may } from '../state';
import { MODES, type Proposal, type RulesPage, type RuleView } from '../types';
import { Ago, Button, Empty, Field, Head, ModeBadge, ProblemBox, Skeleton, useTitle, VerdictBadge } from '../ui/basics';
import { Dialog } from '../ui/dialog';
import { Table, type Column } from '../ui/table';

/** The sentence of a rule in the reader's language, with its holes shown as dots. */
export function sentence(why: unknown): string {
  const found = typeof why === 'string' ? why : why && typeof why === 'object'
    ? ((why as Record<string, string>)[language.value] ?? (why as Record<string, string>).en ?? Object.values(why as Record<string, string>)[0] ?? '') : '';
  return found.replace(/\{[^}]*\}/g, '…');
}

export function eventNames(rule: RuleView): string {
  const list = Array.isArray(rule.event) ? rule.event : [rule.event];
  return list.map(typeName).join(' · ');
}

export default function Rules() {
  useTitle(t('nav-rules'));
  const loaded = useLoad<RulesPage>('/v1/rules');
  const mode = here.value.query.get('mode') ?? '';
  const [at, setAt] = useState(-1);
  const [naming, setNaming] = useState(false);
  const all = loaded.data?.items ?? [];
  const shown = all.filter((rule) => !mode || rule.mode === mode);
  const move = (step: number) => {
    const to = Math.min(shown.length - 1, Math.max(0, at + step));
    setAt(to);
    document.querySelectorAll<HTMLElement>('.rule-name')[to]?.focus();
  };
  useKeys([
    { does: 'key-next', run: () => move(1) },
    { does: 'key-previous', run: () => move(-1) },
    { does: 'rule-new', run: () => setNaming(true) },
    { does: 'history', run: () => navigate('/history') },
  ]);
  const policy = loaded.data?.policy;
  return (
    <div class="column item">
      <div class="sheet">
        <Head title={t('nav-rules')} about={policy && t('policy-line', { hash: policy.hash.slice(0, 10), who: policy.author, when: relative(policy.activated_at) })}>
          <Waiting />
          <a class="button plain" href="/history"><History size={15} aria-hidden="true" /><span>{t('history')}</span></a>
          {may('policy') && <Button icon={Plus} kind="main" does="rule-new" onClick={() => setNaming(true)}>{t('rule-new')}</Button>}
        </Head>
        <div class="tabs" role="group" aria-label={t('mode')}>
          <button type="button" aria-pressed={!mode} onClick={() => setQuery({ mode: null })}>{t('every-rule')} <b>{number(all.length)}</b></button>
          {[...MODES].reverse().map((name) => (
            <button key={name} type="button" aria-pressed={mode === name} onClick={() => setQuery({ mode: name })}>{t(`mode-${name}`)} <b>{number(all.filter((r) => r.mode === name).length)}</b></button>
          ))}
        </div>
        {loaded.problem && !loaded.data ? <ProblemBox problem={loaded.problem} retry={loaded.reload} />
          : !loaded.data ? <Skeleton rows={10} height={58} />
          : !shown.length ? <Empty icon={SlidersHorizontal} title={t('rules-none')} action={<Button kind="main" onClick={() => setNaming(true)}>{t('rule-new')}</Button>}>{t('rules-none-about')}</Empty>
          : <List rules={shown} />}
        {naming && <NewRule names={all.map((r) => r.name)} close={() => setNaming(false)} />}
      </div>
    </div>
  );
}

function List({ rules }: { rules: RuleView[] }) {
  const most = Math.max(1, ...rules.map((rule) => rule.hits_24h ?? 0));
  const share = (rule: RuleView) => (typeof rule.canary === 'number' && rule.mode === 'canary' ? rule.canary : null);
  const columns: Column<RuleView>[] = [
    { id: 'rule', name: t('rule'), fixed: true, value: (r) => r.name, cell: (rule) => (
      <span class="rule-what">
        <a class="rule-name" href={`/rules/${encodeURIComponent(rule.name)}`}>{rule.name}</a>
        <span class="muted small">{sentence(rule.why) || eventNames(rule)}</span>
        {rule.tripped_at && <span class="small tripped"><TriangleAlert size={13} aria-hidden="true" /> {t('rule-tripped', { when: relative(rule.tripped_at) })}</span>}
      </span>
    ) },
    { id: 'mode', name: t('mode'), value: (r) => r.mode, cell: (rule) => <ModeBadge mode={rule.mode} /> },
    { id: 'verdict', name: t('verdict'), value: (r) => r.verdict, cell: (rule) => <VerdictBadge verdict={rule.verdict} /> },
    { id: 'day', name: t('hits-day'), right: true, value: (r) => r.hits_24h ?? 0, cell: (rule) => (
      <span class="hits">
        <a href={`/decisions?rule=${encodeURIComponent(rule.name)}`} aria-label={t('hits-link', { count: rule.hits_24h ?? 0 })}>{number(rule.hits_24h ?? 0)}</a>
        <i class="bar" style={{ '--share': (rule.hits_24h ?? 0) / most }} aria-hidden="true" />
        <span class="muted small">{rule.last_hit ? <Ago time={rule.last_hit} /> : t('never-hit')}</span>
      </span>
    ) },
    { id: 'total', name: t('hits-ever'), right: true, off: true, value: (r) => r.hits_total ?? 0, cell: (r) => number(r.hits_total ?? 0) },
    { id: 'last', name: t('last-hit'), off: true, value: (r) => r.last_hit ?? '', cell: (r) => (r.last_hit ? <Ago time={r.last_hit} /> : '–') },
    { id: 'tests', name: t('tests'), right: true, value: (r) => (r.tests ? `${r.tests.passed}/${r.tests.passed + r.tests.failed}` : ''), cell: ({ tests }) => (
      <span class={tests?.failed ? 'harm-text' : 'muted'}>{tests ? (tests.failed ? t('tests-failed', { count: tests.failed }) : t('tests-passed', { count: tests.passed })) : '–'}</span>
    ) },
    { id: 'events', name: t('rule-events'), off: true, value: (r) => (Array.isArray(r.event) ? r.event.join(' ') : r.event), cell: (r) => eventNames(r) },
    { id: 'when', name: t('rule-when'), off: true, value: (r) => r.when, cell: (r) => <code>{r.when}</code> },
    { id: 'budget', name: t('rule-budget'), right: true, off: true, value: (r) => (typeof r.budget === 'number' ? r.budget : null), cell: (r) => (typeof r.budget === 'number' ? number(r.budget) : '–') },
    { id: 'canary', name: t('canary-share'), right: true, off: true, value: share, cell: (r) => { const part = share(r); return part === null ? '–' : percent(part); } },
    { id: 'file', name: t('rule-where'), off: true, value: (r) => `${r.file}:${r.line}`, cell: (r) => <span class="mono small">{r.file}:{r.line}</span> },
  ];
  return <Table name="rules" caption={t('nav-rules')} columns={columns} rows={rules} keyOf={(rule) => rule.name} />;
}

/** Changes that wait for a second person, when there are any. */
function Waiting() {
  const open = useLoad<{ items: Proposal[] }>('/v1/policy/proposals?state=open').data?.items.length ?? 0;
  if (!open) return null;
  return <a class="button plain" href="/proposals"><ShieldCheck size={15} aria-hidden="true" /><span>{t('proposals-open', { count: open })}</span></a>;
}

function NewRule({ names, close }: { names: string[]; close: () => void }) {
  const [name, setName] = useState('');
  const clean = name.trim().toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '');
  const taken = names.includes(clean);
  const go = (event: Event) => {
    event.preventDefault();
    if (!clean || taken) return;
    close();
    navigate(`/rules/${clean}?new=1`);
  };
  return (
    <Dialog title={t('rule-new')} close={close}>
      <form onSubmit={go}>
        <p class="muted">{t('rule-new-about')}</p>
        <Field label={t('rule-name')} about={clean ? `policy/rules/${clean}.yaml` : t('rule-name-about')} error={taken ? t('rule-taken') : undefined}>
          <input autofocus required maxLength={60} value={name} spellcheck={false} onInput={(e) => setName(e.currentTarget.value)} />
        </Field>
        <footer class="row end"><Button onClick={close}>{t('cancel')}</Button><Button type="submit" kind="main" disabled={!clean || taken}>{t('rule-write')}</Button></footer>
      </form>
    </Dialog>
  );
}

/** What a new rule's file starts with. */
export function template(name: string): string {
  return `# ${maybe('rule-template-note') ?? ''}
rules:
  ${name}:
    event: listing.submitted
    when: account_age(seller) < duration('24h') && price > 500.0
    mode: draft
    verdict: review
    then:
      - enqueue: {entity: seller, queue: listings, sla: 4h}
    budget: {actions_per_hour: 100}
    on_missing: skip
    why:
      en: "A new account offers something worth {price}"
    tests:
      - name: new and dear
        given:
          event: {type: listing.submitted, market: sg, time: "2026-03-02T03:00:00Z", data: {listing: l1, seller: u1, category: phones, price: 900.0}}
          reads: {"account_age(seller)": "3h"}
        expect: review
      - name: old account
        given:
          event: {type: listing.submitted, market: sg, time: "2026-03-02T03:00:00Z", data: {listing: l2, seller: u2, category: phones, price: 900.0}}
          reads: {"account_age(seller)": "900h"}
        expect: allow
`;
}
