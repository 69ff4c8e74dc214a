// A random key by which the browser recognizes its user's own drawings.

const AUTHOR = "cnnlab.author"; // in the browser's storage

let temporary = ""; // the key if nothing can be stored: as long as the page is open

export function authorOf() {
  const made = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(8)), (part) => part.toString(16).padStart(2, "0")).join("");
  try {
    const known = localStorage.getItem(AUTHOR);
    if (/^[0-9a-f]{16}$/.test(known)) return known;
    const fresh = made();
    localStorage.setItem(AUTHOR, fresh);
    return fresh;
  } catch {
    return (temporary ||= made());
  }
}
