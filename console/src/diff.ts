// The difference of two texts by lines: longest common subsequence between the parts that differ.

export interface Line { kind: 'same' | 'gone' | 'come' | 'skip'; text: string; before?: number; after?: number; count?: number }

const CONTEXT = 3;
/** Beyond this many cells the middle is shown as wholly replaced, so that a huge change cannot hang the page. */
const MAX_CELLS = 4_000_000;

function middle(a: string[], b: string[]): ('same' | 'gone' | 'come')[] {
  if (a.length * b.length > MAX_CELLS) return [...a.map(() => 'gone' as const), ...b.map(() => 'come' as const)];
  const width = b.length + 1;
  const best = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      best[i * width + j] = a[i] === b[j] ? best[(i + 1) * width + j + 1]! + 1 : Math.max(best[(i + 1) * width + j]!, best[i * width + j + 1]!);
    }
  }
  const steps: ('same' | 'gone' | 'come')[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) { steps.push('same'); i += 1; j += 1; }
    else if (j >= b.length || (i < a.length && best[(i + 1) * width + j]! >= best[i * width + j + 1]!)) { steps.push('gone'); i += 1; }
    else { steps.push('come'); j += 1; }
  }
  return steps;
}

/** Lines kept, gone and come, with stretches of unchanged lines folded into one `skip`. */
export function diff(before: string, after: string): Line[] {
  const a = before === '' ? [] : before.replace(/\n$/, '').split('\n');
  const b = after === '' ? [] : after.replace(/\n$/, '').split('\n');
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  const steps = [
    ...Array<'same'>(head).fill('same'),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...Array<'same'>(tail).fill('same'),
  ];
  let i = 0;
  let j = 0;
  const all = steps.map((kind): Line => {
    if (kind === 'same') return { kind, text: a[i]!, before: ++i, after: ++j };
    return kind === 'gone' ? { kind, text: a[i]!, before: ++i } : { kind, text: b[j]!, after: ++j };
  });
  return folded(all);
}

function folded(all: Line[]): Line[] {
  const near = all.map(() => false);
  all.forEach((line, i) => {
    if (line.kind === 'same') return;
    for (let k = Math.max(0, i - CONTEXT); k <= Math.min(all.length - 1, i + CONTEXT); k += 1) near[k] = true;
  });
  const out: Line[] = [];
  all.forEach((line, i) => {
    if (near[i]) out.push(line);
    else if (out.at(-1)?.kind === 'skip') out.at(-1)!.count! += 1;
    else out.push({ kind: 'skip', text: '', count: 1 });
  });
  return out;
}
