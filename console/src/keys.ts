// The keyboard: one listener, a stack of bindings, nothing while somebody types or composes.
import { useEffect, useRef } from 'preact/hooks';
import { keysOf, type Action } from './actions';

export interface Binding {
  /** The action, which is also the message id of what it does; its keys are in `actions.ts`, unless chosen otherwise. */
  does: Action;
  run: (event: KeyboardEvent) => void;
  /** Works inside fields and dialogs too. */
  anywhere?: boolean;
}

const layers: { current: Binding[] }[] = [];
let pending = '';
let pendingTimer = 0;
/** While somebody chooses keys in the settings, every press goes there. */
let taker: ((pressed: string) => void) | null = null;

/** Bindings now in force with their keys, the innermost first, each key once. */
export function bindings(): (Binding & { keys: string })[] {
  const seen = new Set<string>();
  const all = [...layers].reverse().flatMap((layer) => layer.current).map((b) => ({ ...b, keys: keysOf(b.does) }));
  return all.filter((b) => !seen.has(b.keys) && seen.add(b.keys));
}

/** Binds keys while the calling component is shown; later components win over earlier ones. */
export function useKeys(list: Binding[]): void {
  const layer = useRef(list);
  layer.current = list;
  useEffect(() => {
    layers.push(layer);
    return () => void layers.splice(layers.indexOf(layer), 1);
  }, []);
}

/** Gives every press to `take` until the returned function is called. */
export function takeKeys(take: (pressed: string) => void): () => void {
  taker = take;
  return () => { if (taker === take) taker = null; };
}

function typing(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return !!element?.closest?.('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]');
}

function name(event: KeyboardEvent): string {
  const mod = event.metaKey || event.ctrlKey ? 'mod+' : '';
  if (event.key === ' ') return `${mod}Space`;
  if (event.key.length > 1) return mod + event.key;
  return mod + (event.shiftKey && !mod ? event.key.toUpperCase() : event.key.toLowerCase());
}

const MODIFIERS = new Set(['Shift', 'Control', 'Meta', 'Alt', 'AltGraph', 'CapsLock', 'Dead', 'Process']);

addEventListener('keydown', (event) => {
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
  if (event.altKey && !event.getModifierState('AltGraph')) return;
  const pressed = name(event);
  if (taker) {
    // Tab goes on moving the focus, so that nobody is caught.
    if (MODIFIERS.has(event.key) || event.key === 'Tab') return;
    event.preventDefault();
    return taker(pressed);
  }
  const busy = typing(event.target) || !!document.querySelector('dialog[open]');
  const all = bindings().filter((b) => !busy || b.anywhere);
  const control = (event.target as HTMLElement | null)?.closest?.('button, a, summary, [role=button]');
  if (control && (pressed === 'Enter' || pressed === 'Space')) return;
  const full = pending ? `${pending} ${pressed}` : pressed;
  const hit = all.find((b) => b.keys === full) ?? (pending ? all.find((b) => b.keys === pressed) : undefined);
  clearTimeout(pendingTimer);
  pending = '';
  if (hit) {
    event.preventDefault();
    hit.run(event);
  } else if (all.some((b) => b.keys.startsWith(`${pressed} `))) {
    pending = pressed;
    pendingTimer = window.setTimeout(() => (pending = ''), 1200);
  }
});

export const mac = /mac|iphone|ipad/i.test(navigator.platform);

/** A binding as it is printed on a key cap. */
export function caps(keys: string): string[] {
  return keys.split(' ').map((key) =>
    key.replace(/^[A-Z]$/, '⇧$&').replace('mod+', mac ? '⌘' : 'Ctrl ').replace('Enter', '↵').replace('Escape', 'Esc').replace('ArrowDown', '↓').replace('ArrowUp', '↑')
      .replace(/([a-z])$/, (letter) => (keys.startsWith('mod+') ? letter.toUpperCase() : letter)));
}
