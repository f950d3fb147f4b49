// The small parts everything is made of.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Ban, Check, Eye, Hand, TriangleAlert, type LucideIcon } from 'lucide-preact';
import { keysOf, type Action } from '../actions';
import { Problem } from '../api';
import { absolute, entity, kindName, now, relative } from '../format';
import { t } from '../i18n';
import { caps } from '../keys';
import { here } from '../router';
import { spokenNotice } from '../toasts';
import type { EntityRef, Mode, Verdict } from '../types';

const VERDICT_ICONS: Record<Verdict, LucideIcon> = { allow: Check, warn: TriangleAlert, review: Eye, hold: Hand, block: Ban };

/** A verdict by icon, word and colour; never by colour alone. */
export function VerdictBadge({ verdict, quiet }: { verdict: Verdict; quiet?: boolean }) {
  const Icon = VERDICT_ICONS[verdict] ?? Check;
  return (
    <span class={`badge verdict-${verdict}${quiet ? ' quiet' : ''}`}>
      <Icon size={13} aria-hidden="true" />
      {t(`verdict-${verdict}`)}
    </span>
  );
}

export function ModeBadge({ mode }: { mode: Mode }) {
  return (
    <span class={`badge mode-${mode}`} title={t(`mode-${mode}-about`)}>
      <i class="pip" aria-hidden="true" />
      {t(`mode-${mode}`)}
    </span>
  );
}

/** A time relative to now; the exact one is on hover. */
export function Ago({ time }: { time: string | null | undefined }) {
  void now.value;
  if (!time) return null;
  return <time dateTime={time} title={absolute(time)}>{relative(time)}</time>;
}

export function entityHref(ref: EntityRef, market: string): string {
  return `/e/${encodeURIComponent(ref.kind)}/${encodeURIComponent(ref.id)}?market=${encodeURIComponent(market)}`;
}

/** A link to an entity; the kind is said in words on hover. */
export function EntityLink({ of, market, role }: { of: EntityRef | string | null | undefined; market: string; role?: string }) {
  const ref = entity(of);
  if (!ref) return null;
  const title = role && role !== ref.kind ? t('entity-role', { role, kind: kindName(ref.kind) }) : kindName(ref.kind);
  return (
    <a class="entity" href={entityHref(ref, market)} title={title}>
      <span class="entity-kind">{kindName(ref.kind)}</span>
      <span class="entity-id">{ref.id}</span>
    </a>
  );
}

/** Stands where personal data is. */
export function Masked({ about }: { about?: string }) {
  return <span class="masked" role="img" aria-label={t('masked')} title={about ?? t('masked-about')} />;
}

export function isMasked(value: unknown): boolean {
  return value === '***';
}

export function Caps({ keys }: { keys: string }) {
  return <span class="caps" aria-hidden="true">{caps(keys).map((cap, i) => <kbd key={i}>{cap}</kbd>)}</span>;
}

interface ButtonProps extends Omit<JSX.IntrinsicElements['button'], 'icon'> {
  icon?: LucideIcon; keys?: string; does?: Action; kind?: 'plain' | 'main' | 'harm' | 'ghost'; label?: string; children?: ComponentChildren; busy?: boolean;
}

export function Button({ icon: Icon, keys: fixed, does, kind = 'plain', label, children, busy, class: extra, ...rest }: ButtonProps) {
  const keys = does ? keysOf(does) : fixed;
  const hint = keys ? `${label ?? rest.title ?? ''} ${caps(keys).join(' ')}`.trim() : (rest.title ?? label);
  return (
    <button type="button" {...rest} class={`button ${kind} ${extra ?? ''} ${children ? '' : 'bare'}`} title={hint as string} aria-label={label}
      aria-busy={busy || undefined} disabled={busy || (rest.disabled as boolean | undefined)}>
      {Icon && <Icon size={15} aria-hidden="true" />}
      {children && <span>{children}</span>}
      {keys && children && <Caps keys={keys} />}
    </button>
  );
}

/** True once `ms` have passed, so that quick answers never flash a skeleton. */
export function useLate(ms = 120): boolean {
  const [late, set] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => set(true), ms);
    return () => clearTimeout(timer);
  }, []);
  return late;
}

/** Grey rows of the size of what is coming. */
export function Skeleton({ rows = 6, height = 44 }: { rows?: number; height?: number }) {
  const late = useLate();
  return (
    <div class={`skeleton ${late ? 'shown' : ''}`} aria-hidden="true">
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} style={{ height: `${height}px` }}><i style={{ width: `${70 - ((i * 17) % 40)}%` }} /></div>
      ))}
    </div>
  );
}

/** Says what would stand here and how to make it appear. */
export function Empty({ icon: Icon, title, children, action }: { icon: LucideIcon; title: string; children?: ComponentChildren; action?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon size={28} strokeWidth={1.4} aria-hidden="true" />
      <h3>{title}</h3>
      {children && <p>{children}</p>}
      {action && <div class="row">{action}</div>}
    </div>
  );
}

function family(problem: Problem): string {
  if (problem.status === 0) return 'offline';
  if (problem.status === 403) return 'forbidden';
  if (problem.status === 404) return 'missing';
  if (problem.status === 409) return 'stale';
  if (problem.status === 429 || problem.status === 503) return 'busy';
  return problem.status >= 500 ? 'broken' : 'refused';
}

/** What happened, what is safe, what to do. */
export function ProblemBox({ problem, retry }: { problem: unknown; retry?: () => unknown }) {
  const known = problem instanceof Problem ? problem : new Problem(500, '', '');
  const kind = family(known);
  return (
    <div class="problem" role="alert">
      <TriangleAlert size={18} aria-hidden="true" />
      <div>
        <h3>{t(`problem-${kind}-title`)}</h3>
        {known.detail && <p class="detail">{known.detail}</p>}
        <p>{t(`problem-${kind}-todo`)}</p>
        {retry && <Button onClick={() => void retry()}>{t('retry')}</Button>}
      </div>
    </div>
  );
}

/** A head with an optional line beneath and actions at the right. */
export function Head({ title, about, children, level = 1 }: { title: ComponentChildren; about?: ComponentChildren; children?: ComponentChildren; level?: 1 | 2 }) {
  const Title = level === 1 ? 'h1' : 'h2';
  return (
    <header class={`head level-${level}`}>
      <div class="head-text">
        <Title>{title}</Title>
        {about && <p>{about}</p>}
      </div>
      {children && <div class="head-actions">{children}</div>}
    </header>
  );
}

export function Field({ label, about, error, children }: { label: string; about?: string; error?: string | undefined; children: ComponentChildren }) {
  return (
    <label class="field">
      <span class="field-label">{label}</span>
      {children}
      {about && <span class="field-about">{about}</span>}
      {error && <span class="field-error" role="alert">{error}</span>}
    </label>
  );
}

/** Names the page in the tab and tells screen readers about it. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · Vigie` : 'Vigie';
    if (title) spokenNotice.value = title;
  }, [title, here.value.path]);
}
