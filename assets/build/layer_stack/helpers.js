// What every part of the stack uses.

function node(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setDisabled(button, disabled) {
  button.setAttribute("aria-disabled", String(disabled)); // a button that is `disabled` would lose the focus
}

// Streamlit's bar lies over the page: what sticks to the top has to stick below it.
function headerHeight() {
  return document.querySelector('[data-testid="stHeader"]')?.offsetHeight ?? 0;
}

function scrollerOf(element) {
  for (let at = element; at; at = at.parentElement ?? at.getRootNode().host) {
    if (/auto|scroll/.test(getComputedStyle(at).overflowY) && at.scrollHeight > at.clientHeight) return at;
  }
  return document.scrollingElement;
}

const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const touch = matchMedia("(pointer: coarse)");

// A question to the bench's own routes (cnnlab/ui/build/editor_routes.py). Answers are JSON, or bytes for `unpack`.
async function ask(what, wish, signal) {
  const body = JSON.stringify(wish);
  const headers = { "Accept-Language": LANGUAGE };
  let response;
  try {
    response = await fetch(new URL(`api/bench/${what}`, document.baseURI), { method: "POST", headers, body, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error(_("The server does not answer."));
  }
  const json = response.headers.get("content-type")?.startsWith("application/json");
  const answer = json ? await response.json() : response.ok ? await response.arrayBuffer() : {};
  if (response.ok) return answer;
  throw Object.assign(new Error(answer.error ?? _("The server answers {status}.", { status: response.status })), { status: response.status });
}
