// The door.
import { useState } from 'preact/hooks';
import { Problem } from '../api';
import { t } from '../i18n';
import { chooseLanguage, signIn } from '../session';
import { language, LANGUAGES } from '../state';
import { Button, Field, useTitle } from '../ui/basics';

function sentence(cause: unknown): string {
  if (!(cause instanceof Problem)) return t('problem-unknown');
  if (cause.status === 401) return t('signin-wrong');
  if (cause.status === 429) return t('signin-locked');
  return cause.status === 0 ? t('problem-offline') : cause.detail || t('problem-unknown');
}

export default function SignIn() {
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState('');
  useTitle(t('signin'));
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setFault('');
    try {
      await signIn(login.trim(), password);
    } catch (cause) {
      setFault(sentence(cause));
      document.querySelector<HTMLInputElement>('#password')?.select();
    }
    setBusy(false);
  };
  return (
    <main class="door">
      <form onSubmit={submit}>
        <img src="/favicon.svg" alt="" width="40" height="40" />
        <h1>{t('signin-title')}</h1>
        <p class="muted">{t('signin-about')}</p>
        <Field label={t('login')}>
          <input name="login" autocomplete="username" autocapitalize="none" spellcheck={false} required autofocus value={login} onInput={(e) => setLogin(e.currentTarget.value)} />
        </Field>
        <Field label={t('password')}>
          <input id="password" name="password" type="password" autocomplete="current-password" required value={password} onInput={(e) => setPassword(e.currentTarget.value)} />
        </Field>
        <p class="field-error" role="alert">{fault}</p>
        <Button type="submit" kind="main" busy={busy}>{t('signin')}</Button>
        <div class="tongues">
          {LANGUAGES.map((tag) => (
            <button key={tag} type="button" lang={tag} aria-pressed={language.value === tag} onClick={() => void chooseLanguage(tag)}>{t(`language-${tag}`)}</button>
          ))}
        </div>
      </form>
    </main>
  );
}
