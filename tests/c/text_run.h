/* text_run.h - a network of layer_texts.h, run forward and back on the golden script's draws. */
#ifndef NB_TESTS_TEXT_RUN_H
#define NB_TESTS_TEXT_RUN_H

#include "check.h"
#include "layer_texts.h"
#include "models/model.h"

enum { MOST_OF_TEXT = 16384 };

typedef struct text_run {
    nb_model *model;
    size_t n, parts, ends[24]; /* where outputs, d_x, d_cond and the gradients of each parameter end */
    float x[MOST_OF_TEXT], cond[MOST_OF_TEXT], d_out[MOST_OF_TEXT], numbers[MOST_OF_TEXT];
} text_run;

static inline void text_part(text_run *r, size_t count)
{
    const size_t from = r->parts ? r->ends[r->parts - 1] : 0;
    REQUIRE(from + count <= MOST_OF_TEXT && r->parts < 24, "too large");
    r->ends[r->parts++] = from + count;
}

/* Whether its further input is four words of a vocabulary of 9. */
static inline bool text_has_words(const layer_text *t)
{
    return strstr(t->text, "input words tokens 4 9") != NULL;
}

/* The norms' gamma and beta, and what begins at 0, at random: 1 and 0 would hide much. */
static inline void text_draw_norms(nb_model *model, nb_rng *rng)
{
    float values[64];
    for (int i = 0; i < model->graph.n_params; i++) {
        const bool beta = i > 0 && model->graph.params[i].kind == NB_PARAM_BIAS &&
                          model->graph.params[i - 1].kind == NB_PARAM_NORM;
        const nb_param_kind kind = model->graph.params[i].kind;
        if (kind != NB_PARAM_NORM && kind != NB_PARAM_VALUE && !beta) continue;
        nb_torch_randn(rng, nb_model_param_info(model, (size_t)i).count, values);
        nb_model_set_param(model, (size_t)i, values);
    }
}

/* Builds it; weights, x, cond (whole numbers for tokens) and d_out are PyTorch's draws, in this order. */
static inline void text_begin(text_run *r, const layer_text *t, const nb_engine *engine, uint32_t seed)
{
    nb_network *net;
    nb_error err = {0};
    nb_rng *rng = new_rng(seed);
    REQUIRE(nb_network_read(t->text, &net, &err) == NB_OK, "%s: %s", t->name, err.message);
    REQUIRE(nb_model_build(engine, net, (int)t->n, rng, &r->model, &err) == NB_OK, "%s: %s", t->name,
            err.message);
    r->n = t->n;
    r->parts = 0;
    text_draw_norms(r->model, rng);
    nb_torch_randn(rng, t->n * nb_model_sample_size(r->model), r->x);
    const size_t cond = t->n * nb_model_cond_size(r->model);
    if (text_has_words(t)) {
        int32_t numbers[64];
        nb_torch_randint(rng, 0, 9, cond, numbers, NULL);
        for (size_t i = 0; i < cond; i++) r->cond[i] = (float)numbers[i];
    } else if (cond > 0) {
        nb_torch_randn(rng, cond, r->cond);
    }
    nb_torch_randn(rng, t->n * nb_model_output_size(r->model), r->d_out);
    nb_network_destroy(net);
    nb_rng_destroy(rng);
}

static inline nb_inputs text_inputs(const text_run *r)
{
    return (nb_inputs){.x = r->x, .cond = nb_model_cond_size(r->model) ? r->cond : NULL};
}

/* All of it, one after the other, into numbers. */
static inline void text_pass(text_run *r)
{
    nb_error err = {0};
    nb_model *m = r->model;
    const nb_inputs in = text_inputs(r);
    r->parts = 0;
    text_part(r, r->n * nb_model_output_size(m));
    text_part(r, r->n * nb_model_sample_size(m));
    text_part(r, r->n * nb_model_cond_size(m));
    REQUIRE(nb_model_run(m, r->n, &in, r->numbers, &err) == NB_OK, "%s", err.message);
    REQUIRE(nb_model_run_back(m, r->n, r->d_out, r->numbers + r->ends[0], r->numbers + r->ends[1], &err) ==
                NB_OK,
            "%s", err.message);
    for (size_t i = 0; i < nb_model_params(m); i++) {
        text_part(r, nb_model_param_info(m, i).count);
        nb_model_get_grad(m, i, r->numbers + r->ends[r->parts - 2]);
    }
}

#endif
