// Requests to the lab's own routes.

import { LANGUAGE } from "./language.js";
import { unpack } from "./unpack.js";
import { _ } from "./words.js";

// POSTs to `api/ROUTE` and returns the response: JSON, an object of unpack(), or null if it is empty. The body is bytes
// (a Blob) or becomes JSON. Throws an Error in the viewer's language: if the lab refused the request, with its `status`
// and the other fields of the response; if the request was aborted, the browser's own AbortError. A request aborted
// because it takes too long (TimeoutError) counts as unanswered.
export async function ask(route, body, { query = "", signal } = {}) {
  const address = new URL(`api/${route}${query && `?${query}`}`, document.baseURI);
  const bytes = body instanceof Blob;
  const type = bytes ? "application/octet-stream" : "application/json";
  const response = await fetch(address, {
    method: "POST",
    body: bytes ? body : JSON.stringify(body),
    headers: { "Content-Type": type, "Accept-Language": LANGUAGE },
    signal,
  }).catch(noAnswer);
  if (!response.ok) throw await refusal(response);
  if (response.status === 204) return null;
  if (isJson(response)) return response.json().catch(noAnswer);
  return unpack(await response.arrayBuffer().catch(noAnswer));
}

function noAnswer(error) {
  throw error.name === "AbortError" ? error : new Error(_("The lab is not responding. Is it still running?"));
}

async function refusal(response) {
  const body = await response.json().catch(() => ({}));
  const message = body.error ?? _("The lab answered with {status}.", { status: response.status });
  return Object.assign(new Error(message), { status: response.status }, body);
}

function isJson(response) {
  return response.headers.get("content-type")?.startsWith("application/json");
}
