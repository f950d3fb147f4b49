// Putting a policy in force, or proposing it: what lets more through waits for a second person.
import { api, path } from './api';
import { t } from './i18n';
import { actUndoably } from './toasts';

/** What the server says of a change: the policy now in force, or the proposal it became. */
export interface Installed { hash?: string; proposal?: string; rules?: string[] }

/** Offers undo from the keystroke on: what became a proposal is withdrawn, what is in force goes back by `back`. */
export function install(text: string, sent: Promise<Installed>, back: () => Promise<void>): Promise<Installed> {
  const undo = async () => {
    const { proposal } = await sent;
    if (proposal) await api('POST', `/v1/policy/proposals${path(proposal)}/decline`, { why: t('reason-undo') });
    else await back();
  };
  return actUndoably(text, sent, undo, ({ proposal, rules }) => (proposal ? t('proposal-made', { rules: (rules ?? []).join(', ') }) : text));
}
