/* Numbers as people read them: no digit too few to be true, none too many. */

const MOST_MORE_DECIMALS = 6;

/* A value of a feature with its decimals, or with as many more as are needed to be that very
   number; of a category its text. */
export function exactText(feature, value) {
  if (feature.categories) return feature.categories[value];
  return decimalText(value, feature.decimals, (shown) => shown === value);
}

/* The same, but for what arithmetic leaves behind: 1.8650000000000002 is 1.865. */
export function plainText(feature, value) {
  if (feature.categories) return feature.categories[value];
  const near = Math.abs(value) * 1e-9;
  return decimalText(value, feature.decimals, (shown) => Math.abs(shown - value) <= near);
}

/* How much there is between two texts of numbers, with its sign and the longer one's decimals. */
export function differenceText(from, to) {
  const places = Math.max(...[from, to].map((text) => (text.split(".")[1] || "").length));
  const difference = (numberOfText(to) - numberOfText(from)).toFixed(places);
  return difference.startsWith("-") ? "−" + difference.slice(1) : "+" + difference;
}

/* A share in percent, with a digit after the point where it is small. */
export function percentText(share) {
  return `${(share * 100).toFixed(share < 0.0995 ? 1 : 0)} %`;
}

function decimalText(value, decimals, enough) {
  for (let more = 0; more < MOST_MORE_DECIMALS; more++) {
    const text = value.toFixed(decimals + more);
    if (enough(Number(text))) return text.replace("-", "−");
  }
  const longest = value.toFixed(Math.min(100, decimals + MOST_MORE_DECIMALS));
  return (enough(Number(longest)) ? longest : String(value)).replace("-", "−");
}

function numberOfText(text) {
  return Number(text.replace("−", "-"));
}
