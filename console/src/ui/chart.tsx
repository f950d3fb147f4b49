// Small charts by uPlot, loaded when first drawn; the box keeps its size meanwhile.
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { clock, number, shortDay } from '../format';
import { t } from '../i18n';
import { dusk, theme } from '../state';

export interface Point { at: string; value: number }

function colour(element: Element, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

function options(U: typeof uPlot, box: HTMLElement, kind: 'line' | 'bars', tone: string, height: number, unit: 'minute' | 'day'): uPlot.Options {
  const stroke = colour(box, tone);
  const line = colour(box, '--line');
  const muted = colour(box, '--muted');
  const axis = { stroke: muted, grid: { show: false }, ticks: { show: false }, font: '11px system-ui', size: 22 };
  const paths = kind === 'bars' ? U.paths.bars?.({ size: [0.7, 12], align: 0 }) : U.paths.linear?.();
  return {
    width: box.clientWidth, height, padding: [6, 16, 0, 0], legend: { show: false },
    cursor: { y: false, points: { show: kind === 'line', size: 5 }, drag: { x: false, y: false } },
    scales: { ...(unit === 'day' ? { x: { range: (_u: uPlot, min: number, max: number): [number, number] => [min - 43_200, max + 43_200] } } : {}), y: { range: (_u, _min, max) => [0, Math.max(4, max * 1.08)] } },
    axes: [
      { ...axis, space: 70, values: (_u, ticks) => ticks.map((s) => (unit === 'day' ? shortDay(new Date(s * 1000).toISOString()) : clock(new Date(s * 1000).toISOString()).slice(0, 5))) },
      { ...axis, size: 38, space: 26, grid: { show: true, stroke: line, width: 1 }, values: (_u, ticks) => ticks.map((v) => (Number.isInteger(v) ? number(v) : '')) },
    ],
    series: [{}, { stroke, width: 1.5, fill: kind === 'bars' ? stroke : `${stroke}1f`, points: { show: false }, ...(paths ? { paths } : {}) }],
  };
}

/** One series over time, y from zero; hovering says the value in `reading`. */
export function Chart({ title, points, kind, tone, height = 92, reading, open, unit = 'minute' }: {
  title: string; points: Point[]; kind: 'line' | 'bars'; tone: string; height?: number; reading: (point: Point) => string; unit?: 'minute' | 'day';
  /** Where the rows behind a point stand; a click or Enter goes there. */
  open?: (point: Point) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const said = useRef<HTMLSpanElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(points);
  latest.current = points;
  const opening = useRef(open);
  opening.current = open;
  const rows = (): uPlot.AlignedData => [latest.current.map((p) => Date.parse(p.at) / 1000), latest.current.map((p) => p.value)];
  const pick = (at: number | null | undefined) => {
    const point = at == null ? undefined : latest.current[at];
    if (point) opening.current?.(point);
  };
  // The keyboard walks the points as the pointer does.
  const walk = (event: KeyboardEvent) => {
    const u = plot.current;
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (!u || (!step && event.key !== 'Enter')) return;
    event.preventDefault();
    const end = latest.current.length - 1;
    const at = Math.min(end, Math.max(0, (u.cursor.idx ?? end + 1) + step));
    if (!step) return pick(u.cursor.idx ?? end);
    u.setCursor({ left: u.valToPos(Date.parse(latest.current[at]!.at) / 1000, 'x'), top: 0 });
  };
  useEffect(() => {
    let gone = false;
    let watch: ResizeObserver | undefined;
    void Promise.all([import('uplot'), import('uplot/dist/uPlot.min.css')]).then(([{ default: U }]) => {
      const element = box.current;
      if (gone || !element) return;
      const made = new U({ ...options(U, element, kind, tone, height, unit), hooks: { setCursor: [(u) => {
        const point = u.cursor.idx == null ? undefined : latest.current[u.cursor.idx];
        if (said.current) said.current.textContent = point ? reading(point) : '';
      }] } }, rows(), element);
      plot.current = made;
      made.over.addEventListener('click', () => pick(made.cursor.idx));
      watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
      watch.observe(element);
    });
    return () => {
      gone = true;
      watch?.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [theme.value, dusk.value, kind, tone]);
  useEffect(() => plot.current?.setData(rows()), [points]);
  const last = points.at(-1);
  return (
    <figure class="chart">
      <figcaption><span>{title}</span><span class="reading" ref={said} /></figcaption>
      <div ref={box} class={open ? 'opens' : ''} style={{ height: `${height}px` }} aria-label={[title, last && reading(last), open && t('chart-opens')].filter(Boolean).join(': ')}
        {...(open ? { role: 'button', tabIndex: 0, onKeyDown: walk, title: t('chart-opens') } : { role: 'img' })} />
    </figure>
  );
}
