// Settings: appearance, agents, keys, webhooks, about.
import { useState } from 'preact/hooks';
import { ChevronRight, Copy, KeyRound, Link2, Plus, Trash2, UserPlus } from 'lucide-preact';
import { api, path, Problem } from '../api';
import { absolute } from '../format';
import { maybe, t } from '../i18n';
import { useLoad } from '../load';
import { chooseLanguage, prefer, signOut } from '../session';
import { LANGUAGES, marketName, may, session, setTheme, theme, type Theme } from '../state';
import { complain, problemText, say, sayUndo } from '../toasts';
import type { Agent, Key, Settings as SettingsData } from '../types';
import { Ago, Button, Empty, Field, Head, ProblemBox, Skeleton, useTitle } from '../ui/basics';
import { Columns, useListKeys } from '../ui/columns';
import { askWhyAnd, Dialog } from '../ui/dialog';
import { language } from '../state';
import { Keyboard } from './keyboard';

const SECTIONS = ['appearance', 'keyboard', 'agents', 'keys', 'webhooks', 'about'] as const;
const HOUSE = new Set<string>(['agents', 'keys', 'webhooks']);

export default function Settings({ section }: { section?: string }) {
  const wide = matchMedia('(min-width: 1000px)').matches;
  const current = SECTIONS.find((s) => s === section) ?? (wide && !section ? 'appearance' : undefined);
  useTitle(current ? t('palette-setting', { name: t(`settings-${current}`) }) : t('nav-settings'));
  useListKeys(SECTIONS.map((s) => `/settings/${s}`), SECTIONS.findIndex((s) => s === current));
  const list = (
    <>
      <div class="list-head"><h2>{t('nav-settings')}</h2></div>
      <ul class="cards">
        {SECTIONS.filter((name) => may('house') || !HOUSE.has(name)).map((name) => (
          <li key={name}>
            <a href={`/settings/${name}`} class={`between ${name === current ? 'on' : ''}`} aria-current={name === current || undefined}>
              <span><b>{t(`settings-${name}`)}</b><span class="card-why">{t(`settings-${name}-about`)}</span></span>
              <ChevronRight size={16} aria-hidden="true" />
            </a>
          </li>
        ))}
      </ul>
    </>
  );
  const Section = { appearance: Appearance, keyboard: Keyboard, agents: Agents, keys: Keys, webhooks: Webhooks, about: About }[current ?? 'appearance'];
  return <Columns open={!!section} listHref="/settings" listName={t('nav-settings')} list={list} item={<div class="sheet narrow"><Section /></div>} />;
}

function Appearance() {
  const themes: Theme[] = ['auto', 'light', 'dark'];
  return (
    <>
      <Head title={t('settings-appearance')} about={t('settings-appearance-about')} />
      <section>
        <h2>{t('language')}</h2>
        <div class="choices" role="radiogroup" aria-label={t('language')}>
          {LANGUAGES.map((tag) => (
            <label key={tag} lang={tag}><input type="radio" name="language" checked={language.value === tag} onChange={() => void chooseLanguage(tag).catch(complain)} /> {t(`language-${tag}`)}</label>
          ))}
        </div>
      </section>
      <section>
        <h2>{t('theme')}</h2>
        <div class="choices" role="radiogroup" aria-label={t('theme')}>
          {themes.map((name) => (
            <label key={name}><input type="radio" name="theme" checked={theme.value === name} onChange={() => { setTheme(name); prefer({ theme: name }).catch(complain); }} /> {t(`theme-${name}`)}</label>
          ))}
        </div>
      </section>
      <section>
        <h2>{t('account')}</h2>
        <p>{session.value?.agent.name} · <span class="muted">{session.value?.agent.login} · {roleName(session.value?.agent.role ?? '')}</span></p>
        <Password />
        <Button onClick={() => void signOut()}>{t('sign-out')}</Button>
      </section>
    </>
  );
}

function Password() {
  const [open, setOpen] = useState(false);
  const [old, setOld] = useState('');
  const [next, setNext] = useState('');
  const save = async (event: Event) => {
    event.preventDefault();
    try {
      await api('PATCH', '/v1/me', { password: next, current_password: old });
      setOpen(false);
      setOld('');
      setNext('');
      say(t('password-changed'));
    } catch (cause) {
      complain(cause);
    }
  };
  if (!open) return <p><Button kind="ghost" onClick={() => setOpen(true)}>{t('password-change')}</Button></p>;
  return (
    <form onSubmit={save} class="inline-form">
      <Field label={t('password-old')}><input type="password" autocomplete="current-password" required value={old} onInput={(e) => setOld(e.currentTarget.value)} /></Field>
      <Field label={t('password-new')} about={t('password-about')}><input type="password" autocomplete="new-password" minLength={10} required value={next} onInput={(e) => setNext(e.currentTarget.value)} /></Field>
      <Button type="submit" kind="main">{t('save')}</Button>
    </form>
  );
}

function roleName(role: string): string {
  return maybe(`role-${role}`) ?? role;
}

function useSettings() {
  return useLoad<SettingsData>('/v1/settings');
}

function Agents() {
  const loaded = useLoad<{ items: Agent[] } | Agent[]>('/v1/agents');
  const [adding, setAdding] = useState(false);
  const agents = Array.isArray(loaded.data) ? loaded.data : loaded.data?.items;
  return (
    <>
      <Head title={t('settings-agents')} about={t('settings-agents-about')}><Button icon={UserPlus} kind="main" onClick={() => setAdding(true)}>{t('agent-add')}</Button></Head>
      {loaded.problem && !agents ? <ProblemBox problem={loaded.problem} retry={loaded.reload} /> : !agents ? <Skeleton rows={3} /> : (
        <ul class="lines two-col">
          {agents.map((agent) => (
            <li key={agent.login}>
              <span class="line-main"><b>{agent.name}</b><span class="muted small">{agent.login}</span></span>
              <span class="muted">{agent.disabled || agent.disabled_at ? t('agent-disabled') : roleName(agent.role)}</span>
            </li>
          ))}
        </ul>
      )}
      {adding && <AddAgent close={() => setAdding(false)} done={loaded.reload} />}
    </>
  );
}

function AddAgent({ close, done }: { close: () => void; done: () => Promise<void> }) {
  const [form, setForm] = useState({ login: '', name: '', role: 'agent', password: '' });
  const [fault, setFault] = useState<Problem>();
  const [made, setMade] = useState('');
  const [busy, setBusy] = useState(false);
  const save = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const { password, ...rest } = form;
      const answer = await api<{ password?: string }>('POST', '/v1/agents', { ...rest, login: form.login.trim(), name: form.name.trim(), ...(password ? { password } : {}) });
      await done();
      if (answer?.password) return setMade(answer.password);
      close();
      say(t('agent-added', { name: form.name }));
    } catch (cause) {
      setFault(cause as Problem);
      setBusy(false);
    }
  };
  if (made) return <Made title={t('agent-made-password', { name: form.name })} value={made} close={close} />;
  const of = (name: string) => (fault?.field?.endsWith(name) ? problemText(fault) : undefined);
  const field = (name: 'login' | 'name' | 'password', extra: Record<string, unknown> = {}) => (
    <Field label={t(`agent-${name}`)} error={of(name)}>
      <input required={name !== 'password'} value={form[name]} {...extra} onInput={(e) => setForm({ ...form, [name]: e.currentTarget.value })} />
    </Field>
  );
  return (
    <Dialog title={t('agent-add')} close={close}>
      <form onSubmit={save}>
        {field('name', { autofocus: true, autocomplete: 'off' })}
        {field('login', { autocapitalize: 'none', autocomplete: 'off', spellcheck: false })}
        {field('password', { type: 'password', autocomplete: 'new-password', minLength: 10 })}
        <Field label={t('agent-role')}>
          <select class="choose" value={form.role} onChange={(e) => setForm({ ...form, role: e.currentTarget.value })}>
            {['agent', 'analyst', 'auditor', 'admin'].map((role) => <option key={role} value={role}>{roleName(role)}</option>)}
          </select>
        </Field>
        {fault && !fault.field && <p class="field-error" role="alert">{problemText(fault)}</p>}
        <footer class="row end"><Button onClick={close}>{t('cancel')}</Button><Button type="submit" kind="main" busy={busy}>{t('agent-add')}</Button></footer>
      </form>
    </Dialog>
  );
}

function Keys() {
  const loaded = useLoad<{ items: Key[] } | Key[]>('/v1/keys');
  const [adding, setAdding] = useState(false);
  const [going, setGoing] = useState<string[]>([]);
  const all = Array.isArray(loaded.data) ? loaded.data : loaded.data?.items;
  const keys = all?.filter((key) => !going.includes(key.id));
  // A key cannot be brought back once it is gone, so taking it away waits out the ten seconds of undo.
  const revoke = (key: Key) => {
    setGoing((ids) => [...ids, key.id]);
    const timer = setTimeout(() => {
      api('DELETE', `/v1/keys${path(key.id)}`).catch(complain).finally(() => { setGoing((ids) => ids.filter((id) => id !== key.id)); void loaded.reload(); });
    }, 10_000);
    sayUndo(t('key-revoking', { name: key.name }), () => { clearTimeout(timer); setGoing((ids) => ids.filter((id) => id !== key.id)); });
  };
  return (
    <>
      <Head title={t('settings-keys')} about={t('settings-keys-about')}><Button icon={Plus} kind="main" onClick={() => setAdding(true)}>{t('key-add')}</Button></Head>
      {loaded.problem && !keys ? <ProblemBox problem={loaded.problem} retry={loaded.reload} /> : !keys ? <Skeleton rows={3} />
        : !keys.length ? <Empty icon={KeyRound} title={t('keys-none')} action={<Button kind="main" onClick={() => setAdding(true)}>{t('key-add')}</Button>}>{t('keys-none-about')}</Empty> : (
        <ul class="lines two-col">
          {keys.map((key) => (
            <li key={key.id}>
              <span class="line-main">
                <b>{key.name}</b>
                <span class="muted small">{key.scopes.map((s) => maybe(`scope-${s}`) ?? s).join(' · ')} · {key.market && key.market !== '*' ? marketName(key.market) : t('every-market')}</span>
                <span class="muted small">{used(key) ? <>{t('last-used')} <Ago time={used(key)} /></> : t('never-used')}</span>
              </span>
              <Button icon={Trash2} kind="ghost" label={t('key-revoke', { name: key.name })} onClick={() => revoke(key)} />
            </li>
          ))}
        </ul>
      )}
      {adding && <AddKey close={() => { setAdding(false); void loaded.reload(); }} />}
    </>
  );
}

const used = (key: Key) => key.last_used_at ?? key.last_used;

const SCOPES = ['ingest', 'decide', 'read', 'write'];

function AddKey({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState(['ingest', 'decide']);
  const [at, setAt] = useState(session.value?.markets[0]?.id ?? '');
  const [made, setMade] = useState('');
  const [fault, setFault] = useState('');
  const save = async (event: Event) => {
    event.preventDefault();
    try {
      setMade((await api<{ key: string }>('POST', '/v1/keys', { name: name.trim(), scopes, market: at || null })).key);
    } catch (cause) {
      setFault(problemText(cause));
    }
  };
  if (made) return <Made title={t('key-made')} value={made} close={close} />;
  return (
    <Dialog title={t('key-add')} close={close}>
      <form onSubmit={save}>
        <Field label={t('key-name')} about={t('key-name-about')}><input autofocus required maxLength={80} value={name} onInput={(e) => setName(e.currentTarget.value)} /></Field>
        <fieldset class="choices">
          <legend>{t('key-scopes')}</legend>
          {SCOPES.map((scope) => (
            <label key={scope}><input type="checkbox" checked={scopes.includes(scope)} onChange={(e) => setScopes(e.currentTarget.checked ? [...scopes, scope] : scopes.filter((s) => s !== scope))} /> {t(`scope-${scope}`)}</label>
          ))}
        </fieldset>
        <Field label={t('market')} about={t('key-market-about')}>
          <select class="choose" value={at} onChange={(e) => setAt(e.currentTarget.value)}>
            {session.value?.markets.map((m) => <option key={m.id} value={m.id}>{m.name}</option>)}
            <option value="">{t('every-market')}</option>
          </select>
        </Field>
        {fault && <p class="field-error" role="alert">{fault}</p>}
        <footer class="row end"><Button onClick={close}>{t('cancel')}</Button><Button type="submit" kind="main" disabled={!name.trim() || !scopes.length}>{t('key-add')}</Button></footer>
      </form>
    </Dialog>
  );
}

/** A secret that is shown this once. */
function Made({ title, value, close }: { title: string; value: string; close: () => void }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      say(t('copied'));
    } catch {
      document.querySelector<HTMLInputElement>('.secret input')?.select();
    }
  };
  return (
    <Dialog title={title} close={close}>
      <p class="muted">{t('key-made-about')}</p>
      <p class="secret"><input readOnly value={value} aria-label={title} autofocus onFocus={(e) => e.currentTarget.select()} /><Button icon={Copy} kind="main" onClick={() => void copy()}>{t('copy')}</Button></p>
      <footer class="row end"><Button onClick={close}>{t('done')}</Button></footer>
    </Dialog>
  );
}

function Webhooks() {
  const loaded = useSettings();
  const [editing, setEditing] = useState(false);
  const hooks = loaded.data?.webhooks ?? [];
  return (
    <>
      <Head title={t('settings-webhooks')} about={t('settings-webhooks-about')}><Button icon={Plus} kind="main" onClick={() => setEditing(true)}>{t('hook-set')}</Button></Head>
      {loaded.problem && !loaded.data ? <ProblemBox problem={loaded.problem} retry={loaded.reload} /> : !loaded.data ? <Skeleton rows={2} />
        : !hooks.length ? <Empty icon={Link2} title={t('hooks-none')}>{t('hooks-none-about')}</Empty> : (
        <ul class="lines two-col">
          {hooks.map((hook) => (
            <li key={hook.url}>
              <span class="line-main"><b class="target">{hook.url}</b><span class="muted small">{t('hook-secrets', { count: hook.secrets ?? 1 })}{hook.allow_private && <> · {t('hook-private')}</>}</span></span>
              <a href="/deliveries">{t('nav-deliveries')}</a>
            </li>
          ))}
        </ul>
      )}
      {editing && <EditHook first={hooks[0]?.url ?? ''} close={() => setEditing(false)} done={loaded.reload} />}
    </>
  );
}

function EditHook({ first, close, done }: { first: string; close: () => void; done: () => Promise<void> }) {
  const [url, setUrl] = useState(first);
  const [rotate, setRotate] = useState(false);
  const [made, setMade] = useState('');
  const [fault, setFault] = useState('');
  const save = async (event: Event) => {
    event.preventDefault();
    try {
      const answer = await api<{ secret?: string }>('PUT', '/v1/webhooks', { url: url.trim() || null, rotate });
      await done();
      if (answer?.secret) return setMade(answer.secret);
      close();
      say(t('hook-saved'));
    } catch (cause) {
      setFault(problemText(cause));
    }
  };
  if (made) return <Made title={t('hook-secret-made')} value={made} close={close} />;
  return (
    <Dialog title={t('hook-set')} close={close}>
      <form onSubmit={save}>
        <Field label={t('hook-url')} about={t('hook-about')}><input type="url" autofocus value={url} onInput={(e) => setUrl(e.currentTarget.value)} /></Field>
        {first && <label class="check"><input type="checkbox" checked={rotate} onChange={(e) => setRotate(e.currentTarget.checked)} /> {t('hook-rotate')}</label>}
        {fault && <p class="field-error" role="alert">{fault}</p>}
        <footer class="row end"><Button onClick={close}>{t('cancel')}</Button><Button type="submit" kind="main">{t('save')}</Button></footer>
      </form>
    </Dialog>
  );
}

function About() {
  const { data, problem, reload } = useSettings();
  if (!data) return problem ? <ProblemBox problem={problem} retry={reload} /> : <Skeleton rows={4} />;
  return (
    <>
      <Head title={t('settings-about')} about={t('about-line')} />
      <dl class="pairs">
        <div><dt>{t('about-version')}</dt><dd>{data.version}</dd></div>
        <div><dt>{t('about-store')}</dt><dd>{data.store}</dd></div>
        <div><dt>{t('about-encoder')}</dt><dd>{t(data.encoder ? 'encoder-on' : 'encoder-off')}</dd></div>
        <div><dt>{t('about-retention')}</dt><dd><Keeping data={data} reload={reload} /></dd></div>
        <div><dt>{t('about-api')}</dt><dd><a href="/openapi.json" target="_blank" rel="noreferrer">openapi.json</a></dd></div>
        <div><dt>{t('about-licence')}</dt><dd>Apache-2.0</dd></div>
      </dl>
    </>
  );
}

const KEEP = [30, 90, 180, 365, 730, 1825];

/** How long events are kept, from where each log begins, and for administrators another span. */
function Keeping({ data, reload }: { data: SettingsData; reload: () => Promise<void> }) {
  const days = data.retention?.days ?? data.retention_days ?? null;
  const change = async () => {
    const options = [{ value: '', text: t('retention-none') }, ...[...new Set([...KEEP, ...(days ? [days] : [])])].sort((a, b) => a - b).map((n) => ({ value: String(n), text: t('days', { count: n }) }))];
    const answer = await askWhyAnd({ title: t('retention-change'), about: t('retention-change-about'), action: t('retention-change'), harm: true, optional: true,
      choice: { label: t('about-retention'), about: t('retention-choice-about'), value: days ? String(days) : '', options } });
    if (answer === null) return;
    try {
      await api('PUT', '/v1/retention', { days: answer.choice ? Number(answer.choice) : null });
      say(t('retention-changed'));
    } catch (cause) {
      complain(cause);
    }
    await reload();
  };
  return (
    <>
      <p class="row">{days ? t('days', { count: days }) : t('retention-none')}{data.retention && may('house') && <Button onClick={() => void change()}>{t('retention-change')}</Button>}</p>
      {(data.retention?.logs ?? []).map((log) => (
        <p key={log.market} class="muted small">{log.from_at ? t('retention-begins', { market: marketName(log.market), when: absolute(log.from_at) }) : t('retention-empty', { market: marketName(log.market) })}</p>
      ))}
    </>
  );
}
