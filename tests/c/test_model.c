/* test_model.c - SimpleNoisePredictor and Adam against PyTorch's numbers, and what a model refuses. */
#include "allocations.h"
#include "check.h"
#include "optim/adam.h"

#include <float.h>

enum { BATCH = 5, VALUES = 2 * BATCH, PARAMS = 12 };

/* The fixed batch of the golden files. */
typedef struct batch {
    float x[VALUES], t[BATCH], target[VALUES];
} batch;

static void copy_golden(const char *name, float *out, size_t n)
{
    nb_array a = golden(name);
    REQUIRE(nb_array_count(&a) == n && a.dtype == NB_F32, "%s has another shape", name);
    memcpy(out, a.data, n * sizeof *out);
    free(a.data);
}

static batch golden_batch(void)
{
    batch b;
    copy_golden("predictor_x", b.x, VALUES);
    copy_golden("predictor_t", b.t, BATCH);
    copy_golden("predictor_target", b.target, VALUES);
    return b;
}

/* Forward, loss and backward on the batch; eps and d_x may be NULL. */
static double pass(nb_model *model, const batch *b, float *eps, float *d_x)
{
    float pred[VALUES], d_pred[VALUES];
    nb_error err = {0};
    nb_model_forward(model, BATCH, b->x, b->t, NULL, pred, NULL);
    const double loss = nb_mse(VALUES, pred, b->target, d_pred);
    CHECK(nb_model_backward(model, BATCH, d_pred, d_x, &err) == NB_OK, "%s", err.message);
    if (eps) memcpy(eps, pred, sizeof pred);
    return loss;
}

/* ---- Names, counts and initial weights
 * --------------------------------------------------------------------- */

static void test_names(const nb_engine *engine)
{
    static const struct {
        const char *name;
        int rank, shape[2];
    } want[PARAMS] = {{"time_embed.0.weight", 2, {32, 1}},  {"time_embed.0.bias", 1, {32, 1}},
                      {"time_embed.2.weight", 2, {32, 32}}, {"time_embed.2.bias", 1, {32, 1}},
                      {"net.0.weight", 2, {128, 34}},       {"net.0.bias", 1, {128, 1}},
                      {"net.2.weight", 2, {128, 128}},      {"net.2.bias", 1, {128, 1}},
                      {"net.4.weight", 2, {128, 128}},      {"net.4.bias", 1, {128, 1}},
                      {"net.6.weight", 2, {2, 128}},        {"net.6.bias", 1, {2, 1}}};
    nb_rng *rng = new_rng(42);
    nb_model *model = new_model(engine, 128, 32, 128, rng);
    CHECK(nb_model_param_count(model) == 38882, "%zu parameters", nb_model_param_count(model));
    REQUIRE(nb_model_params(model) == PARAMS, "%zu tensors", nb_model_params(model));
    for (size_t i = 0; i < PARAMS; i++) {
        const nb_param_info info = nb_model_param_info(model, i);
        CHECK(strcmp(info.name, want[i].name) == 0, "tensor %zu is %s", i, info.name);
        CHECK(info.rank == want[i].rank && info.shape[0] == want[i].shape[0] &&
                  info.shape[1] == want[i].shape[1] && info.shape[2] == 1 && info.shape[3] == 1,
              "%s has another shape", info.name);
        CHECK(info.count == (size_t)want[i].shape[0] * (size_t)want[i].shape[1], "%s's count", info.name);
    }
    const nb_model_config c = nb_model_get_config(model);
    CHECK(c.input_dim == 2 && c.hidden_dim == 128 && c.time_dim == 32 && c.max_batch == 128, "the sizes");
    nb_model_destroy(model);
    nb_rng_destroy(rng);
}

/* The model's parameters (or gradients) one after the other against a file of another model; relative to the
 * largest of each tensor, so that no small tensor hides behind a large one. */
static double worst_of_tensors(const nb_model *model, const nb_model *want, bool grads)
{
    double worst = 0.0;
    for (size_t i = 0; i < PARAMS; i++) {
        const size_t count = nb_model_param_info(model, i).count;
        float *got = malloc(2 * count * sizeof *got), *expected = got + count;
        REQUIRE(got != NULL, "no memory");
        (grads ? nb_model_get_grad : nb_model_get_param)(model, i, got);
        nb_model_get_param(want, i, expected);
        gap g = {0};
        for (size_t k = 0; k < count; k++) gap_add(&g, (double)got[k], (double)expected[k]);
        worst = larger(worst, gap_relative(g));
        free(got);
    }
    return worst;
}

static void compare_file(const nb_model *model, nb_model *other, const char *name, bool grads, double limit)
{
    load_golden(other, name);
    const double worst = worst_of_tensors(model, other, grads);
    printf("measured %s %.2g (limit %.2g)\n", name, worst, limit);
    CHECK(worst <= limit, "%s: off by %g of a tensor's largest number", name, worst);
}

/* The rows of a summary: first 8, last 8, sum and sum of squares of each tensor. */
static void compare_summary(const nb_model *model, const char *name, bool grads, double limit)
{
    nb_array want = golden(name);
    double worst = 0.0, sums = 0.0;
    for (size_t i = 0; i < PARAMS; i++) {
        const size_t count = nb_model_param_info(model, i).count;
        float *v = malloc(count * sizeof *v);
        REQUIRE(v != NULL, "no memory");
        (grads ? nb_model_get_grad : nb_model_get_param)(model, i, v);
        double sum = 0.0, squares = 0.0, sizes = 0.0;
        for (size_t k = 0; k < count; k++) {
            sum += (double)v[k];
            sizes += fabs((double)v[k]);
            squares += (double)v[k] * (double)v[k];
        }
        const double scale = sqrt(entry(&want, 18 * i + 17) / (double)count); /* root mean square */
        for (size_t k = 0; k < 8 && k < count; k++) {
            worst = larger(worst, fabs((double)v[k] - entry(&want, 18 * i + k)) / scale);
            worst = larger(worst, fabs((double)v[count - 1 - k] -
                                       entry(&want, 18 * i + (count < 8 ? 8 + count : 16) - 1 - k)) /
                                      scale);
        }
        sums = larger(sums, fabs(sum - entry(&want, 18 * i + 16)) / sizes);
        sums = larger(sums, fabs(squares / entry(&want, 18 * i + 17) - 1.0));
        free(v);
    }
    printf("measured %s %.2g (limit %.2g)\n", name, worst, limit);
    CHECK(worst <= limit, "%s: off by %g of a tensor's root mean square", name, worst);
    CHECK(sums <= limit + 1e-13, "%s: sums off by %g", name, sums); /* NumPy adds up in another order */
    free(want.data);
}

/* ---- One batch, ten steps
 * ---------------------------------------------------------------------------------- */

static void compare_values(const char *name, const float *got, size_t n, double limit)
{
    nb_array want = golden(name);
    REQUIRE(nb_array_count(&want) == n, "%s has another size", name);
    gap g = {0};
    for (size_t i = 0; i < n; i++) gap_add(&g, (double)got[i], entry(&want, i));
    check_gap(name, g, limit);
    free(want.data);
}

/* Weights, or gradients, of h20 against whole tensors and of h128 against their summaries. */
static void compare_model(const nb_model *model, nb_model *other, const char *suffix, double limit)
{
    char name[64];
    const bool grads = strcmp(suffix, "grads") == 0;
    if (nb_model_get_config(model).hidden_dim == 20) {
        snprintf(name, sizeof name, "predictor_h20_%s", suffix);
        compare_file(model, other, name, grads, limit);
    } else {
        snprintf(name, sizeof name, "predictor_h128_%s_summary", suffix);
        compare_summary(model, name, grads, limit);
    }
}

static void test_golden(const nb_engine *engine, int hidden, uint32_t seed)
{
    const batch b = golden_batch();
    nb_rng *rng = new_rng(seed), *unused = new_rng(0);
    nb_model *model = new_model(engine, hidden, 32, BATCH, rng),
             *other = new_model(engine, hidden, 32, 1, unused);
    nb_adam *adam = NULL;
    nb_error err = {0};
    REQUIRE(nb_adam_create(model, 1e-3, 0.9, 0.999, 1e-8, &adam, &err) == NB_OK, "%s", err.message);
    char prefix[32], name[64];
    snprintf(prefix, sizeof prefix, "predictor_h%d", hidden);
    compare_model(model, other, "init", 0.0);
    float eps[VALUES], d_x[VALUES], losses[10];
    losses[0] = (float)pass(model, &b, eps, d_x);
    snprintf(name, sizeof name, "%s_forward", prefix);
    compare_values(name, eps, VALUES, 5e-7);
    snprintf(name, sizeof name, "%s_grad_x", prefix);
    compare_values(name, d_x, VALUES, 5e-7);
    compare_model(model, other, "grads", hidden == 20 ? 6e-7 : 3e-6);
    for (int step = 1; step <= 10; step++) {
        if (step > 1) losses[step - 1] = (float)pass(model, &b, NULL, NULL);
        nb_adam_step(adam, NULL);
        snprintf(name, sizeof name, "adam%d", step);
        if (step <= 2 || step == 10) compare_model(model, other, name, 1e-6);
    }
    snprintf(name, sizeof name, "%s_losses", prefix);
    compare_values(name, losses, 10, 2e-7);
    float *weights = all_params(model);
    snprintf(name, sizeof name, "%s_after_10_steps", prefix);
    bits(name, weights, nb_model_param_count(model) * sizeof *weights);
    free(weights);
    nb_adam_destroy(adam);
    nb_model_destroy(model);
    nb_model_destroy(other);
    nb_rng_destroy(rng);
    nb_rng_destroy(unused);
}

/* ---- Batches and threads
 * ------------------------------------------------------------------------------------- */

/* A forward pass in chunks of max_batch gives what one large pass gives, whatever the chunk. */
static void test_chunks(const nb_engine *engine)
{
    enum { N = 77 };
    float x[2 * N], t[N], want[2 * N], got[2 * N + 1];
    nb_rng *rng = new_rng(4);
    nb_torch_randn(rng, (size_t)2 * N, x);
    nb_torch_rand(rng, N, t);
    static const int chunks[] = {128, 77, 76, 13, 4, 1};
    for (size_t i = 0; i < 6; i++) {
        nb_rng_seed(rng, 1);
        nb_model *model = new_model(engine, 23, 9, chunks[i], rng);
        got[2 * N] = 8.0F;
        nb_model_forward(model, N, x, t, NULL, i ? got : want, NULL);
        CHECK(i == 0 || memcmp(got, want, sizeof want) == 0, "in chunks of %d", chunks[i]);
        CHECK(got[2 * N] == 8.0F, "a prediction too many in chunks of %d", chunks[i]);
        nb_model_forward(model, 0, NULL, NULL, NULL, NULL, NULL);
        nb_model_destroy(model);
    }
    bits("forward_77", want, sizeof want);
    nb_rng_destroy(rng);
}

/* Gradients of a batch of `n` with so many threads; false if there are none here. */
static bool gradients(int threads, int n, float *out, float *d_x)
{
    nb_engine *engine = NULL;
    nb_error err = {0};
    if (nb_engine_create(NB_MODE_EXACT, threads, getenv("NB_KERNELS"), &engine, &err) != NB_OK) {
        CHECK(threads > 1, "%s", err.message);
        printf("note: %d threads: %s\n", threads, err.message);
        return false;
    }
    CHECK(nb_engine_threads(engine) == threads, "%d threads", nb_engine_threads(engine));
    nb_rng *rng = new_rng(8);
    nb_model *model = new_model(engine, 37, 11, 64, rng);
    float x[128], t[64], eps[128];
    nb_torch_randn(rng, 128, x);
    nb_torch_rand(rng, 64, t);
    for (int repeat = 0; repeat < 20; repeat++) { /* a race would not show every time */
        nb_model_forward(model, (size_t)n, x, t, NULL, eps, NULL);
        CHECK(nb_model_backward(model, (size_t)n, x, d_x, &err) == NB_OK, "%s", err.message);
    }
    for (size_t i = 0; i < PARAMS; i++) {
        nb_model_get_grad(model, i, out);
        out += nb_model_param_info(model, i).count;
    }
    nb_model_destroy(model);
    nb_rng_destroy(rng);
    nb_engine_destroy(engine);
    return true;
}

static void test_threads(void)
{
    static float want[4096], got[4096];
    static const int sizes[] = {1, 3, 5, 64}, threads[] = {2, 3, 8};
    float want_x[128], got_x[128];
    for (size_t i = 0; i < 4; i++) {
        memset(want_x, 0, sizeof want_x);
        memset(got_x, 0, sizeof got_x);
        gradients(1, sizes[i], want, want_x);
        for (size_t k = 0; k < 3; k++) {
            if (!gradients(threads[k], sizes[i], got, got_x)) continue;
            CHECK(memcmp(got, want, sizeof want) == 0 && memcmp(got_x, want_x, sizeof want_x) == 0,
                  "batch %d with %d threads has other gradients", sizes[i], threads[k]);
        }
        char name[32];
        snprintf(name, sizeof name, "gradients_of_%d", sizes[i]);
        bits(name, want, sizeof want);
    }
}

/* ---- Adam
 * ------------------------------------------------------------------------------------------------------ */

/* Once the gradient is zero the first moments decay to zero, and never pass through the subnormal numbers. */
static void test_subnormals(const nb_engine *engine)
{
    nb_rng *rng = new_rng(6);
    nb_model *model = new_model(engine, 7, 3, BATCH, rng);
    const batch b = golden_batch();
    const float zero[VALUES] = {0.0F};
    float eps[VALUES];
    nb_adam *adam = NULL;
    nb_error err = {0};
    REQUIRE(nb_adam_create(model, 1e-3, 0.9, 0.999, 1e-8, &adam, &err) == NB_OK, "%s", err.message);
    pass(model, &b, NULL, NULL);
    nb_adam_step(adam, NULL);
    const size_t floats = model->graph.weight_floats;
    size_t subnormal = 0, moving = 0, low = 0;
    for (int step = 0; step < 1000; step++) {
        nb_model_forward(model, BATCH, b.x, b.t, NULL, eps, NULL);
        nb_model_backward(model, BATCH, zero, NULL, NULL);
        nb_adam_step(adam, NULL);
        moving = 0;
        for (size_t i = 0; i < floats; i++) {
            const float m = fabsf(adam->m[i]);
            subnormal += m > 0.0F && m < FLT_MIN;
            low += m >= FLT_MIN && m < 2.0F * FLT_MIN; /* it came close, so it would have passed */
            moving += m > 0.0F;
        }
    }
    CHECK(subnormal == 0 && low > 0 && moving == 0, "%zu subnormal moments, %zu left, %zu came close",
          subnormal, moving, low);
    CHECK(adam->step == 1001, "step %lld", (long long)adam->step);
    nb_adam_destroy(adam);
    nb_model_destroy(model);
    nb_rng_destroy(rng);
}

static void test_adam_refusals(const nb_engine *engine)
{
    nb_rng *rng = new_rng(6);
    nb_model *model = new_model(engine, 7, 3, BATCH, rng);
    nb_adam *adam = NULL;
    static const double bad_lr[] = {0.0, -1e-3, NAN, INFINITY, 2e6};
    for (size_t i = 0; i < 5; i++)
        FAILS(NB_ERR_ARGUMENT, "learning rate",
              nb_adam_create(model, bad_lr[i], 0.9, 0.999, 1e-8, &adam, &failure));
    static const double bad[][3] = {{1.0, 0.999, 1e-8}, {0.9, 1.0, 1e-8},   {-0.1, 0.9, 1e-8},
                                    {0.9, -0.1, 1e-8},  {NAN, 0.999, 1e-8}, {0.9, NAN, 1e-8},
                                    {0.9, 0.999, 0.0},  {0.9, 0.999, NAN}};
    for (size_t i = 0; i < 8; i++)
        FAILS(NB_ERR_ARGUMENT, "beta",
              nb_adam_create(model, 1e-3, bad[i][0], bad[i][1], bad[i][2], &adam, &failure));
    CHECK(adam == NULL, "a refused optimiser was handed out");
    REQUIRE(nb_adam_create(model, 1e-3, 0.9, 0.999, 1e-8, &adam, NULL) == NB_OK, "the defaults");
    FAILS(NB_ERR_ARGUMENT, "learning rate", nb_adam_set_lr(adam, NAN, &failure));
    CHECK(adam->lr == 1e-3 && nb_adam_set_lr(adam, 0.5, NULL) == NB_OK && adam->lr == 0.5, "set_lr");
    float *before = all_params(model);
    nb_adam_step(adam, NULL); /* before any backward pass there is no gradient */
    float *after = all_params(model);
    CHECK(memcmp(before, after, nb_model_param_count(model) * sizeof *before) == 0,
          "a step without gradient");
    free(before);
    free(after);
    nb_adam_destroy(adam);
    nb_adam_destroy(NULL);
    nb_model_destroy(model);
    nb_rng_destroy(rng);
}

/* ---- Refusals and memory
 * ---------------------------------------------------------------------------------------- */

static void test_backward_refusals(const nb_engine *engine)
{
    nb_rng *rng = new_rng(2);
    nb_model *model = new_model(engine, 5, 3, 4, rng);
    float x[20] = {0.5F}, t[10] = {0.25F}, eps[20], d_x[20];
    FAILS(NB_ERR_SHAPE, "no forward pass has been run yet", nb_model_backward(model, 3, x, d_x, &failure));
    nb_model_forward(model, 3, x, t, NULL, eps, NULL);
    FAILS(NB_ERR_SHAPE, "2 samples", nb_model_backward(model, 2, x, d_x, &failure));
    FAILS(NB_ERR_SHAPE, "0 samples", nb_model_backward(model, 0, x, d_x, &failure));
    FAILS(NB_ERR_SHAPE, "at most 4", nb_model_backward(model, 5, x, d_x, &failure));
    CHECK(nb_model_backward(model, 3, x, d_x, NULL) == NB_OK, "the right number");
    nb_model_forward(model, 10, x, t, NULL, eps,
                     NULL); /* in chunks: nothing whole is left to go back through */
    FAILS(NB_ERR_SHAPE, "2 samples", nb_model_backward(model, 2, x, d_x, &failure));
    FAILS(NB_ERR_SHAPE, "10 samples", nb_model_backward(model, 10, x, d_x, &failure));
    nb_model_destroy(model);
    nb_model_destroy(NULL);
    nb_rng_destroy(rng);
}

#define POINTS(in, hidden, time, batch)                                                                      \
    {                                                                                                        \
        .kind = NB_SIMPLE_NOISE_PREDICTOR, .input_dim = in, .hidden_dim = hidden, .time_dim = time,          \
        .max_batch = batch                                                                                   \
    }

static void test_config_refusals(const nb_engine *engine)
{
    static const struct {
        const char *part;
        nb_model_config config;
    } bad[] = {{"input_dim", POINTS(0, 8, 8, 8)},
               {"input_dim", POINTS(1025, 8, 8, 8)},
               {"hidden_dim", POINTS(2, 0, 8, 8)},
               {"hidden_dim", POINTS(2, 4097, 8, 8)},
               {"time_dim", POINTS(2, 8, -1, 8)},
               {"time_dim", POINTS(2, 8, 1025, 8)},
               {"max_batch", POINTS(2, 8, 8, 0)},
               {"max_batch", POINTS(2, 8, 8, INT32_MAX)},
               {"17 is no model", {.kind = (nb_model_kind)17}}};
    nb_rng *rng = new_rng(2);
    uint8_t before[NB_RNG_STATE_BYTES], after[NB_RNG_STATE_BYTES];
    nb_rng_get_state(rng, before);
    nb_model *model = NULL;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        FAILS(NB_ERR_ARGUMENT, bad[i].part, nb_model_create(engine, &bad[i].config, rng, &model, &failure));
    CHECK(model == NULL, "a refused model was handed out");
    nb_rng_get_state(rng, after);
    CHECK(memcmp(before, after, sizeof before) == 0, "a refused model drew its weights");
    nb_rng_destroy(rng);
}

static void test_no_allocation(const nb_engine *engine)
{
    check_counter();
    nb_rng *rng = new_rng(2);
    nb_model *model = new_model(engine, 20, 32, BATCH, rng);
    const batch b = golden_batch();
    nb_adam *adam = NULL;
    REQUIRE(nb_adam_create(model, 1e-3, 0.9, 0.999, 1e-8, &adam, NULL) == NB_OK, "the defaults");
    float d_x[VALUES], eps[VALUES];
    const long before = allocations;
    for (int i = 0; i < 3; i++) {
        pass(model, &b, eps, d_x);
        nb_adam_step(adam, NULL);
    }
    for (int i = 0; i < 3; i++) nb_model_forward(model, (size_t)1 + (size_t)i, b.x, b.t, NULL, eps, NULL);
    check_no_allocation("forward, backward and Adam", before);
    nb_adam_destroy(adam);
    nb_model_destroy(model);
    nb_rng_destroy(rng);
}

/* t is the timestep or t / T, and nothing else. */
static void test_times(const nb_engine *engine)
{
    nb_rng *rng = new_rng(3);
    nb_model_config pictures = nb_model_default(NB_MINI_UNET);
    pictures.base_channels = 8;
    pictures.image_height = pictures.image_width = 4;
    nb_error err = {0};
    nb_model *points = new_model(engine, 3, 2, 4, rng), *unet = NULL;
    REQUIRE(nb_model_create(engine, &pictures, rng, &unet, &err) == NB_OK, "%s", err.message);
    static float x[16], eps[16] = {7.0F};
    static const float bad[] = {-0.001F, 1.001F, 500.0F, NAN, INFINITY};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const float t[2] = {0.5F, bad[i]};
        FAILS(NB_ERR_ARGUMENT, "simple-noise-predictor takes t / T, from 0 to 1",
              nb_model_forward(points, 2, x, t, NULL, eps, &failure));
        FAILS(NB_ERR_ARGUMENT, "t[1]",
              nb_model_predict(points, 2, &(nb_inputs){x, t, NULL, NULL}, eps, &failure));
        FAILS(NB_ERR_ARGUMENT, "t[1]",
              nb_model_activation(points, 0, 2, &(nb_inputs){x, t, NULL, NULL}, eps, &failure));
    }
    static const float bad_steps[] = {-1.0F, 100000.0F, NAN};
    for (size_t i = 0; i < 3; i++)
        FAILS(NB_ERR_ARGUMENT, "mini-unet takes the timestep, from 0 to 99999",
              nb_model_forward(unet, 1, x, &bad_steps[i], NULL, eps, &failure));
    CHECK(eps[0] == 7.0F, "a refused pass wrote");
    const float ends[2] = {0.0F, 1.0F}, last = 99999.0F;
    CHECK(nb_model_forward(points, 2, x, ends, NULL, eps, NULL) == NB_OK, "0 and 1");
    CHECK(nb_model_forward(unet, 1, x, &last, NULL, eps, NULL) == NB_OK, "99999");
    const int32_t steps[3] = {0, 7, 49}, beyond[1] = {50};
    float t[3];
    CHECK(nb_model_times(points, 50, 3, steps, t, &err) == NB_OK && t[1] == 7.0F / 50.0F, "t / T");
    CHECK(nb_model_times(unet, 50, 3, steps, t, &err) == NB_OK && t[1] == 7.0F, "t");
    FAILS(NB_ERR_ARGUMENT, "timesteps are 0 to 49", nb_model_times(unet, 50, 1, beyond, t, &failure));
    nb_model_destroy(points);
    nb_model_destroy(unet);
    nb_rng_destroy(rng);
}

int main(void)
{
    nb_engine *engine = new_engine();
    test_names(engine);
    test_golden(engine, 20, 3);
    test_golden(engine, 128, 42);
    test_chunks(engine);
    test_threads();
    test_subnormals(engine);
    test_adam_refusals(engine);
    test_backward_refusals(engine);
    test_config_refusals(engine);
    test_no_allocation(engine);
    test_times(engine);
    nb_engine_destroy(engine);
    return check_report();
}
