/** Completes `lab.` in the editor. */
const NAMES =
  `seed generator get_rng_state set_rng_state rand randn randint randperm swiss_roll swiss_roll_curve spiral
classes tensor zeros full gather mse_loss sliced_wasserstein curve_distance schedule SimpleNoisePredictor Adam Trainer
DDPM print table chart scatter player progress tick slider choice interact check store`.split(/\s+/);

const options = NAMES.map((label) => ({ label, type: 'function' }));

/** @param {import('@codemirror/autocomplete').CompletionContext} context */
export function completeLab(context) {
  const match = context.matchBefore(/lab\.\w*/);
  return match ? { from: match.from + 4, options, validFor: /^\w*$/ } : null;
}
