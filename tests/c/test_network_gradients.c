/* test_network_gradients.c - gradients of networks whose parts are shared, lead nowhere or begin at an input. */
#include "models/model.h"

#include "check.h"

enum { N = 3, MOST = 1024 };

static nb_engine *engine;

/* Weights are the same draws for all of them; the gradients of the parameters one after the other, and d_x or, without, none. */
static void gradients(const char *text, bool with_x, float *grads, float *d_x)
{
    nb_network *net;
    nb_model *model;
    nb_error err = {0};
    nb_rng *init = new_rng(4), *rng = new_rng(5);
    static float x[N * MOST], cond[N * MOST], out[N * MOST], d_out[N * MOST];
    REQUIRE(nb_network_read(text, &net, &err) == NB_OK, "%s", err.message);
    REQUIRE(nb_model_build(engine, net, N, init, &model, &err) == NB_OK, "%s", err.message);
    nb_torch_randn(rng, N * MOST, x);
    nb_torch_randn(rng, N * MOST, cond);
    for (int i = 0; i < N * MOST; i++) d_out[i] = 1.0F;
    const float t[N] = {0.0F, 0.5F, 1.0F};
    for (int round = 0; round < 2; round++) {
        const nb_inputs in = {.x = x, .t = t, .cond = nb_model_cond_size(model) ? cond : NULL};
        REQUIRE(nb_model_run(model, N, &in, out, &err) == NB_OK, "%s", err.message);
        REQUIRE(nb_model_run_back(model, N, d_out, with_x ? d_x : NULL, NULL, &err) == NB_OK, "%s",
                err.message);
    }
    for (size_t i = 0; i < nb_model_params(model); i++) {
        nb_model_get_grad(model, i, grads);
        grads += nb_model_param_info(model, i).count;
    }
    nb_model_destroy(model);
    nb_network_destroy(net);
    nb_rng_destroy(init);
    nb_rng_destroy(rng);
}

static void same(const char *what, const char *text, bool with_x, const char *other)
{
    float a[MOST] = {0}, b[MOST] = {0}, d_a[N * MOST] = {0}, d_b[N * MOST] = {0};
    gradients(text, true, a, d_a);
    gradients(other, with_x, b, d_b);
    CHECK(a[0] != 0.0F && memcmp(a, b, sizeof a) == 0, "%s: a gradient of %g, not %g", what, (double)b[0],
          (double)a[0]);
    CHECK(!with_x || memcmp(d_a, d_b, sizeof d_a) == 0, "%s: d_x", what);
}

#define VECTORS "input x x features 4\nmodule m Linear in_features=4 out_features=4\n"
#define SERIES "input x x series 4 3\nmodule m Conv1d in_channels=4 out_channels=4 kernel_size=1\n"

/* A module that is used once more, after or before, where it leads to no output. */
static void test_shared_with_a_dead_end(void)
{
    same("vectors, after", VECTORS "apply m 0\ncall Tanh 1\noutput y 2\n", true,
         VECTORS "apply m 0\ncall Tanh 1\napply m 2\noutput y 2\n");
    same("vectors, before", VECTORS "apply m 0\noutput y 1\n", true,
         VECTORS "call Tanh 0\napply m 1\napply m 0\noutput y 3\n");
    same("series, after", SERIES "apply m 0\ncall Tanh 1\noutput y 2\n", true,
         SERIES "apply m 0\ncall Tanh 1\napply m 2\noutput y 2\n");
    same("series, before", SERIES "apply m 0\noutput y 1\n", true,
         SERIES "call Tanh 0\napply m 1\napply m 0\noutput y 3\n");
}

/* What is added to an input, by the sum of which nobody asks: its gradient is there as well. */
static void test_added_to_an_input(void)
{
    const char *vectors = VECTORS "module n Linear in_features=4 out_features=4\ninput c cond features 4\n"
                                  "apply m 1\ncall add 0 2\napply n 3\noutput y 4\n";
    const char *series = SERIES "module n Conv1d in_channels=4 out_channels=4 kernel_size=1\n"
                                "input c cond series 4 3\napply m 1\ncall add 0 2\napply n 3\noutput y 4\n";
    same("vectors, without d_x", vectors, false, vectors);
    same("series, without d_x", series, false, series);
}

/* t comes out beside y: it has no gradient, and no room for one. */
static void test_output_without_gradient(void)
{
    same("t as an output", SERIES "input t fraction\napply m 0\ncall Tanh 2\noutput y 3\n", true,
         SERIES "input t fraction\napply m 0\ncall Tanh 2\noutput y 3\noutput t 1\n");
}

#define PICTURE "input x x image 12 4 3\nmodule m Conv2d in_channels=12 out_channels=12 kernel_size=1\n"
#define ATTENTION "apply m 0\ncall attention 1\noutput y 2\n"

/* What attention reads and makes has a border where a convolution reads it, too. */
static void test_attention_beside_convolutions(void)
{
    same("attention", PICTURE ATTENTION, true,
         PICTURE "module n Conv2d in_channels=12 out_channels=4 kernel_size=3 padding=1\n"
                 "module o Conv2d in_channels=4 out_channels=4 kernel_size=3 padding=1\n" ATTENTION
                 "apply n 1\napply o 2\n");
}

/* A part of a concat that backward reads is there still, when a ReLU has worked in the concat's place. */
static void test_part_that_is_read_back(void)
{
    const char *before = "input x x series 4 3\nmodule m Conv1d in_channels=4 out_channels=4 kernel_size=1\n"
                         "call Upsample 0\napply m 1\n";
    char plain[200], joined[200];
    snprintf(plain, sizeof plain, "%soutput y 2\n", before);
    snprintf(joined, sizeof joined, "%scall cat 1 1\ncall ReLU 3\noutput y 2\noutput z 4\n", before);
    float a[MOST] = {0}, b[MOST] = {0}, d_x[N * MOST];
    gradients(plain, false, a, d_x);
    gradients(joined, false, b, d_x);
    CHECK(a[0] != 0.0F && memcmp(a, b, sizeof a) == 0, "a gradient of %g, not %g", (double)b[0],
          (double)a[0]);
}

/* A sum of what t alone decides is folded once where all samples have one t. */
static void test_sum_of_one_time(void)
{
    nb_network *net;
    nb_model *model;
    nb_rng *rng = new_rng(4);
    const float x[3] = {0}, t[] = {0.5F, 0.5F, 0.25F};
    float one[2], two[2];
    const char *text =
        "input x x image 1 1 1\ninput t fraction\nmodule m GroupNorm num_groups=1 num_channels=1\n"
        "call reshape 1 size_1=1 size_2=1 size_3=1\napply m 2\ncall add 3 2\ncall mul 4 4\ncall add 5 "
        "0\noutput y 6\n";
    REQUIRE(nb_network_read(text, &net, NULL) == NB_OK, "a text");
    REQUIRE(nb_model_build(engine, net, 2, rng, &model, NULL) == NB_OK, "a model");
    nb_model_forward(model, 2, x, t, NULL, one, NULL);
    nb_model_forward(model, 2, x, t + 1, NULL, two, NULL);
    CHECK(memcmp(&one[1], &two[0], sizeof(float)) == 0, "%g beside its like, %g beside another",
          (double)one[1], (double)two[0]);
    nb_model_destroy(model);
    nb_network_destroy(net);
    nb_rng_destroy(rng);
}

/* Where t is computed, its gradient goes through the sines. */
static void test_computed_time(void)
{
    float grads[MOST] = {0}, d_x[N * MOST] = {0};
    gradients("input x x features 1\ncall sinusoidal 0 features=2\noutput y 1\n", true, grads, d_x);
    CHECK(d_x[0] != 0.0F, "d_x of sin x + cos x is %g", (double)d_x[0]);
}

int main(void)
{
    engine = new_engine();
    test_shared_with_a_dead_end();
    test_added_to_an_input();
    test_output_without_gradient();
    test_attention_beside_convolutions();
    test_part_that_is_read_back();
    test_sum_of_one_time();
    test_computed_time();
    nb_engine_destroy(engine);
    return check_report();
}
