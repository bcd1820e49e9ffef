/* linear.h - a model that is a known function, eps = c x for points in the plane, and the c that is right for a Gaussian. */
#ifndef NB_TESTS_LINEAR_H
#define NB_TESTS_LINEAR_H

#include "check.h"

typedef struct linear_model {
    nb_engine *engine;
    nb_rng *rng;
    nb_model *model;
    size_t params;
} linear_model;

/* eps = c x: hidden units carry relu(x) and relu(-x) for both coordinates through identities. */
static inline void set_factor(linear_model *l, double c)
{
    float w[8] = {0.0F};
    for (size_t d = 0; d < 2; d++) {
        w[4 * d + 2 * d] = (float)c;
        w[4 * d + 2 * d + 1] = -(float)c;
    }
    nb_model_set_param(l->model, 10, w);
}

static inline linear_model linear_begin(void)
{
    linear_model l = {.engine = new_engine(), .rng = new_rng(77)};
    l.model = new_model(l.engine, 4, 1, 500, l.rng);
    const float zero[16] = {0.0F};
    for (size_t i = 0; i < 12; i++) nb_model_set_param(l.model, i, zero);
    float in[4 * 3] = {0.0F}, identity[16] = {0.0F}; /* net.0 takes (x, time) */
    for (size_t d = 0; d < 2; d++) {
        in[2 * d * 3 + d] = 1.0F;
        in[(2 * d + 1) * 3 + d] = -1.0F;
    }
    for (size_t h = 0; h < 4; h++) identity[5 * h] = 1.0F;
    nb_model_set_param(l.model, 4, in);
    nb_model_set_param(l.model, 6, identity);
    nb_model_set_param(l.model, 8, identity);
    return l;
}

static inline void linear_end(linear_model *l)
{
    nb_model_destroy(l->model);
    nb_rng_destroy(l->rng);
    nb_engine_destroy(l->engine);
}

/* The best prediction of eps for data from N(0, v), as a multiple of x. */
static inline double exact_factor(const nb_schedule *s, int t, double v)
{
    const double bar = (double)nb_schedule_table(s, NB_ALPHA_BAR)[t];
    return sqrt(1.0 - bar) / (bar * v + 1.0 - bar);
}

#endif
