// The keys of every action: what they are, other ones instead, and whom that would disturb. Kept with the person.
import { useEffect, useState } from 'preact/hooks';
import { Keyboard as KeyboardIcon, RotateCcw, X } from 'lucide-preact';
import { ACTIONS, chosen, clashes, isAction, keysOf, swapped, type Action, type Area } from '../actions';
import { t } from '../i18n';
import { caps, takeKeys } from '../keys';
import { chooseKeys } from '../session';
import { actUndoably, complain } from '../toasts';
import { Button, Caps, Head } from '../ui/basics';

const AREAS: Area[] = ['everywhere', 'list', 'live', 'decision', 'entity', 'work', 'chat', 'rules', 'rule', 'lexicon'];
/** How long a second press may take to belong to the first. */
const TOGETHER = 900;

async function keep(next: Record<string, string>, said: string): Promise<void> {
  const before = chosen.value;
  try {
    await actUndoably(said, chooseKeys(next), () => chooseKeys(before));
  } catch (cause) {
    complain(cause);
  }
}

export function Keyboard() {
  const [changing, setChanging] = useState<Action | null>(null);
  const [wanted, setWanted] = useState<{ action: Action; keys: string; others: Action[] } | null>(null);
  const own = Object.keys(chosen.value).filter(isAction).length;
  const settle = (action: Action, keys: string) => {
    setChanging(null);
    const others = clashes(action, keys);
    if (others.length) setWanted({ action, keys, others });
    else if (keys !== keysOf(action)) void keep(swapped(action, keys), t('keys-changed', { name: t(action), keys: caps(keys).join(' ') }));
  };
  return (
    <>
      <Head title={t('settings-keyboard')} about={t('keyboard-about')}>
        {own > 0 && <Button icon={RotateCcw} onClick={() => void keep({}, t('keys-reset'))}>{t('keys-reset-all', { count: own })}</Button>}
      </Head>
      {AREAS.map((area) => (
        <section key={area}>
          <h2>{t(`area-${area}`)}</h2>
          <ul class="lines two-col key-lines">
            {(Object.keys(ACTIONS) as Action[]).filter((action) => ACTIONS[action][0] === area && action !== 'case-first').map((action) => (
              <li key={action} data-action={action} class={changing === action ? 'on' : ''}>
                <span class="line-main">
                  <span>{t(action)}</span>
                  {wanted?.action === action && <Clash wanted={wanted} done={() => setWanted(null)} />}
                </span>
                <span class="row end">
                  {changing === action ? <Press done={(keys) => settle(action, keys)} stop={() => setChanging(null)} /> : (
                    <>
                      {action in chosen.value && <Button icon={RotateCcw} kind="ghost" label={t('key-reset', { name: t(action) })} onClick={() => void keep(swapped(action, ACTIONS[action][1]), t('keys-changed', { name: t(action), keys: caps(ACTIONS[action][1]).join(' ') }))} />}
                      <button type="button" class="button plain key-button" aria-label={t('key-choose', { name: t(action), keys: caps(keysOf(action)).join(' ') })} onClick={() => { setWanted(null); setChanging(action); }}>
                        <Caps keys={keysOf(action)} />
                      </button>
                    </>
                  )}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

/** Waits for one press, or two in a row; Escape leaves things as they are. */
function Press({ done, stop }: { done: (keys: string) => void; stop: () => void }) {
  const [first, setFirst] = useState('');
  useEffect(() => takeKeys((pressed) => {
    if (pressed === 'Escape') return stop();
    if (first) return done(`${first} ${pressed}`);
    // Only plain keys begin a pair.
    if (pressed.startsWith('mod+') || pressed.length > 1) return done(pressed);
    setFirst(pressed);
  }), [first]);
  useEffect(() => {
    if (!first) return;
    const timer = setTimeout(() => done(first), TOGETHER);
    return () => clearTimeout(timer);
  }, [first]);
  return (
    <span class="row" role="status">
      <span class="press"><KeyboardIcon size={15} aria-hidden="true" /> {first ? <Caps keys={first} /> : t('key-press')}</span>
      <Button icon={X} kind="ghost" label={t('cancel')} onClick={stop} />
    </span>
  );
}

/** Names who has the keys already, and offers to swap. */
function Clash({ wanted, done }: { wanted: { action: Action; keys: string; others: Action[] }; done: () => void }) {
  const [first] = wanted.others;
  const same = wanted.others.length === 1 && first && keysOf(first) === wanted.keys;
  return (
    <span class="row clash" role="alert">
      <span class="small amber-text">{t('key-taken', { keys: caps(wanted.keys).join(' '), names: wanted.others.map((other) => t(other)).join(' · ') })}</span>
      {same && <Button onClick={() => { done(); void keep(swapped(wanted.action, wanted.keys), t('keys-changed', { name: t(wanted.action), keys: caps(wanted.keys).join(' ') })); }}>{t('key-swap')}</Button>}
      <Button kind="ghost" onClick={done}>{t('cancel')}</Button>
    </span>
  );
}
