// What is asked: a method, a class, and the class to compare it with. What a person chose is in the page's address,
// `?method=grad-cam&target=9&against=4`; without it the answer is compared with the runner-up.

export const USUAL = "integrated-gradients";
const NAMES = ["method", "target", "against"];

// All classes, the likeliest first.
export function ranked(probabilities) {
  return Array.from(probabilities.keys()).sort((one, other) => probabilities[other] - probabilities[one]);
}

// chosen: { method, target, against }, null for what is usual. Without a second class against is null.
export function questionOf({ method, target, against }, probabilities) {
  const order = ranked(probabilities);
  const label = target ?? order[0];
  const rivals = order.filter((index) => index !== label);
  const rival = rivals.includes(against) ? against : (rivals[0] ?? null);
  return { method: method ?? USUAL, target: label, against: rival };
}

// What an address asks for; what does not exist is left out.
export function chosenIn(parameters, methods, classes) {
  const label = (text) => (/^\d{1,6}$/.test(text ?? "") && Number(text) < classes ? Number(text) : null);
  const method = parameters.get("method");
  return {
    method: methods.includes(method) ? method : null,
    target: label(parameters.get("target")),
    against: label(parameters.get("against")),
  };
}

export function writeAddress(chosen) {
  const address = new URL(location.href);
  for (const name of NAMES) {
    if (chosen[name] === null) address.searchParams.delete(name);
    else address.searchParams.set(name, chosen[name]);
  }
  if (address.href !== location.href) history.replaceState(history.state, "", address);
}
