// The moving picture of each kind of layer, with the settings of its card.

import { ACTIVATIONS } from "../../../shared/activations.js";
import { inception, residual, squeeze } from "./blocks.js";
import { curve } from "./curves.js";
import { dense, flatten, softmax } from "./dense.js";
import { dropout, mapDropout } from "./dropout.js";
import { KINDS as NORMALIZATIONS, normalization } from "./normalization.js";
import { adaptivePooling, averagePooling, maxPooling } from "./pooling.js";
import { convolution, depthwise, separable } from "./sliding.js";

const FILMS = {
  Conv2d: convolution,
  DepthwiseConv2d: (values) => depthwise(values),
  SeparableConv2d: separable,
  MaxPool2d: maxPooling,
  AvgPool2d: averagePooling,
  AdaptiveAvgPool2d: adaptivePooling,
  Flatten: flatten,
  Linear: dense,
  Softmax: softmax,
  Dropout: dropout,
  Dropout2d: mapDropout,
  Residual: residual,
  Inception: inception,
  SqueezeExcitation: squeeze,
};
for (const kind of Object.keys(ACTIVATIONS)) FILMS[kind] = (values) => curve(kind, values);
for (const kind of NORMALIZATIONS) FILMS[kind] = () => normalization(kind);

// The film of a kind with these values of its fields; null for a kind that has none.
export function filmOf(kind, values) {
  return FILMS[kind]?.(values) ?? null;
}
