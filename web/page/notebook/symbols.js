/** Names in code that stand for a symbol of the formulas and share its colour. */
const CLASSES = {
  x_0: 'sym-x0',
  x_0_hat: 'sym-x0',
  x_t: 'sym-xt',
  x_T: 'sym-xt',
  eps: 'sym-eps',
  eps_hat: 'sym-eps',
  alpha_bar: 'sym-abar',
  sqrt_alpha_bar: 'sym-abar',
  sqrt_one_minus_alpha_bar: 'sym-abar',
};

export const symbolPattern = new RegExp(`\\b(?:${Object.keys(CLASSES).join('|')})\\b`, 'g');

/** @param {string} name @returns {string} '' if it is no symbol */
export const symbolClass = (name) => /** @type {Record<string, string>} */ (CLASSES)[name] ?? '';
