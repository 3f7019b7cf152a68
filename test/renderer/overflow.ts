import type { Page } from 'playwright-core';

/** Elements whose content is wider than they are without an ellipsis for it, and a page that scrolls sideways. */
export function overflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width) found.push('page');
    for (const element of document.querySelectorAll<HTMLElement>('body *')) {
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      const untrusted =
        element.closest('.copyable') !== null || element.querySelector('.copyable') !== null;
      const hidden = element.closest('.sr-only, .rail-words, svg') !== null || box.width === 0;
      if (hidden) continue;
      if (box.right > width + 1 || box.left < -1) {
        if (element.closest('.copyable') === null)
          found.push(`${element.tagName} ${element.className} leaves the page`);
      }
      if (
        !untrusted &&
        style.overflowX !== 'visible' &&
        element.scrollWidth > element.clientWidth + 1
      ) {
        found.push(`${element.tagName} "${element.innerText.slice(0, 30)}" is cut off`);
      }
    }
    return found;
  });
}
