/** The service worker: the site without a network, and threads where the server sends no headers for them. */

/** A page is loaded again once in a tab, to be isolated. */
const ONCE = 'loaded again';

function notYet() {
  try {
    if (sessionStorage.getItem(ONCE)) return false;
    sessionStorage.setItem(ONCE, 'yes');
    return true;
  } catch {
    return false; // Nothing can be noted here, so it could happen for ever.
  }
}

/** @param {{reload: boolean}} options reload: whether the page may be loaded again, before the reader has touched it */
export async function setUpOffline({ reload }) {
  if (import.meta.env.DEV || !('serviceWorker' in navigator)) return;
  const came = navigator.serviceWorker.controller;
  let touched = false;
  for (const type of ['pointerdown', 'keydown'])
    addEventListener(
      type,
      () => {
        touched = true;
      },
      { once: true, capture: true },
    );
  if (document.readyState !== 'complete') await new Promise((loaded) => addEventListener('load', loaded));
  try {
    const script = new URL(/* @vite-ignore */ '../service-worker.js', import.meta.url);
    if (came?.scriptURL === script.href) {
      // By themselves browsers look for a new version when they see fit.
      await (await navigator.serviceWorker.getRegistration(script))?.update();
    } else await navigator.serviceWorker.register(script, { updateViaCache: 'none' });
    await navigator.serviceWorker.ready;
  } catch {
    return; // Some private windows refuse it, or the server is out of reach: the site works as it is.
  }
  if (reload && !crossOriginIsolated && !came && !touched && notYet()) location.reload();
}
