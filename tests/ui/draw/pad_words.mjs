// Prints, as JSON, what the pad's scripts say in each case. Its argument: the folder of the modules.

const pad = ["answer", "challenges", "hand_words", "reasons"].map((name) => `draw/drawing_pad/${name}.js`);
const names = [...pad, "shared/evidence.js", "shared/feature_maps/map_row.js", "shared/words.js"];
const modules = await Promise.all(names.map((name) => import(new URL(name, process.argv[2]))));
const {
  agreementText,
  CHALLENGES,
  damagedText,
  drawingTexts,
  ENDED,
  verdictText,
  keptText,
  learnedText,
  learningText,
  MapRow,
  shortNumber,
  strongestRegion,
} = Object.assign({}, ...modules);

const texts = [...Object.values(ENDED), shortNumber(NaN), damagedText(1), damagedText(2)];
for (const { goal, rule, judge } of CHALLENGES) texts.push(goal(), rule(), ...(judge ? [judge()] : []));
const verdicts = [
  { sure: true, kind: "sure" },
  { sure: true, kind: "likely" },
  { sure: false, reason: "[?]" },
];
const readings = verdicts.flatMap((verdict) => [0, 1].map((label) => ({ label, probabilities: [0.9, 0.1], verdict })));
texts.push(...readings.map(verdictText));
for (const one of readings) texts.push(...readings.map((other) => agreementText(one, other)));
for (const read_as of [3, 4, null]) {
  texts.push(keptText(3, true, read_as), keptText(3, false, read_as), ...Object.values(drawingTexts(3, read_as)));
}
for (const state of ["queued", "running"]) {
  for (const position of [0, 2, 3]) texts.push(learningText({ state, position, done: 0.5 }));
}
for (const mine of [true, false]) {
  texts.push(learnedText({ own: 8, others: 1000, after: { own: 7, others: 990 }, mine }));
  for (const [before, after] of [
    [5, 8],
    [8, 5],
    [8, 8],
    [5, 5],
  ]) {
    const found = {
      before: { own: before, others: 999 },
      after: { own: after, others: 990 },
      own: 8,
      others: 1000,
      mine,
    };
    texts.push(learnedText(found));
  }
}
for (let place = 0; place < 9; place++) {
  const evidence = Object.assign(
    Int8Array.from({ length: 9 }, (_, index) => (index === place ? 9 : 1)),
    { shape: [3, 3] },
  );
  texts.push(strongestRegion(evidence, 1));
}
for (const isVector of [true, false]) texts.push(MapRow.prototype.tileName.call({ isVector }, 4));
console.log(JSON.stringify(texts));
