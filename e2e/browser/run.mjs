// Browser journeys through the console of a running server: BASE_URL, LOGIN, PASSWORD, CHROMIUM from the environment.
//   node run.mjs [--no-shots] [--only live,rules] [--languages en] [--themes light] [--widths 1280] [--readme ../../docs/console.png] [--journeys NAME]
// Prints one JSON line {passed, failed, screenshots, failures}; exits 1 when anything failed.
import { launch, signedIn } from './browser.mjs';
import { journeys } from './journeys.mjs';
import { shoot } from './shots.mjs';
import { picture } from './picture.mjs';

const flag = (name) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : (process.argv[at + 1] ?? '');
};

const narrowed = () => Object.fromEntries(Object.entries({
  only: flag('only')?.split(','), languages: flag('languages')?.split(','), themes: flag('themes')?.split(','), widths: flag('widths')?.split(',').map(Number),
}).filter(([, value]) => value !== undefined));

const browser = await launch();
const failures = [];
let passed = 0;
let screenshots = 0;
try {
  const readme = flag('readme');
  if (readme !== undefined) {
    await picture(browser, await signedIn(browser), readme || new URL('../../docs/console.png', import.meta.url).pathname);
    screenshots += 1;
    passed += 1;
  } else {
    const wanted = flag('journeys');
    for (const [name, walk] of Object.entries(journeys)) {
      if (wanted !== undefined && !wanted.split(',').includes(name)) continue;
      const began = Date.now();
      try {
        await walk(browser);
        passed += 1;
        process.stderr.write(`ok      ${name} ${Date.now() - began} ms\n`);
      } catch (cause) {
        failures.push(`${name}: ${String(cause?.message ?? cause).split('\n').slice(0, 6).join(' | ')}`);
        process.stderr.write(`FAILED  ${failures.at(-1)}\n`);
      }
    }
    if (!process.argv.includes('--no-shots')) {
      const { taken, faults } = await shoot(browser, await signedIn(browser), narrowed());
      screenshots = taken.length;
      passed += taken.length - faults.length > 0 ? 1 : 0;
      failures.push(...faults);
    }
  }
} catch (cause) {
  failures.push(String(cause?.message ?? cause).split('\n')[0]);
} finally {
  await browser.close().catch(() => undefined);
}
process.stdout.write(`${JSON.stringify({ passed, failed: failures.length, screenshots, failures })}\n`);
process.exitCode = failures.length ? 1 : 0;
