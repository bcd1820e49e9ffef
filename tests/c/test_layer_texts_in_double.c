/* test_layer_texts_in_double.c - the gradients of the layers of layer_texts.h against central differences: of every input and every
 * parameter. Wrong gradients are found. */
#include "differences.h"
#include "text_run.h"

enum { MOST_PARAM = 4096 };

static text_run run;
static const double h = 2e-5;

static double loss(void)
{
    static double out[MOST_OF_TEXT];
    nb_error err = {0};
    const nb_inputs in = text_inputs(&run);
    REQUIRE(nb_model_run(run.model, run.n, &in, out, &err) == NB_OK, "%s", err.message);
    double sum = 0.0;
    for (size_t i = 0; i < run.n * nb_model_output_size(run.model); i++) sum += run.d_out[i] * out[i];
    return sum;
}

/* (4 D(h) - D(2h)) / 3, see differences.h; values are written to the model by `set`. */
static double slope(double *value, int param, const double *values)
{
    const double kept = *value;
    double at[4];
    for (int k = 0; k < 4; k++) {
        *value = kept + (k < 2 ? 1.0 : 2.0) * (k % 2 ? -h : h);
        if (param >= 0) nb_model_set_param(run.model, (size_t)param, values);
        at[k] = loss();
    }
    *value = kept;
    if (param >= 0) nb_model_set_param(run.model, (size_t)param, values);
    return (4.0 * (at[0] - at[1]) / (2.0 * h) - (at[2] - at[3]) / (4.0 * h)) / 3.0;
}

static void compare(const char *name, const char *what, double *values, size_t count, const double *gradient,
                    int param)
{
    double scale = 0.01, worst = 0.0;
    for (size_t i = 0; i < count; i++) scale = larger(scale, fabs(gradient[i]));
    for (size_t i = 0; i < count; i++)
        worst = larger(worst, fabs(slope(&values[i], param, values) - gradient[i]) / scale);
    CHECK(worst < difference_limit, "%s, %s: a gradient is off by %g of the largest", name, what, worst);
    difference_worst = larger(difference_worst, worst);
}

/* A layer with a fault gives gradients that the comparison tells from the right ones, which are in `kept`. */
static void test_fault(const char *name, int layer, bool backward, nb_layer_fn *fault, const double *kept)
{
    nb_layer *l = &run.model->graph.layers[layer];
    const nb_layer_kind *const kind = l->kind;
    nb_layer_kind wrong = *kind;
    nb_layer_fn **const place = backward ? &wrong.backward : &wrong.gradient;
    right = *place;
    if (right == NULL) return;
    *place = fault;
    l->kind = &wrong;
    text_pass(&run);
    l->kind = kind;
    double worst = 0.0;
    for (size_t part = 1; part < run.parts; part++) {
        double scale = 0.01, off = 0.0;
        for (size_t i = run.ends[part - 1]; i < run.ends[part]; i++) {
            scale = larger(scale, fabs(kept[i]));
            off = larger(off, fabs(run.numbers[i] - kept[i]));
        }
        worst = larger(worst, off / scale);
    }
    CHECK(worst > 2.0 * difference_limit, "%s: a wrong %s of layer %d goes unnoticed", name,
          backward ? "backward" : "gradient", layer);
}

static void test_faults(const char *name, const double *kept)
{
    for (int i = 0; i < run.model->graph.n_layers; i++) {
        test_fault(name, i, true, flipped_backward, kept);
        test_fault(name, i, true, nearly_right_backward, kept);
        test_fault(name, i, false, flipped_gradient, kept);
        test_fault(name, i, false, nearly_right_gradient, kept);
    }
}

static void test(const layer_text *t, const nb_engine *engine, uint32_t seed)
{
    static double kept[MOST_OF_TEXT], values[MOST_PARAM];
    text_begin(&run, t, engine, seed);
    text_pass(&run);
    memcpy(kept, run.numbers, sizeof kept);
    test_faults(t->name, kept);
    compare(t->name, "x", run.x, run.ends[1] - run.ends[0], kept + run.ends[0], -1);
    if (!text_has_words(t))
        compare(t->name, "cond", run.cond, run.ends[2] - run.ends[1], kept + run.ends[1], -1);
    for (size_t i = 0; i < nb_model_params(run.model); i++) {
        const nb_param_info p = nb_model_param_info(run.model, i);
        REQUIRE(p.count <= MOST_PARAM, "%s", p.name);
        nb_model_get_param(run.model, i, values);
        compare(t->name, p.name, values, p.count, kept + run.ends[2 + i], (int)i);
    }
    nb_model_destroy(run.model);
}

int main(void)
{
    nb_engine engine = plain_engine();
    for (uint32_t i = 0; i < LAYER_TEXTS; i++) test(&layer_texts[i], &engine, i);
    printf("measured differences of layers in text %.2g (limit %.0e)\n", difference_worst, difference_limit);
    nb_pool_destroy(engine.pool);
    return check_report();
}
