/* test_network_files.c - files of weights that carry their network: opened without being told what they are. */
#include "check.h"
#include "models/model.h"

static nb_engine *engine;

static const char text[] = "input x x image 1 4 4\n"
                           "input t fraction\n"
                           "input label labels 3\n"
                           "input mask cond image 1 4 4\n"
                           "module conv Conv2d in_channels=2 out_channels=8 kernel_size=3 padding=1\n"
                           "module time Linear in_features=1 out_features=8\n"
                           "module class_emb Embedding num_embeddings=4 embedding_dim=8\n"
                           "module out Conv2d in_channels=8 out_channels=1 kernel_size=1\n"
                           "call cat 0 3\n"
                           "enter block Block\n"
                           "apply conv 4\n"
                           "apply time 1\n"
                           "apply class_emb 2\n"
                           "call add 6 7\n"
                           "call add 5 8\n"
                           "call ReLU 9\n"
                           "leave 10\n"
                           "apply out 10\n"
                           "output eps 11\n";

static nb_model *new_network_model(uint32_t seed)
{
    nb_network *net;
    nb_model *model;
    nb_error err = {0};
    nb_rng *rng = new_rng(seed);
    REQUIRE(nb_network_read(text, &net, &err) == NB_OK, "%s", err.message);
    REQUIRE(nb_model_build(engine, net, 2, rng, &model, &err) == NB_OK, "%s", err.message);
    nb_network_destroy(net);
    nb_rng_destroy(rng);
    return model;
}

static uint8_t *save(const nb_model *model, size_t *size)
{
    uint8_t *file = NULL;
    nb_error err = {0};
    REQUIRE(nb_model_save(model, &file, size, &err) == NB_OK, "%s", err.message);
    return file;
}

enum { N = 2, SIZE = 16 };

static void run(nb_model *model, float out[N * SIZE])
{
    float x[N * SIZE], cond[N * SIZE];
    nb_error err = {0};
    nb_rng *rng = new_rng(9);
    nb_torch_randn(rng, N * SIZE, x);
    nb_torch_randn(rng, N * SIZE, cond);
    nb_rng_destroy(rng);
    const nb_inputs in = {x, (const float[]){0.25F, 1.0F}, (const int32_t[]){2, 3}, cond};
    REQUIRE(nb_model_run(model, N, &in, out, &err) == NB_OK, "%s", err.message);
}

static void test_there_and_back(void)
{
    nb_model *model = new_network_model(4), *opened = NULL, *other = new_network_model(5);
    nb_training known = {.T = 100, .schedule = NB_SCHEDULE_COSINE, .steps = 7};
    float want[N * SIZE], out[N * SIZE];
    nb_error err = {0};
    size_t size, size_again, length;
    uint8_t *written, *again;
    CHECK(nb_model_set_training(model, &known, &err) == NB_OK, "%s", err.message);
    run(model, want);
    uint8_t *file = save(model, &size);
    REQUIRE(nb_model_open(engine, file, size, 5, &opened, &err) == NB_OK, "%s", err.message);
    run(opened, out);
    CHECK(memcmp(want, out, sizeof want) == 0, "the opened model's numbers");
    CHECK(nb_model_get_config(opened).kind == NB_NETWORK && nb_model_get_config(opened).max_batch == 5,
          "sizes");
    CHECK(nb_model_get_training(opened).steps == 7 && nb_model_get_training(opened).T == 100, "the training");
    REQUIRE(nb_model_describe(opened, &written, &length, &err) == NB_OK, "%s", err.message);
    CHECK(length == sizeof text - 1 && memcmp(written, text, length) == 0, "the graph:\n%s", (char *)written);
    again = save(opened, &size_again);
    CHECK(size == size_again && memcmp(file, again, size) == 0, "saved again");
    CHECK(nb_model_load(other, file, size, &err) == NB_OK, "%s", err.message);
    run(other, out);
    CHECK(memcmp(want, out, sizeof want) == 0, "the loaded model's numbers");
    nb_model_kind kind;
    CHECK(nb_model_kind_of(file, size, &kind, &err) == NB_OK && kind == NB_NETWORK, "%s", err.message);
    free(file);
    free(again);
    free(written);
    nb_model_destroy(model);
    nb_model_destroy(opened);
    nb_model_destroy(other);
}

/* The header's JSON with `from` replaced by `to`, of one length. */
static void replace(uint8_t *file, size_t size, const char *from, const char *to)
{
    const size_t n = strlen(from);
    size_t i = 0;
    REQUIRE(strlen(to) == n, "%s and %s", from, to);
    while (i + n <= size && memcmp(file + i, from, n) != 0) i++;
    REQUIRE(i + n <= size, "no %s", from);
    memcpy(file + i, to, n);
}

static void test_damage(void)
{
    static const struct {
        const char *from, *to, *part;
    } bad[] = {
        {"call ReLU 9", "call ReLV 9", "graph in this file is damaged: line 16 of a network"},
        {"call add 6 7", "call add 6 9", "graph in this file is damaged: line 14 of a network"},
        {"\\nleave 10", "\\qleave 10", "no text of ASCII"},
        {"\\nleave 10", "  leave 10", "graph in this file is damaged"},
        {"out_channels=8 kernel_size=3", "out_channels=9 kernel_size=3", "graph in this file is damaged"},
        {"embedding_dim=8", "embedding_dim=6", "graph in this file is damaged"},
        {"\"graph\":", "\"grapf\":", "has no graph"},
        {"module time Linear", "module tine Linear", "line 12 of a network is none"},
        {"output eps 11", "output eps 99", "value 99 is not one"},
    };
    nb_model *model = new_network_model(4);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t size;
        uint8_t *file = save(model, &size);
        nb_model *opened = NULL;
        nb_error failure = {0};
        replace(file, size, bad[i].from, bad[i].to);
        const nb_status status = nb_model_open(engine, file, size, 2, &opened, &failure);
        CHECK(status == NB_ERR_FORMAT && strstr(failure.message, bad[i].part), "%s: %d %s", bad[i].to,
              (int)status, failure.message);
        CHECK(opened == NULL, "%s made a model", bad[i].to);
        free(file);
    }
    size_t size;
    uint8_t *file = save(model, &size);
    nb_model *opened = NULL;
    FAILS(NB_ERR_ARGUMENT, "max_batch = 0", nb_model_open(engine, file, size, 0, &opened, &failure));
    free(file);
    nb_model_destroy(model);
}

/* Every kind of the course, and without a graph one's own by names only. */
static void test_others(void)
{
    for (int kind = 0; kind < NB_MODEL_KINDS; kind++) {
        nb_model_config c = nb_model_default((nb_model_kind)kind);
        if (c.in_channels) c.base_channels = 8;
        nb_model *course, *opened = NULL;
        nb_error err = {0};
        nb_rng *rng = new_rng(3);
        size_t size, again;
        REQUIRE(nb_model_create(engine, &c, rng, &course, &err) == NB_OK, "%s", err.message);
        uint8_t *file = save(course, &size);
        REQUIRE(nb_model_open(engine, file, size, c.max_batch, &opened, &err) == NB_OK, "%s", err.message);
        const nb_model_config found = nb_model_get_config(opened);
        CHECK(memcmp(&found, &c, sizeof c) == 0, "sizes of kind %d", kind);
        uint8_t *same = save(opened, &again);
        CHECK(size == again && memcmp(file, same, size) == 0, "weights of kind %d", kind);
        free(file);
        free(same);
        nb_model_destroy(course);
        nb_model_destroy(opened);
        nb_rng_destroy(rng);
    }
    nb_model *model = new_network_model(4), *other = new_network_model(5), *opened = NULL;
    float want[N * SIZE], out[N * SIZE];
    size_t size;
    nb_error err = {0};
    uint8_t *file = save(model, &size);
    replace(file, size, "\"noisebook\":\"1\"", "\"elsewhere\":\"1\"");
    replace(file, size, "\"model\":\"network\"", "\"mode1\":\"network\"");
    FAILS(NB_ERR_FORMAT, "", nb_model_open(engine, file, size, 2, &opened, &failure));
    CHECK(nb_model_load(other, file, size, &err) == NB_OK, "%s", err.message);
    run(model, want);
    run(other, out);
    CHECK(memcmp(want, out, sizeof want) == 0, "weights by names");
    free(file);
    nb_model_destroy(model);
    nb_model_destroy(other);
}

int main(void)
{
    REQUIRE(nb_engine_create(NB_MODE_EXACT, 1, NULL, &engine, NULL) == NB_OK, "engine");
    test_there_and_back();
    test_damage();
    test_others();
    nb_engine_destroy(engine);
    return check_report();
}
