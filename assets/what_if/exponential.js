/* e to a power, in the bits of the servers where scikit-learn answers.

   Math.exp depends on the browser: in Chromium 156 for Linux it is the C library's, in Node 20 the
   last place is another one for a tenth of all numbers. Servers have two: the C library's, for
   probabilities of two classes, and, where the processor has AVX-512, numpy's own for those of
   more classes, which differs from it in the last place for one number in twenty. Both take
   e**x = 2**m 2**(k / n) e**r, the second factor from a table and the third, with a small r, from a
   polynomial. Both round a product and the sum that it is part of at once, which is imitated. */

const POWER_BITS = 200n; // after the point, while the table is made
const POWERS = powersOfTwo(7);
const DOUBLE = new Float64Array(1);
const DOUBLE_WORDS = new Uint32Array(DOUBLE.buffer); // low word first, as everywhere

/* e**x as the GNU C library has it since 2.28 on processors with fused operations.

   Equal in every bit where x > -512; below that to one place.
   Source of the numbers and of their order: glibc, sysdeps/ieee754/dbl-64/e_exp.c. */
export function exponential(x) {
  if (x > 710) return Infinity;
  if (x < -746) return 0;
  const shift = 1.5 * 2 ** 52; // what is added to it is rounded to a whole number
  const steps = fused(184.6649652337873, x, shift) - shift;
  const r = fused(steps, -1.2864023111638346e-14, fused(steps, -0.005415212348111709, x));
  const k = steps - 128 * Math.floor(steps / 128);
  const square = r * r;
  const middle = fused(r, 0.16666666666665886, 0.49999999999996786);
  const high = fused(r, 0.008333335853059549, 0.0416666808410674);
  const low = fused(square, middle, POWERS.missing[k] + r);
  return powerGrown(k, fused(square * square, high, low), (steps - k) / 128);
}

/* e**x as numpy has it on processors with AVX-512.

   Equal in every bit where |x| < 707; beyond that to one place.
   Source of the numbers and of their order: github.com/numpy/SVML, svml_z0_exp_d_ha.s. */
export function vectorExponential(x) {
  if (!(Math.abs(x) < 707)) return exponential(x);
  const steps = Math.floor(x * 1.4426950408889634 * 16);
  const r = fused(steps / -16, 2.3190468138462996e-17, fused(steps / -16, 0.6931471805599453, x));
  const k = steps - 16 * Math.floor(steps / 16);
  const square = r * r;
  const low = fused(r, 0.5000000000059126, 0.999999999999984);
  const middle = fused(r, 0.0416667205488057, 0.1666666658485894);
  const high = fused(r, 0.0014193283516881214, 0.008331512908898442);
  const slope = fused(square, fused(square, high, middle), low);
  return powerGrown(8 * k, fused(slope, r, POWERS.missing[8 * k]), (steps - k) / 16);
}

/* 2**(k / 128 + exponent), grown by a share of itself. */
function powerGrown(k, growth, exponent) {
  const grown = fused(POWERS.rounded[k], growth, POWERS.rounded[k]);
  const half = Math.trunc(exponent / 2); // 2**1024 is no number, though a result may be
  return grown * 2 ** half * 2 ** (exponent - half);
}

/* a b + c, rounded once; for numbers of ordinary size.

   Source: S. Boldo, G. Melquiond, Emulation of a FMA and correctly rounded sums: proved algorithms
   using rounding to odd, IEEE Transactions on Computers 57(4), 2008. */
function fused(a, b, c) {
  const product = a * b;
  const rest = productError(a, b, product);
  const small = c + rest;
  const sum = product + small;
  return sum + roundedToOdd(sumError(c, rest, small), sumError(product, small, sum));
}

/* What a + b has more than its rounded sum (Knuth). */
function sumError(a, b, sum) {
  const part = sum - a;
  return a - (sum - part) + (b - part);
}

/* What a b has more than its rounded product (Dekker, Veltkamp). */
function productError(a, b, product) {
  const aHigh = 134217729 * a - (134217729 * a - a);
  const bHigh = 134217729 * b - (134217729 * b - b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/* a + b; where it lies between two numbers, that of the two whose last bit is 1. */
function roundedToOdd(a, b) {
  const sum = a + b;
  const rest = sumError(a, b, sum);
  DOUBLE[0] = sum;
  if (rest === 0 || DOUBLE_WORDS[0] % 2 === 1) return sum;
  if (rest > 0 === sum > 0) DOUBLE_WORDS[0] += 1;
  else {
    if (DOUBLE_WORDS[0] === 0) DOUBLE_WORDS[1] -= 1;
    DOUBLE_WORDS[0] -= 1;
  }
  return DOUBLE[0];
}

/* 2**(k / 2**bits) for every k below 2**bits: rounded, and the share of it that is missing. */
function powersOfTwo(bits) {
  const one = 1n << POWER_BITS;
  let root = 2n * one;
  for (let i = 0; i < bits; i++) root = squareRoot(root);
  const rounded = new Float64Array(2 ** bits);
  const missing = new Float64Array(2 ** bits);
  let power = one;
  for (let k = 0; k < rounded.length; k++) {
    const near = Number(power);
    rounded[k] = near / Number(one);
    missing[k] = Number(((power - BigInt(near)) << POWER_BITS) / BigInt(near)) / Number(one);
    power = (power * root) >> POWER_BITS;
  }
  return { rounded: rounded, missing: missing };
}

/* Of a number below 4, with POWER_BITS bits after the point; by Newton's method, from above. */
function squareRoot(number) {
  let root = 2n << POWER_BITS;
  for (;;) {
    const next = (root + (number << POWER_BITS) / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
