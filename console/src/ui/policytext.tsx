// A policy text under the pen: the editor, what the server says of it a moment after each keystroke, and its findings.
import { useEffect, useRef, useState } from 'preact/hooks';
import { CircleCheck, CircleX, TriangleAlert, Wand2 } from 'lucide-preact';
import { api } from '../api';
import type { Editor } from '../editor/editor';
import { t } from '../i18n';
import { may } from '../state';
import type { CheckAnswer, Diagnostic } from '../types';
import { Button, ProblemBox } from './basics';

/** Asks the server about a text a moment after the last keystroke. */
export function useCheck(file: string, text: string) {
  const [answer, setAnswer] = useState<CheckAnswer>();
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState(true);
  useEffect(() => {
    if (!may('policy')) return;
    const stop = new AbortController();
    setBusy(true);
    const timer = setTimeout(() => {
      api<CheckAnswer>('POST', '/v1/policy/check', { files: { [file]: text } }, stop.signal).then(
        (found) => { setAnswer(found); setProblem(undefined); setBusy(false); },
        (cause) => { if (!stop.signal.aborted) { setProblem(cause); setBusy(false); } },
      );
    }, 350);
    return () => { clearTimeout(timer); stop.abort(); };
  }, [file, text]);
  return { answer, problem, busy };
}

interface TextAreaProps { file: string; first: string; line: number; hold: { current: Editor | null }; changed: (text: string) => void; save: () => void }

/** A plain field until the editor has come, and if it never does. */
export function TextArea({ file, first, line, hold: editor, changed, save }: TextAreaProps) {
  const box = useRef<HTMLDivElement>(null);
  const [plain, setPlain] = useState(true);
  const latest = useRef({ changed, save, text: first });
  latest.current.changed = changed;
  latest.current.save = save;
  useEffect(() => {
    let gone = false;
    void import('../editor/editor').then(({ makeEditor }) => {
      if (gone || !box.current) return;
      setPlain(false);
      const keep = (text: string) => { latest.current.text = text; latest.current.changed(text); };
      editor.current = makeEditor(box.current, latest.current.text, file, keep, () => latest.current.save());
      editor.current.show(line);
    }, () => undefined);
    return () => { gone = true; editor.current?.gone(); editor.current = null; };
  }, [file]);
  return (
    <div class="editor" ref={box}>
      {plain && <textarea class="mono" aria-label={file} spellcheck={false} defaultValue={first} onInput={(e) => { latest.current.text = e.currentTarget.value; changed(e.currentTarget.value); }} />}
    </div>
  );
}

interface FindingsProps { check: ReturnType<typeof useCheck>; mine: Diagnostic[]; file: string; fix: (d: Diagnostic) => void; show: (d: Diagnostic) => void }

export function Findings({ check, mine, file, fix, show }: FindingsProps) {
  if (check.problem) return <ProblemBox problem={check.problem} />;
  const elsewhere = (check.answer?.diagnostics ?? []).filter((d) => d.file !== file);
  if (!check.answer) return <p class="findings-line muted" role="status">{t('checking')}</p>;
  if (!mine.length && !elsewhere.length) return <p class="findings-line good-text" role="status"><CircleCheck size={15} aria-hidden="true" /> {check.busy ? t('checking') : t('check-fine')}</p>;
  return (
    <ul class="findings" aria-label={t('findings')} role="status">
      {mine.map((d, i) => (
        <li key={i}>
          {d.severity === 'warning' ? <TriangleAlert size={15} class="amber-text" aria-hidden="true" /> : <CircleX size={15} class="harm-text" aria-hidden="true" />}
          <button type="button" class="link" onClick={() => show(d)}>{t('at-line', { line: d.line, column: d.column })}</button>
          <span>{d.message}{d.suggestion && <> {t('did-you-mean', { name: d.suggestion })}</>}</span>
          {d.suggestion && <Button icon={Wand2} onClick={() => fix(d)}>{t('fix')}</Button>}
        </li>
      ))}
      {elsewhere.map((d, i) => <li key={`e${i}`}><CircleX size={15} class="harm-text" aria-hidden="true" /><span class="mono">{d.file}:{d.line}</span><span>{d.message}</span></li>)}
    </ul>
  );
}
