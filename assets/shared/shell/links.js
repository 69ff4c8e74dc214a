// The addresses of the screens, for a tab of their own.

const KEPT = ["present", "lang"]; // parameters of this tab's address that go with all screens

// The whole address of a screen: Streamlit's own one is relative, of the first screen empty, which would open this one
// again. `here`: this tab's address, which has one part after the server's.
export function addressOf(href, here) {
  const address = new URL(href, new URL(".", here));
  const wanted = new URL(here).searchParams;
  address.search = "";
  for (const name of KEPT) if (wanted.has(name)) address.searchParams.set(name, wanted.get(name));
  return address.href;
}

// Whether the browser is asked for another tab or window.
export function isForNewTab({ ctrlKey, metaKey, shiftKey }) {
  return ctrlKey || metaKey || shiftKey;
}
