/* test_models_in_double.c - the course's networks: the gradients of x and of every parameter against central differences,
 * some numbers of each. A wrong gradient in any one layer of a network is found. */
#define DIFFERENCE_LIMIT 2e-8 /* rounding, through all layers */
#include "differences.h"
#include "models/model.h"

enum { MOST_NUMBERS = 2048, SAMPLE = 5 };

static const struct {
    const char *name;
    size_t n;
    nb_model_config config;
} networks[] = {
    {"simple-noise-predictor",
     5,
     {.kind = NB_SIMPLE_NOISE_PREDICTOR, .input_dim = 2, .hidden_dim = 9, .time_dim = 5, .max_batch = 5}},
    {"conditional-diffusion",
     7,
     {.kind = NB_CONDITIONAL_DIFFUSION,
      .input_dim = 3,
      .hidden_dim = 10,
      .time_dim = 6,
      .n_classes = 3,
      .max_batch = 7}},
    {"mini-unet",
     3,
     {.kind = NB_MINI_UNET,
      .in_channels = 3,
      .base_channels = 8,
      .time_dim = 6,
      .image_height = 8,
      .image_width = 12,
      .max_batch = 3}},
    {"mini-unet with attention",
     2,
     {.kind = NB_MINI_UNET,
      .in_channels = 1,
      .base_channels = 8,
      .time_dim = 6,
      .image_height = 8,
      .image_width = 8,
      .attention = 1,
      .max_batch = 2}},
    {"simple-unet",
     2,
     {.kind = NB_SIMPLE_UNET,
      .in_channels = 3,
      .base_channels = 5,
      .image_height = 5,
      .image_width = 5,
      .max_batch = 2}},
    {"conditional-unet",
     5,
     {.kind = NB_CONDITIONAL_UNET,
      .in_channels = 1,
      .base_channels = 6,
      .image_height = 3,
      .image_width = 4,
      .n_classes = 4,
      .max_batch = 5}},
};
enum { NETWORKS = sizeof networks / sizeof *networks };

int main(void)
{
    static number numbers[MOST_NUMBERS];
    nb_engine engine = plain_engine();
    bool seen[NB_MODEL_KINDS] = {false};
    for (uint32_t i = 0; i < NETWORKS; i++) {
        nb_rng *rng = new_rng(i);
        nb_model *model = NULL;
        nb_error err = {0};
        REQUIRE(nb_model_create(&engine, &networks[i].config, rng, &model, &err) == NB_OK, "%s", err.message);
        seen[networks[i].config.kind] = true;
        problem p =
            problem_begin(&model->graph, networks[i].n, nb_model_takes_fraction(model) ? 1.0 : 9.0, rng);
        const size_t most = nb_model_params(model) > 20 ? SAMPLE : 4 * SAMPLE;
        REQUIRE(most * (nb_model_params(model) + 1) <= MOST_NUMBERS, "too many");
        const size_t count = take_differences(&p, most, numbers);
        printf("measured %zu gradients of %s\n", count, networks[i].name);
        check_differences(networks[i].name, &p, numbers, count);
        check_faults(networks[i].name, &p, numbers, count);
        problem_end(&p);
        nb_model_destroy(model);
        nb_rng_destroy(rng);
    }
    for (int kind = 0; kind < NB_MODEL_KINDS; kind++) CHECK(seen[kind], "no network of kind %d", kind);
    printf("measured differences %.2g (limit %.2g)\n", difference_worst, difference_limit);
    nb_pool_destroy(engine.pool);
    return check_report();
}
