/* options_by_hand.h - the training of options.h written out, step by step, with every option. */
#ifndef NB_TESTS_OPTIONS_BY_HAND_H
#define NB_TESTS_OPTIONS_BY_HAND_H

#include "base/math.h"
#include "optim/adam.h"
#include "options.h"

static classes data; /* what the trainers are given */

typedef struct by_hand {
    course c;
    nb_adam *adam;
    nb_train_config options;
    int32_t order[POINTS];
    size_t position, count;
    int64_t step;
    float *ema;
} by_hand;

static inline by_hand hand_begin(uint32_t seed, nb_train_config options)
{
    by_hand h = {.c = course_begin(small_conditional(BATCH), seed), .options = options};
    REQUIRE(nb_adam_create(h.c.model, options.lr, 0.9, 0.999, 1e-8, &h.adam, NULL) == NB_OK, "Adam");
    if (options.optimizer == NB_OPTIMIZER_MUON) nb_adam_use_muon(h.adam, NULL);
    h.ema = all_params(h.c.model);
    h.count = nb_model_param_count(h.c.model);
    return h;
}

static inline void hand_end(by_hand *h)
{
    free(h->ema);
    nb_adam_destroy(h->adam);
    course_end(&h->c);
}

static inline void hand_average(by_hand *h)
{
    const double step = (double)h->step, warm_up = (1.0 + step) / (10.0 + step);
    const double d = h->options.ema_decay < warm_up ? h->options.ema_decay : warm_up;
    float *w = all_params(h->c.model);
    for (size_t i = 0; i < h->count; i++) h->ema[i] += (float)(1.0 - d) * (w[i] - h->ema[i]);
    free(w);
}

static inline void hand_timesteps(by_hand *h, size_t rows, int32_t *steps)
{
    if (!h->options.stratified) {
        nb_torch_randint(h->c.rng, 0, T, rows, steps, NULL);
        return;
    }
    float u;
    nb_torch_rand(h->c.rng, 1, &u);
    for (size_t i = 0; i < rows; i++)
        steps[i] = (int32_t)(fmodf(u + (float)i / (float)rows, 1.0F) * (float)T);
}

static inline float hand_weight(const by_hand *h, int t)
{
    if (h->options.weights) return h->options.weights[t];
    const double limit = h->options.weight_limit,
                 bar = (double)nb_schedule_table(h->c.schedule, NB_ALPHA_BAR)[t];
    const double snr = bar / (1.0 - bar);
    if (h->options.objective == NB_OBJECTIVE_X0) /* min-snr in its own terms */
        return (float)(snr < limit ? snr : limit);
    if (h->options.objective == NB_OBJECTIVE_V) return (float)((snr < limit ? snr : limit) / (snr + 1.0));
    if (h->options.loss_weight == NB_WEIGHT_MIN_SNR) return snr < limit ? 1.0F : (float)(limit / snr);
    return (float)(1.0 / bar < limit ? 1.0 / bar : limit);
}

/* What is to be predicted at timestep t of numbers x and eps. */
static inline float hand_target(const by_hand *h, int t, float x, float eps)
{
    const float signal = nb_schedule_table(h->c.schedule, NB_SQRT_ALPHA_BAR)[t];
    const float noise = nb_schedule_table(h->c.schedule, NB_SQRT_ONE_MINUS_ALPHA_BAR)[t];
    if (h->options.objective == NB_OBJECTIVE_X0) return x;
    return h->options.objective == NB_OBJECTIVE_V ? signal * eps - noise * x : eps;
}

/* Adam's step size for the step to come. */
static inline double hand_lr(const by_hand *h)
{
    const nb_train_config *o = &h->options;
    const double step = (double)h->step + 1.0, all = o->decay_steps - o->warmup,
                 gone = step - 1.0 - o->warmup;
    if (step <= o->warmup) return o->lr * (step / o->warmup);
    if (o->decay_steps == 0) return o->lr;
    const double wave = gone < all ? 0.5 * (1.0 + nb_cos(NB_PI * gone / all)) : 0.0;
    return o->lr * (o->lr_end + (1.0 - o->lr_end) * wave);
}

static inline double hand_step(by_hand *h)
{
    const nb_train_config *o = &h->options;
    float x[2 * BATCH], eps[2 * BATCH], target[2 * BATCH], pred[2 * BATCH], d_pred[2 * BATCH], t[BATCH],
        drop[BATCH];
    int32_t steps[BATCH], labels[BATCH];
    for (int32_t i = 0; i < POINTS && h->position == 0 && o->keep_order; i++) h->order[i] = i;
    if (h->position == 0 && !o->keep_order) nb_torch_randperm(h->c.rng, POINTS, h->order, NULL);
    const size_t left = POINTS - h->position, rows = left < BATCH ? left : BATCH;
    for (size_t i = 0; i < rows; i++) {
        const int32_t k = h->order[h->position + i];
        memcpy(x + 2 * i, data.x + 2 * k, 2 * sizeof *x);
        labels[i] = data.labels[k];
    }
    hand_timesteps(h, rows, steps);
    nb_torch_randn(h->c.rng, 2 * rows, eps);
    if (o->label_dropout > 0.0) nb_torch_rand(h->c.rng, rows, drop);
    for (size_t i = 0; i < rows && o->label_dropout > 0.0; i++)
        if ((double)drop[i] < o->label_dropout) labels[i] = NONE;
    for (size_t i = 0; i < 2 * rows; i++) target[i] = hand_target(h, steps[i / 2], x[i], eps[i]);
    REQUIRE(nb_q_sample(h->c.schedule, rows, 2, x, steps, eps, x, NULL) == NB_OK, "noising");
    for (size_t i = 0; i < rows; i++) t[i] = (float)steps[i] / (float)T;
    nb_model_forward(h->c.model, rows, x, t, o->labels ? labels : NULL, pred, NULL);
    const double loss = nb_mse(2 * rows, pred, target, d_pred);
    const bool weighs = o->weights || o->loss_weight != NB_WEIGHT_ONE;
    for (size_t i = 0; i < 2 * rows && weighs; i++) d_pred[i] *= hand_weight(h, steps[i / 2]);
    nb_model_backward(h->c.model, rows, d_pred, NULL, NULL);
    h->adam->lr = hand_lr(h);
    nb_adam_step(h->adam, NULL);
    h->step++;
    if (o->ema_decay > 0.0) hand_average(h);
    h->position = (h->position + rows) % POINTS;
    return loss;
}

#endif
