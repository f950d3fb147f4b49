// The picture of the README: the Live page with a decision open beside it.
import { base, open } from './browser.mjs';

export async function picture(browser, state, path) {
  const page = await open(browser, { state, width: 1280, height: 800 });
  await page.goto(`${base}/live`);
  await page.locator('.live-row').first().waitFor();
  await page.waitForTimeout(1500);
  await page.keyboard.press('Space');
  await page.locator('.live-row.v-hold > button, .live-row.v-warn > button, .live-row > button').first().click();
  await page.locator('.peek').waitFor();
  await page.waitForTimeout(400);
  await page.screenshot({ path });
  await page.context().close();
}
