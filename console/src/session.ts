// Coming in and going out.
import { api, Problem } from './api';
import { speak } from './i18n';
import { silence } from './live';
import { forget } from './load';
import { nearestLanguage, recall, session, setTheme, type Theme } from './state';
import type { Session } from './types';

async function welcome(found: Session): Promise<void> {
  const wanted = nearestLanguage(found.agent.language);
  if (wanted && !recall('language')) await speak(wanted);
  if ((found.agent.theme === 'light' || found.agent.theme === 'dark') && !recall('theme')) setTheme(found.agent.theme as Theme);
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
