import { chromium, type Browser, type Page } from 'playwright-core';

/** The Temporal Web UI in a real browser, used as an operator uses it: with the mouse and the keyboard. */
export interface WebUi {
  /** The text of the current details of a workflow, as its page shows them. */
  readonly details: (url: string) => Promise<string>;
  readonly sendSignal: (url: string, name: string, input: string) => Promise<void>;
  /** Reloads the page of the workflow until it shows the text. */
  readonly shows: (url: string, text: RegExp, msMax?: number) => Promise<void>;
  readonly screenshot: (path: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

const actionMsMax = 20_000;
const reloadMs = 1_000;

export async function openWebUi(executablePath: string): Promise<WebUi> {
  // Chromium refuses its sandbox to root, and containers often have none.
  const browser: Browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width: 1400, height: 1100 } });
  page.setDefaultTimeout(actionMsMax);
  return {
    async details(url) {
      await openDetails(page, url);
      return detailsText(page, /Digest:|Phase:|Closed:/);
    },
    async sendSignal(url, name, input) {
      await page.goto(url);
      await page.getByRole('button', { name: 'More Actions' }).click();
      await page.getByRole('menuitem', { name: 'Send a Signal' }).click();
      await page.getByRole('button', { name: 'Select a signal' }).click();
      await page
        .getByRole('option', { name: new RegExp(name) })
        .first()
        .click();
      const dialog = page.getByRole('dialog');
      const editor = dialog.locator('.cm-content').last();
      await editor.fill(input);
      // Leaving the box formats its text and moves the button; people have to click beside it once, too.
      await editor.blur();
      const submit = dialog.getByRole('button', { name: 'Submit' });
      await submit.click();
      await dialog.waitFor({ state: 'hidden' });
    },
    async shows(url, text, msMax = 60_000) {
      const untilMs = Date.now() + msMax;
      for (;;) {
        await page.goto(url);
        await page.getByRole('button', { name: 'More Actions' }).or(page.getByText('Completed')).first().waitFor();
        if (text.test(await page.locator('body').innerText())) return;
        if (Date.now() > untilMs) throw new Error(`${url} does not show ${text}`);
        await page.waitForTimeout(reloadMs);
      }
    },
    async screenshot(path) {
      await page.screenshot({ path, fullPage: true });
    },
    close: () => browser.close(),
  };
}

async function openDetails(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByText('User Metadata').first().click();
}

/** Markdown is shown inside frames; what they hold appears when a worker has answered. */
async function detailsText(page: Page, complete: RegExp): Promise<string> {
  const untilMs = Date.now() + actionMsMax;
  for (;;) {
    const texts = await Promise.all(
      page.frames().map((frame) =>
        frame
          .locator('body')
          .innerText()
          .catch(() => ''),
      ),
    );
    const text = texts.join('\n');
    if (complete.test(text)) return text;
    if (Date.now() > untilMs) throw new Error(`no current details within ${actionMsMax} ms:\n${text}`);
    await page.waitForTimeout(200);
  }
}
