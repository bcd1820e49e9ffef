/* test_graph.c - graphs as deep and as large as memory allows: what does not fit is refused, whatever it is, and a graph
 * never goes back through a forward pass that was not its own. */
#include "allocations.h"
#include "models/model.h"

enum { DEEP = 300, WIDTH = 4, NAME = 200 };

/* ---- Depth ------------------------------------------------------------------------------------------------ */

/* "stem.stem. ... .7": longer than any name of the course. */
static void long_name(char out[NAME], int i)
{
    memset(out, 'a' + i % 26, NAME);
    snprintf(out + NAME - 12, 12, ".%d", i);
}

/* y = x + 1/2, DEEP times: what the weights of each layer are set to. */
static nb_status build_deep(nb_graph *g, const nb_engine *engine, nb_rng *rng, nb_error *err)
{
    static nb_module modules[DEEP];
    char name[NAME];
    nb_graph_begin(g, engine, 3);
    for (int i = 0; i < DEEP; i++) {
        long_name(name, i);
        modules[i] = nb_graph_linear(g, name, WIDTH, WIDTH);
    }
    const nb_value x = nb_graph_input(g, NB_FROM_X, nb_vector(WIDTH));
    nb_graph_input(g, NB_FROM_T, nb_vector(1));
    nb_value h = x;
    for (int i = 0; i < DEEP; i++)
        h = nb_graph_name(g, "step", nb_graph_relu(g, nb_graph_apply(g, modules[i], h)));
    nb_graph_output(g, h);
    const nb_status status = nb_graph_finish(g, rng, err);
    if (status != NB_OK) return status;
    for (int i = 0; i < g->n_params; i++) {
        const bool bias = g->params[i].kind == NB_PARAM_BIAS;
        float values[WIDTH * WIDTH];
        for (size_t k = 0; k < WIDTH * WIDTH; k++)
            values[k] = bias ? 0.5F : k % (WIDTH + 1) == 0 ? 1.0F : 0.0F;
        nb_graph_write(&g->params[i], g->weights, values);
    }
    nb_graph_weights_changed(g);
    return NB_OK;
}

static void test_deep(const nb_engine *engine)
{
    enum { N = 3, COUNT = N * WIDTH };
    nb_graph g;
    nb_rng *rng = new_rng(1);
    nb_error err = {0};
    REQUIRE(build_deep(&g, engine, rng, &err) == NB_OK, "%s", err.message);
    CHECK(g.n_params == 2 * DEEP && g.n_layers == 2 * DEEP && g.n_named == DEEP, "%d layers", g.n_layers);
    for (int i = 0; i < g.n_params; i++) {
        char want[NAME];
        long_name(want, i / 2);
        const char *name = nb_graph_param_info(&g.params[i]).name, *suffix = i % 2 ? ".bias" : ".weight";
        const size_t length = strlen(want);
        CHECK(strncmp(name, want, length) == 0 && strcmp(name + length, suffix) == 0, "name %d: %s", i, name);
    }
    float x[COUNT], t[N] = {0}, y[COUNT], middle[COUNT], d_y[COUNT], d_x[COUNT], grad[WIDTH];
    for (int i = 0; i < COUNT; i++) {
        x[i] = (float)i;
        d_y[i] = (float)(i + 1);
    }
    const nb_inputs in = {x, t, NULL, NULL};
    nb_graph_activation(&g, 99, N, &in, middle);
    nb_graph_forward(&g, N, &in, y);
    nb_graph_backward(&g, d_y, d_x, NULL);
    for (int i = 0; i < COUNT; i++)
        CHECK(middle[i] == x[i] + 50.0F && y[i] == x[i] + DEEP / 2.0F && d_x[i] == d_y[i], "number %d", i);
    for (int i = 0; i < DEEP; i += 37) {
        nb_graph_read(&g.params[2 * i + 1], g.grads, grad);
        for (int k = 0; k < WIDTH; k++)
            CHECK(grad[k] == d_y[k] + d_y[WIDTH + k] + d_y[2 * WIDTH + k], "the gradient of bias %d", i);
    }
    nb_graph_free(&g);
    nb_graph_free(&g);
    nb_rng_destroy(rng);
}

/* What t alone gives has no gradient: a sum does not take its place, or the other's gradient would be lost. */
static void test_sum_without_gradient(const nb_engine *engine)
{
    nb_graph g;
    nb_rng *rng = new_rng(1);
    nb_error err = {0};
    nb_graph_begin(&g, engine, 1);
    const nb_module m = nb_graph_linear(&g, "m", WIDTH, WIDTH);
    const nb_value x = nb_graph_input(&g, NB_FROM_X, nb_vector(WIDTH)),
                   t = nb_graph_input(&g, NB_FROM_T, nb_vector(1));
    const nb_value wave = nb_graph_sinusoidal(&g, t, WIDTH), above = nb_graph_relu(&g, wave);
    const nb_value y = nb_graph_add(&g, above, nb_graph_apply(&g, m, x));
    nb_graph_output(&g, nb_graph_add(&g, y, wave));
    REQUIRE(nb_graph_finish(&g, rng, &err) == NB_OK, "%s", err.message);
    float weight[WIDTH * WIDTH] = {0}, bias[WIDTH] = {0};
    for (int i = 0; i < WIDTH; i++) weight[i * WIDTH + i] = 2.0F;
    nb_graph_write(&g.params[0], g.weights, weight);
    nb_graph_write(&g.params[1], g.weights, bias);
    nb_graph_weights_changed(&g);
    const float in[WIDTH] = {1, 2, 3, 4}, d_out[WIDTH] = {5, 6, 7, 8}, when = 4.0F; /* sin 4 < 0 */
    float out[WIDTH], d_in[WIDTH];
    nb_graph_forward(&g, 1, &(nb_inputs){in, &when, NULL, NULL}, out);
    nb_graph_backward(&g, d_out, d_in, NULL);
    nb_graph_read(&g.params[1], g.grads, bias);
    const double angle[WIDTH] = {sin(4.0), sin(0.04), cos(4.0), cos(0.04)};
    for (int i = 0; i < WIDTH; i++) {
        const double want = 2.0 * (double)in[i] + larger(angle[i], 0.0) + angle[i];
        CHECK(fabs((double)out[i] - want) < 1e-5, "out %d: %g, not %g", i, (double)out[i], want);
        CHECK(d_in[i] == 2.0F * d_out[i] && bias[i] == d_out[i], "gradient %d: %g and %g", i, (double)d_in[i],
              (double)bias[i]);
    }
    nb_graph_free(&g);
    nb_rng_destroy(rng);
}

/* ---- Refusals --------------------------------------------------------------------------------------------- */

static const size_t root = (size_t)1 << (4 * sizeof(size_t)); /* its square goes round to 0 */

static nb_value concat_of_two_sizes(nb_graph *g, nb_value x)
{
    return nb_graph_concat(g, x, nb_graph_max_pool(g, x));
}
static nb_value sum_of_two_sizes(nb_graph *g, nb_value x)
{
    return nb_graph_add(g, nb_graph_apply(g, nb_graph_conv(g, "a", 6, 7, 3), x), x);
}
static nb_value vector_of_other_size(nb_graph *g, nb_value x)
{
    return nb_graph_add_channels(g, x, nb_graph_classes(g, nb_graph_embedding(g, "a", 3, 5)));
}
static nb_value wrong_channels(nb_graph *g, nb_value x)
{
    return nb_graph_apply(g, nb_graph_conv(g, "a", 5, 8, 3), x);
}
static nb_value image_to_linear(nb_graph *g, nb_value x)
{
    return nb_graph_apply(g, nb_graph_linear(g, "a", 6, 8), x);
}
static nb_value uneven_groups(nb_graph *g, nb_value x)
{
    return nb_graph_apply(g, nb_graph_group_norm(g, "a", 6), x);
}
static nb_value uneven_heads(nb_graph *g, nb_value x) { return nb_graph_attention(g, x); }
static nb_value odd_features(nb_graph *g, nb_value x)
{
    return nb_graph_add_channels(g, x, nb_graph_sinusoidal(g, x, 7));
}
static nb_value no_channels(nb_graph *g, nb_value x)
{
    return nb_graph_apply(g, nb_graph_conv(g, "a", 6, 0, 3), x);
}
static nb_value pooled_away(nb_graph *g, nb_value x)
{
    for (int i = 0; i < 4; i++) x = nb_graph_max_pool(g, x);
    return x;
}

static nb_value huge_weight(nb_graph *g, nb_value x)
{
    (void)x;
    return nb_graph_apply(g, nb_graph_linear(g, "a", root, root),
                          nb_graph_input(g, NB_FROM_X, nb_vector(root)));
}
static nb_value huge_input(nb_graph *g, nb_value x)
{
    (void)x;
    return nb_graph_input(g, NB_FROM_X, nb_vector(SIZE_MAX - 1));
}
static nb_value huge_image(nb_graph *g, nb_value x)
{
    (void)x;
    return nb_graph_apply(g, nb_graph_conv(g, "a", 8, 8, 3),
                          nb_graph_input(g, NB_FROM_X, nb_image(root, root, 8)));
}
static nb_value huge_attention(nb_graph *g, nb_value x)
{
    (void)x;
    return nb_graph_attention(g, nb_graph_input(g, NB_FROM_X, nb_image(root / 8, root / 8, 12)));
}
static nb_value huge_upsampling(nb_graph *g, nb_value x)
{
    for (int i = 0; i < 200; i++) x = nb_graph_upsample(g, x);
    return x;
}

/* Three inputs, of which the message tells all. */
static nb_value vectors_of_other_size(nb_graph *g, nb_value x)
{
    const nb_value a = nb_graph_input(g, NB_FROM_COND, nb_vector(6)),
                   b = nb_graph_input(g, NB_FROM_COND, nb_vector(5));
    return nb_graph_layer_of(g, nb_graph_function(&nb_scale_shift_layer, NULL),
                             (nb_value[NB_INPUTS]){x, a, b, -1});
}

static void test_refusals(const nb_engine *engine)
{
    static const struct {
        nb_value (*build)(nb_graph *g, nb_value x);
        nb_status status;
        const char *part;
    } bad[] = {{concat_of_two_sizes, NB_ERR_SHAPE, "kind cat does not take (6, 4, 5) and (6, 2, 2)"},
               {sum_of_two_sizes, NB_ERR_SHAPE, "kind add does not take (7, 4, 5) and (6, 4, 5)"},
               {vector_of_other_size, NB_ERR_SHAPE, "kind add_channels does not take"},
               {vectors_of_other_size, NB_ERR_SHAPE, "does not take (6, 4, 5) and (6, 1, 1) and (5, 1, 1)"},
               {wrong_channels, NB_ERR_SHAPE, "kind Conv2d does not take (6, 4, 5)"},
               {image_to_linear, NB_ERR_SHAPE, "kind Linear does not take (6, 4, 5)"},
               {uneven_groups, NB_ERR_SHAPE, "kind GroupNorm does not take (6, 4, 5)"},
               {uneven_heads, NB_ERR_SHAPE, "kind attention does not take (6, 4, 5)"},
               {odd_features, NB_ERR_SHAPE, "kind sinusoidal does not take"},
               {no_channels, NB_ERR_SHAPE, "of no size"},
               {pooled_away, NB_ERR_SHAPE, "kind MaxPool2d does not take (6, 1, 1)"},
               {huge_weight, NB_ERR_MEMORY, "not enough memory"},
               {huge_input, NB_ERR_MEMORY, "not enough memory"},
               {huge_image, NB_ERR_MEMORY, "not enough memory"},
               {huge_attention, NB_ERR_MEMORY, "not enough memory"},
               {huge_upsampling, NB_ERR_MEMORY, "not enough memory"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        nb_graph g;
        nb_rng *rng = new_rng(1);
        nb_graph_begin(&g, engine, 2);
        const nb_value x = nb_graph_input(&g, NB_FROM_X, nb_image(4, 5, 6));
        nb_graph_input(&g, NB_FROM_T, nb_vector(1));
        nb_value y = bad[i].build(&g, x);
        y = nb_graph_name(&g, "late", nb_graph_relu(&g, nb_graph_skip(&g, y, y))); /* does no harm */
        nb_graph_output(&g, y);
        FAILS(bad[i].status, bad[i].part, nb_graph_finish(&g, rng, &failure));
        CHECK(g.arena.base == NULL && g.values == NULL, "case %zu left memory", i);
        nb_rng_destroy(rng);
    }
}

/* Batches whose product with a sample's activations goes round 32 bits and comes out small. With 64 bits no batch does; what
 * a machine refuses there depends on it, and test_refusals is for that. */
static void test_batches_that_go_round(const nb_engine *engine)
{
    static const nb_model_kind kinds[] = {NB_MINI_UNET, NB_SIMPLE_UNET, NB_CONDITIONAL_UNET};
    if (sizeof(size_t) > 4) return;
    nb_rng *rng = new_rng(1);
    for (int i = 0; i < 3; i++) {
        nb_model_config config = nb_model_default(kinds[i]);
        config.base_channels = 16;
        config.image_height = config.image_width = 128;
        config.max_batch = 1;
        nb_model *model = NULL;
        REQUIRE(nb_model_create(engine, &config, rng, &model, NULL) == NB_OK, "model");
        const uint64_t floats = model->graph.act_floats, round = (uint64_t)1 << 32;
        nb_model_destroy(model);
        uint64_t least = round;
        for (uint64_t batch = 1; batch <= 65536; batch++) {
            const uint64_t all = batch * floats;
            if (all < round || all % round >= least) continue;
            least = all % round;
            config.max_batch = (int)batch;
        }
        CHECK(least < round >> 8, "batch %d leaves %llu", config.max_batch, (unsigned long long)least);
        model = NULL;
        FAILS(NB_ERR_MEMORY, "more was asked for than can be counted",
              nb_model_create(engine, &config, rng, &model, &failure));
        CHECK(model == NULL, "a model for a batch of %d came out", config.max_batch);
    }
    nb_rng_destroy(rng);
}

/* Each allocation in turn finds no memory, though the next would. */
static void test_out_of_memory(const nb_engine *engine)
{
    if (!ALLOCATIONS_COUNTED) return;
    nb_rng *rng = new_rng(1);
    nb_status status = NB_ERR_MEMORY;
    long tried = 0;
    for (; status != NB_OK && tried < 100000; tried++) {
        nb_graph g;
        nb_error err = {0};
        allocations_left = tried;
        status = build_deep(&g, engine, rng, &err);
        allocations_left = -1;
        CHECK(status == NB_OK || (status == NB_ERR_MEMORY && strstr(err.message, "not enough memory")),
              "allocation %ld: %d, \"%s\"", tried, (int)status, err.message);
        nb_graph_free(&g);
    }
    CHECK(status == NB_OK && tried > DEEP, "%ld allocations", tried);
    nb_rng_destroy(rng);
}

/* A graph may be deeper, and its names longer, than a file takes: that is told, and nothing is written beyond its lists. */
static void test_too_much_for_a_file(const nb_engine *engine)
{
    nb_model model = {.config = nb_model_default(NB_SIMPLE_NOISE_PREDICTOR)};
    nb_rng *rng = new_rng(1);
    nb_error err = {0};
    uint8_t *file = NULL;
    size_t size = 0;
    REQUIRE(build_deep(&model.graph, engine, rng, &err) == NB_OK, "%s", err.message);
    FAILS(NB_ERR_SHAPE, "600 tensors in one file", nb_model_save(&model, &file, &size, &failure));
    const int all = model.graph.n_params;
    model.graph.n_params = 400;
    FAILS(NB_ERR_SHAPE, "a name has at most 95 letters", nb_model_save(&model, &file, &size, &failure));
    CHECK(file == NULL && size == 0, "a file came out");
    model.graph.n_params = all;
    nb_graph_free(&model.graph);
    nb_rng_destroy(rng);
}

/* ---- Whose forward pass it was ---------------------------------------------------------------------------- */

enum { POINTS = 3 };

typedef struct subject {
    nb_model *model;
    nb_adam *adam;
    nb_trainer *trainer;
    float x[2 * POINTS], t[POINTS], eps[2 * POINTS], d_x[2 * POINTS];
} subject;

static void check_backward(subject *s, const char *what, const char *part)
{
    nb_error err = {0};
    const nb_status status = nb_model_backward(s->model, POINTS, s->eps, s->d_x, &err);
    CHECK(status == NB_ERR_SHAPE && strstr(err.message, part), "after %s: status %d, \"%s\"", what,
          (int)status, err.message);
    CHECK(nb_model_forward(s->model, POINTS, s->x, s->t, NULL, s->eps, NULL) == NB_OK, "forward");
    CHECK(nb_model_backward(s->model, POINTS, s->eps, s->d_x, NULL) == NB_OK, "backward after forward");
}

static void test_other_weights(const nb_engine *engine)
{
    subject s = {.t = {0.5F, 0.25F, 0.75F}};
    nb_rng *rng = new_rng(3);
    nb_schedule *schedule = new_schedule(NB_SCHEDULE_COSINE, 50);
    nb_model_config config = nb_model_default(NB_SIMPLE_NOISE_PREDICTOR);
    REQUIRE(nb_model_create(engine, &config, rng, &s.model, NULL) == NB_OK, "model");
    nb_torch_randn(rng, 2 * POINTS, s.x);
    REQUIRE(nb_adam_create(s.model, 1e-3, 0.9, 0.999, 1e-8, &s.adam, NULL) == NB_OK, "Adam");
    const nb_train_config train = {.batch = POINTS, .lr = 1e-3, .ema_decay = 0.9};
    REQUIRE(nb_trainer_create(s.model, schedule, rng, s.x, POINTS, &train, &s.trainer, NULL) == NB_OK,
            "trainer");
    uint8_t *file = NULL, *state = NULL;
    size_t size = 0, state_size = 0;
    nb_train_report report;
    check_backward(&s, "create", "no forward pass has been run yet");
    REQUIRE(nb_model_save(s.model, &file, &size, NULL) == NB_OK, "save");
    CHECK(nb_model_backward(s.model, POINTS, s.eps, s.d_x, NULL) == NB_OK, "saving changes nothing");
    CHECK(nb_model_load(s.model, file, size, NULL) == NB_OK, "load");
    check_backward(&s, "load", "the weights have changed since the last forward pass");
    CHECK(nb_model_load(s.model, file, size - 1, NULL) != NB_OK, "a file cut off");
    CHECK(nb_model_backward(s.model, POINTS, s.eps, s.d_x, NULL) == NB_OK,
          "a load that failed changed something");
    float bias[128] = {0};
    nb_model_set_param(s.model, 1, bias);
    check_backward(&s, "set_param", "the weights have changed since the last forward pass");
    CHECK(nb_adam_step(s.adam, NULL) == NB_OK, "Adam");
    check_backward(&s, "a step of Adam", "the weights have changed since the last forward pass");
    CHECK(nb_trainer_step(s.trainer, &report, NULL) == NB_OK, "step");
    check_backward(&s, "a step of the trainer", "the weights have changed since the last forward pass");
    REQUIRE(nb_trainer_save(s.trainer, &state, &state_size, NULL) == NB_OK, "save");
    CHECK(nb_trainer_use_ema(s.trainer, true, NULL) == NB_OK, "EMA");
    check_backward(&s, "use_ema", "the weights have changed since the last forward pass");
    CHECK(nb_trainer_load(s.trainer, state, state_size, NULL) == NB_OK, "load");
    check_backward(&s, "the trainer's load", "the weights have changed since the last forward pass");
    CHECK(nb_model_predict(s.model, POINTS, &(nb_inputs){s.x, s.t, NULL, NULL}, s.eps, NULL) == NB_OK,
          "predict");
    check_backward(&s, "predict", "was a prediction");
    free(file);
    free(state);
    nb_trainer_destroy(s.trainer);
    nb_adam_destroy(s.adam);
    nb_model_destroy(s.model);
    nb_schedule_destroy(schedule);
    nb_rng_destroy(rng);
}

/* Looking at a value leaves the graph as it was, but for the forward pass that it is. */
static void test_looking_changes_nothing(const nb_engine *engine)
{
    nb_rng *rng = new_rng(4);
    nb_model *model = NULL;
    nb_model_config config = nb_model_default(NB_SIMPLE_NOISE_PREDICTOR);
    REQUIRE(nb_model_create(engine, &config, rng, &model, NULL) == NB_OK, "model");
    float x[2] = {1.0F, 2.0F}, t[1] = {0.5F}, eps[2], hidden[128];
    nb_model_predict(model, 1, &(nb_inputs){x, t, NULL, NULL}, eps, NULL);
    nb_graph before = model->graph;
    CHECK(nb_model_activation(model, 1, 1, &(nb_inputs){x, t, NULL, NULL}, hidden, NULL) == NB_OK,
          "activation");
    CHECK(memcmp(&before, &model->graph, sizeof before) == 0, "the graph has changed");
    nb_model_destroy(model);
    nb_rng_destroy(rng);
}

int main(void)
{
    nb_engine *engine = new_engine();
    check_counter();
    test_deep(engine);
    test_sum_without_gradient(engine);
    test_refusals(engine);
    test_batches_that_go_round(engine);
    test_out_of_memory(engine);
    test_too_much_for_a_file(engine);
    test_other_weights(engine);
    test_looking_changes_nothing(engine);
    nb_engine_destroy(engine);
    return check_report();
}
