// The picture of the README: the Live page with a decision open beside it.
import { base, open } from './browser.mjs';

export async function picture(browser, state, path) {
  const page = await open(browser, { state, width: 1280, height: 800 });
  await page.goto(`${base}/live`);
  await page.locator('.live-row').first().waitFor();
  // Wait for a moment worth a picture: something held or warned among the first lines.
  const worth = () => page.evaluate(() => [...document.querySelectorAll('.live-row')].slice(2, 9).some((row) => row.matches('.v-hold, .v-warn, .v-block')));
  for (let tries = 0; tries < 300 && !(await worth()); tries += 1) await page.waitForTimeout(100);
  await page.keyboard.press('Space');
  await page.evaluate(() => [...document.querySelectorAll('.live-row')].find((row) => row.matches('.v-hold, .v-warn, .v-block'))?.querySelector('button')?.click());
  await page.locator('.peek').waitFor();
  await page.waitForTimeout(600);
  await page.screenshot({ path });
  await page.context().close();
}
