/* adam.c - Adam: Kingma and Ba 2015, in PyTorch's order of operations.
 *
 * Matrices may go by Muon instead. By epoch 100 a quarter of the first moments would be subnormal, which costs a processor a hundred cycles
 * each and changes no weight: the kernel sets them to zero. */
#include "optim/adam.h"

#include "base/error.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* What nb_graph_grads_in_range lets pass: a mean of gradients is no larger. */
static const double most_gradient = 1e18;

static nb_status check_lr(double lr, nb_error *err)
{
    if (lr > 0.0 && lr <= 1e6) return NB_OK;
    return nb_fail(err, NB_ERR_ARGUMENT, "learning rate %g: it takes a number above 0, at most 1e6", lr);
}

static void take_memory(nb_arena *a, void *context)
{
    nb_adam *adam = context;
    adam->m = nb_arena_take(a, adam->model->graph.weight_floats, sizeof(float));
    adam->v = nb_arena_take(a, adam->model->graph.weight_floats, sizeof(float));
}

nb_status nb_adam_create(nb_model *model, double lr, double beta1, double beta2, double eps, nb_adam **out,
                         nb_error *err)
{
    nb_status status = check_lr(lr, err);
    if (status != NB_OK) return status;
    /* In float too: with a beta of 1 a moment would never move, with an eps of 0 a step could be 0 / 0. */
    const bool betas = beta1 >= 0.0 && (float)beta1 < 1.0F && beta2 >= 0.0 && (float)beta2 < 1.0F;
    if (!betas || !(eps >= (double)FLT_MIN && eps < 1.0))
        return nb_fail(err, NB_ERR_ARGUMENT,
                       "Adam with beta1 %g, beta2 %g, eps %g: it takes 0 <= beta < 1, 1.2e-38 <= eps < 1",
                       beta1, beta2, eps);
    nb_adam *adam = malloc(sizeof *adam);
    if (adam == NULL) return nb_fail_memory(err, sizeof *adam);
    *adam = (nb_adam){.model = model, .lr = lr, .beta1 = beta1, .beta2 = beta2, .eps = eps};
    status = nb_arena_fill(&adam->arena, take_memory, adam, err);
    if (status != NB_OK) {
        free(adam);
        return status;
    }
    nb_adam_set_step(adam, 0);
    adam->most_m = most_gradient;
    *out = adam;
    return NB_OK;
}

void nb_adam_destroy(nb_adam *adam)
{
    if (adam == NULL) return;
    nb_muon_destroy(&adam->muon);
    nb_arena_free(&adam->arena);
    free(adam);
}

nb_status nb_adam_use_muon(nb_adam *adam, nb_error *err)
{
    return nb_muon_create(adam->model, &adam->muon, err);
}

nb_status nb_adam_set_lr(nb_adam *adam, double lr, nb_error *err)
{
    const nb_status status = check_lr(lr, err);
    if (status == NB_OK) adam->lr = lr;
    return status;
}

/* beta^step, by one more step; 0 long before it would become subnormal: 1 - beta^step is 1 by then. */
static void raise_powers(nb_adam *adam)
{
    adam->power1 = adam->power1 < 1e-300 ? 0.0 : adam->power1 * adam->beta1;
    adam->power2 = adam->power2 < 1e-300 ? 0.0 : adam->power2 * adam->beta2;
}

void nb_adam_set_step(nb_adam *adam, int64_t step)
{
    adam->step = step;
    adam->power1 = adam->power2 = 1.0;
    for (int64_t i = 0; i < step && (adam->power1 > 0.0 || adam->power2 > 0.0); i++) raise_powers(adam);
}

typedef struct update {
    nb_adam *adam;
    nb_adam_step_args args;
} update;

static void update_weights(void *context, size_t first, size_t count)
{
    const update *u = context;
    const nb_graph *g = &u->adam->model->graph;
    if (nb_muon_has(&u->adam->muon, first)) {
        const float lr = (float)u->adam->lr, *step = u->adam->muon.step + first;
        for (size_t i = 0; i < count; i++) g->weights[first + i] -= lr * step[i];
        return;
    }
    g->engine->kernels->adam(count, &u->args, g->grads + first, g->weights + first, u->adam->m + first,
                             u->adam->v + first);
}

/* Whether every weight stays finite, computed weight by weight. */
static bool stays_finite(const nb_adam *adam, const nb_adam_step_args *a)
{
    const nb_graph *g = &adam->model->graph;
    for (size_t i = 0; i < g->weight_floats; i++) {
        const float m = a->beta1 * adam->m[i] + a->one_minus_beta1 * g->grads[i];
        const float v = a->beta2 * adam->v[i] + a->one_minus_beta2 * g->grads[i] * g->grads[i];
        const float root = sqrtf(v) / a->sqrt_bias2 + a->eps;
        if (!isfinite(v) || !isfinite(g->weights[i] - a->step_size * m / root)) return false;
    }
    return true;
}

/* No step is longer than step_size |m| / eps. One below 1e30 takes no finite weight beyond float, whose last digit is worth
 * more there; that is every step but the strangest, and costs no pass over the weights. */
static nb_status check_step(const nb_adam *adam, const nb_adam_step_args *a, nb_error *err)
{
    if ((double)a->step_size * adam->most_m / (double)a->eps < 1e30 || stays_finite(adam, a)) return NB_OK;
    return nb_fail(
        err, NB_ERR_NONFINITE,
        "step %lld would take a weight beyond what float32 holds: with learning rate %g it is too long",
        (long long)adam->step + 1, adam->lr);
}

void nb_adam_took_moments(nb_adam *adam)
{
    double most = most_gradient;
    for (size_t i = 0; i < adam->model->graph.weight_floats; i++) most = fmax(most, fabs((double)adam->m[i]));
    adam->most_m = most;
}

nb_status nb_adam_step(nb_adam *adam, nb_error *err)
{
    nb_graph *g = &adam->model->graph;
    if (!g->has_grads) return NB_OK; /* no backward pass yet: no gradient */
    if (!nb_graph_grads_in_range(g))
        return nb_fail(
            err, NB_ERR_NONFINITE,
            "a gradient is not finite at step %lld: learning rate %g has driven the weights out of "
            "range; a smaller one keeps them",
            (long long)adam->step + 1, adam->lr);
    nb_adam next = *adam; /* its scalars, until the step is known to be possible */
    next.step++;
    raise_powers(&next);
    update u = {.adam = adam,
                .args = {.beta1 = (float)adam->beta1,
                         .one_minus_beta1 = (float)(1.0 - adam->beta1),
                         .beta2 = (float)adam->beta2,
                         .one_minus_beta2 = (float)(1.0 - adam->beta2),
                         .step_size = (float)(adam->lr / (1.0 - next.power1)),
                         .sqrt_bias2 = (float)sqrt(1.0 - next.power2),
                         .eps = (float)adam->eps}};
    const nb_status status = check_step(adam, &u.args, err);
    if (status != NB_OK) return status;
    *adam = next;
    nb_muon_turn(&adam->muon, g, adam->m);
    nb_graph_update(g, update_weights, &u);
    return NB_OK;
}
