// Short notices at the foot of the page; those with `undo` stay ten seconds.
import { signal } from '@preact/signals';
import { Problem } from './api';
import { t } from './i18n';

export interface Toast { id: number; text: string; tone: 'calm' | 'harm'; undo?: () => void | Promise<void>; until: number }
export const toasts = signal<Toast[]>([]);
/** What screen readers are told politely. */
export const spokenNotice = signal('');
let count = 0;

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

/** Two of those shown may stay beside a new one; what can be taken back stays before what only tells. */
function room(shown: Toast[]): Toast[] {
  const kept = [...shown];
  while (kept.length > 2) kept.splice(Math.max(0, kept.findIndex((toast) => !toast.undo)), 1);
  return kept;
}

function show(text: string, tone: Toast['tone'], life: number, undo?: Toast['undo']): number {
  const toast: Toast = { id: ++count, text, tone, until: Date.now() + life, ...(undo ? { undo } : {}) };
  toasts.value = [...room(toasts.value), toast];
  spokenNotice.value = text;
  setTimeout(() => dismiss(toast.id), life);
  return toast.id;
}

export function say(text: string): void {
  show(text, 'calm', 4_000);
}

export function sayUndo(text: string, undo: () => void | Promise<void>): void {
  show(text, 'calm', 10_000, undo);
}

/**
 * Offers undo from the keystroke on, while the act is still on its way: undoing waits for the answer first, so a quick hand
 * is never ignored. A refused act withdraws the offer and is thrown to the caller. `after` says it anew once the answer is there.
 */
export async function actUndoably<T>(text: string, sent: Promise<T>, undo: () => Promise<void>, after?: (answer: T) => string): Promise<T> {
  const arrived = sent.then(() => true, () => false);
  const offer = show(text, 'calm', 10_000, async () => { if (await arrived) await undo(); });
  try {
    const answer = await sent;
    const anew = after?.(answer) ?? text;
    if (anew !== text) {
      toasts.value = toasts.value.map((toast) => (toast.id === offer ? { ...toast, text: anew } : toast));
      spokenNotice.value = anew;
    }
    return answer;
  } catch (cause) {
    dismiss(offer);
    throw cause;
  }
}

export function complain(cause: unknown): void {
  show(problemText(cause), 'harm', 8_000);
}

/** Takes back the newest thing that can be taken back. */
export async function undoLast(): Promise<void> {
  const last = [...toasts.value].reverse().find((toast) => toast.undo);
  if (last) await undoToast(last);
}

export async function undoToast(toast: Toast): Promise<void> {
  dismiss(toast.id);
  try {
    await toast.undo?.();
    say(t('undone'));
  } catch (cause) {
    complain(cause);
  }
}

/** One sentence for a failure, whatever it was. */
export function problemText(cause: unknown): string {
  if (!(cause instanceof Problem)) return t('problem-unknown');
  if (cause.status === 0) return t('problem-offline');
  if (cause.status === 429) return t('problem-busy');
  return cause.detail || cause.title || t('problem-status', { status: String(cause.status) });
}
