// Coming in and going out.
import { chosen as chosenKeys } from './actions';
import { api, Problem } from './api';
import { speak } from './i18n';
import { silence } from './live';
import { forget } from './load';
import { language, nearestLanguage, recall, session, setTheme, type Language, type Theme } from './state';
import type { Session } from './types';

/** Keeps a preference with the account. */
export async function prefer(change: { language?: Language; theme?: Theme; keys?: Record<string, string> }, csrf?: string): Promise<void> {
  await api('PATCH', '/v1/me', change, undefined, csrf);
}

/** Keeps other keys for the console's actions, here and with the account. */
export async function chooseKeys(next: Record<string, string>): Promise<void> {
  const before = chosenKeys.value;
  chosenKeys.value = next;
  try {
    await prefer({ keys: next });
  } catch (cause) {
    chosenKeys.value = before;
    throw cause;
  }
}

/** Changes the language here and for the account. */
export async function chooseLanguage(next: Language): Promise<void> {
  if (session.value) await prefer({ language: next });
  await speak(next, true);
}

async function welcome(found: Session): Promise<void> {
  // The account's language holds everywhere, unless another was chosen in this browser: then the account learns it,
  // for the server writes reasons in the account's language.
  const chosen = nearestLanguage(recall('language'));
  const known = nearestLanguage(found.agent.language);
  if (chosen && chosen !== known) await prefer({ language: chosen }, found.csrf).catch(() => undefined);
  else if (known && known !== language.value) await speak(known);
  if ((found.agent.theme === 'light' || found.agent.theme === 'dark') && !recall('theme')) setTheme(found.agent.theme as Theme);
  chosenKeys.value = found.agent.keys ?? {};
  session.value = found;
}

/** Asks whether we are signed in; a failure other than “no” is given to the caller. */
export async function resume(): Promise<void> {
  try {
    await welcome(await api<Session>('GET', '/v1/session'));
  } catch (cause) {
    if (!(cause instanceof Problem) || cause.status !== 401) throw cause;
    session.value = null;
  }
}

export async function signIn(login: string, password: string): Promise<void> {
  await welcome(await api<Session>('POST', '/v1/session', { login, password }));
}

export async function signOut(): Promise<void> {
  silence();
  forget();
  try {
    await api('DELETE', '/v1/session');
  } finally {
    session.value = null;
  }
}
