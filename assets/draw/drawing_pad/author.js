// Whose drawings are one's own, the browser knows by a random key.

const AUTHOR = "cnnlab.author"; // in the browser's storage

let passing = ""; // the author's name where nothing can be stored: as long as the page is open

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
    return (passing ||= made());
  }
}
