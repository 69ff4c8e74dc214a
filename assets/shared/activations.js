// The activations as functions of one number, by the kind of layer, once they have the layer's settings.

const SCALE = 1.0507;
const ALPHA = 1.67326;

const sigmoid = (x) => 1 / (1 + Math.exp(-x));

// The share of a standard normal distribution below x (Abramowitz & Stegun 26.2.17, good to seven digits).
function normalShare(x) {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const above = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * tail;
  return x < 0 ? above : 1 - above;
}

export const ACTIVATIONS = {
  ReLU: () => (x) => Math.max(0, x),
  LeakyReLU:
    ({ negative_slope: slope }) =>
    (x) =>
      x < 0 ? slope * x : x,
  ELU: () => (x) => (x < 0 ? Math.expm1(x) : x),
  SELU: () => (x) => SCALE * (x < 0 ? ALPHA * Math.expm1(x) : x),
  GELU: () => (x) => x * normalShare(x),
  SiLU: () => (x) => x * sigmoid(x),
  Sigmoid: () => sigmoid,
  Tanh: () => Math.tanh,
};
