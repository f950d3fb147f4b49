// Modal questions: the browser's own dialog, so focus stays inside and Escape leaves.
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { X } from 'lucide-preact';
import { t } from '../i18n';
import { Button, Field } from './basics';

export function Dialog({ title, children, close, wide }: { title: string; children: ComponentChildren; close: () => void; wide?: boolean }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement as HTMLElement | null;
    dialog?.showModal();
    return () => {
      dialog?.close();
      before?.focus?.();
    };
  }, []);
  return (
    <dialog ref={ref} class={wide ? 'wide' : ''} aria-labelledby="dialog-title" onCancel={(e) => { e.preventDefault(); close(); }}
      onMouseDown={(e) => e.target === ref.current && close()}>
      <div class="dialog-body">
        <header>
          <h2 id="dialog-title">{title}</h2>
          <Button icon={X} kind="ghost" label={t('close')} onClick={close} />
        </header>
        {children}
      </div>
    </dialog>
  );
}

interface Choice { label: string; about: string; value: string; options: { value: string; text: string }[] }
interface Answer { why: string; choice: string }
interface Question { title: string; about?: string; label?: string; action: string; harm?: boolean; optional?: boolean; choice?: Choice; answer: (answer: Answer | null) => void }
const question = signal<Question | null>(null);

/** Asks for a reason, and for one choice beside it; null when the person thought better of it. */
export function askWhyAnd(ask: Omit<Question, 'answer'>): Promise<Answer | null> {
  return new Promise((resolve) => {
    question.value = { ...ask, answer: resolve };
  });
}

/** Asks whether it is meant; for what cannot be taken back and needs no reason. */
export async function askSure(ask: { title: string; about: string; action: string }): Promise<boolean> {
  return (await askWhyAnd({ ...ask, optional: true, harm: true })) !== null;
}

/** Asks for a reason; null when the person thought better of it. */
export async function askWhy(ask: Omit<Question, 'answer' | 'choice'>): Promise<string | null> {
  return (await askWhyAnd(ask))?.why ?? null;
}

export function Questions() {
  const asked = question.value;
  return asked ? <Reason key={asked.title} asked={asked} /> : null;
}

function Reason({ asked }: { asked: Question }) {
  const [why, setWhy] = useState('');
  const [choice, setChoice] = useState(asked.choice?.value ?? '');
  const settle = (value: string | null) => {
    question.value = null;
    asked.answer(value === null ? null : { why: value, choice });
  };
  const ready = asked.optional || why.trim().length > 0;
  return (
    <Dialog title={asked.title} close={() => settle(null)}>
      <form onSubmit={(e) => { e.preventDefault(); if (ready) settle(why.trim()); }}>
        {asked.about && <p class="muted">{asked.about}</p>}
        {asked.choice && (
          <Field label={asked.choice.label} about={asked.choice.about}>
            <select class="choose" value={choice} onChange={(e) => setChoice(e.currentTarget.value)}>
              {asked.choice.options.map((one) => <option key={one.value} value={one.value}>{one.text}</option>)}
            </select>
          </Field>
        )}
        {asked.label && <Field label={asked.label}>
          <textarea rows={3} value={why} autofocus maxLength={500} onInput={(e) => setWhy(e.currentTarget.value)}
            onKeyDown={(e) => { if (e.key === 'Enter' && (e.metaKey || e.ctrlKey) && !e.isComposing && ready) { e.preventDefault(); settle(why.trim()); } }} />
        </Field>}
        <footer class="row end">
          <Button onClick={() => settle(null)}>{t('cancel')}</Button>
          <Button type="submit" kind={asked.harm ? 'harm' : 'main'} disabled={!ready} {...(asked.label ? { keys: 'mod+Enter' } : { autofocus: true })}>{asked.action}</Button>
        </footer>
      </form>
    </Dialog>
  );
}
