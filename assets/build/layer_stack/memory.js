// What a browser remembers about the Build page: small values, by name.

const PREFIX = "cnnlab.build.";

// The kept value; `otherwise` if there is none, or if the browser keeps nothing.
export function kept(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // no storage: it lasts as long as the page
  }
}
