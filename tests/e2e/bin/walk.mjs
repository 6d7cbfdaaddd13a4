// SPDX-License-Identifier: Apache-2.0
// Walks the address that a program wanted a person to open; what happened goes to the log that the
// test reads when something fails.
import { appendFileSync } from 'node:fs';
import { Browser } from '../lib/browser.mjs';

const settings = JSON.parse(process.env.GATEHOUSE_E2E_BROWSER);
const address = process.argv.slice(2).find((argument) => /^https?:/.test(argument));
const browser = new Browser(settings);
let end;
try {
  const page = await browser.open(address);
  end = `ended at ${page.url} ${page.status} ${page.text.slice(0, 200)}`;
} catch (error) {
  end = `failed: ${error.stack}`;
}
appendFileSync(settings.log, `opened ${address}${browser.trail()}\n${end}\n`);
