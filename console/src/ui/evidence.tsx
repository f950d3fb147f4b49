// What an event holds and what rules read of it: masked where it is personal, marked where a signal fired.
import type { ComponentChildren } from 'preact';
import { money, number } from '../format';
import { maybe, t } from '../i18n';
import { marketCurrency } from '../state';
import type { EventView, HitView, Read, Span } from '../types';
import { absolute } from '../format';
import { EntityLink, isMasked, Masked } from './basics';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface Piece { text: string; signal?: string }

/** Cuts a text at byte offsets; overlapping spans are merged, offsets beyond the text are held at its end. */
export function cut(text: string, spans: Span[]): Piece[] {
  const bytes = encoder.encode(text);
  const sorted = [...spans].sort((a, b) => a.start - b.start);
  const pieces: Piece[] = [];
  let at = 0;
  for (const span of sorted) {
    const start = Math.min(Math.max(span.start, at), bytes.length);
    const end = Math.min(Math.max(span.end, start), bytes.length);
    if (end === start) continue;
    if (start > at) pieces.push({ text: decoder.decode(bytes.slice(at, start)) });
    pieces.push({ text: decoder.decode(bytes.slice(start, end)), signal: span.signal });
    at = end;
  }
  if (at < bytes.length) pieces.push({ text: decoder.decode(bytes.slice(at)) });
  return pieces;
}

/** Blocks in the place of a masked text, with the marked ones where the spans are. */
export function veil(spans: Span[]): Piece[] {
  const width = (bytes: number) => '▇'.repeat(Math.max(1, Math.min(14, Math.round(bytes / 3))));
  const sorted = [...spans].sort((a, b) => a.start - b.start);
  const pieces: Piece[] = [];
  let at = 0;
  for (const span of sorted) {
    if (span.start > at) pieces.push({ text: width(span.start - at) });
    if (span.end > at) pieces.push({ text: width(span.end - Math.max(at, span.start)), signal: span.signal });
    at = Math.max(at, span.end);
  }
  return [...pieces, { text: '▇▇' }];
}

export function signalName(signal: string): string {
  const name = signal.replace(/^signals\./, '');
  // Rules read acts as `act.NAME` and what is passed on as `id.KIND`.
  const [, sort, of] = /^(act|id)\.(.+)$/.exec(name) ?? [];
  if (of) return maybe(sort === 'act' ? `act-${of.replaceAll('_', '-')}` : `identifier-${of}`) ?? of.replaceAll('_', ' ');
  return maybe(`signal-${name.replaceAll('_', '-')}`) ?? name.replaceAll('_', ' ');
}

function Marked({ pieces, veiled }: { pieces: Piece[]; veiled?: boolean }) {
  return (
    <span class={veiled ? 'veiled' : 'quoted'} {...(veiled ? { role: 'img', 'aria-label': t('masked') } : {})}>
      {pieces.map((piece, i) => {
        // Blocks are drawn by the style sheet: they are no text to be read, copied or searched.
        const veil = veiled ? { 'data-veil': piece.text } : {};
        const text = veiled ? null : piece.text;
        return piece.signal ? <mark key={i} title={signalName(piece.signal)} {...veil}>{text}</mark> : <span key={i} {...veil}>{text}</span>;
      })}
    </span>
  );
}

/** A field's text with what was found in it. */
export function Text({ value, spans, personal }: { value: string; spans: Span[]; personal: boolean }) {
  const masked = isMasked(value);
  const found = [...new Set(spans.map((span) => span.signal))];
  return (
    <div class="text">
      {masked ? (spans.length ? <Marked pieces={veil(spans)} veiled /> : <Masked />) : <Marked pieces={cut(value, spans)} />}
      {found.length > 0 && <span class="found">{t('found-in-text', { signals: found.map(signalName).join(' · ') })}</span>}
      {masked && personal && <span class="found">{t('masked-hint')}</span>}
    </div>
  );
}

const AMOUNTS = new Set(['amount', 'price', 'total', 'value']);

export function fieldName(name: string): string {
  return maybe(`field-${name.replaceAll('_', '-')}`) ?? name.replaceAll('_', ' ');
}

function Value({ name, value, event, spans }: { name: string; value: unknown; event: EventView; spans: Span[] }): ComponentChildren {
  const role = event.entities?.find((e) => e.role === name && e.id === value);
  if (role) return <EntityLink of={role} market={event.market} role={name} />;
  const personal = event.personal?.includes(name) ?? false;
  if (isMasked(value) && name !== 'text') return <Masked />;
  if (typeof value === 'string' && (spans.length || name === 'text' || name === 'description')) return <Text value={value} spans={spans} personal={personal} />;
  if (typeof value === 'number') {
    const currency = typeof event.data?.currency === 'string' ? event.data.currency : marketCurrency(event.market);
    return AMOUNTS.has(name) && currency ? money(value, currency) : number(value, 6);
  }
  return typeof value === 'string' ? value : <code>{JSON.stringify(value)}</code>;
}

/** Every field of an event in the order it was written. */
export function EventData({ event, hits = [] }: { event: EventView; hits?: HitView[] }) {
  const fields = Object.entries(event.data ?? {});
  if (!fields.length) return <p class="muted">{t('event-no-data')}</p>;
  const spans = hits.flatMap((hit) => hit.spans ?? []);
  return (
    <dl class="pairs">
      {fields.map(([name, value]) => (
        <div key={name}>
          <dt title={name}>{fieldName(name)}</dt>
          <dd><Value name={name} value={value} event={event} spans={unique(spans.filter((span) => span.field === name))} /></dd>
        </div>
      ))}
    </dl>
  );
}

function unique(spans: Span[]): Span[] {
  const seen = new Set<string>();
  return spans.filter((s) => !seen.has(`${s.start}-${s.end}-${s.signal}`) && seen.add(`${s.start}-${s.end}-${s.signal}`));
}

/** Where an event came from and when. */
export function EventOrigin({ event }: { event: EventView }) {
  return (
    <dl class="pairs small">
      <div><dt>{t('event-type')}</dt><dd><code>{event.type}</code></dd></div>
      <div><dt>{t('event-time')}</dt><dd>{absolute(event.time)}</dd></div>
      <div><dt>{t('event-received')}</dt><dd>{absolute(event.received_at)}</dd></div>
      <div><dt>{t('event-source')}</dt><dd><code>{event.source}</code></dd></div>
      <div><dt>{t('event-id')}</dt><dd><code>{event.id}</code></dd></div>
      {event.actor && <div><dt>{t('event-actor')}</dt><dd><code>{event.actor}</code></dd></div>}
    </dl>
  );
}

/** A value as a rule read it. */
export function readValue(value: unknown): string {
  if (value === null || value === undefined) return t('value-missing');
  if (typeof value === 'boolean') return t(value ? 'value-yes' : 'value-no');
  if (typeof value === 'number') return number(value, 6);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function Reads({ reads }: { reads: Read[] }) {
  if (!reads.length) return null;
  return (
    <table class="reads">
      <caption class="unseen">{t('values-read')}</caption>
      <tbody>
        {reads.map((read, i) => (
          <tr key={i}>
            <th scope="row"><code>{read.name}</code></th>
            <td class={read.value === null ? 'muted' : ''}>{isMasked(read.value) ? <Masked /> : readValue(read.value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** An event in half a line, for lists: title, price, path, reason – or that its text is masked. */
export function gist(event: EventView): ComponentChildren {
  const data = event.data ?? {};
  const currency = typeof data.currency === 'string' ? data.currency : marketCurrency(event.market);
  const amount = typeof data.price === 'number' ? data.price : typeof data.amount === 'number' ? data.amount : null;
  const words = ['title', 'path', 'reason', 'category', 'kind', 'name', 'rule', 'note'].map((f) => data[f]).find((v) => typeof v === 'string' && v !== '' && !isMasked(v));
  const parts: ComponentChildren[] = [];
  if (words) parts.push(<span key="w" class="gist-words">{words as string}</span>);
  else if (isMasked(data.text)) parts.push(<Masked key="m" />);
  else if (typeof data.text === 'string') parts.push(<span key="t" class="gist-words">{data.text}</span>);
  if (amount !== null && currency) parts.push(<span key="a" class="figure">{money(amount, currency)}</span>);
  return parts;
}
