/* How far to trust an answer: calibrated, in a set that covers, and whether such rows were seen. */

const CONFIDENCE_STEPS = 200;
const USUAL_SHARE = 0.05;
const RARE_SHARE = 0.01;

/* What judges answers, from the document's `trust`; what it does not hold is null, and the nearest
   rows are known wherever the document has real rows.

   Gives {
     calibrated(probabilities) -> probabilities or null,
     predictionSet(probabilities, confidence) -> class indices or null,   of classifiers
       never empty: where no class is likely enough, it is the most probable one,
     isEmpty(probabilities, confidence) -> whether that is so,
     interval(value, confidence) -> [low, high] or null,                  of regressors
     coverage(confidence) -> what was measured, or null,
     plausibility(row) -> { verdict: "usual" | "unusual" | "unlike any", share, distance } or null,
       share: how much of the training rows lie farther out than this one,
     nearest(row, count) -> [{ index, distance }] of the document's real rows, the nearest first;
       distance: root mean square of the differences in standard deviations, a feature each
   } */
export function openTrust(page) {
  const known = page.trust || {};
  const cloud = known.plausibility ? openClouds(known.plausibility) : null;
  const nearest = openNearest(page.features, page.sample.rows);
  function limits(confidence) {
    const place = Math.ceil(confidence * CONFIDENCE_STEPS - 1e-9) - 1;
    return known.conformal.thresholds.map(function (list) {
      const value = list[place];
      return value === null || value === undefined ? Infinity : value;
    });
  }
  function likely(probabilities, confidence) {
    const ends = limits(confidence);
    return probabilities.flatMap(function (p, i) {
      return 1 - p <= ends[ends.length > 1 ? i : 0] ? [i] : [];
    });
  }
  return {
    calibrated: (probabilities) =>
      known.calibration ? temperatureScaled(probabilities, known.calibration) : null,
    predictionSet: function (probabilities, confidence) {
      if (!known.conformal) return null;
      const found = likely(probabilities, confidence);
      return found.length ? found : [probabilities.indexOf(Math.max(...probabilities))];
    },
    isEmpty: (probabilities, confidence) =>
      Boolean(known.conformal) && !likely(probabilities, confidence).length,
    interval: function (value, confidence) {
      if (!known.conformal) return null;
      const half = limits(confidence)[0];
      return [value - half, value + half];
    },
    coverage: function (confidence) {
      const measured = known.conformal ? known.conformal.coverage : [];
      return measured.find((found) => found.promised === confidence) || null;
    },
    plausibility: (row) => (cloud ? cloud(row) : null),
    nearest: nearest,
  };
}

/* Temperature scaling: (p + floor)^exponent, divided by their sum. */
function temperatureScaled(probabilities, map) {
  if (map.exponent === 1 && map.floor === 0) return Array.from(probabilities);
  const logs = probabilities.map((p) => map.exponent * Math.log(p + map.floor));
  const highest = Math.max(...logs);
  const raised = logs.map((value) => Math.exp(value - highest));
  const sum = raised.reduce((total, value) => total + value, 0);
  return raised.map((value) => value / sum);
}

/* Scores a row by the clouds of the training rows (store/trust.py has the formula). */
function openClouds(known) {
  const z = new Float64Array(known.features.length);
  const clouds = known.clouds.map((cloud) => ({
    weight: cloud.log_weight,
    mean: Float64Array.from(cloud.mean),
    upper: Float64Array.from(cloud.upper),
  }));
  function score(row) {
    let alone = 0;
    known.features.forEach(function (feature, i) {
      z[i] = (row[feature] - known.center[i]) / known.scale[i];
      const far = Math.abs(z[i]);
      alone += far <= known.bend ? (far * far) / 2 : known.bend * (far - known.bend / 2);
    });
    const logs = clouds.map((cloud) => cloud.weight - squaredDistance(z, cloud) / 2);
    const highest = Math.max(...logs);
    const sum = logs.reduce((total, value) => total + Math.exp(value - highest), 0);
    return -(highest + Math.log(sum)) - alone;
  }
  return function (row) {
    const distance = score(row);
    const share = known.scores.filter((other) => other >= distance).length / known.scores.length;
    const verdict =
      share >= USUAL_SHARE ? "usual" : share >= RARE_SHARE ? "unusual" : "unlike any";
    return { verdict: verdict, share: share, distance: distance };
  };
}

function squaredDistance(z, cloud) {
  let total = 0;
  let place = 0;
  for (let i = 0; i < z.length; i++) {
    let component = 0;
    for (let j = i; j < z.length; j++) component += cloud.upper[place++] * (z[j] - cloud.mean[j]);
    total += component * component;
  }
  return total;
}

/* Finds real rows near a row; a category that differs counts as one standard deviation. */
function openNearest(features, rows) {
  const width = features.length;
  const numbers = features.map((feature) => !feature.categories);
  const scale = features.map(function (feature, i) {
    return (numbers[i] && deviationOf(rows.map((row) => row[i]))) || 1;
  });
  const flat = Float64Array.from(rows.flatMap((row) => row));
  return function nearest(row, count) {
    const found = [];
    for (let index = 0; index < rows.length; index++) {
      let sum = 0;
      for (let i = 0; i < width; i++) {
        const apart = (flat[index * width + i] - row[i]) / scale[i];
        sum += numbers[i] ? apart * apart : apart ? 1 : 0;
      }
      const last = found[found.length - 1];
      if (found.length < count || sum < last.distance) {
        if (found.length === count) found.pop();
        let place = found.length;
        while (place && found[place - 1].distance > sum) place--;
        found.splice(place, 0, { index: index, distance: sum });
      }
    }
    for (const near of found) near.distance = Math.sqrt(near.distance / width);
    return found;
  };
}

function deviationOf(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
