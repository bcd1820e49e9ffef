/* test_layer_texts_in_double.c - the gradients of the layers of layer_texts.h against central differences: of every input and every
 * parameter. A gradient that is a little wrong is found. */
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
    CHECK(worst < 1e-7, "%s, %s: a gradient is off by %g of the largest", name, what, worst);
    difference_worst = larger(difference_worst, worst);
}

static void test(const layer_text *t, const nb_engine *engine, uint32_t seed)
{
    static double kept[MOST_OF_TEXT], values[MOST_PARAM];
    text_begin(&run, t, engine, seed);
    text_pass(&run);
    memcpy(kept, run.numbers, sizeof kept);
    const bool words = strstr(t->text, "input words") != NULL;
    compare(t->name, "x", run.x, run.ends[1] - run.ends[0], kept + run.ends[0], -1);
    if (!words) compare(t->name, "cond", run.cond, run.ends[2] - run.ends[1], kept + run.ends[1], -1);
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
    printf("measured differences of layers in text %.2g (limit 1e-7)\n", difference_worst);
    nb_pool_destroy(engine.pool);
    return check_report();
}
