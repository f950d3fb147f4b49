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

interface Question { title: string; about?: string; label: string; action: string; harm?: boolean; optional?: boolean; answer: (why: string | null) => void }
const question = signal<Question | null>(null);

/** Asks for a reason; null when the person thought better of it. */
export function askWhy(ask: Omit<Question, 'answer'>): Promise<string | null> {
  return new Promise((resolve) => {
    question.value = { ...ask, answer: resolve };
  });
}

export function Questions() {
  const asked = question.value;
  return asked ? <Reason key={asked.title} asked={asked} /> : null;
}

function Reason({ asked }: { asked: Question }) {
  const [why, setWhy] = useState('');
  const settle = (value: string | null) => {
    question.value = null;
    asked.answer(value);
  };
  const ready = asked.optional || why.trim().length > 0;
  return (
    <Dialog title={asked.title} close={() => settle(null)}>
      <form onSubmit={(e) => { e.preventDefault(); if (ready) settle(why.trim()); }}>
        {asked.about && <p class="muted">{asked.about}</p>}
        <Field label={asked.label}>
          <textarea rows={3} value={why} autofocus maxLength={500} onInput={(e) => setWhy(e.currentTarget.value)}
            onKeyDown={(e) => { if (e.key === 'Enter' && (e.metaKey || e.ctrlKey) && !e.isComposing && ready) { e.preventDefault(); settle(why.trim()); } }} />
        </Field>
        <footer class="row end">
          <Button onClick={() => settle(null)}>{t('cancel')}</Button>
          <Button type="submit" kind={asked.harm ? 'harm' : 'main'} disabled={!ready} keys="mod+Enter">{asked.action}</Button>
        </footer>
      </form>
    </Dialog>
  );
}
