// The acts of a conversation, word lists and identifiers: each its own mark and name, so that none is told by colour alone.
import type { ComponentChildren } from 'preact';
import {
  AtSign, BadgePercent, Banknote, BookA, CreditCard, EyeOff, Fingerprint, Hourglass, ImageOff, KeyRound, Landmark, Link2, LogOut, Mail, MessageCircleQuestion, Phone, QrCode, Undo2, Wallet, Contact,
  type LucideIcon,
} from 'lucide-preact';
import type { Action } from '../actions';
import { percent } from '../format';
import { maybe, t } from '../i18n';
import type { Mark } from '../types';
import { signalName } from './evidence';

/** Names as the log keeps them; the keys are those of the actions `act-…`. */
export const ACTS = [
  'offer_contact', 'ask_contact', 'move_channel', 'pay_outside', 'pay_first', 'overpay', 'payment_link', 'ask_code', 'hide_chat', 'pressure', 'fake_proof', 'price_too_good',
] as const;
export type Act = (typeof ACTS)[number];

export const actionOf = (act: Act) => `act-${act.replaceAll('_', '-')}` as Action;

const ACT_ICONS: Record<Act, LucideIcon> = {
  offer_contact: Contact, ask_contact: MessageCircleQuestion, move_channel: LogOut, pay_outside: Banknote, pay_first: Wallet, overpay: Undo2, payment_link: Link2, ask_code: KeyRound,
  hide_chat: EyeOff, pressure: Hourglass, fake_proof: ImageOff, price_too_good: BadgePercent,
};
const IDENTIFIER_ICONS: Record<string, LucideIcon> = { phone: Phone, email: Mail, url: Link2, handle: AtSign, iban: Landmark, card: CreditCard, crypto: Wallet, qr: QrCode };

export function ActIcon({ act, size = 14 }: { act: Act; size?: number }) {
  const Icon = ACT_ICONS[act];
  return <Icon size={size} strokeWidth={1.8} aria-hidden="true" />;
}

export function actName(act: string): string {
  return maybe(`act-${act.replaceAll('_', '-')}`) ?? act.replaceAll('_', ' ');
}

export function markIcon(mark: Mark): LucideIcon {
  if (mark.kind === 'act') return ACT_ICONS[mark.name as Act] ?? Fingerprint;
  return mark.kind === 'identifier' ? (IDENTIFIER_ICONS[mark.name] ?? Fingerprint) : BookA;
}

/** What a mark is called. */
export function markName(mark: Mark): string {
  if (mark.kind === 'act') return actName(mark.name);
  return mark.kind === 'identifier' ? (maybe(`identifier-${mark.name}`) ?? mark.name) : signalName(mark.name);
}

/** All that is known of a mark, for those who hover. */
export function markAbout(mark: Mark): string {
  return [
    t(`mark-${mark.kind}`), markName(mark), mark.about, mark.direction && mark.direction !== 'neither' ? t(`direction-${mark.direction}`) : '',
    mark.polarity === 'warning' ? t('polarity-warning') : '', mark.confidence === undefined ? '' : t('confidence', { share: percent(mark.confidence) }),
  ].filter(Boolean).join(' · ');
}

/** Marks by name beneath a text, each once. */
export function MarkTags({ marks }: { marks: Mark[] }) {
  const seen = new Set<string>();
  const each = marks.filter((mark) => !seen.has(mark.kind + mark.name + mark.polarity) && seen.add(mark.kind + mark.name + mark.polarity));
  if (!each.length) return null;
  return (
    <ul class="marks">
      {each.map((mark) => {
        const Icon = markIcon(mark);
        return (
          <li key={mark.kind + mark.name + mark.polarity} class={`mark-tag ${mark.kind} ${mark.polarity ?? ''}`} title={markAbout(mark)}>
            <Icon size={13} aria-hidden="true" /> {markName(mark)}{mark.polarity === 'warning' && <span class="muted"> ({t('polarity-warning')})</span>}
          </li>
        );
      })}
    </ul>
  );
}

export interface Piece { text: string; marks: Mark[] }

/** Cuts a span of bytes where any mark begins or ends; each piece knows all marks over it. */
export function slices(length: number, marks: Mark[]): { start: number; end: number; marks: Mark[] }[] {
  const held = marks.map((m) => ({ ...m, start: Math.min(Math.max(0, m.start), length), end: Math.min(Math.max(m.start, m.end), length) })).filter((m) => m.end > m.start);
  const edges = [...new Set([0, length, ...held.flatMap((m) => [m.start, m.end])])].sort((a, b) => a - b);
  return edges.slice(1).map((end, i) => {
    const start = edges[i]!;
    return { start, end, marks: held.filter((m) => m.start <= start && m.end >= end) };
  }).filter((piece) => piece.end > piece.start);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A text with its marks. Without the words, blocks of their length stand in their place. */
export function MarkedText({ text, bytes, marks }: { text?: string | undefined; bytes: number; marks: Mark[] }) {
  const raw = text === undefined ? null : encoder.encode(text);
  const pieces = slices(raw?.length ?? bytes, marks);
  const draw = (piece: (typeof pieces)[number]): { veil?: string; words?: string } => (raw
    ? { words: decoder.decode(raw.slice(piece.start, piece.end)) }
    : { veil: '▇'.repeat(Math.max(1, Math.min(60, Math.round((piece.end - piece.start) / 3)))) });
  const label = raw ? {} : { role: 'img' as const, 'aria-label': [t('masked'), ...new Set(marks.map(markName))].join(', ') };
  return (
    <span class={raw ? 'quoted' : 'veiled'} {...label}>
      {pieces.map((piece, i): ComponentChildren => {
        const { veil, words } = draw(piece);
        const props = veil ? { 'data-veil': veil } : {};
        if (!piece.marks.length) return <span key={i} {...props}>{words}</span>;
        const first = piece.marks[0]!;
        const kind = piece.marks.some((m) => m.kind === 'act' && m.polarity !== 'warning') ? 'act' : first.kind;
        return <mark key={i} class={`m-${kind}`} title={piece.marks.map(markAbout).join('\n')} {...props}>{words}</mark>;
      })}
    </span>
  );
}
