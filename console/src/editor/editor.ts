// The policy editor: CodeMirror with YAML, our colours, and the server's findings underlined. Loaded when needed.
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, setDiagnostics, type Diagnostic as Mark } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { t } from '../i18n';
import type { Diagnostic } from '../types';

const look = EditorView.theme({
  '&': { height: '100%', fontSize: '13px', backgroundColor: 'var(--panel)', color: 'var(--text)' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '20px' },
  '.cm-content': { caretColor: 'var(--text)', padding: '8px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--panel)', color: 'var(--muted)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in srgb, var(--sunk) 70%, transparent)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--accent-weak)' },
  '.cm-tooltip': { backgroundColor: 'var(--panel)', color: 'var(--text)', border: '1px solid var(--line-strong)', borderRadius: '6px' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--harm)' },
  '.cm-diagnosticAction': { backgroundColor: 'var(--accent)', color: 'var(--on-accent)', borderRadius: '4px' },
});

const colours = syntaxHighlighting(HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--good)' },
  { tag: [tags.number, tags.bool, tags.keyword, tags.atom], color: 'var(--amber)' },
  { tag: [tags.comment, tags.lineComment], color: 'var(--muted)', fontStyle: 'italic' },
  { tag: [tags.punctuation, tags.separator, tags.bracket], color: 'var(--muted)' },
]));

export interface Editor { set: (text: string) => void; mark: (found: Diagnostic[]) => void; show: (line: number, column?: number) => void; gone: () => void }

/** Where a finding stands in the text; columns count characters, not UTF-16 units. */
function place(state: EditorState, found: Diagnostic): { from: number; to: number } {
  const line = state.doc.line(Math.min(Math.max(1, found.line), state.doc.lines));
  const units = (count: number) => [...line.text].slice(0, count).join('').length;
  const from = line.from + units(found.column - 1);
  const to = Math.min(line.to, line.from + units(found.column - 1 + Math.max(1, found.length ?? 1)));
  return { from: Math.min(from, line.to), to: Math.max(to, Math.min(from, line.to)) };
}

export function makeEditor(parent: HTMLElement, text: string, label: string, changed: (text: string) => void, save: () => void): Editor {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(), highlightActiveLineGutter(), history(), drawSelection(), indentOnInput(), bracketMatching(), highlightActiveLine(), indentUnit.of('  '),
        yaml(), look, colours, lintGutter(), EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
        keymap.of([{ key: 'Mod-s', preventDefault: true, run: () => { save(); return true; } }, ...defaultKeymap, ...historyKeymap]),
        EditorView.updateListener.of((update) => update.docChanged && changed(update.state.doc.toString())),
      ],
    }),
  });
  return {
    set: (next) => {
      if (next !== view.state.doc.toString()) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
    },
    mark: (found) => {
      const marks = found.map((one): Mark => ({
        ...place(view.state, one), severity: one.severity === 'warning' ? 'warning' : 'error', message: one.message,
        ...(one.suggestion ? { actions: [{ name: t('fix-to', { to: one.suggestion }), apply: (v, from, to) => v.dispatch({ changes: { from, to, insert: one.suggestion! } }) }] } : {}),
      }));
      view.dispatch(setDiagnostics(view.state, marks.sort((a, b) => a.from - b.from)));
    },
    show: (line, column = 1) => {
      const target = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines));
      view.dispatch({ selection: { anchor: Math.min(target.to, target.from + column - 1) }, ...(line < 8 ? {} : { effects: EditorView.scrollIntoView(target.from, { y: 'start', yMargin: 24 }) }) });
    },
    gone: () => view.destroy(),
  };
}
