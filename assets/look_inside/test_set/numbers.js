// How shares are written in this view.

// 0.9765 as "97.7 %"; only what is all is 100 %, and only nothing is 0 %.
export function percent(share) {
  return `${figure(share)}\u00a0%`;
}

// The same without the sign.
export function figure(share) {
  if (share === 0 || share === 1) return String(100 * share);
  return Math.min(99.9, Math.max(0.1, 100 * share)).toFixed(1);
}
