// How the answer is attacked. It is in the page's address: `?method=fgsm&strength=12&goal=3`, what is usual left out.

export const METHODS = ["pgd", "fgsm"];
const USUAL = { method: "pgd", strength: 16, goal: null };

// What an address says, else what was set before; what does not exist for this network is left out. goal: a class by
// its number; null: any other answer. against: a second network by its key; empty: none.
export function settingsIn(parameters, { limit, classes, rivals }, before = { ...USUAL, against: "" }) {
  const method = METHODS.find((each) => each === parameters.get("method")) ?? before.method;
  const strength = whole(parameters.get("strength"), limit + 1) ?? before.strength;
  const goal = whole(parameters.get("goal"), classes.length) ?? whole(before.goal, classes.length);
  const against = rivals.some(({ key }) => key === before.against) ? before.against : "";
  return { method, strength, goal, against };
}

function whole(text, end) {
  return /^\d{1,3}$/.test(text ?? "") && Number(text) < end ? Number(text) : null;
}

export function writeSettings(settings) {
  const address = new URL(location.href);
  for (const [name, usual] of Object.entries(USUAL)) {
    if (settings[name] === usual) address.searchParams.delete(name);
    else address.searchParams.set(name, settings[name]);
  }
  if (address.href !== location.href) history.replaceState(history.state, "", address);
}
