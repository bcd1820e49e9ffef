/* test_activations.c - looking into the networks: the named values against the layers that follow them, and mini-unet
 * without its skip connections. */
#include "check.h"

#include <math.h>

enum { N = 5, MOST = 8192 };

static const nb_model_config configs[] = {
    {NB_SIMPLE_NOISE_PREDICTOR, .input_dim = 2, .hidden_dim = 16, .time_dim = 8, .max_batch = 4},
    {NB_MINI_UNET, .in_channels = 3, .base_channels = 8, .time_dim = 8, .image_height = 8, .image_width = 8,
     .max_batch = 4},
    {NB_SIMPLE_UNET, .in_channels = 1, .base_channels = 6, .image_height = 5, .image_width = 5,
     .max_batch = 4},
    {NB_CONDITIONAL_UNET, .in_channels = 3, .base_channels = 5, .image_height = 6, .image_width = 6,
     .n_classes = 4, .max_batch = 4},
    {NB_CONDITIONAL_DIFFUSION, .input_dim = 2, .hidden_dim = 16, .time_dim = 8, .n_classes = 4,
     .max_batch = 4},
    {NB_MINI_UNET, .in_channels = 1, .base_channels = 8, .time_dim = 16, .image_height = 12,
     .image_width = 12, .max_batch = 3, .attention = 1},
};
enum { CONFIGS = sizeof configs / sizeof *configs };

/* A model with a batch of N samples. */
typedef struct subject {
    nb_engine *engine;
    nb_model *model;
    size_t dim;
    float x[MOST], t[N], eps[MOST];
    int32_t labels[N];
    const int32_t *given; /* labels, or NULL for a model without classes */
} subject;

static subject *begin(nb_model_config config, nb_engine *engine)
{
    subject *s = calloc(1, sizeof *s);
    REQUIRE(s != NULL, "memory");
    s->engine = engine;
    nb_error err = {0};
    nb_rng *rng = new_rng(7);
    REQUIRE(nb_model_create(s->engine, &config, rng, &s->model, &err) == NB_OK, "%s", err.message);
    s->dim = nb_model_sample_size(s->model);
    REQUIRE(s->dim * N <= MOST, "samples of %zu numbers", s->dim);
    nb_torch_randn(rng, s->dim * N, s->x);
    for (int i = 0; i < N; i++) {
        s->t[i] = nb_model_takes_fraction(s->model) ? 0.17F * (float)i : 31.0F * (float)i;
        s->labels[i] = i % (config.n_classes + 1);
    }
    s->given = config.n_classes ? s->labels : NULL;
    REQUIRE(nb_model_forward(s->model, N, s->x, s->t, s->given, s->eps, &err) == NB_OK, "%s", err.message);
    nb_rng_destroy(rng);
    return s;
}

static void end(subject *s)
{
    nb_model_destroy(s->model);
    nb_engine_destroy(s->engine);
    free(s);
}

static size_t find(const subject *s, const char *name)
{
    const size_t n = nb_model_activations(s->model);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(nb_model_activation_info(s->model, i).name, name) == 0) return i;
    }
    REQUIRE(false, "no value is named %s", name);
    return n;
}

/* The named value for the whole batch; free it. */
static float *look(const subject *s, size_t index)
{
    float *out = malloc(nb_model_activation_info(s->model, index).count * N * sizeof *out);
    REQUIRE(out != NULL, "memory");
    nb_error err = {0};
    REQUIRE(nb_model_activation(s->model, index, N, &(nb_inputs){s->x, s->t, s->given, NULL}, out, &err) ==
                NB_OK,
            "%s", err.message);
    return out;
}

static float *param(const subject *s, const char *name)
{
    for (size_t i = 0; i < nb_model_params(s->model); i++) {
        const nb_param_info info = nb_model_param_info(s->model, i);
        if (strcmp(info.name, name) != 0) continue;
        float *out = malloc(info.count * sizeof *out);
        REQUIRE(out != NULL, "memory");
        nb_model_get_param(s->model, i, out);
        return out;
    }
    REQUIRE(false, "no parameter %s", name);
    return NULL;
}

/* y[i][o][p] = b[o] + sum over k of w[o][k] x[i][k][p]: a linear layer where there is one pixel, else a 1x1 convolution. */
static void check_layer(const subject *s, const char *name, const float *x, size_t in, size_t out,
                        size_t pixels, const float *y)
{
    char weight[80], bias[80];
    snprintf(weight, sizeof weight, "%s.weight", name);
    snprintf(bias, sizeof bias, "%s.bias", name);
    float *w = param(s, weight), *b = param(s, bias);
    for (size_t i = 0; i < N * out * pixels; i++) {
        const size_t sample = i / (out * pixels), o = i / pixels % out, p = i % pixels;
        double want = (double)b[o];
        for (size_t k = 0; k < in; k++)
            want += (double)w[o * in + k] * (double)x[(sample * in + k) * pixels + p];
        CHECK(near((double)y[i], want, 1e-5, 1e-5), "%s, number %zu: %g, by hand %g", name, i, (double)y[i],
              want);
    }
    free(w);
    free(b);
}

/* From the last named value to the output by hand. */
static void test_last(void)
{
    static const struct {
        int config;
        const char *value, *layer;
    } ends[] = {
        {0, "hidden3", "net.6"}, {1, "up1", "out_conv"}, {4, "hidden3", "net.6"}, {5, "up1", "out_conv"}};
    for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
        subject *s = begin(configs[ends[k].config], new_engine());
        const size_t index = find(s, ends[k].value);
        const nb_activation_info info = nb_model_activation_info(s->model, index);
        const size_t pixels = info.rank == 1 ? 1 : (size_t)(info.shape[1] * info.shape[2]);
        float *value = look(s, index);
        check_layer(s, ends[k].layer, value, (size_t)info.shape[0], s->dim / pixels, pixels, s->eps);
        free(value);
        end(s);
    }
}

/* From the timestep to the time embedding by hand: time_mlp.3(relu(time_mlp.1(sinusoidal))). */
static void test_time(void)
{
    enum { D = 8 };
    subject *s = begin(configs[1], new_engine());
    float *sines = look(s, find(s, "sinusoidal")), *time = look(s, find(s, "time_emb"));
    float *w = param(s, "time_mlp.1.weight"), *b = param(s, "time_mlp.1.bias");
    float hidden[N * 2 * D];
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < D; k++) {
            const double angle = (double)s->t[i] * exp(-log(10000.0) * (double)(k % (D / 2)) / (D / 2));
            CHECK(near((double)sines[i * D + k], k < D / 2 ? sin(angle) : cos(angle), 2e-5, 0.0),
                  "sinusoidal %zu of sample %zu", k, i);
        }
        for (size_t o = 0; o < (size_t)2 * D; o++) {
            double sum = (double)b[o];
            for (size_t k = 0; k < D; k++) sum += (double)w[o * D + k] * (double)sines[i * D + k];
            hidden[i * 2 * D + o] = sum > 0.0 ? (float)sum : 0.0F;
        }
    }
    check_layer(s, "time_mlp.3", hidden, (size_t)2 * D, D, 1, time);
    free(sines);
    free(time);
    free(w);
    free(b);
    end(s);
}

static const char *const unet_names[] = {"sinusoidal", "time_emb", "down1", "down2",
                                         "bottleneck", "up2",      "up1"};

/* A block's own parameters change its value and those after it, not those before. */
static void test_order(void)
{
    subject *s = begin(configs[1], new_engine());
    enum { NAMES = 7 };
    REQUIRE(nb_model_activations(s->model) == NAMES, "%zu names", nb_model_activations(s->model));
    float *before[NAMES];
    for (size_t i = 0; i < NAMES; i++) {
        CHECK(strcmp(nb_model_activation_info(s->model, i).name, unet_names[i]) == 0, "name %zu is %s", i,
              nb_model_activation_info(s->model, i).name);
        before[i] = look(s, i);
    }
    for (size_t p = 0; p < nb_model_params(s->model); p++) {
        const nb_param_info info = nb_model_param_info(s->model, p);
        size_t block = 2;
        while (block < NAMES && strncmp(info.name, unet_names[block], strlen(unet_names[block])) != 0)
            block++;
        if (block == NAMES) continue;
        float *kept = param(s, info.name), *other = param(s, info.name);
        for (size_t i = 0; i < info.count; i++) other[i] = 0.5F * kept[i] + 0.25F;
        nb_model_set_param(s->model, p, other);
        for (size_t i = 0; i < NAMES; i++) {
            float *now = look(s, i);
            const bool same =
                memcmp(now, before[i], nb_model_activation_info(s->model, i).count * N * sizeof *now) == 0;
            CHECK(same == (i < block), "%s %s with %s", unet_names[i], same ? "stays" : "changes", info.name);
            free(now);
        }
        nb_model_set_param(s->model, p, kept);
        free(kept);
        free(other);
    }
    for (size_t i = 0; i < NAMES; i++) free(before[i]);
    end(s);
}

/* Every value of every network: as many numbers as its shape says, the same bits for one sample at a time and on threads;
 * the forward pass stays what it was. */
static void test_bits(void)
{
    for (int k = 0; k < CONFIGS; k++) {
        nb_engine *threads = NULL; /* none in a build without */
        nb_engine_create(NB_MODE_EXACT, 3, getenv("NB_KERNELS"), &threads, NULL);
        subject *s = begin(configs[k], new_engine()), *threaded = threads ? begin(configs[k], threads) : NULL;
        for (size_t i = 0; i < nb_model_activations(s->model); i++) {
            const nb_activation_info info = nb_model_activation_info(s->model, i);
            size_t count = 1;
            for (int axis = 0; axis < info.rank; axis++) count *= (size_t)info.shape[axis];
            CHECK(count == info.count, "%s has %zu numbers", info.name, info.count);
            float *batch = look(s, i), *lanes = threaded ? look(threaded, i) : NULL,
                  *one = malloc(count * sizeof *one);
            REQUIRE(one != NULL, "memory");
            CHECK(!lanes || memcmp(batch, lanes, count * N * sizeof *batch) == 0, "%s on threads", info.name);
            for (size_t n = 0; n < N; n++) {
                nb_model_activation(
                    s->model, i, 1,
                    &(nb_inputs){s->x + n * s->dim, s->t + n, s->given ? s->given + n : NULL, NULL}, one,
                    NULL);
                CHECK(memcmp(one, batch + n * count, count * sizeof *one) == 0, "%s alone", info.name);
            }
            char name[80];
            snprintf(name, sizeof name, "activation_%d_%s", k, info.name);
            bits(name, batch, count * N * sizeof *batch);
            free(batch);
            free(lanes);
            free(one);
        }
        static float again[MOST];
        nb_model_forward(s->model, N, s->x, s->t, s->given, again, NULL);
        CHECK(memcmp(again, s->eps, s->dim * N * sizeof *again) == 0, "the forward pass has changed");
        end(s);
        if (threaded) end(threaded);
    }
}

/* Zeroes the weights that read the skip connection's channels of a block: from `first` input channel on. */
static void cut(const subject *s, const char *name, size_t first)
{
    for (size_t i = 0; i < nb_model_params(s->model); i++) {
        const nb_param_info info = nb_model_param_info(s->model, i);
        if (strcmp(info.name, name) != 0) continue;
        float *w = param(s, name);
        const size_t in = (size_t)info.shape[1], taps = (size_t)(info.shape[2] * info.shape[3]);
        for (size_t j = 0; j < info.count; j++) {
            if (j / taps % in >= first) w[j] = 0.0F;
        }
        nb_model_set_param(s->model, i, w);
        free(w);
        return;
    }
    REQUIRE(false, "no parameter %s", name);
}

/* Without skips the network is the one whose weights for them are 0. */
static void test_skips(void)
{
    static float off[MOST], on[MOST], cut_off[MOST];
    subject *s = begin(configs[1], new_engine());
    const size_t bytes = s->dim * N * sizeof *off, base = 8;
    CHECK(nb_model_set_skips(s->model, false, NULL) == NB_OK, "skips off");
    nb_model_forward(s->model, N, s->x, s->t, NULL, off, NULL);
    CHECK(memcmp(off, s->eps, bytes) != 0, "nothing came by the skip connections");
    nb_model_set_skips(s->model, true, NULL);
    nb_model_forward(s->model, N, s->x, s->t, NULL, on, NULL);
    CHECK(memcmp(on, s->eps, bytes) == 0, "switched on again, the output differs");
    cut(s, "up2.conv1.weight", 2 * base);
    cut(s, "up2.shortcut.weight", 2 * base);
    cut(s, "up1.conv1.weight", 2 * base);
    cut(s, "up1.shortcut.weight", 2 * base);
    nb_model_forward(s->model, N, s->x, s->t, NULL, cut_off, NULL);
    for (size_t i = 0; i < s->dim * N; i++)
        CHECK(near((double)off[i], (double)cut_off[i], 1e-6, 1e-6), "number %zu: %g, cut off %g", i,
              (double)off[i], (double)cut_off[i]);
    bits("skips_off", off, bytes);
    end(s);
}

static void test_refusals(void)
{
    subject *s = begin(configs[1], new_engine()), *points = begin(configs[4], new_engine());
    float *value = look(s, 2);
    FAILS(NB_ERR_ARGUMENT, "named values 0 to 6",
          nb_model_activation(s->model, 7, 1, &(nb_inputs){s->x, s->t, NULL, NULL}, value, &failure));
    FAILS(NB_ERR_ARGUMENT, "no classes",
          nb_model_activation(s->model, 2, 1, &(nb_inputs){s->x, s->t, s->labels, NULL}, value, &failure));
    FAILS(NB_ERR_ARGUMENT, "label 5",
          nb_model_activation(points->model, 0, 1, &(nb_inputs){points->x, points->t, &(int32_t){5}, NULL},
                              value, &failure));
    FAILS(NB_ERR_ARGUMENT, "no skip connections", nb_model_set_skips(points->model, false, &failure));
    /* Looking ends what a backward pass could follow. */
    FAILS(NB_ERR_SHAPE, "was a prediction", nb_model_backward(s->model, 1, s->eps, NULL, &failure));
    nb_model_forward(s->model, 1, s->x, s->t, NULL, s->eps, NULL);
    CHECK(nb_model_backward(s->model, 1, s->eps, NULL, NULL) == NB_OK, "a backward pass");
    nb_model_set_skips(s->model, false, NULL);
    nb_model_forward(s->model, 1, s->x, s->t, NULL, s->eps, NULL);
    FAILS(NB_ERR_ARGUMENT, "skip connections are off",
          nb_model_backward(s->model, 1, s->eps, NULL, &failure));
    nb_schedule *schedule = new_schedule(NB_SCHEDULE_LINEAR, 20);
    nb_rng *rng = new_rng(1), *same = new_rng(1);
    nb_trainer *trainer = NULL;
    const nb_train_config config = {.batch = 2, .lr = 1e-3, .keep_order = true};
    REQUIRE(nb_trainer_create(s->model, schedule, rng, s->x, N, &config, &trainer, NULL) == NB_OK, "trainer");
    nb_train_report report;
    FAILS(NB_ERR_ARGUMENT, "skip connections are off", nb_trainer_step(trainer, &report, &failure));
    uint8_t a[NB_RNG_STATE_BYTES], b[NB_RNG_STATE_BYTES];
    nb_rng_get_state(rng, a);
    nb_rng_get_state(same, b);
    CHECK(memcmp(a, b, sizeof a) == 0, "a refused step drew");
    nb_model_set_skips(s->model, true, NULL);
    FAILS(NB_ERR_SHAPE, "switched since the last forward pass",
          nb_model_backward(s->model, 1, s->eps, NULL, &failure));
    CHECK(nb_trainer_step(trainer, &report, NULL) == NB_OK, "a step with the skips on");
    nb_trainer_destroy(trainer);
    nb_schedule_destroy(schedule);
    nb_rng_destroy(rng);
    nb_rng_destroy(same);
    free(value);
    end(s);
    end(points);
}

int main(void)
{
    test_last();
    test_time();
    test_order();
    test_bits();
    test_skips();
    test_refusals();
    return check_report();
}
