// The frame round every page: rail, skip link, notices, palette, key sheet.
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { BookA, ChartNoAxesCombined, Inbox, Keyboard, MessagesSquare, Radio, Scale, Search, Send, Settings, SlidersHorizontal, Undo2, X, type LucideIcon } from 'lucide-preact';
import { keysOf, type Action } from '../actions';
import { t } from '../i18n';
import { bindings, caps, useKeys, type Binding } from '../keys';
import { nextTry, retryNow, streamState } from '../live';
import { here, navigate } from '../router';
import { session } from '../state';
import { dismiss, spokenNotice, toasts, undoLast, undoToast, type Toast } from '../toasts';
import { Button, Caps } from './basics';
import { Dialog, Questions } from './dialog';
import { Palette, paletteOpen } from './palette';

/** `deep` places are reached through the palette on a phone, where five fit. */
export interface Nav { path: string; text: Action; icon: LucideIcon; deep?: boolean }
export const PLACES: Nav[] = [
  { path: '/live', text: 'nav-live', icon: Radio },
  { path: '/decisions', text: 'nav-decisions', icon: Scale },
  { path: '/chats', text: 'nav-chats', icon: MessagesSquare },
  { path: '/cases', text: 'nav-cases', icon: Inbox },
  { path: '/rules', text: 'nav-rules', icon: SlidersHorizontal },
  { path: '/lexicon', text: 'nav-lexicon', icon: BookA, deep: true },
  { path: '/quality', text: 'nav-quality', icon: ChartNoAxesCombined, deep: true },
  { path: '/deliveries', text: 'nav-deliveries', icon: Send, deep: true },
  { path: '/settings', text: 'nav-settings', icon: Settings },
];

const sheet = signal(false);

export function Frame({ children }: { children: ComponentChildren }) {
  useKeys([
    ...PLACES.map((place): Binding => ({ does: place.text, run: () => navigate(place.path) })),
    { does: 'nav-events', run: () => navigate('/events') },
    { does: 'key-palette', anywhere: true, run: () => (paletteOpen.value = !paletteOpen.value) },
    { does: 'key-search', run: () => (paletteOpen.value = true) },
    { does: 'key-sheet', run: () => (sheet.value = true) },
    { does: 'key-undo', run: () => void undoLast() },
  ]);
  return (
    <div class="frame">
      <a class="skip" href="#main" onClick={(e) => { e.preventDefault(); document.getElementById('main')?.focus(); }}>{t('skip')}</a>
      <Rail />
      <main id="main" tabIndex={-1}>
        <StreamBar />
        {children}
      </main>
      <Toasts />
      {paletteOpen.value && <Palette />}
      {sheet.value && <KeySheet />}
      <Questions />
      <div class="unseen" aria-live="polite">{spokenNotice.value}</div>
    </div>
  );
}

function Rail() {
  const path = here.value.path;
  return (
    <nav class="rail" aria-label={t('nav')}>
      <a class="mark" href="/live" aria-label="Vigie"><img src="/favicon.svg" alt="" width="28" height="28" /></a>
      {PLACES.map((place) => {
        const on = (place.path === '/chats' && path.startsWith('/chat/')) || path === place.path || path.startsWith(`${place.path}/`);
        return (
          <a key={place.path} href={place.path} class={`${on ? 'on' : ''} ${place.deep ? 'wide-only' : ''}`} aria-current={on ? 'page' : undefined} title={`${t(place.text)}  ${caps(keysOf(place.text)).join(' ')}`}>
            <place.icon size={19} strokeWidth={1.7} aria-hidden="true" />
            <span>{t(place.text)}</span>
          </a>
        );
      })}
      <span class="rail-gap" />
      <button type="button" onClick={() => (paletteOpen.value = true)} title={`${t('key-palette')}  ${caps(keysOf('key-palette')).join(' ')}`} aria-label={t('key-palette')}>
        <Search size={19} strokeWidth={1.7} aria-hidden="true" />
      </button>
      <button type="button" class="wide-only" onClick={() => (sheet.value = true)} title={`${t('key-sheet')}  ${caps(keysOf('key-sheet')).join(' ')}`} aria-label={t('key-sheet')}>
        <Keyboard size={19} strokeWidth={1.7} aria-hidden="true" />
      </button>
      <a class="wide-only avatar" href="/settings" title={session.value?.agent.name} aria-label={t('nav-account', { name: session.value?.agent.name ?? '' })}>
        {initials(session.value?.agent.name ?? '')}
      </a>
    </nav>
  );
}

function initials(name: string): string {
  const parts = name.trim().split(/\s+/);
  return parts.length > 1 ? `${parts[0]?.[0] ?? ''}${parts.at(-1)?.[0] ?? ''}`.toUpperCase() : [...name].slice(0, 2).join('').toUpperCase();
}

/** Shown only when the stream has been gone for a moment. */
function StreamBar() {
  const [late, setLate] = useState(false);
  const broken = streamState.value === 'broken';
  useEffect(() => {
    if (!broken) return setLate(false);
    const timer = setTimeout(() => setLate(true), 1_500);
    return () => clearTimeout(timer);
  }, [broken]);
  if (!late) return null;
  return (
    <div class="stream-bar" role="status">
      <span>{nextTry.value ? t('stream-broken') : t('stream-trying')}</span>
      <Button onClick={retryNow}>{t('stream-retry')}</Button>
    </div>
  );
}

function Toasts() {
  return (
    <div class="toasts" role="region" aria-label={t('notices')}>
      {toasts.value.map((toast) => <ToastRow key={toast.id} toast={toast} />)}
    </div>
  );
}

function ToastRow({ toast }: { toast: Toast }) {
  return (
    <div class={`toast ${toast.tone}`}>
      <span>{toast.text}</span>
      {toast.undo && <Button icon={Undo2} does="key-undo" onClick={() => void undoToast(toast)}>{t('undo')}</Button>}
      <Button icon={X} kind="ghost" label={t('close')} onClick={() => dismiss(toast.id)} />
      {toast.undo && <i class="fuse" aria-hidden="true" />}
    </div>
  );
}

function KeySheet() {
  return (
    <Dialog title={t('key-sheet')} close={() => (sheet.value = false)} wide>
      <dl class="key-sheet">
        {bindings().map((binding) => (
          <div key={binding.keys}>
            <dt><Caps keys={binding.keys} /><span class="unseen">{binding.keys}</span></dt>
            <dd>{t(binding.does)}</dd>
          </div>
        ))}
      </dl>
      <p class="muted">{t('key-note')} <a href="/settings/keyboard" onClick={() => (sheet.value = false)}>{t('key-change')}</a></p>
    </Dialog>
  );
}
