// How two versions of a file differ, line by line, folded where nothing changed.
import { useMemo } from 'preact/hooks';
import { diff } from '../diff';
import { t } from '../i18n';
import type { FileDiff } from '../types';

const SIGN = { same: ' ', gone: '−', come: '+', skip: ' ' };

export function Diff({ file }: { file: FileDiff }) {
  const lines = useMemo(() => diff(file.before ?? '', file.after ?? ''), [file]);
  return (
    <section class="diff">
      <h2><code>{file.path}</code></h2>
      <div class="scrolls" tabIndex={0} role="region" aria-label={file.path}>
        <table>
          <tbody>
            {lines.map((line, i) => (
              <tr key={i} class={line.kind}>
                <td class="num">{line.before ?? ''}</td>
                <td class="num">{line.after ?? ''}</td>
                <td class="sign">{SIGN[line.kind]}</td>
                <td><pre>{line.kind === 'skip' ? t('lines-same', { count: line.count ?? 0 }) : line.text}</pre></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
