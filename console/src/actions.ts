// Every action that has a key: where it works, what it is pressed with, and what a person made of that.
import { signal } from '@preact/signals';

/** Where an action works; `everywhere` and `list` reach into the others. */
export type Area = 'everywhere' | 'list' | 'live' | 'decision' | 'entity' | 'work' | 'chat' | 'rules' | 'rule' | 'lexicon';

export const ACTIONS = {
  'nav-live': ['everywhere', 'g l'],
  'nav-decisions': ['everywhere', 'g d'],
  'nav-cases': ['everywhere', 'g c'],
  'nav-chats': ['everywhere', 'g a'],
  'nav-rules': ['everywhere', 'g r'],
  'nav-lexicon': ['everywhere', 'g x'],
  'nav-quality': ['everywhere', 'g q'],
  'nav-deliveries': ['everywhere', 'g v'],
  'nav-events': ['everywhere', 'g e'],
  'nav-settings': ['everywhere', 'g s'],
  'key-palette': ['everywhere', 'mod+k'],
  'key-search': ['everywhere', '/'],
  'key-sheet': ['everywhere', '?'],
  'key-undo': ['everywhere', 'z'],
  'key-next': ['list', 'j'],
  'key-previous': ['list', 'k'],
  'key-open': ['live', 'Enter'],
  'key-pause': ['live', 'Space'],
  'key-close': ['live', 'Escape'],
  'key-replay': ['decision', 'p'],
  'decision-undo': ['decision', 'Z'],
  'key-label': ['entity', 'l'],
  'case-first': ['work', 'n'],
  'case-next': ['work', 'n'],
  'case-fraud': ['work', 'f'],
  'case-fine': ['work', 'o'],
  'case-unsure': ['work', 'u'],
  'case-claim': ['work', 'a'],
  'key-reveal': ['chat', 'v'],
  'act-offer-contact': ['chat', '1'],
  'act-ask-contact': ['chat', '2'],
  'act-move-channel': ['chat', '3'],
  'act-pay-outside': ['chat', '4'],
  'act-pay-first': ['chat', '5'],
  'act-overpay': ['chat', '6'],
  'act-payment-link': ['chat', '7'],
  'act-ask-code': ['chat', '8'],
  'act-hide-chat': ['chat', '9'],
  'act-pressure': ['chat', '0'],
  'act-fake-proof': ['chat', '-'],
  'act-price-too-good': ['chat', '='],
  'rule-new': ['rules', 'c'],
  'history': ['rules', 'g h'],
  'proposal-approve': ['rules', 'y'],
  'proposal-decline': ['rules', 'd'],
  'rule-save': ['rule', 'mod+s'],
  'backtest': ['rule', 'b'],
  'lexicon-save': ['lexicon', 'mod+s'],
  'lexicon-preview': ['lexicon', 'b'],
} as const satisfies Record<string, readonly [Area, string]>;

export type Action = keyof typeof ACTIONS;

/** What the person who is signed in chose instead, by action. */
export const chosen = signal<Record<string, string>>({});

export function isAction(name: string): name is Action {
  return Object.hasOwn(ACTIONS, name);
}

/** What an action is pressed with now. */
export function keysOf(action: Action, mine = chosen.value): string {
  return mine[action] ?? ACTIONS[action][1];
}

/** Actions that are one and the same press on purpose: only one of them can be shown. */
const TWINS: [Action, Action][] = [['case-first', 'case-next']];

function meet(one: Action, other: Action): boolean {
  const [a, b] = [ACTIONS[one][0], ACTIONS[other][0]];
  const beside = (x: Area, y: Area) => (x === 'work' && y === 'chat') || (x === 'list' && y !== 'rule' && y !== 'lexicon');
  return a === b || a === 'everywhere' || b === 'everywhere' || beside(a, b) || beside(b, a);
}

/** Actions that could not be reached any more, or not be told apart, if `action` were pressed with `keys`. */
export function clashes(action: Action, keys: string, mine = chosen.value): Action[] {
  return (Object.keys(ACTIONS) as Action[]).filter((other) => {
    if (other === action || !meet(action, other) || TWINS.some((pair) => pair.includes(action) && pair.includes(other))) return false;
    const theirs = keysOf(other, mine);
    return theirs === keys || theirs.startsWith(`${keys} `) || keys.startsWith(`${theirs} `);
  });
}

/** The choices after `action` took `keys`; one other action that had them gets what `action` had. */
export function swapped(action: Action, keys: string, mine = chosen.value): Record<string, string> {
  const next: Record<string, string> = { ...mine, [action]: keys };
  for (const pair of TWINS) if (pair.includes(action)) for (const twin of pair) next[twin] = keys;
  const [other] = clashes(action, keys, mine);
  if (other && keysOf(other, mine) === keys) next[other] = keysOf(action, mine);
  // What is the console's own again need not be kept.
  for (const name of Object.keys(next)) if (isAction(name) && next[name] === ACTIONS[name][1]) delete next[name];
  return next;
}
