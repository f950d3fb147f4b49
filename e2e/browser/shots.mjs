// A picture of each page in light and dark, wide and narrow, in three languages; whether it holds its width, and in
// one language whether axe finds anything serious in either theme.
import { mkdir } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import { base, launch, open } from './browser.mjs';

export const out = new URL('../out/', import.meta.url).pathname;
const LANGUAGES = ['en', 'fr', 'zh-Hans'];
const THEMES = ['light', 'dark'];
const WIDTHS = [1280, 390];

/** The addresses to visit; those that name a record are asked from the server. */
export async function places(page) {
  const ask = (path) => page.evaluate((p) => fetch(p, { headers: { Accept: 'application/json' } }).then((r) => (r.ok ? r.json() : null)), path);
  const decisions = await ask('/v1/decisions?limit=50');
  const held = decisions?.items.find((d) => d.hits.some((h) => h.spans?.length) && d.effects.length) ?? decisions?.items.find((d) => d.effects.length) ?? decisions?.items[0];
  const cases = await ask('/v1/cases?limit=5');
  const rules = await ask('/v1/rules');
  const person = held?.event?.entities?.find((e) => e.kind === 'user') ?? held?.event?.entities?.[0];
  const list = [['live', '/live'], ['decisions', '/decisions']];
  if (held) list.push(['decision', `/decisions/${held.market}/${held.seq}`]);
  if (person) list.push(['entity', `/e/${person.kind}/${encodeURIComponent(person.id)}?market=${held.market}`]);
  list.push(['cases', '/cases']);
  if (cases?.items[0]) list.push(['case', `/cases/${encodeURIComponent(cases.items[0].id)}`]);
  const chats = await ask('/v1/cases?queue=chats&limit=5');
  list.push(['chats', '/chats']);
  if (chats?.items[0]) list.push(['chat', `/chats/${encodeURIComponent(chats.items[0].id)}`]);
  list.push(['lexicon', '/lexicon/zh-Hans'], ['quality', '/quality'], ['events', '/events']);
  list.push(['proposals', '/proposals']);
  list.push(['rules', '/rules']);
  if (rules?.items[0]) list.push(['rule', `/rules/${encodeURIComponent(rules.items[0].name)}`]);
  list.push(['deliveries', '/deliveries'], ['settings', '/settings'], ['settings-keys', '/settings/keys'], ['settings-keyboard', '/settings/keyboard']);
  return list;
}

/** What axe calls serious or critical, each with the places it stands at. */
export async function grave(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .map((v) => `${v.id} at ${v.nodes.slice(0, 2).map((n) => n.target.join(' ')).join(', ')}`);
}

/** Goes there as a person does within the console; only the first page is loaded whole. */
async function visit(page, address) {
  if (!page.url().startsWith(base)) return page.goto(base + address);
  await page.evaluate((to) => { history.pushState(null, '', to); dispatchEvent(new PopStateEvent('popstate')); }, address);
}

async function settle(page) {
  await page.locator('main :is(h1, h2, h3):visible').first().waitFor();
  await page.waitForFunction(() => ![...document.querySelectorAll('.skeleton')].some((e) => e.checkVisibility()), null, { timeout: 5000 }).catch(() => undefined);
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(150);
}

/** What of the page is wider than the window, or null. */
export function sideways(page) {
  return page.evaluate(() => {
    const wide = document.documentElement.scrollWidth > innerWidth + 1 || [...document.querySelectorAll('.column, main')].some((e) => e.scrollWidth > e.clientWidth + 1);
    if (!wide) return null;
    const worst = [...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scrolls, .cm-editor, .unseen'));
    return worst.slice(0, 3).map((e) => `${e.tagName.toLowerCase()}.${e.className}`).join(', ') || 'column';
  });
}

export async function shoot(browser, state, { only, languages = LANGUAGES, themes = THEMES, widths = WIDTHS } = {}) {
  await mkdir(out, { recursive: true });
  const asker = await open(browser, { state });
  await asker.goto(`${base}/live`);
  const list = (await places(asker)).filter(([name]) => !only || only.includes(name));
  await asker.context().close();
  const taken = [];
  const faults = [];
  let own = browser;
  for (const language of languages) for (const width of widths) {
    // A browser that went away is not the page's fault: the rest is taken with another.
    if (!own.isConnected()) own = await launch();
    const page = await open(own, { language, theme: themes[0], width, height: width < 500 ? 844 : 800, state, welcomed: false });
    for (const [name, address] of list) {
      const file = (theme) => `${name}-${theme}-${width}-${language}.png`;
      try {
        await page.emulateMedia({ colorScheme: themes[0] });
        await visit(page, address);
        await settle(page);
        const wide = await sideways(page);
        if (wide) faults.push(`${file('any')} scrolls sideways: ${wide}`);
        for (const theme of themes) {
          // The system turns dark while the page is open, as it does at dusk.
          await page.emulateMedia({ colorScheme: theme });
          await page.waitForTimeout(80);
          await page.screenshot({ path: out + file(theme) });
          if (language === languages[0] && width === widths[0]) faults.push(...(await grave(page)).map((fault) => `${file(theme)}: ${fault}`));
          taken.push(file(theme));
        }
      } catch (cause) {
        faults.push(`${file('any')}: ${String(cause).split('\n')[0]}`);
      }
    }
    faults.push(...page.faults.map((fault) => `${width}-${language}: ${fault}`));
    await page.context().close().catch(() => undefined);
  }
  if (own !== browser) await own.close();
  return { taken, faults };
}
