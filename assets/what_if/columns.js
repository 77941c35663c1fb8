/* The columns behind a flat model's encoders and scalers, each made of one input. */

/* One item a column: { feature, categories, turns, at(value), near(threshold) }.

   feature: the input it is made of; categories: how many there are where the value is the place of
   a category, else 0; turns: whether it falls as its input rises; at: what stands in it;
   near: about which value of the input gives this number. */
export function inputColumns(flat) {
  const sources = flat.encoding ? flat.encoding.sources : Array.from(Array(flat.n_features).keys());
  return sources.map(function (feature, column) {
    const table = flat.encoding ? flat.encoding.tables[column] : null;
    const steps = flat.steps.map((step) => columnStep(step, column));
    const back = steps.slice().reverse();
    return {
      feature: feature,
      categories: table ? table.length : 0,
      turns: steps.filter((step) => step.turns).length % 2 === 1,
      at: (value) => steps.reduce((x, step) => step.forth(x), table ? table[value] : value),
      near: (number) => back.reduce((x, step) => step.back(x), number),
    };
  });
}

/* What a step does to one column, and about how to undo it. */
function columnStep(step, column) {
  const [low, high] = step.values;
  const number = step.values[column];
  switch (step.operation) {
    case "subtract":
      return { forth: (x) => x - number, back: (y) => y + number };
    case "add":
      return { forth: (x) => x + number, back: (y) => y - number };
    case "multiply":
      return { forth: (x) => x * number, back: (y) => y / number, turns: number < 0 };
    case "divide":
      return { forth: (x) => x / number, back: (y) => y * number, turns: number < 0 };
    default:
      return { forth: (x) => Math.min(high, Math.max(low, x)), back: (y) => y };
  }
}
