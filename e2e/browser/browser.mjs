// Starts the browser and signs in; what every journey stands on.
import { chromium } from 'playwright-core';

export const base = (process.env.BASE_URL ?? 'http://127.0.0.1:4180').replace(/\/$/, '');
const login = process.env.LOGIN ?? 'mina';
const password = process.env.PASSWORD ?? 'lookout';

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: FLAGS });
}

/** A page of its own: language, theme and size as asked, noise of the page kept for the report. */
export async function open(browser, { language = 'en', theme = 'light', width = 1280, height = 800, state, welcomed = true } = {}) {
  const context = await browser.newContext({
    viewport: { width, height }, colorScheme: theme, locale: { en: 'en-GB', fr: 'fr-FR', 'zh-Hans': 'zh-CN' }[language], timezoneId: 'Asia/Singapore',
    ...(width < 500 ? { hasTouch: true, isMobile: true, deviceScaleFactor: 2 } : {}), ...(state ? { storageState: state } : {}),
  });
  await context.addInitScript(([tag, seen]) => {
    try {
      if (!localStorage.getItem('vigie.language')) localStorage.setItem('vigie.language', tag);
      if (seen) localStorage.setItem('vigie.welcomed', 'yes');
    } catch { /* about:blank has no storage */ }
  }, [language, welcomed]);
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && !/status of (401|404|409|422)/.test(message.text()) && page.faults.push(message.text()));
  return page;
}

/** Signs in with the keyboard alone. */
export async function signIn(page) {
  await page.goto(`${base}/`);
  await page.locator('input[name=login]').waitFor();
  await page.locator('input[name=login]').focus();
  await page.keyboard.type(login);
  await page.keyboard.press('Tab');
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
  await page.locator('nav.rail').waitFor();
}

/** The signed-in state, to be shared by many pages without another sign-in. */
export async function signedIn(browser) {
  const page = await open(browser);
  await signIn(page);
  const state = await page.context().storageState();
  await page.context().close();
  return { ...state, origins: [] };
}
