// The search for the smallest strength of an attack, a few strengths at a time, so that it can be followed and ended.

// narrow({ low, high }): asks the lab, returns what is known then. tell(done, total): how many strengths are decided.
// Returns the strength, or limit + 1 if none up to the limit reaches the goal.
export async function smallest(narrow, limit, tell) {
  let known = { low: -1, high: limit + 1, decided: false };
  tell(0, limit + 1);
  while (!known.decided) {
    known = await narrow({ low: known.low, high: known.high });
    tell(limit + 2 - (known.high - known.low), limit + 1);
  }
  return known.high;
}
