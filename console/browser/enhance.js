// What pages gain from a little script. Everything works without it.

const YEAR = 365 * 24 * 60 * 60;

tellTimezone();
document.addEventListener('submit', askFirst);
for (const region of document.querySelectorAll('[data-refresh]')) keepFresh(region);

/** The page shows instants on the reader's clock from now on, this one included. */
function tellTimezone() {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  if (!timeZone || document.documentElement.dataset['timezone'] === timeZone) return;
  const cookie = `console_timezone=${timeZone}`;
  // The console has seen it and did not know it.
  if (document.cookie.split('; ').includes(cookie)) return;
  document.cookie = `${cookie}; path=/; max-age=${YEAR}; samesite=strict`;
  if (document.cookie.split('; ').includes(cookie)) location.reload();
}

/** @param {SubmitEvent} event */
function askFirst(event) {
  const { submitter, target } = event;
  const question =
    (submitter instanceof HTMLElement && submitter.dataset['confirm']) ||
    (target instanceof HTMLElement && target.dataset['confirm']);
  if (!question) return;
  if (!confirm(question)) return event.preventDefault();
  // The console asks whoever was not asked here.
  const answer = target instanceof HTMLFormElement && target.querySelector('input[name="confirmed"]');
  if (answer instanceof HTMLInputElement) answer.value = 'yes';
}

/**
 * Replaces a part of the page by what the server says now, every so many seconds, while anybody looks at it. It ends when
 * the new one no longer asks for it.
 *
 * @param {Element} region with an id
 */
function keepFresh(region) {
  const seconds = Number(region.getAttribute('data-refresh'));
  if (!(seconds > 0) || !region.id) return;
  setTimeout(async () => {
    const next = document.hidden || region.contains(document.activeElement) ? region : await latest(region);
    keepFresh(next);
  }, seconds * 1_000);
}

/**
 * @param {Element} region
 * @returns {Promise<Element>} what stands on the page from now on
 */
async function latest(region) {
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
    if (!answer.ok) return region;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const next = page.getElementById(region.id);
    if (!next) return region;
    region.replaceWith(next);
    return next;
  } catch {
    // The console is away for a moment.
    return region;
  }
}
