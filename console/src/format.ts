// Numbers, money and times in the reader's language and zone.
import { signal } from '@preact/signals';
import { language } from './state';
import { maybe } from './i18n';
import type { EntityRef } from './types';

const made = new Map<string, unknown>();
function once<T>(key: string, make: () => T): T {
  const full = `${language.value} ${key}`;
  let found = made.get(full) as T | undefined;
  if (found === undefined) made.set(full, (found = make()));
  return found;
}

/** Ticks so that relative times stay true; anything that reads it redraws. */
export const now = signal(Date.now());
setInterval(() => (now.value = Date.now()), 10_000);

export function number(value: number, digits = 0): string {
  return once(`n${digits}`, () => new Intl.NumberFormat(language.value, { maximumFractionDigits: digits })).format(value);
}

export function compact(value: number): string {
  const format = once('c', () => new Intl.NumberFormat(language.value, { notation: 'compact', maximumFractionDigits: 1 }));
  return value < 100_000 ? number(value) : format.format(value);
}

export function percent(share: number): string {
  return once('p', () => new Intl.NumberFormat(language.value, { style: 'percent', maximumFractionDigits: 0 })).format(share);
}

function currencyFormat(currency: string): Intl.NumberFormat | null {
  try {
    return once(`m${currency}`, () => new Intl.NumberFormat(language.value, { style: 'currency', currency }));
  } catch {
    return null;
  }
}

/** An amount in whole units of its currency, as events carry it. */
export function money(amount: number, currency: string): string {
  return currencyFormat(currency)?.format(amount) ?? `${number(amount, 2)} ${currency}`;
}

/** An amount in minor units (cents, yen). */
export function minor(amount: number, currency: string): string {
  const digits = currencyFormat(currency)?.resolvedOptions().maximumFractionDigits ?? 2;
  return money(amount / 10 ** digits, currency);
}

export function absolute(time: string | number): string {
  const format = once('abs', () => new Intl.DateTimeFormat(language.value, { dateStyle: 'medium', timeStyle: 'medium' }));
  return format.format(new Date(time));
}

export function clock(time: string): string {
  const format = once('clock', () => new Intl.DateTimeFormat(language.value, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }));
  return format.format(new Date(time));
}

export function day(time: string): string {
  return once('day', () => new Intl.DateTimeFormat(language.value, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' })).format(new Date(time));
}

/** Date and time in figures, for tables. */
export function stamp(time: string): string {
  return once('stamp', () => new Intl.DateTimeFormat(language.value, { dateStyle: 'short', timeStyle: 'medium' })).format(new Date(time));
}

export function shortDay(time: string): string {
  return once('short', () => new Intl.DateTimeFormat(language.value, { day: 'numeric', month: 'short' })).format(new Date(time));
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000], ['month', 2_592_000], ['day', 86_400], ['hour', 3_600], ['minute', 60], ['second', 1],
];

/** “3 min. ago”, “in 2 hr.”, “now”. */
export function relative(time: string | number): string {
  const seconds = Math.round((new Date(time).getTime() - now.value) / 1000);
  const format = once('rel', () => new Intl.RelativeTimeFormat(language.value, { numeric: 'auto', style: 'short' }));
  if (Math.abs(seconds) < 10) return format.format(0, 'second');
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, 'second');
}

/** A span of milliseconds as people say it. */
export function took(ms: number): string {
  const unit = ms < 1000 ? 'millisecond' : 'second';
  const format = once(unit, () => new Intl.NumberFormat(language.value, { style: 'unit', unit, maximumFractionDigits: 1 }));
  return format.format(ms < 1000 ? ms : ms / 1000);
}

/** The human name of an event type; the type itself when nobody named it. */
export function typeName(type: string): string {
  return maybe(`type-${type.replaceAll('.', '-').replaceAll('_', '-')}`) ?? type;
}

export function kindName(kind: string): string {
  return maybe(`kind-${kind}`) ?? kind;
}

/** Reads an entity that the API gives as an object or as `kind:id`. */
export function entity(value: EntityRef | string | null | undefined): EntityRef | null {
  if (!value) return null;
  if (typeof value !== 'string') return value;
  const cut = value.indexOf(':');
  return cut > 0 ? { kind: value.slice(0, cut), id: value.slice(cut + 1) } : null;
}
