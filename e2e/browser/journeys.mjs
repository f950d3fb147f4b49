// The journeys: what people do all day, by keyboard first. Each gets the browser and throws when a promise is broken.
import { base, open, signedIn, signIn } from './browser.mjs';
import { grave, places, sideways } from './shots.mjs';

function sure(holds, sentence) {
  if (!holds) throw new Error(sentence);
}

async function quiet(page) {
  sure(page.faults.length === 0, `the page complained: ${page.faults.join('; ')}`);
  await page.context().close();
}

/** Fails on anything axe calls serious or critical. */
async function accessible(page, where) {
  const found = await grave(page);
  sure(found.length === 0, `${where}: ${found.join('; ')}`);
}

async function inside(browser, options = {}) {
  return open(browser, { ...options, state: await signedIn(browser) });
}

const path = (page) => new URL(page.url()).pathname;

async function reached(page, wanted) {
  await page.waitForURL((url) => wanted.test(url.pathname + url.search));
}

async function eventually(page, check, sentence) {
  const end = Date.now() + 8000;
  while (Date.now() < end) {
    if (await check()) return;
    await page.waitForTimeout(100);
  }
  throw new Error(sentence);
}

/** Fresh accounts that ask strangers to leave and to pay elsewhere: work for the chats queue, whatever else happens. */
async function luring(page, count) {
  const name = `j${Date.now() % 1_000_000}`;
  const refused = await page.evaluate(async ([prefix, many]) => {
    const session = await fetch('/v1/session').then((r) => r.json());
    const market = session.markets[0].id;
    const made = await fetch('/v1/keys', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': session.csrf }, body: JSON.stringify({ name: prefix, scopes: ['ingest'], market }) }).then((r) => r.json());
    const fact = (id, type, data) => ({ specversion: '1.0', id: `${prefix}-${id}`, source: prefix, type, market, data });
    const events = Array.from({ length: many }, (_, i) => {
      const [lurer, asker, chat] = [`${prefix}s${i}`, `${prefix}b${i}`, `${prefix}c${i}`];
      const said = (n, sender, recipient, text) => fact(`m${i}${n}`, 'message.sent', { message: `${prefix}m${i}${n}`, conversation: chat, sender, recipient, text });
      return [fact(`r${i}`, 'account.registered', { user: lurer }), said(1, asker, lurer, 'Is the camera still available?'), said(2, lurer, asker, 'whatsapp me, bank transfer only, can give discount'), said(3, asker, lurer, 'I would rather stay here')];
    }).flat();
    const answer = await fetch('/v1/events', { method: 'POST', headers: { 'Content-Type': 'application/cloudevents-batch+json', Authorization: `Bearer ${made.key}` }, body: JSON.stringify(events) });
    return answer.ok ? '' : answer.text();
  }, [name, count]);
  sure(!refused, `the events of the journey were refused: ${refused}`);
}

export const journeys = {
  /** A wrong password is refused in words, a right one opens Live; signing out closes everything. */
  async door(browser) {
    const page = await open(browser);
    await page.goto(`${base}/rules`);
    await page.locator('input[name=login]').fill('nobody');
    await page.locator('input[name=password]').fill('wrong password');
    await page.keyboard.press('Enter');
    await page.locator('.field-error:not(:empty)').waitFor();
    await accessible(page, 'sign-in');
    await signIn(page);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('sign out');
    await page.keyboard.press('Enter');
    await page.locator('input[name=login]').waitFor();
    await page.goto(`${base}/live`);
    await page.locator('input[name=login]').waitFor();
    await quiet(page);
  },

  /** Live moves by itself, stands still when asked, counts what waits; a line opens beside and then in full. */
  async live(browser) {
    const page = await inside(browser);
    await page.goto(`${base}/live`);
    await page.locator('.live-row').first().waitFor();
    await page.locator('.stream-dot.open').waitFor();
    await page.keyboard.press('Space');
    await page.locator('.stream-dot.paused').waitFor();
    await page.waitForTimeout(300);
    const first = await page.locator('.live-row').first().innerText();
    await page.locator('.waiting').waitFor();
    sure((await page.locator('.live-row').first().innerText()) === first, 'a paused list moved');
    await page.keyboard.press('Space');
    await page.locator('.waiting').waitFor({ state: 'detached' });
    sure((await page.locator('.live-row').count()) <= 500, 'more than 500 rows are kept');
    await page.keyboard.press('Space');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.locator('.peek').waitFor();
    await accessible(page, 'live');
    await page.keyboard.press('Enter');
    await reached(page, /^\/decisions\/[^/]+\/\d+/);
    await page.locator('.sheet h1').waitFor();
    await page.goBack();
    await reached(page, /^\/live/);
    await quiet(page);
  },

  /** Keys alone: go, move, open, replay, and undo with a reason. */
  async decision(browser) {
    const page = await inside(browser);
    await page.goto(`${base}/live`);
    await page.locator('nav.rail').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('d');
    await reached(page, /^\/decisions/);
    await page.locator('.cards a').first().waitFor();
    await page.keyboard.press('j');
    await reached(page, /^\/decisions\/[^/]+\/\d+/);
    await page.locator('.hit').first().waitFor();
    const one = path(page);
    await page.keyboard.press('j');
    await eventually(page, async () => path(page) !== one, 'j did not move on');
    await page.keyboard.press('k');
    await eventually(page, async () => path(page) === one, 'k did not move back');
    await page.locator('.hit').first().waitFor();
    await page.keyboard.press('p');
    await page.locator('.banner').waitFor({ timeout: 30_000 });
    await accessible(page, 'decision');
    const target = await page.evaluate(() => fetch('/v1/decisions?limit=100').then((r) => r.json()).then(({ items }) => items.find((d) => !d.undone && d.effects.some((e) => e.kind === 'label' && e.state === 'applied'))));
    sure(target, 'no decision has a label to undo');
    await page.goto(`${base}/decisions/${target.market}/${target.seq}`);
    await page.locator('.effects').waitFor();
    await page.keyboard.press('Shift+Z');
    await page.locator('dialog textarea').fill('A journey takes it back');
    await page.keyboard.press('Control+Enter');
    await page.locator('.effects .state-undone').first().waitFor();
    sure((await page.locator('.banner').first().innerText()).includes('A journey takes it back'), 'the reason is not shown');
    await quiet(page);
  },

  /** An entity by the palette; a label comes, is undone by z, and the timeline is there. */
  async entity(browser) {
    const page = await inside(browser);
    await page.goto(`${base}/live`);
    const about = await page.evaluate(() => fetch('/v1/decisions?limit=50').then((r) => r.json()).then(({ items }) => {
      for (const d of items) for (const e of d.event?.entities ?? []) if (e.kind === 'user') return { ...e, market: d.market };
      return null;
    }));
    sure(about, 'no decision names a user');
    await page.locator('.live').waitFor();
    await page.keyboard.press('/');
    await page.locator('dialog.palette input').fill(`user:${about.id}`);
    await page.locator('.palette li', { hasText: `user:${about.id}` }).first().waitFor();
    await page.keyboard.press('Enter');
    await reached(page, /^\/e\/user\//);
    await page.locator('.timeline a').first().waitFor();
    await accessible(page, 'entity');
    const name = `journey_${Date.now() % 100000}`;
    await page.keyboard.press('l');
    await page.locator('dialog input').first().fill(name);
    await page.locator('dialog input').nth(1).fill('To see whether it sticks');
    await page.keyboard.press('Enter');
    await page.locator('.label', { hasText: name }).waitFor();
    await page.reload();
    await page.locator('.label', { hasText: name }).waitFor();
    await page.locator(`.label:has-text("${name}") button`).click();
    await page.locator('.label', { hasText: name }).waitFor({ state: 'detached' });
    await page.locator('main').focus();
    await page.keyboard.press('z');
    await page.locator('.label', { hasText: name }).waitFor();
    await quiet(page);
  },

  /** A verdict by one key opens the next case; z brings it back. */
  async cases(browser) {
    const page = await inside(browser);
    await page.goto(`${base}/cases`);
    await page.locator('.cards a').nth(1).waitFor();
    await accessible(page, 'cases');
    await page.keyboard.press('n');
    await reached(page, /^\/cases\/.+/);
    await page.locator('.verdicts').waitFor();
    await page.locator('.evidence').first().waitFor();
    await accessible(page, 'case');
    const one = path(page);
    await page.keyboard.press('a');
    await page.locator('.toast').waitFor();
    await page.keyboard.press('f');
    await eventually(page, async () => path(page) !== one && path(page).startsWith('/cases/'), 'the next case did not open');
    await page.locator('.verdicts').waitFor();
    const state = () => page.evaluate((p) => fetch(`/v1${p}`).then((r) => r.json()).then((c) => [c.state, c.verdict]), one);
    await eventually(page, async () => (await state()).join() === 'closed,fraud', 'the case was not closed as fraud');
    await page.keyboard.press('z');
    await eventually(page, async () => (await state())[0] === 'open', 'undo did not reopen the case');
    await eventually(page, async () => path(page) === one, 'undo did not bring the case back');
    await quiet(page);
  },

  /** A conversation is read for a reason, judged with its acts by keys alone, and taken back. */
  async chats(browser) {
    const page = await inside(browser);
    await page.goto(`${base}/chats`);
    await page.locator('.list-head h2').waitFor();
    await luring(page, 2);
    await page.reload();
    await page.locator('.cards a').nth(1).waitFor();
    await accessible(page, 'chats');
    await page.keyboard.press('n');
    await reached(page, /^\/chats\/.+/);
    await page.locator('.turn .said').first().waitFor();
    await page.locator('.party .timeline a').first().waitFor();
    sure(await page.locator('.mark-tag').count() > 0, 'nothing is said to be read in the conversation');
    sure(await page.locator('.turn .quoted').count() === 0, 'words are shown before anybody asked');
    await accessible(page, 'chat');
    await page.keyboard.press('v');
    await page.locator('dialog textarea').fill('A journey reads it');
    await page.keyboard.press('Control+Enter');
    await page.locator('.turn .quoted').first().waitFor();
    await accessible(page, 'chat in words');
    await page.keyboard.press('v');
    await page.locator('.turn .quoted').first().waitFor({ state: 'detached' });
    await page.keyboard.press('4');
    await page.locator('.act-choices [aria-pressed=true]').waitFor();
    const one = path(page);
    const asked = () => page.evaluate((p) => fetch(`/v1${p.replace('/chats/', '/cases/')}`).then((r) => r.json()).then((c) => `${c.state},${c.verdict}`), one);
    await page.keyboard.press('f');
    await page.keyboard.press('z');
    await eventually(page, async () => path(page) === one, 'undo pressed at once did not bring the conversation back');
    await eventually(page, async () => (await asked()) === 'open,null', 'undo pressed at once did not reopen the case');
    await page.locator('.judge').waitFor();
    await page.keyboard.press('4');
    await page.keyboard.press('f');
    await eventually(page, async () => path(page) !== one, 'the next conversation did not open');
    await eventually(page, async () => (await asked()) === 'closed,fraud', 'the case was not closed as fraud');
    await quiet(page);
  },

  /** A slip of the pen is named with a suggestion, one click repairs it; a change is activated and returned from. */
  async rule(browser) {
    const page = await inside(browser);
    await page.goto(`${base}/rules`);
    await page.locator('.rule-name').first().waitFor();
    await accessible(page, 'rules');
    await page.keyboard.press('j');
    const about = await page.evaluate(() => fetch('/v1/rules').then((r) => r.json()).then(({ items }) => items.find((r) => r.when.includes('seller') && r.file.endsWith('.yaml'))));
    await page.goto(`${base}/rules/${about.name}`);
    await page.locator('.cm-content').waitFor();
    await page.locator('.findings-line.good-text').waitFor();
    await accessible(page, 'rule');
    const text = await page.evaluate((file) => fetch(`/v1/policy/files/${file}`).then((r) => r.json()).then((f) => f.text), about.file);
    const at = text.split('\n').findIndex((line, i) => i >= about.line - 1 && /when:.*seller/.test(line));
    sure(at >= 0, `no line of ${about.name} says seller in its condition`);
    await page.locator('.cm-content').focus();
    await page.keyboard.press('Control+Home');
    for (let i = 0; i < at; i += 1) await page.keyboard.press('ArrowDown');
    const column = text.split('\n')[at].indexOf('seller') + 4;
    for (let i = 0; i < column; i += 1) await page.keyboard.press('ArrowRight');
    await page.keyboard.type('l');
    await page.locator('.findings li').first().waitFor();
    const said = await page.locator('.findings').innerText();
    sure(/selller/.test(said) && /seller/.test(said), `no suggestion was made: ${said}`);
    await page.locator('.findings .button').first().click();
    await page.locator('.findings-line.good-text').waitFor();
    await page.goto(`${base}/history`);
    await page.locator('.cards a').first().waitFor();
    await accessible(page, 'history');
    page.faults = page.faults.filter((fault) => !/beforeunload/.test(fault));
    await quiet(page);
  },

  /** From draft text to a backtest with figures and events behind them. */
  async backtest(browser) {
    const page = await inside(browser);
    await page.goto(`${base}/rules`);
    await page.locator('.rule-name').first().click();
    await page.locator('.findings-line.good-text').waitFor();
    await page.locator('.backtest select').last().selectOption('all');
    await page.locator('.backtest h2').click();
    await page.keyboard.press('b');
    await page.locator('.backtest progress, .backtest .figures').first().waitFor();
    await page.locator('.backtest .figures').waitFor({ timeout: 30_000 });
    sure(/\d/.test(await page.locator('.backtest .figures').innerText()), 'the result has no figures');
    await accessible(page, 'backtest');
    await quiet(page);
  },

  /** A key is shown once, can be copied, and revoking it waits for undo. */
  async settings(browser) {
    const page = await inside(browser);
    await page.goto(`${base}/settings/keys`);
    await page.locator('.sheet h1').waitFor();
    const name = `journey ${Date.now() % 100000}`;
    await page.locator('.head .button.main').click();
    await page.locator('dialog input').first().fill(name);
    await page.keyboard.press('Enter');
    const key = await page.locator('.secret input').inputValue();
    sure(key.length >= 16, 'the key is too short to be one');
    await page.keyboard.press('Escape');
    await page.locator('.lines li', { hasText: name }).waitFor();
    sure(!(await page.content()).includes(key), 'the key is still on the page');
    await page.locator(`.lines li:has-text("${name}") .button`).click();
    await page.locator('.toast .button').first().click();
    await page.locator('.lines li', { hasText: name }).waitFor();
    await page.locator(`.lines li:has-text("${name}") .button`).click();
    await page.goto(`${base}/settings/keyboard`);
    const taken = page.locator('[data-action=case-fraud]');
    await taken.locator('.key-button').click();
    await page.locator('.press').waitFor();
    await page.keyboard.press('o');
    await taken.locator('.clash').waitFor();
    sure((await taken.locator('.clash').innerText()).includes('Fine'), 'the conflict is not named');
    await taken.locator('.clash .button').first().click();
    await page.reload();
    await taken.locator('.key-button', { hasText: 'O' }).waitFor();
    await accessible(page, 'keyboard');
    await page.locator('.head .button').click();
    await taken.locator('.key-button', { hasText: 'F' }).waitFor();
    await page.goto(`${base}/settings/appearance`);
    await page.locator('input[name=language]').nth(1).check();
    await page.locator('h1', { hasText: 'Apparence' }).waitFor();
    await page.locator('input[name=language]').first().check();
    await page.locator('h1', { hasText: 'Appearance' }).waitFor();
    await accessible(page, 'settings');
    await quiet(page);
  },

  /** On a phone: list, item and back are steps; nothing scrolls sideways; fingers find their targets. */
  async phone(browser) {
    const page = await inside(browser, { width: 390, height: 844, language: 'fr' });
    await page.goto(`${base}/decisions`);
    await page.locator('.cards a').first().tap();
    await reached(page, /^\/decisions\/[^/]+\/\d+/);
    await page.locator('.sheet h1').waitFor();
    sure(!(await page.locator('.column.list').isVisible()), 'list and item stand side by side');
    await page.locator('.step-back').tap();
    await reached(page, /^\/decisions$/);
    for (const [name, address] of await places(page)) {
      await page.goto(base + address);
      await page.locator('main :is(h1, h2, h3):visible').first().waitFor();
      await page.waitForTimeout(300);
      const wide = await sideways(page);
      sure(!wide, `${name} scrolls sideways: ${wide}`);
    }
    await quiet(page);
  },

  /** The server goes away for a while: it is said, nothing is lost, and it comes back by itself. */
  async outage(browser) {
    const page = await inside(browser);
    await page.goto(`${base}/live`);
    await page.locator('.live-row').first().waitFor();
    await page.locator('.stream-dot.open').waitFor();
    const context = page.context();
    await context.setOffline(true);
    await page.locator('a[href="/deliveries"]').first().click();
    await page.locator('.problem').waitFor();
    await accessible(page, 'problem');
    await context.setOffline(false);
    await page.locator('.problem .button').click();
    await page.locator('.figures').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    await page.locator('.stream-dot.open').waitFor({ timeout: 20_000 });
    await page.keyboard.press('?');
    await page.locator('.key-sheet').waitFor();
    await accessible(page, 'key sheet');
    page.faults = page.faults.filter((fault) => !/ERR_INTERNET_DISCONNECTED|Failed to load/.test(fault));
    await quiet(page);
  },
};
