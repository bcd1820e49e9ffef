/* test_network.c - networks that are written down: the same bits as the course's, what is refused, and text there and back. */
#include "check.h"
#include "models/model.h"

#include <math.h>

static nb_engine *engine;

/* By bits. */
static bool differs(const void *a, const void *b, size_t bytes) { return memcmp(a, b, bytes) != 0; }

/* Exercise 7's block and network as a reader writes them, with names of its own for the values. */
static int conv(nb_network *net, const char *name, int in, int out, int side)
{
    char s[96];
    snprintf(s, sizeof s, "in_channels=%d, out_channels=%d, kernel_size=%d, padding=%d", in, out, side,
             side / 2);
    return nb_network_module(net, name, "Conv2d", s);
}

static int one(nb_network *net, int module, int in) { return nb_network_apply(net, module, 1, &in); }
static int call(nb_network *net, const char *kind, int in) { return nb_network_call(net, kind, "", 1, &in); }
static int call_2(nb_network *net, const char *kind, int a, int b)
{
    return nb_network_call(net, kind, "", 2, (int[]){a, b});
}

static nb_network *network(void)
{
    nb_network *net;
    REQUIRE(nb_network_create(&net, NULL) == NB_OK, "memory");
    return net;
}

/* A residual block of pictures whose lines stand in any of several orders: a fold must be found in each. */
static nb_network *block(int order)
{
    nb_network *net = network();
    const int c1 = conv(net, "conv1", 8, 8, 3),
              norm = nb_network_module(net, "norm", "GroupNorm", "num_groups=8 num_channels=8");
    const int c2 = conv(net, "shortcut", 8, 8, 1),
              time = nb_network_module(net, "time", "Linear", "in_features=1 out_features=8");
    const int x = nb_network_input(net, "x", NB_INPUT_X, NB_IMAGE, 3, (int[]){8, 6, 5});
    const int t = nb_network_input(net, "t", NB_INPUT_FRACTION, NB_FEATURES, 0, NULL);
    int skip = order == 1 ? one(net, c2, x) : -1;
    int shift = order == 2 ? one(net, time, t) : -1;
    int h = call(net, "ReLU", one(net, norm, one(net, c1, x)));
    if (order != 2) shift = one(net, time, t);
    h = call_2(net, "add", order == 2 ? shift : h, order == 2 ? h : shift);
    h = call(net, "ReLU", one(net, norm, one(net, c1, h))); /* the same modules again */
    if (order != 1) skip = one(net, c2, x);
    h = order == 1 ? call_2(net, "add", skip, h) : call_2(net, "add", h, skip);
    nb_network_output(net, "eps", h);
    return net;
}

enum { N = 3, SIZE = 8 * 6 * 5 };

typedef struct result {
    float out[N * SIZE], d_x[N * SIZE], grads[4096];
    size_t count;
    int folded; /* sums that a layer does for the one after it */
} result;

static void run(nb_network *net, result *r)
{
    nb_error err = {0};
    nb_model *model;
    nb_rng *rng = new_rng(5);
    REQUIRE(nb_model_build(engine, net, N, rng, &model, &err) == NB_OK, "%s", err.message);
    float x[N * SIZE], t[N] = {0.1F, 0.5F, 0.9F}, d[N * SIZE];
    nb_torch_randn(rng, N * SIZE, x);
    nb_torch_randn(rng, N * SIZE, d);
    REQUIRE(nb_model_run(model, N, &(nb_inputs){x, t, NULL, NULL}, r->out, &err) == NB_OK, "%s", err.message);
    REQUIRE(nb_model_run_back(model, N, d, r->d_x, NULL, &err) == NB_OK, "%s", err.message);
    r->count = 0;
    r->folded = 0;
    for (int i = 0; i < model->graph.n_layers; i++) r->folded += model->graph.layers[i].folded;
    for (size_t i = 0; i < nb_model_params(model); i++) {
        nb_model_get_grad(model, i, r->grads + r->count);
        r->count += nb_model_param_info(model, i).count;
    }
    nb_model_destroy(model);
    nb_network_destroy(net);
    nb_rng_destroy(rng);
}

static void test_orders(void)
{
    static result first, other;
    run(block(0), &first);
    CHECK(first.folded == 2, "%d sums are folded into the norms", first.folded);
    for (int order = 1; order < 3; order++) {
        run(block(order), &other);
        CHECK(other.folded == 2, "%d sums are folded in order %d", other.folded, order);
        CHECK(!differs(first.out, other.out, sizeof first.out), "forward in order %d", order);
        /* where a value's gradient is a sum, its order is that of the lines */
        for (int i = 0; i < N * SIZE; i++)
            CHECK(fabs((double)first.d_x[i] - (double)other.d_x[i]) < 1e-5, "d_x in order %d", order);
        CHECK(first.count == other.count && !differs(first.grads, other.grads, first.count * sizeof(float)),
              "gradients in order %d", order);
    }
    bits("network_block", &first, sizeof first.out + sizeof first.d_x);
}

/* A value that two steps read is not overwritten by either; an output neither. */
static void test_shared(void)
{
    nb_network *net = network();
    const int m = nb_network_module(net, "m", "Linear", "in_features=2 out_features=2");
    const int x = nb_network_input(net, "x", NB_INPUT_X, NB_FEATURES, 1, (int[]){2});
    const int h = one(net, m, x), up = call(net, "ReLU", h);
    nb_network_name(net, "before", h);
    nb_network_output(net, "sum", call_2(net, "add", up, h));
    nb_network_output(net, "up", up);
    nb_error err = {0};
    nb_model *model;
    nb_rng *rng = new_rng(1);
    REQUIRE(nb_model_build(engine, net, 4, rng, &model, &err) == NB_OK, "%s", err.message);
    const float weight[] = {1, 0, 0, 1}, bias[] = {0, 0}, in[] = {-2, 3, 5, -7},
                d[] = {1, 1, 10, 10, 1, 1, 10, 10};
    nb_model_set_param(model, 0, weight);
    nb_model_set_param(model, 1, bias);
    float out[8], d_x[4], before[4];
    CHECK(nb_model_output_size(model) == 4 && nb_model_sample_size(model) == 2, "sizes");
    REQUIRE(nb_model_run(model, 2, &(nb_inputs){.x = in}, out, &err) == NB_OK, "%s", err.message);
    REQUIRE(nb_model_run_back(model, 2, d, d_x, NULL, &err) == NB_OK, "%s", err.message);
    const float want[] = {-2, 6, 0, 3, 10, -7, 5, 0}, want_d[] = {1, 12, 12, 1};
    CHECK(!differs(out, want, sizeof want), "outputs: %g %g %g %g", (double)out[0], (double)out[1],
          (double)out[2], (double)out[3]);
    CHECK(!differs(d_x, want_d, sizeof want_d), "d_x: %g %g", (double)d_x[0], (double)d_x[1]);
    REQUIRE(nb_model_activation(model, 0, 2, &(nb_inputs){.x = in}, before, &err) == NB_OK, "%s",
            err.message);
    CHECK(!differs(before, in, sizeof in), "the value before the ReLU");
    nb_schedule *schedule;
    nb_trainer *trainer;
    REQUIRE(nb_schedule_create(NB_SCHEDULE_LINEAR, 10, 1e-4, 0.02, &schedule, NULL) == NB_OK, "schedule");
    FAILS(NB_ERR_SHAPE, "gives 4 numbers for a sample of 2",
          nb_trainer_create(model, schedule, rng, in, 2, &(nb_train_config){.batch = 2, .lr = 1e-3}, &trainer,
                            &failure));
    nb_schedule_destroy(schedule);
    nb_model_destroy(model);
    nb_network_destroy(net);
    nb_rng_destroy(rng);
}

/* What comes out and is read by one sum: that does not take its place. */
static void test_output_that_is_read(void)
{
    nb_network *net = network();
    const int m = nb_network_module(net, "m", "Linear", "in_features=2 out_features=2 bias=0");
    const int x = nb_network_input(net, "x", NB_INPUT_X, NB_FEATURES, 1, (int[]){2}), y = one(net, m, x);
    nb_network_output(net, "sum", call_2(net, "add", y, x));
    nb_network_output(net, "y", y);
    nb_error err = {0};
    nb_model *model;
    nb_rng *rng = new_rng(1);
    REQUIRE(nb_model_build(engine, net, 1, rng, &model, &err) == NB_OK, "%s", err.message);
    const float weight[] = {2, 0, 0, 2}, in[] = {-2, 3}, want[] = {-6, 9, -4, 6};
    float out[4];
    nb_model_set_param(model, 0, weight);
    REQUIRE(nb_model_run(model, 1, &(nb_inputs){.x = in}, out, &err) == NB_OK, "%s", err.message);
    CHECK(!differs(out, want, sizeof want), "outputs: %g %g %g %g", (double)out[0], (double)out[1],
          (double)out[2], (double)out[3]);
    nb_model_destroy(model);
    nb_network_destroy(net);
    nb_rng_destroy(rng);
}

/* Further inputs: a vector and a picture beside x, with gradients. */
static void test_cond(void)
{
    nb_network *net = network();
    const int x = nb_network_input(net, "x", NB_INPUT_X, NB_IMAGE, 3, (int[]){1, 2, 2});
    const int shift = nb_network_input(net, "shift", NB_INPUT_COND, NB_FEATURES, 1, (int[]){1});
    const int other = nb_network_input(net, "other", NB_INPUT_COND, NB_IMAGE, 3, (int[]){1, 2, 2});
    nb_network_output(net, "eps", call_2(net, "add", call_2(net, "add", x, other), shift));
    nb_error err = {0};
    nb_model *model;
    nb_rng *rng = new_rng(1);
    REQUIRE(nb_model_build(engine, net, 2, rng, &model, &err) == NB_OK, "%s", err.message);
    CHECK(nb_model_cond_size(model) == 5, "cond size %zu", nb_model_cond_size(model));
    const float in[] = {1, 2, 3, 4}, cond[] = {100, 10, 20, 30, 40}, d[] = {1, 2, 3, 4};
    float out[4], d_x[4], d_cond[5];
    REQUIRE(nb_model_run(model, 1, &(nb_inputs){.x = in, .cond = cond}, out, &err) == NB_OK, "%s",
            err.message);
    REQUIRE(nb_model_run_back(model, 1, d, d_x, d_cond, &err) == NB_OK, "%s", err.message);
    const float want[] = {111, 122, 133, 144}, want_cond[] = {10, 1, 2, 3, 4};
    CHECK(!differs(out, want, sizeof want) && !differs(d_x, d, sizeof d), "out %g", (double)out[0]);
    CHECK(!differs(d_cond, want_cond, sizeof want_cond), "d_cond %g %g", (double)d_cond[0],
          (double)d_cond[1]);
    FAILS(NB_ERR_ARGUMENT, "takes further inputs, 5 numbers",
          nb_model_run(model, 1, &(nb_inputs){.x = in}, out, &failure));
    nb_model_destroy(model);
    nb_network_destroy(net);
    nb_rng_destroy(rng);
}

/* The same draws for both; count: 1 if every gradient of a parameter is 0. */
static void dead_end(nb_network *net, result *r)
{
    nb_error err = {0};
    nb_model *model;
    static float grads[240 * 240];
    nb_rng *init = new_rng(5), *rng = new_rng(6);
    REQUIRE(nb_model_build(engine, net, N, init, &model, &err) == NB_OK, "%s", err.message);
    static float x[N * SIZE], d[N * SIZE];
    nb_torch_randn(rng, N * SIZE, x);
    nb_torch_randn(rng, N * SIZE, d);
    for (int round = 0; round < 2; round++) {
        REQUIRE(nb_model_run(model, N, &(nb_inputs){.x = x}, r->out, &err) == NB_OK, "%s", err.message);
        REQUIRE(nb_model_run_back(model, N, d, r->d_x, NULL, &err) == NB_OK, "%s", err.message);
    }
    r->count = 1;
    for (size_t i = 0; i < nb_model_params(model); i++) {
        nb_model_get_grad(model, i, grads);
        for (size_t k = 0; k < nb_model_param_info(model, i).count; k++)
            if (grads[k] != 0.0F) r->count = 0;
    }
    nb_model_destroy(model);
    nb_network_destroy(net);
    nb_rng_destroy(init);
    nb_rng_destroy(rng);
}

/* A branch that leads to no output, and an input that none depends on: gradients are as if they were not there. */
static void test_dead_ends(void)
{
    static result with, without;
    for (int images = 0; images < 2; images++) {
        for (int k = 0; k < 2; k++) {
            nb_network *net = network();
            const int m = images ? conv(net, "m", 8, 8, 3)
                                 : nb_network_module(net, "m", "Linear", "in_features=240 out_features=240");
            const int x = images ? nb_network_input(net, "x", NB_INPUT_X, NB_IMAGE, 3, (int[]){8, 6, 5})
                                 : nb_network_input(net, "x", NB_INPUT_X, NB_FEATURES, 1, (int[]){240});
            const int h = call(net, "Tanh", x);
            if (k == 0) call(net, "Sigmoid", call_2(net, "mul", one(net, m, h), h));
            if (k == 1) nb_network_destroy(net), net = network();
            if (k == 1) {
                const int y = images ? nb_network_input(net, "x", NB_INPUT_X, NB_IMAGE, 3, (int[]){8, 6, 5})
                                     : nb_network_input(net, "x", NB_INPUT_X, NB_FEATURES, 1, (int[]){240});
                nb_network_output(net, "eps", call(net, "Tanh", y));
            } else {
                nb_network_output(net, "eps", h);
            }
            dead_end(net, k ? &without : &with);
        }
        CHECK(!differs(with.out, without.out, sizeof with.out), "forward beside a dead end");
        CHECK(!differs(with.d_x, without.d_x, sizeof with.d_x), "d_x beside a dead end");
        CHECK(with.count == 1, "a gradient that is not zero, of weights that lead nowhere");
    }
}

/* What goes wrong first is kept; *value is what made it. */
typedef void breaker(nb_network *net, int x);

static void unknown_kind(nb_network *net, int x)
{
    (void)x;
    nb_network_module(net, "a", "Conv4d", "");
}
static void unknown_setting(nb_network *net, int x)
{
    (void)x;
    nb_network_module(net, "a", "Linear", "in_features=2 output=3");
}
static void unknown_word(nb_network *net, int x) { nb_network_call(net, "Upsample", "mode=cubic", 1, &x); }
static void missing(nb_network *net, int x)
{
    (void)x;
    nb_network_module(net, "a", "Linear", "in_features=2");
}
static void not_whole(nb_network *net, int x)
{
    (void)x;
    nb_network_module(net, "a", "Linear", "in_features=2.5 out_features=3");
}
static void two_names(nb_network *net, int x)
{
    (void)x;
    for (int i = 0; i < 2; i++) nb_network_module(net, "a", "Linear", "in_features=2 out_features=3");
}
static void bad_name(nb_network *net, int x)
{
    (void)x;
    nb_network_module(net, "a b", "Linear", "in_features=2 out_features=3");
}
static void long_name(nb_network *net, int x)
{
    char name[102];
    memset(name, 'a', sizeof name);
    name[101] = '\0';
    nb_network_name(net, name, x);
}
static void wrong_channels(nb_network *net, int x) { one(net, conv(net, "down1.conv1", 1, 32, 3), x); }
static void foreign(nb_network *net, int x)
{
    (void)x;
    call(net, "ReLU", 17);
}
static void pooled(nb_network *net, int x)
{
    for (int i = 0; i < 3; i++) x = call(net, "MaxPool2d", x);
}
static void two_sizes(nb_network *net, int x) { call_2(net, "cat", x, call(net, "MaxPool2d", x)); }
static void one_of_two(nb_network *net, int x) { call(net, "cat", x); }
static void two_x(nb_network *net, int x)
{
    (void)x;
    nb_network_input(net, "y", NB_INPUT_X, NB_FEATURES, 1, (int[]){2});
}
static void late_input(nb_network *net, int x)
{
    call(net, "ReLU", x);
    nb_network_input(net, "t", NB_INPUT_TIMESTEP, NB_FEATURES, 0, NULL);
}
static void few_rows(nb_network *net, int x)
{
    (void)x;
    const int label = nb_network_input(net, "label", NB_INPUT_LABELS, NB_FEATURES, 1, (int[]){10});
    one(net, nb_network_module(net, "emb", "Embedding", "num_embeddings=10 embedding_dim=4"), label);
}
static void no_labels(nb_network *net, int x)
{
    (void)x;
    const int v = nb_network_input(net, "v", NB_INPUT_COND, NB_FEATURES, 1, (int[]){1});
    one(net, nb_network_module(net, "emb", "Embedding", "num_embeddings=10 embedding_dim=4"), v);
}
static void no_pixels(nb_network *net, int x)
{
    (void)x;
    call(net, "attention", nb_network_input(net, "v", NB_INPUT_COND, NB_FEATURES, 1, (int[]){12}));
}
static void no_output(nb_network *net, int x) { call(net, "ReLU", x); }
static void unused(nb_network *net, int x)
{
    nb_network_module(net, "spare", "Linear", "in_features=2 out_features=3");
    nb_network_output(net, "eps", call(net, "ReLU", x));
}
static void still_entered(nb_network *net, int x)
{
    nb_network_enter(net, "block", "Block");
    nb_network_output(net, "eps", call(net, "ReLU", x));
}
static void many(nb_network *net, int x)
{
    for (int i = 0; i < NB_MOST_LAYERS + 1; i++) x = call(net, "SiLU", x);
}
static void huge(nb_network *net, int x)
{
    (void)x;
    const int side = 1 << 20, v = nb_network_input(net, "v", NB_INPUT_COND, NB_FEATURES, 1, &side);
    one(net, nb_network_module(net, "a", "Linear", "in_features=1048576 out_features=1048576"), v);
    nb_network_output(net, "eps", call(net, "ReLU", x));
}

static void test_refusals(void)
{
    static const struct {
        breaker *breaks;
        nb_status status;
        const char *part;
    } bad[] = {
        {unknown_kind, NB_ERR_ARGUMENT, "a: no layer is named \"Conv4d\""},
        {unknown_setting, NB_ERR_ARGUMENT,
         "a: Linear takes no output: it takes in_features, out_features, bias"},
        {unknown_word, NB_ERR_ARGUMENT, "Upsample with mode=cubic: it takes nearest bilinear"},
        {missing, NB_ERR_ARGUMENT, "Linear without out_features"},
        {not_whole, NB_ERR_ARGUMENT, "in_features = 2.5: it takes whole numbers"},
        {two_names, NB_ERR_ARGUMENT, "two modules are named \"a\""},
        {bad_name, NB_ERR_ARGUMENT, "\"a b\" is no name"},
        {long_name, NB_ERR_ARGUMENT, "is a name of 101 letters for a value: it takes at most 100"},
        {wrong_channels, NB_ERR_SHAPE, "was given (2, 4, 4): it takes (1, height, width)"},
        {foreign, NB_ERR_ARGUMENT, "ReLU: value 17 is not one of this network, which has 1 so far"},
        {pooled, NB_ERR_SHAPE, "MaxPool2d was given (2, 1, 1)"},
        {two_sizes, NB_ERR_SHAPE, "cat was given (2, 4, 4), (2, 2, 2)"},
        {one_of_two, NB_ERR_SHAPE, "cat: 1 values where cat takes 2"},
        {two_x, NB_ERR_ARGUMENT, "inputs x and y: a network has one x"},
        {late_input, NB_ERR_ARGUMENT, "input t after the first step"},
        {few_rows, NB_ERR_SHAPE, "emb: 10 rows for 10 classes: it takes 11"},
        {no_labels, NB_ERR_SHAPE, "emb: Embedding takes labels or tokens"},
        {no_pixels, NB_ERR_SHAPE, "attention was given (12): it takes (channels, height, width)"},
        {no_output, NB_ERR_ARGUMENT, "a network without an output"},
        {unused, NB_ERR_ARGUMENT, "spare has weights and is not used"},
        {still_entered, NB_ERR_ARGUMENT, "a module is entered and not left"},
        {many, NB_ERR_SHAPE, "a network has at most 4096 layers"},
        {huge, NB_ERR_MEMORY, "not enough memory"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        nb_network *net = network();
        nb_model *model = NULL;
        nb_rng *rng = new_rng(1);
        const int x = nb_network_input(net, "x", NB_INPUT_X, NB_IMAGE, 3, (int[]){2, 4, 4});
        bad[i].breaks(net, x);
        FAILS(bad[i].status, bad[i].part, nb_model_build(engine, net, 2, rng, &model, &failure));
        CHECK(model == NULL, "case %zu made a model", i);
        nb_rng_destroy(rng);
        nb_network_destroy(net);
    }
}

/* Each of the course's networks as text, read back and built: the same weights, the same numbers. */
static void test_text(void)
{
    for (int kind = 0; kind < NB_MODEL_KINDS; kind++) {
        nb_model_config c = nb_model_default((nb_model_kind)kind);
        c.base_channels = kind == NB_MINI_UNET ? 8 : 3;
        c.image_height = c.image_width = 8;
        c.hidden_dim = 5;
        c.max_batch = 2;
        c.attention = kind == NB_MINI_UNET;
        nb_model *course, *own;
        nb_network *net;
        nb_error err = {0};
        nb_rng *a = new_rng(3), *b = new_rng(3);
        uint8_t *text, *again;
        size_t size, size_again;
        REQUIRE(nb_model_create(engine, &c, a, &course, &err) == NB_OK, "%s", err.message);
        REQUIRE(nb_model_describe(course, &text, &size, &err) == NB_OK, "%s", err.message);
        REQUIRE(nb_network_read((const char *)text, &net, &err) == NB_OK, "%s", err.message);
        REQUIRE(nb_network_write(net, &again, &size_again, &err) == NB_OK, "%s", err.message);
        CHECK(size == size_again && !differs(text, again, size), "text of kind %d", kind);
        REQUIRE(nb_model_build(engine, net, 2, b, &own, &err) == NB_OK, "%s", err.message);
        CHECK(nb_model_params(own) == nb_model_params(course), "parameters of kind %d", kind);
        const size_t n = nb_model_sample_size(course);
        float *x = calloc(2 * n, sizeof *x), *y = calloc(4 * n, sizeof *y);
        REQUIRE(x && y, "memory");
        nb_torch_randn(a, 2 * n, x);
        const float t[] = {0.25F, 1.0F};
        nb_model_forward(course, 2, x, t, NULL, y, NULL);
        nb_model_forward(own, 2, x, t, NULL, y + 2 * n, NULL);
        CHECK(!differs(y, y + 2 * n, 2 * n * sizeof *y), "numbers of kind %d", kind);
        free(x);
        free(y);
        free(text);
        free(again);
        nb_model_destroy(course);
        nb_model_destroy(own);
        nb_network_destroy(net);
        nb_rng_destroy(a);
        nb_rng_destroy(b);
    }
    static const struct {
        const char *text, *part;
        nb_status status;
    } bad[] = {{"input x x image 1 4", "line 1 of a network: input x: 2 numbers", NB_ERR_SHAPE},
               {"hello", "line 1 of a network is none: \"hello\"", NB_ERR_FORMAT},
               {"input x x features 2\ncall ReLU zero", "line 2 of a network is none", NB_ERR_FORMAT},
               {"input x x features 2\ncall ReLU 9", "line 2 of a network: ReLU: value 9", NB_ERR_ARGUMENT},
               {"input x x features 2\n\napply m 0", "line 3 of a network is none", NB_ERR_FORMAT}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        nb_network *net = NULL;
        FAILS(bad[i].status, bad[i].part, nb_network_read(bad[i].text, &net, &failure));
        CHECK(net == NULL, "text %zu made a network", i);
    }
}

int main(void)
{
    REQUIRE(nb_engine_create(NB_MODE_EXACT, 1, NULL, &engine, NULL) == NB_OK, "engine");
    test_orders();
    test_shared();
    test_output_that_is_read();
    test_cond();
    test_dead_ends();
    test_refusals();
    test_text();
    nb_engine_destroy(engine);
    return check_report();
}
