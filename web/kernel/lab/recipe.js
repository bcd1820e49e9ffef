/** Recipes: how the course's data sets are trained, from the core's table (nb_recipe_describe). */
import { instance, options, whole } from '../check.js';
import { Tensor } from '../tensor.js';

/** @typedef {import('../kernel.js').Kernel} Kernel */
/** @typedef {import('../../../build/bridge/table.js').Recipe} Recipe */

/** What lab.Trainer takes, as nb_recipe_config has it. @param {Recipe} r @param {number} batch_size @param {number} steps in all */
const training = (r, batch_size, steps) => ({
  batch_size,
  lr: r.lr,
  ema_decay: r.ema_decay,
  keep_order: r.keep_order,
  stratified: r.stratified,
  warmup: Math.trunc(r.warmup * steps),
  decay_steps: r.decay ? steps : 0,
  optimizer: r.optimizer,
  objective: r.objective,
  loss_weight: r.loss_weight,
  weight_limit: r.weight_limit,
});

/**
 * @param {Kernel} kernel
 * @param {(name: string, given: {T: number}) => import('../core/schedule.js').Schedule} schedule lab.schedule
 */
export function recipes({ core: { api } }, schedule) {
  return {
    /**
     * A way to train one of the course's data sets, as `noisebook run N --recipe NAME` does, to the bit. data: 'swiss-roll' (lessons 5 and 6),
     * 'shapes' (8 and 9), 'classes' (10), 'digits' (the companion). name: 'notebook', the course's way; of some 'best', the best that was
     * found, and 'quick', the best of a few minutes. n: how many samples there are, from which follow the steps that a learning rate rises
     * and falls for; epochs, batch_size: the recipe's, if left out.
     *
     *   const recipe = lab.recipe('shapes', 'quick', { n: images.rows });
     *   const trainer = lab.Trainer({ model, schedule: recipe.schedule, data: recipe.scale(images), ...recipe.training });
     *   for (let i = 0; i < recipe.steps; i++) trainer.step();
     *   if (recipe.training.ema_decay) trainer.use_ema(true);
     *   const samples = await lab[recipe.sampler]({ model, schedule: recipe.schedule, n: 16, ...recipe.sampling }).run();
     *
     * scale takes values from 0 to 1 to `range`, in which they are trained on; points stay as they are.
     * @param {string} data @param {string} name @param {{n: number, epochs?: number, batch_size?: number}} given
     */
    recipe(data, name, given) {
      const r = /** @type {Recipe} */ (api.recipe_describe(api.recipe_find(String(data), String(name))));
      const defaults = { epochs: r.epochs, batch_size: r.batch };
      const asked = options(given, 'recipe', ['n', ...Object.keys(defaults)], defaults);
      const batch_size = whole(asked.batch_size, 'batch_size', 1);
      const epochs = whole(asked.epochs, 'epochs', 1);
      const steps = Math.ceil(whole(asked.n, 'n', 1) / batch_size) * epochs;
      const method = api.method_describe(api.method_find(r.method));
      return {
        schedule: schedule(r.schedule, { T: r.T }),
        epochs,
        steps,
        training: training(r, batch_size, steps),
        sampler: /** @type {NonNullable<typeof method>} */ (method).identifier,
        sampling: {
          ...(r.steps && { steps: r.steps }),
          ...(method?.takes_eta && { eta: r.eta }),
          ...(r.clip && { clip_x0: true }),
        },
        range: [r.low, r.high],
        /** @param {Tensor} x */
        scale(x) {
          const pictures = instance(x, Tensor, 'scale', 'a tensor of values from 0 to 1');
          return r.low === 0 && r.high === 1 ? pictures : pictures.mul(r.high - r.low).add(r.low);
        },
      };
    },
  };
}
