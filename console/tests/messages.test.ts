// The message files agree: the same keys and placeholders in each language, nothing unused, nothing missing.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FluentBundle, FluentResource } from '@fluent/bundle';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const languages = ['en', 'fr', 'zh-Hans'];
const texts = Object.fromEntries(languages.map((tag) => [tag, readFileSync(join(root, `src/messages/${tag}.ftl`), 'utf8')]));

/** Keys with the names of their variables, read from the parsed file. */
function shape(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of new FluentResource(text).body) found.set(entry.id, [...new Set([...JSON.stringify(entry).matchAll(/"type":"var","name":"(\w+)"/g)].map((m) => m[1]))].sort().join(' '));
  return found;
}

/** What a lenient parser would pass over in silence: every line that opens a message must have become one. */
function written(text: string): string[] {
  return [...text.matchAll(/^([a-zA-Z][\w-]*) =/gm)].map((m) => m[1]!);
}

function sources(dir: string): string {
  return readdirSync(dir, { withFileTypes: true }).map((entry) => {
    const at = join(dir, entry.name);
    return entry.isDirectory() ? sources(at) : /\.tsx?$/.test(entry.name) ? readFileSync(at, 'utf8') : '';
  }).join('\n');
}

describe('messages', () => {
  const english = shape(texts.en!);

  test.each(languages)('%s is read whole and has no key twice', (tag) => {
    const keys = written(texts[tag]!);
    expect(new Set(keys).size).toBe(keys.length);
    expect([...shape(texts[tag]!).keys()].sort()).toEqual([...keys].sort());
  });

  test.each(languages.slice(1))('%s has the keys and placeholders of en', (tag) => {
    expect(Object.fromEntries(shape(texts[tag]!))).toEqual(Object.fromEntries(english));
  });

  test.each(languages)('%s can be formatted for 0, 1, 2 and 5', (tag) => {
    const bundle = new FluentBundle(tag, { useIsolating: false });
    expect(bundle.addResource(new FluentResource(texts[tag]!))).toEqual([]);
    for (const [key, variables] of shape(texts[tag]!)) {
      for (const n of [0, 1, 2, 5]) {
        const errors: Error[] = [];
        const text = bundle.formatPattern(bundle.getMessage(key)!.value!, Object.fromEntries(variables.split(' ').map((name) => [name, n])), errors);
        expect(errors, key).toEqual([]);
        expect(text.trim(), key).not.toBe('');
        expect(text, key).not.toMatch(/\{[^}]*\}|undefined/);
      }
    }
  });

  test('translations are translations', () => {
    const same = (tag: string) => written(texts.en!).filter((key) => {
      const line = (text: string) => new RegExp(`^${key} = (.*)$`, 'm').exec(text)?.[1];
      return line(texts.en!) === line(texts[tag]!) && /[a-z]{5}/.test(line(texts.en!) ?? '') && !/\{/.test(line(texts.en!) ?? '');
    });
    // Words that both languages share, and the languages' own names.
    const shared = { fr: ['policy', 'language-en', 'language-fr', 'verdict', 'tests', 'mode', 'kind-agent', 'kind-conversation', 'field-message', 'field-description', 'field-agent', 'event-source', 'settings-agents', 'settings-webhooks', 'role-agent', 'about-version', 'about-licence', 'kind-page', 'kind-message', 'field-ticket', 'field-traits'], 'zh-Hans': ['language-en', 'language-fr'] };
    for (const tag of ['fr', 'zh-Hans'] as const) expect(same(tag).filter((key) => !shared[tag].includes(key)), tag).toEqual([]);
  });

  test('every key that the sources name exists', () => {
    const code = sources(join(root, 'src'));
    const named = [...code.matchAll(/\bt\((?:[^()'`]*\? )?'([\w-]+)'|does: '([\w-]+)'|text: '(nav-[\w-]+)'/g)].map((m) => m[1] ?? m[2] ?? m[3]!);
    const halves = [...code.matchAll(/\bt\([^()'`]*\? '([\w-]+)' : '([\w-]+)'/g)].flatMap((m) => [m[1]!, m[2]!]);
    expect([...named, ...halves].length).toBeGreaterThan(150);
    expect([...new Set([...named, ...halves])].filter((key) => !english.has(key))).toEqual([]);
  });

  test('every key is used', () => {
    const code = sources(join(root, 'src'));
    const prefixes = [...code.matchAll(/(?:t|maybe)\(`([\w-]+-)\$\{/g)].map((m) => m[1]!);
    const unused = [...english.keys()].filter((key) => !code.includes(`'${key}'`) && !prefixes.some((prefix) => key.startsWith(prefix)));
    expect(unused).toEqual([]);
  });
});
