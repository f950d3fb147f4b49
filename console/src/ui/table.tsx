// A table whose columns one chooses and whose rows one takes along as CSV: exactly what is shown, masked as it is shown.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Columns3, Download } from 'lucide-preact';
import { t } from '../i18n';
import { recall, remember } from '../state';
import { Button } from './basics';

export interface Column<T> {
  id: string;
  name: string;
  cell: (row: T) => ComponentChildren;
  /** What stands in a file; a figure stays a figure. */
  value: (row: T) => string | number | null | undefined;
  right?: boolean;
  /** Always shown. */
  fixed?: boolean;
  /** Hidden until somebody asks for it. */
  off?: boolean;
}

interface TableProps<T> { name: string; caption: string; columns: Column<T>[]; rows: T[]; keyOf: (row: T) => string; rowClass?: (row: T) => string; tools?: boolean }

function useShown<T>(name: string, columns: Column<T>[]): [Column<T>[], (id: string, on: boolean) => void] {
  const [kept, setKept] = useState(() => recall(`columns.${name}`));
  const wanted = kept === null ? null : new Set(kept.split(','));
  const shown = columns.filter((c) => c.fixed || (wanted ? wanted.has(c.id) : !c.off));
  const set = (id: string, on: boolean) => {
    const next = columns.filter((c) => (c.id === id ? on : shown.includes(c))).map((c) => c.id).join(',');
    remember(`columns.${name}`, next);
    setKept(next);
  };
  return [shown, set];
}

/** One line of a CSV file by RFC 4180. A text that a spreadsheet would take for a formula is kept a text. */
export function csvLine(values: (string | number | null | undefined)[]): string {
  return values.map((value) => {
    if (value === null || value === undefined) return '';
    if (typeof value === 'number') return String(value);
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }).join(',');
}

function save(name: string, text: string): void {
  // The mark at the start tells spreadsheets that it is UTF-8.
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv;charset=utf-8' }));
  link.download = `${name}-${new Date().toISOString().slice(0, 10)}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

export function Table<T>({ name, caption, columns, rows, keyOf, rowClass, tools = true }: TableProps<T>) {
  const [shown, set] = useShown(name, columns);
  const file = () => save(`vigie-${name}`, [csvLine(shown.map((c) => c.name)), ...rows.map((row) => csvLine(shown.map((c) => c.value(row))))].join('\r\n') + '\r\n');
  return (
    <div class="table">
      {tools && (
        <div class="table-tools">
          <details class="chooser" onKeyDown={(e) => { if (e.key === 'Escape') { e.currentTarget.open = false; e.stopPropagation(); e.currentTarget.querySelector('summary')?.focus(); } }}>
            <summary class="button ghost"><Columns3 size={15} aria-hidden="true" /><span>{t('columns')}</span></summary>
            <div class="chooser-list" role="group" aria-label={t('columns')}>
              {columns.map((c) => (
                <label key={c.id}><input type="checkbox" checked={shown.includes(c)} disabled={c.fixed} onChange={(e) => set(c.id, e.currentTarget.checked)} /> {c.name}</label>
              ))}
            </div>
          </details>
          <Button icon={Download} kind="ghost" title={t('csv-about')} disabled={!rows.length} onClick={file}>CSV</Button>
        </div>
      )}
      <table class="rows-table">
        <caption class="unseen">{caption}</caption>
        <thead><tr>{shown.map((c) => <th key={c.id} scope="col" class={c.right ? 'right' : ''}>{c.name}</th>)}</tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} class={rowClass?.(row) ?? ''}>
              {shown.map((c, i) => (i === 0
                ? <th key={c.id} scope="row" class={c.right ? 'right' : ''}>{c.cell(row)}</th>
                : <td key={c.id} class={c.right ? 'right' : ''} data-name={c.name}>{c.cell(row)}</td>))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
