/* test_pytorch.c - networks as programs for PyTorch: what stands in them.
 *
 *     test_pytorch FOLDER          writes them and the core's numbers there, for tests/pytorch/check_numbers.py
 *     test_pytorch FOLDER TEXTS    those of a file of networks, an empty line after each, instead */
#include "allocations.h"
#include "pytorch_numbers.h"
#include "pytorch_texts.h"
#include "text_model.h"

static nb_engine *engine;
static const char *folder;

static size_t count(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part)) n++;
    return n;
}

static nb_rng *seeded(uint32_t seed)
{
    nb_rng *rng;
    REQUIRE(nb_rng_create(seed, &rng, NULL) == NB_OK, "memory");
    return rng;
}

/* The program, ended by a 0; the caller frees it. */
static char *program_for(const nb_model *model, const nb_program *how)
{
    uint8_t *text = NULL;
    size_t size = 0;
    nb_error err = {0};
    REQUIRE(nb_model_export_pytorch(model, how, &text, &size, &err) == NB_OK, "%s", err.message);
    REQUIRE(strlen((char *)text) == size, "its length");
    return (char *)text;
}

static char *program(const nb_model *model) { return program_for(model, NULL); }

static const struct {
    const char *name;
    nb_model_config config;
    const char *class, *line;
    size_t classes;
} networks[] = {
    {"predictor",
     {.kind = NB_SIMPLE_NOISE_PREDICTOR, .input_dim = 2, .hidden_dim = 20, .time_dim = 8},
     "class SimpleNoisePredictor(nn.Module):",
     "        return self.net(torch.cat([x, self.time_embed(t)], 1))",
     1},
    {"conditional-diffusion",
     {.kind = NB_CONDITIONAL_DIFFUSION, .input_dim = 3, .hidden_dim = 12, .time_dim = 6, .n_classes = 4},
     "class ConditionalDiffusion(nn.Module):",
     "    def forward(self, x, t, label):",
     1},
    {"mini-unet",
     {.kind = NB_MINI_UNET,
      .in_channels = 1,
      .base_channels = 8,
      .time_dim = 16,
      .image_height = 8,
      .image_width = 12},
     "class MiniUNet(nn.Module):",
     "        self.bottleneck = ResidualBlock(16, 16)",
     3},
    {"attention",
     {.kind = NB_MINI_UNET,
      .in_channels = 3,
      .base_channels = 8,
      .time_dim = 16,
      .image_height = 8,
      .image_width = 8,
      .attention = 1},
     "class MiniUNet(nn.Module):",
     "        h = self.proj(attention(self.qkv(self.norm(x))))",
     4},
    {"simple-unet",
     {.kind = NB_SIMPLE_UNET, .in_channels = 3, .base_channels = 5, .image_height = 6, .image_width = 6},
     "class SimpleUNet(nn.Module):",
     "        self.up2 = nn.ConvTranspose2d(5, 3, 3, padding=1)",
     1},
    {"conditional-unet",
     {.kind = NB_CONDITIONAL_UNET,
      .in_channels = 1,
      .base_channels = 6,
      .image_height = 5,
      .image_width = 7,
      .n_classes = 3},
     "class ConditionalUNet(nn.Module):",
     "        self.class_emb = nn.Embedding(4, 12)",
     1},
};

static void test_course(void)
{
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        nb_model *model;
        nb_error err = {0};
        nb_model_config config = networks[i].config;
        nb_rng *rng = seeded((uint32_t)i);
        config.max_batch = 5;
        REQUIRE(nb_model_create(engine, &config, rng, &model, &err) == NB_OK, "%s", err.message);
        char *text = program(model);
        CHECK(count(text, networks[i].class) == 1 && count(text, networks[i].line) == 1, "%s: %s",
              networks[i].name, text);
        CHECK(count(text, "\nclass ") == networks[i].classes, "%s: %zu classes", networks[i].name,
              count(text, "\nclass "));
        CHECK(count(text, "loss = F.mse_loss(model(x_t, t") == 1, "%s trains", networks[i].name);
        bits(networks[i].name, text, strlen(text));
        free(text);
        if (folder) write_numbers(folder, networks[i].name, model, 5, rng);
        nb_model_destroy(model);
        nb_rng_destroy(rng);
    }
}

/* A run's settings, each objective's target: what was chosen stands there, and no more. */
static void test_runs(void)
{
    static const char *const targets[NB_OBJECTIVES] = {"), eps)", "), x_0)", "), signal.sqrt() * eps",
                                                       "), eps - x_0)"};
    for (int objective = 0; objective < NB_OBJECTIVES; objective++) {
        nb_rng *rng = seeded(0);
        nb_model *model = text_model(engine, pytorch_texts[0].text, 4, rng);
        const nb_training training = {.objective = (nb_objective)objective};
        const bool odd = objective % 2 == 1;
        const nb_program how = {.epochs = 7,
                                .batch = 3,
                                .lr = 0.25,
                                .ema_decay = odd ? 0.5 : 0.0,
                                .warmup = odd ? 2 : 0,
                                .held_out = odd ? 5 : 0,
                                .optimizer = odd ? NB_OPTIMIZER_MUON : NB_OPTIMIZER_ADAM};
        REQUIRE(nb_model_set_training(model, &training, NULL) == NB_OK, "objective %d", objective);
        char *text = program_for(model, &how);
        CHECK(count(text, targets[objective]) == 1, "objective %d: %s", objective, text);
        CHECK(count(text, "default=7") == 1 && count(text, "LEARNING_RATE = 0.25\n") == 1, "%s", text);
        static const char *const chosen[] = {"class Muon", "EMA_DECAY = 0.5 ", "WARMUP, DECAY_STEPS = 2, 0 ",
                                             "HELD_OUT = 5 "};
        for (size_t i = 0; i < sizeof chosen / sizeof *chosen; i++)
            CHECK(count(text, chosen[i]) == (odd ? 1 : 0), "%s: %s", chosen[i], text);
        bits(nb_objective_name((nb_objective)objective), text, strlen(text));
        free(text);
        nb_model_destroy(model);
        nb_rng_destroy(rng);
    }
}

static void test_blocks(void)
{
    for (size_t i = 0; i < PYTORCH_TEXTS; i++) {
        const pytorch_text *t = &pytorch_texts[i];
        nb_rng *rng = seeded((uint32_t)i);
        nb_model *model = text_model(engine, t->text, 4, rng);
        char *text = program(model);
        for (size_t k = 0; k < sizeof t->lines / sizeof *t->lines && t->lines[k]; k++)
            CHECK(count(text, t->lines[k]) == 1, "%s: %s %zu times in\n%s", t->name, t->lines[k],
                  count(text, t->lines[k]), text);
        bits(t->name, text, strlen(text));
        free(text);
        if (folder) write_numbers(folder, t->name, model, 4, rng);
        nb_model_destroy(model);
        nb_rng_destroy(rng);
    }
}

/* Whichever piece of memory is not to be had, that is said, and nothing is given. */
static void test_memory(void)
{
    nb_rng *rng = seeded(0);
    nb_model *model = text_model(engine, pytorch_texts[2].text, 4, rng);
    nb_status status = NB_ERR_MEMORY;
    long k = 0;
    for (; ALLOCATIONS_COUNTED && status == NB_ERR_MEMORY && k < 5000; k++) {
        uint8_t *text = NULL;
        size_t size = 0;
        nb_error err = {0};
        allocations_left = k;
        status = nb_model_export_pytorch(model, NULL, &text, &size, &err);
        allocations_left = -1;
        CHECK((status == NB_OK) == (text != NULL), "piece %ld: status %d", k, (int)status);
        if (status != NB_OK) CHECK(one_line(err.message), "piece %ld: \"%s\"", k, err.message);
        free(text);
    }
    /* Not every C library lets realloc be counted: then there are few. */
    CHECK(!ALLOCATIONS_COUNTED || (status == NB_OK && k > 1), "%ld pieces, then status %d", k, (int)status);
    nb_model_destroy(model);
    nb_rng_destroy(rng);
}

/* Those of a file, by their place in it. */
static void write_texts(const char *path)
{
    size_t size;
    char *texts = (char *)read_file(path, &size);
    texts[size] = '\0';
    int number = 0;
    for (char *text = texts, *end; (end = strstr(text, "\n\n")) != NULL; text = end + 2) {
        char name[16];
        end[1] = '\0';
        snprintf(name, sizeof name, "text-%d", number);
        nb_rng *rng = seeded((uint32_t)number++);
        nb_model *model = text_model(engine, text, 4, rng);
        write_numbers(folder, name, model, 4, rng);
        nb_model_destroy(model);
        nb_rng_destroy(rng);
    }
    CHECK(number > 0, "no network in %s", path);
    free(texts);
}

int main(int argc, char **argv)
{
    folder = argc > 1 ? argv[1] : NULL;
    REQUIRE(nb_engine_create(NB_MODE_EXACT, 1, NULL, &engine, NULL) == NB_OK, "no engine");
    if (argc > 2) {
        write_texts(argv[2]);
    } else {
        test_course();
        test_runs();
        test_blocks();
        test_memory();
    }
    nb_engine_destroy(engine);
    return check_report();
}
