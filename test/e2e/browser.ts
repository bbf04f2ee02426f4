import { existsSync } from "node:fs";
import type { Context } from "mocha";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";

/** Starts Debian's Chromium without a window; the test is skipped, with the reason, where it is absent. */
export async function startChromium(context: Context): Promise<Browser> {
  if (!existsSync(CHROMIUM)) {
    console.log(`      skipped: ${CHROMIUM} is not on this machine (apt-get install chromium)`);
    context.skip();
  }
  return chromium.launch({
    executablePath: CHROMIUM,
    // Nothing but the page under test: no sandbox for root, no calls to the browser's maker.
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Collects what a page complains about: errors on its console, uncaught errors, and what could not be loaded. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`console: ${message.text()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
  });
  return complaints;
}

/** The editor takes no click for another dialog while it still builds the one before (`buildingEditDialog`). */
export async function pressUntil(form: Locator, press: () => Promise<void>): Promise<void> {
  for (let tries = 0; tries < 3; tries++) {
    await press();
    const isOpen = await form.waitFor({ timeout: 20_000 }).then(
      () => true,
      () => false,
    );
    if (isOpen) return;
  }
  await form.waitFor();
}

/** Holds the answer to a page's request back. @returns what lets it go */
export async function held(page: Page, url: string): Promise<() => void> {
  let answer = () => {};
  const wait = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route(url, async (route) => {
    await wait;
    await route.continue();
  });
  return answer;
}
