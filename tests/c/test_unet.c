/* test_unet.c - the networks for images, and the conditional one for points, against PyTorch: sizes, initial
 * weights, forward, every gradient; threads, files, errors. */
#include "check.h"
#include "models/model.h"

/* Before and after the draws the golden script makes: classes is what labels are drawn below, plus one. */
typedef struct network_case {
    const char *name;
    nb_model_config config;
    size_t n;
    int classes;
} network_case;

/* In the golden script's order: the index + 100 is the seed. */
static const network_case cases[] = {
    {"mini_unet_b8_c3",
     {NB_MINI_UNET, .in_channels = 3, .base_channels = 8, .time_dim = 32, .image_height = 8, .image_width = 8,
      .max_batch = 3},
     3,
     3},
    {"mini_unet_b16",
     {NB_MINI_UNET, .in_channels = 1, .base_channels = 16, .time_dim = 128, .image_height = 16,
      .image_width = 16, .max_batch = 7},
     2,
     3},
    {"simple_unet",
     {NB_SIMPLE_UNET, .in_channels = 3, .base_channels = 64, .image_height = 6, .image_width = 6,
      .max_batch = 2},
     2,
     3},
    {"simple_unet_b6_c1",
     {NB_SIMPLE_UNET, .in_channels = 1, .base_channels = 6, .image_height = 5, .image_width = 5,
      .max_batch = 5},
     5,
     3},
    {"conditional_unet",
     {NB_CONDITIONAL_UNET, .in_channels = 3, .base_channels = 64, .image_height = 4, .image_width = 4,
      .n_classes = 10, .max_batch = 4},
     3,
     10},
    {"conditional_unet_b5_k2",
     {NB_CONDITIONAL_UNET, .in_channels = 3, .base_channels = 5, .image_height = 7, .image_width = 7,
      .n_classes = 2, .max_batch = 6},
     6,
     2},
    {"conditional_diffusion",
     {NB_CONDITIONAL_DIFFUSION, .input_dim = 2, .hidden_dim = 128, .time_dim = 32, .n_classes = 3,
      .max_batch = 16},
     9,
     3},
    {"conditional_diffusion_h20",
     {NB_CONDITIONAL_DIFFUSION, .input_dim = 3, .hidden_dim = 20, .time_dim = 6, .n_classes = 4,
      .max_batch = 7},
     7,
     4},
    {"mini_unet_attention",
     {NB_MINI_UNET, .in_channels = 1, .base_channels = 8, .time_dim = 16, .image_height = 12,
      .image_width = 12, .attention = 1, .max_batch = 4},
     4,
     3},
};
enum { CASES = sizeof cases / sizeof *cases, MOST_X = 4096, MOST_N = 64, SUMMARY = 18 };

typedef struct inputs {
    float x[MOST_X], t[MOST_N], d_eps[MOST_X];
    int32_t labels[MOST_N];
    size_t count;
} inputs;

static nb_model *create(const nb_engine *engine, const nb_model_config *config, nb_rng *rng)
{
    nb_model *model = NULL;
    nb_error err = {0};
    REQUIRE(nb_model_create(engine, config, rng, &model, &err) == NB_OK, "%s", err.message);
    return model;
}

/* The golden script's draws, in its order. */
static void draw(inputs *in, const nb_model *model, size_t n, int classes, nb_rng *rng)
{
    int32_t steps[MOST_N];
    in->count = n * nb_model_sample_size(model);
    REQUIRE(in->count <= MOST_X && n <= MOST_N, "too large");
    nb_torch_randn(rng, in->count, in->x);
    nb_torch_randint(rng, 0, 1000, n, steps, NULL);
    nb_torch_randint(rng, 0, (uint32_t)classes + 1, n, in->labels, NULL);
    nb_torch_randn(rng, in->count, in->d_eps);
    for (size_t i = 0; i < n; i++)
        in->t[i] = nb_model_takes_fraction(model) ? (float)steps[i] / 1000.0F : (float)steps[i];
}

static void run(nb_model *model, const inputs *in, size_t n, float *eps, float *d_x)
{
    nb_error err = {0};
    const int32_t *labels = nb_model_classes(model) ? in->labels : NULL;
    REQUIRE(nb_model_forward(model, n, in->x, in->t, labels, eps, &err) == NB_OK, "%s", err.message);
    REQUIRE(nb_model_backward(model, n, in->d_eps, d_x, &err) == NB_OK, "%s", err.message);
}

/* ---- Against golden numbers ------------------------------------------------------------------------------- */

/* First 8 and last 8 numbers, sum, sum of squares. */
static void summarise(const float *values, size_t count, double out[SUMMARY])
{
    memset(out, 0, SUMMARY * sizeof *out);
    for (size_t i = 0; i < 8 && i < count; i++) {
        out[i] = (double)values[i];
        out[8 + i] = (double)values[(count > 8 ? count - 8 : 0) + i];
    }
    for (size_t i = 0; i < count; i++) {
        out[16] += (double)values[i];
        out[17] += (double)values[i] * (double)values[i];
    }
}

/* Each tensor's numbers, to `limit` of its norm. */
static void check_summaries(const char *name, const nb_model *model, bool grads, double limit)
{
    char file[96];
    snprintf(file, sizeof file, "%s_%s_summary", name, grads ? "grads" : "init");
    nb_array want = golden(file);
    CHECK(want.shape[0] == nb_model_params(model), "%s: %zu tensors", file, nb_model_params(model));
    double worst = 0.0, largest = 0.0;
    for (size_t i = 0; i < want.shape[0]; i++)
        largest = larger(largest, sqrt(entry(&want, i * SUMMARY + 17)));
    for (size_t i = 0; i < want.shape[0]; i++) {
        const nb_param_info info = nb_model_param_info(model, i);
        float *values = malloc(info.count * sizeof *values);
        double got[SUMMARY];
        REQUIRE(values != NULL, "no memory");
        (grads ? nb_model_get_grad : nb_model_get_param)(model, i, values);
        summarise(values, info.count, got);
        free(values);
        const double norm = sqrt(entry(&want, i * SUMMARY + 17));
        /* With one channel a group, the bias before a norm has no gradient but rounding errors. */
        const double scale = norm > 1e-9 * largest ? norm : 0.01 * largest;
        for (size_t k = 0; k < SUMMARY; k++) {
            const double difference = fabs(got[k] - entry(&want, i * SUMMARY + k));
            const double roots = k == 16 ? sqrt((double)info.count) : k == 17 ? 2.0 * scale : 1.0;
            const double relative = difference / (scale * roots);
            CHECK(relative <= limit, "%s: %s, number %zu off by %g of %g", file, info.name, k, difference,
                  scale);
            worst = larger(worst, relative);
        }
    }
    printf("measured %s %.2g (limit %.2g)\n", file, worst, limit);
    free(want.data);
}

static void check_array(const char *name, const char *part, const float *got, size_t count, double limit)
{
    char file[96];
    snprintf(file, sizeof file, "%s_%s", name, part);
    nb_array want = golden(file);
    gap g = {0};
    CHECK(nb_array_count(&want) == count, "%s: %zu numbers", file, count);
    for (size_t i = 0; i < count; i++) gap_add(&g, (double)got[i], entry(&want, i));
    check_gap(file, g, limit);
    free(want.data);
}

static void test_networks(void)
{
    static inputs in;
    static float eps[MOST_X], d_x[MOST_X];
    nb_engine *engine = new_engine();
    for (uint32_t i = 0; i < CASES; i++) {
        const network_case *c = &cases[i];
        nb_rng *rng = new_rng(100 + i);
        nb_model *model = create(engine, &c->config, rng);
        check_summaries(c->name, model, false, 1e-7);
        draw(&in, model, c->n, c->classes, rng);
        run(model, &in, c->n, eps, d_x);
        check_array(c->name, "forward", eps, in.count, 3e-6);
        check_array(c->name, "grad_x", d_x, in.count, 3e-6);
        check_summaries(c->name, model, true, 5e-6);
        bits(c->name, eps, in.count * sizeof *eps);
        bits(c->name, model->graph.grads, model->graph.weight_floats * sizeof(float));
        nb_model_destroy(model);
        nb_rng_destroy(rng);
    }
    nb_engine_destroy(engine);
}

static void test_parameter_counts(void)
{
    nb_array want = golden("network_param_counts");
    nb_engine *engine = new_engine();
    nb_rng *rng = new_rng(1);
    nb_model_config configs[6];
    for (int i = 0; i < 3; i++) configs[i] = nb_model_default(NB_MINI_UNET);
    configs[1].base_channels = 16;
    configs[2].base_channels = 8;
    configs[2].in_channels = 3;
    configs[3] = nb_model_default(NB_SIMPLE_UNET);
    configs[4] = nb_model_default(NB_CONDITIONAL_UNET);
    configs[5] = nb_model_default(NB_CONDITIONAL_DIFFUSION);
    for (size_t i = 0; i < 6; i++) {
        configs[i].max_batch = 1;
        if (configs[i].image_height) configs[i].image_height = configs[i].image_width = 8;
        nb_model *model = create(engine, &configs[i], rng);
        CHECK((double)nb_model_param_count(model) == entry(&want, i), "%s has %zu parameters",
              nb_model_kind_name(configs[i].kind), nb_model_param_count(model));
        nb_model_destroy(model);
    }
    nb_rng_destroy(rng);
    nb_engine_destroy(engine);
    free(want.data);
}

/* Predicting gives forward's numbers, and leaves nothing for backward. */
static void test_predict(void)
{
    enum { N = 8 };
    static inputs in;
    static float want[MOST_X], got[MOST_X], d_x[MOST_X];
    nb_engine *engine = new_engine();
    for (uint32_t i = 0; i < CASES; i++) {
        nb_rng *rng = new_rng(400 + i);
        nb_model_config config = cases[i].config;
        config.max_batch = 5; /* twice, the second time fewer */
        nb_model *model = create(engine, &config, rng);
        draw(&in, model, N, cases[i].classes, rng);
        const int32_t *labels = nb_model_classes(model) ? in.labels : NULL;
        for (int same = 0; same < 2; same++) {
            for (size_t k = 0; same && k < N; k++) in.t[k] = in.t[0];
            CHECK(nb_model_forward(model, N, in.x, in.t, labels, want, NULL) == NB_OK, "forward");
            CHECK(nb_model_predict(model, N, &(nb_inputs){in.x, in.t, labels, NULL}, got, NULL) == NB_OK,
                  "predict");
            size_t differences = 0;
            for (size_t k = 0; k < in.count; k++) differences += want[k] != got[k];
            CHECK(differences == 0, "%s: %zu numbers differ", cases[i].name, differences);
        }
        CHECK(nb_model_forward(model, 3, in.x, in.t, labels, want, NULL) == NB_OK, "forward");
        CHECK(nb_model_predict(model, 3, &(nb_inputs){in.x, in.t, labels, NULL}, got, NULL) == NB_OK,
              "predict");
        FAILS(NB_ERR_SHAPE, "forward pass", nb_model_backward(model, 3, in.d_eps, d_x, &failure));
        nb_model_destroy(model);
        nb_rng_destroy(rng);
    }
    nb_engine_destroy(engine);
}

/* Samples that share their timestep share its embedding: the same bits as where one more sample has another. */
static void test_shared_t(void)
{
    enum { N = 8 };
    static inputs in;
    static float eps[2][MOST_X], d_x[2][MOST_X];
    nb_engine *engine = new_engine();
    for (uint32_t i = 0; i < CASES; i++) {
        nb_rng *rng = new_rng(300 + i);
        nb_model_config config = cases[i].config;
        config.max_batch = N;
        nb_model *model = create(engine, &config, rng);
        draw(&in, model, N, cases[i].classes, rng);
        const size_t size = nb_model_sample_size(model), floats = model->graph.weight_floats;
        const float other = nb_model_takes_fraction(model) ? 1.0F - in.t[0] : in.t[0] + 1.0F;
        for (size_t k = 0; k < N; k++) in.t[k] = in.t[0];
        memset(in.d_eps + (N - 1) * size, 0, size * sizeof(float));
        float *grads = malloc(floats * sizeof *grads);
        REQUIRE(grads != NULL, "no memory");
        run(model, &in, N - 1, eps[0], d_x[0]);
        memcpy(grads, model->graph.grads, floats * sizeof *grads);
        in.t[N - 1] = other;
        run(model, &in, N, eps[1], d_x[1]);
        size_t differences = 0;
        for (size_t k = 0; k < floats; k++) differences += grads[k] != model->graph.grads[k];
        for (size_t k = 0; k < (N - 1) * size; k++)
            differences += eps[0][k] != eps[1][k] || d_x[0][k] != d_x[1][k];
        CHECK(differences == 0, "%s: %zu numbers differ", cases[i].name, differences);
        free(grads);
        nb_model_destroy(model);
        nb_rng_destroy(rng);
    }
    nb_engine_destroy(engine);
}

/* ---- The same bits, files, errors ---------------------------------------------------------------------------- */

static void test_threads(void)
{
    static inputs in;
    static float want[MOST_X], got[MOST_X], want_dx[MOST_X], got_dx[MOST_X];
    const int threads[] = {1, 2, 3, 8};
    const char *names[16];
    const size_t variants = nb_kernel_names(names, 16);
    for (uint32_t i = 0; i < CASES; i++) {
        float *first_grads = NULL;
        for (size_t v = 0; v < 4 * variants; v++) {
            nb_engine *engine = NULL;
            if (nb_engine_create(NB_MODE_EXACT, threads[v % 4], names[v / 4], &engine, NULL) != NB_OK)
                continue;
            nb_rng *rng = new_rng(100 + i);
            nb_model *model = create(engine, &cases[i].config, rng);
            draw(&in, model, cases[i].n, cases[i].classes, rng);
            run(model, &in, cases[i].n, v ? got : want, v ? got_dx : want_dx);
            const size_t bytes = model->graph.weight_floats * sizeof(float);
            if (first_grads == NULL) {
                first_grads = malloc(bytes);
                REQUIRE(first_grads != NULL, "no memory");
                memcpy(first_grads, model->graph.grads, bytes);
            } else {
                const bool same = memcmp(want, got, in.count * sizeof *got) == 0 &&
                                  memcmp(want_dx, got_dx, in.count * sizeof *got) == 0 &&
                                  memcmp(first_grads, model->graph.grads, bytes) == 0;
                CHECK(same, "%s: %s with %d threads differs", cases[i].name, names[v / 4], threads[v % 4]);
            }
            nb_model_destroy(model);
            nb_rng_destroy(rng);
            nb_engine_destroy(engine);
        }
        free(first_grads);
    }
}

/* A pass leaves nothing behind: what a batch gives does not depend on the one before it, nor d_x on being asked
 * for; one forward pass in chunks equals several. */
static void test_no_memory_of_the_past(void)
{
    static inputs in, other;
    static float a[MOST_X], b[MOST_X], dx[MOST_X];
    nb_engine *engine = new_engine();
    for (uint32_t i = 0; i < CASES; i++) {
        nb_rng *rng = new_rng(100 + i);
        nb_model *model = create(engine, &cases[i].config, rng);
        const size_t n = cases[i].n, floats = model->graph.weight_floats;
        draw(&in, model, n, cases[i].classes, rng);
        draw(&other, model, n, cases[i].classes, rng);
        run(model, &in, n, a, dx);
        float *grads = malloc(floats * sizeof *grads);
        REQUIRE(grads != NULL, "no memory");
        memcpy(grads, model->graph.grads, floats * sizeof *grads);
        run(model, &other, 1, b, dx);
        run(model, &in, n, b, NULL);
        CHECK(memcmp(a, b, in.count * sizeof *a) == 0, "%s: forward remembers", cases[i].name);
        CHECK(memcmp(grads, model->graph.grads, floats * sizeof *grads) == 0, "%s: backward remembers",
              cases[i].name);
        free(grads);
        nb_model_config one = cases[i].config;
        one.max_batch = 1;
        nb_rng_seed(rng, 100 + i);
        nb_model *single = create(engine, &one, rng);
        const int32_t *labels = nb_model_classes(single) ? in.labels : NULL;
        CHECK(nb_model_forward(single, n, in.x, in.t, labels, b, NULL) == NB_OK, "forward");
        CHECK(memcmp(a, b, in.count * sizeof *a) == 0, "%s: a batch in chunks differs", cases[i].name);
        nb_model_destroy(single);
        nb_model_destroy(model);
        nb_rng_destroy(rng);
    }
    nb_engine_destroy(engine);
}

static void test_null_class(void)
{
    static inputs in;
    static float a[MOST_X], b[MOST_X];
    nb_engine *engine = new_engine();
    for (uint32_t i = 0; i < CASES; i++) {
        nb_rng *rng = new_rng(i);
        nb_model *model = create(engine, &cases[i].config, rng);
        const int classes = nb_model_classes(model);
        draw(&in, model, cases[i].n, cases[i].classes, rng);
        CHECK(nb_model_forward(model, cases[i].n, in.x, in.t, NULL, a, NULL) == NB_OK, "forward");
        for (size_t k = 0; k < cases[i].n; k++) in.labels[k] = classes;
        if (classes == 0) {
            FAILS(NB_ERR_ARGUMENT, "has no classes",
                  nb_model_forward(model, cases[i].n, in.x, in.t, in.labels, b, &failure));
        } else {
            CHECK(nb_model_forward(model, cases[i].n, in.x, in.t, in.labels, b, NULL) == NB_OK, "forward");
            CHECK(memcmp(a, b, in.count * sizeof *a) == 0, "%s: no label is not the null class",
                  cases[i].name);
            for (int bad = -1; bad <= classes + 1; bad += classes + 2) {
                in.labels[cases[i].n - 1] = bad;
                FAILS(NB_ERR_ARGUMENT, "label",
                      nb_model_forward(model, cases[i].n, in.x, in.t, in.labels, b, &failure));
            }
        }
        nb_model_destroy(model);
        nb_rng_destroy(rng);
    }
    nb_engine_destroy(engine);
}

/* A saved model tells its own sizes, and comes back to the bit. */
static void test_files(void)
{
    nb_engine *engine = new_engine();
    for (uint32_t i = 0; i < CASES; i++) {
        nb_rng *rng = new_rng(i);
        nb_error err = {0};
        nb_model *model = create(engine, &cases[i].config, rng);
        uint8_t *file = NULL;
        size_t size = 0;
        REQUIRE(nb_model_save(model, &file, &size, &err) == NB_OK, "%s", err.message);
        nb_model_config config;
        REQUIRE(nb_model_config_of(cases[i].config.kind, file, size, &config, &err) == NB_OK, "%s",
                err.message);
        nb_model *again = create(engine, &config, rng);
        CHECK(nb_model_load(again, file, size, &err) == NB_OK, "%s: %s", cases[i].name, err.message);
        CHECK(memcmp(model->graph.weights, again->graph.weights,
                     model->graph.weight_floats * sizeof(float)) == 0,
              "%s came back differently", cases[i].name);
        free(file);
        nb_model_destroy(again);
        nb_model_destroy(model);
        nb_rng_destroy(rng);
    }
    nb_engine_destroy(engine);
}

static void test_bad_sizes(void)
{
    static const struct {
        nb_model_config config;
        const char *part;
    } bad[] = {
        {{NB_MINI_UNET, .in_channels = 1, .base_channels = 12, .time_dim = 8, .image_height = 8,
          .image_width = 8},
         "multiple of 8"},
        {{NB_MINI_UNET, .in_channels = 2, .base_channels = 8, .time_dim = 8, .image_height = 8,
          .image_width = 8},
         "1 or 3"},
        {{NB_MINI_UNET, .in_channels = 1, .base_channels = 8, .time_dim = 7, .image_height = 8,
          .image_width = 8},
         "multiple of 2"},
        {{NB_MINI_UNET, .in_channels = 1, .base_channels = 8, .time_dim = 8, .image_height = 14,
          .image_width = 16},
         "image_height = 14"},
        {{NB_MINI_UNET, .in_channels = 1, .base_channels = 8, .time_dim = 8, .image_height = 16,
          .image_width = 260},
         "image_width = 260"},
        {{NB_SIMPLE_UNET, .in_channels = 1, .base_channels = 8, .image_height = 16}, "image_width = 0"},
        {{NB_MINI_UNET, .in_channels = 1, .base_channels = 8, .time_dim = 8, .image_height = 8,
          .image_width = 68, .attention = 1},
         "attention"},
        {{NB_SIMPLE_UNET, .in_channels = 3, .base_channels = 0, .image_height = 8, .image_width = 8},
         "base_channels"},
        {{NB_CONDITIONAL_UNET, .in_channels = 3, .base_channels = 8, .image_height = 8, .image_width = 8},
         "n_classes"},
        {{NB_CONDITIONAL_DIFFUSION, .input_dim = 2, .hidden_dim = 2049, .time_dim = 1, .n_classes = 1},
         "hidden_dim"},
        {{(nb_model_kind)99, .input_dim = 2},
         "99 is no model: there are simple-noise-predictor (0), mini-unet (1)"},
    };
    nb_engine *engine = new_engine();
    nb_rng *rng = new_rng(1);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        nb_model_config config = bad[i].config;
        config.max_batch = 1;
        nb_model *model = NULL;
        FAILS(NB_ERR_ARGUMENT, bad[i].part, nb_model_create(engine, &config, rng, &model, &failure));
        CHECK(model == NULL, "a model came out");
    }
    for (int i = 0; i < NB_MODEL_KINDS; i++) {
        nb_model_kind kind = NB_MODEL_KINDS;
        CHECK(nb_model_kind_find(nb_model_kind_name((nb_model_kind)i), &kind, NULL) == NB_OK &&
                  (int)kind == i,
              "kind %d", i);
    }
    CHECK(nb_model_kind_name((nb_model_kind)(NB_NETWORK + 1)) == NULL, "a kind too many");
    FAILS(NB_ERR_ARGUMENT, "mini-unet", nb_model_kind_find("unet", &(nb_model_kind){0}, &failure));
    nb_rng_destroy(rng);
    nb_engine_destroy(engine);
}

int main(void)
{
    test_parameter_counts();
    test_networks();
    test_threads();
    test_predict();
    test_shared_t();
    test_no_memory_of_the_past();
    test_null_class();
    test_files();
    test_bad_sizes();
    return check_report();
}
