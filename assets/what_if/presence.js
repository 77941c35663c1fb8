/* Listeners on document and window go when the page that added them does. */

const present = { controller: null };

/* A signal for the listeners of a page that is being drawn; it ends when one is drawn again. */
export function signalOfPage() {
  if (present.controller) present.controller.abort();
  present.controller = new AbortController();
  return present.controller.signal;
}
