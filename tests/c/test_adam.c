/* test_adam.c - Adam's state in a file: what is loaded goes on as if it had never stopped. */
#include "check.h"

enum { ROWS = 6 };

/* One step down the loss of a fixed batch. */
static double step(nb_model *model, nb_adam *adam, int shift)
{
    float x[2 * ROWS], t[ROWS], eps[2 * ROWS], target[2 * ROWS], d_eps[2 * ROWS];
    for (int i = 0; i < 2 * ROWS; i++) {
        x[i] = (float)((i * 7 + shift) % 11) / 5.0F - 1.0F;
        target[i] = (float)((i * 5 + shift) % 13) / 6.0F - 1.0F;
    }
    for (int i = 0; i < ROWS; i++) t[i] = (float)i / ROWS;
    nb_error err = {0};
    nb_model_forward(model, ROWS, x, t, NULL, eps, NULL);
    const double loss = nb_mse(2 * ROWS, eps, target, d_eps);
    REQUIRE(nb_model_backward(model, ROWS, d_eps, NULL, &err) == NB_OK, "%s", err.message);
    nb_adam_step(adam, NULL);
    return loss;
}

static nb_adam *new_adam(nb_model *model)
{
    nb_adam *adam = NULL;
    nb_error err = {0};
    REQUIRE(nb_adam_create(model, 1e-2, 0.9, 0.999, 1e-8, &adam, &err) == NB_OK, "%s", err.message);
    return adam;
}

static void test_resume(const nb_engine *engine, nb_rng *rng)
{
    nb_model *a = new_model(engine, 9, 5, ROWS, rng), *b = new_model(engine, 9, 5, ROWS, rng);
    nb_adam *adam_a = new_adam(a), *adam_b = new_adam(b);
    for (int i = 0; i < 7; i++) step(a, adam_a, i);
    step(b, adam_b, 3); /* a state of its own, to be replaced */
    uint8_t *weights = NULL, *state = NULL;
    size_t weights_size, state_size;
    nb_error err = {0};
    REQUIRE(nb_model_save(a, &weights, &weights_size, &err) == NB_OK, "%s", err.message);
    REQUIRE(nb_adam_save(adam_a, &state, &state_size, &err) == NB_OK, "%s", err.message);
    CHECK(nb_model_load(b, weights, weights_size, &err) == NB_OK, "%s", err.message);
    CHECK(nb_adam_load(adam_b, state, state_size, &err) == NB_OK, "%s", err.message);
    double losses[5];
    for (int i = 0; i < 5; i++) {
        losses[i] = step(a, adam_a, i);
        const double other = step(b, adam_b, i);
        CHECK(losses[i] == other, "step %d: %.17g, not %.17g", i, other, losses[i]);
    }
    bits("adam-resumed", losses, sizeof losses);
    FAILS(NB_ERR_FORMAT, "adam.exp_avg.", nb_adam_load(adam_b, weights, weights_size, &failure));
    FAILS(NB_ERR_FORMAT, "bytes", nb_adam_load(adam_b, state, state_size - 1, &failure));
    /* A mean of squares below 0: the file ends with the step count, the tensors before it are the squares. */
    const float below_0 = -1e-3F;
    memcpy(state + state_size - 8 - 4, &below_0, sizeof below_0);
    FAILS(NB_ERR_FORMAT, "holds -0.001", nb_adam_load(adam_b, state, state_size, &failure));
    nb_model *wide = new_model(engine, 10, 5, ROWS, rng);
    nb_adam *adam_wide = new_adam(wide);
    FAILS(NB_ERR_SHAPE, "net.0.weight", nb_adam_load(adam_wide, state, state_size, &failure));
    CHECK(step(a, adam_a, 9) == step(b, adam_b, 9), "a refused state left its mark");
    free(weights);
    free(state);
    nb_adam_destroy(adam_wide);
    nb_adam_destroy(adam_a);
    nb_adam_destroy(adam_b);
    nb_model_destroy(wide);
    nb_model_destroy(a);
    nb_model_destroy(b);
}

/* A step that cannot be taken leaves weights, moments and count as they were. */
static void test_nonfinite(const nb_engine *engine, nb_rng *rng)
{
    nb_model *model = new_model(engine, 9, 5, ROWS, rng);
    nb_adam *adam = new_adam(model), *strange = NULL;
    CHECK(nb_adam_step(adam, NULL) == NB_OK, "before any backward pass there is nothing to do");
    for (int i = 0; i < 3; i++) step(model, adam, i);
    uint8_t *before = NULL, *after = NULL;
    size_t size, size_after;
    REQUIRE(nb_adam_save(adam, &before, &size, NULL) == NB_OK, "saved");
    float *weights = all_params(model);
    const float x[2] = {1.0F, -1.0F}, t[1] = {0.5F};
    static const float bad[] = {NAN, INFINITY, 1e30F};
    for (size_t i = 0; i < 3; i++) {
        float eps[2];
        const float d_eps[2] = {bad[i], 0.0F};
        nb_model_forward(model, 1, x, t, NULL, eps, NULL);
        nb_model_backward(model, 1, d_eps, NULL, NULL);
        FAILS(NB_ERR_NONFINITE, "gradient is not finite at step 4: learning rate 0.01",
              nb_adam_step(adam, &failure));
    }
    float *kept = all_params(model);
    CHECK(memcmp(weights, kept, nb_model_param_count(model) * sizeof *kept) == 0,
          "a refused step moved weights");
    REQUIRE(nb_adam_save(adam, &after, &size_after, NULL) == NB_OK, "saved");
    CHECK(size == size_after && memcmp(before, after, size) == 0,
          "a refused step left its mark on the moments");
    /* Moments from a file may ask for a step that no training takes: 3e38 over a square of 0. */
    const float vast = 3e38F, none = 0.0F;
    const size_t one = nb_model_param_count(model) * sizeof(float), last = size - 8;
    memcpy(before + last - one - sizeof vast, &vast, sizeof vast);
    memcpy(before + last - sizeof none, &none, sizeof none);
    CHECK(nb_adam_load(adam, before, size, NULL) == NB_OK, "vast moments");
    float eps[2];
    nb_model_forward(model, 1, x, t, NULL, eps, NULL);
    nb_model_backward(model, 1, (float[2]){0.0F, 0.0F}, NULL, NULL);
    FAILS(NB_ERR_NONFINITE, "step 4 would take a weight beyond", nb_adam_step(adam, &failure));
    FAILS(NB_ERR_ARGUMENT, "1.2e-38 <= eps",
          nb_adam_create(model, 1e-3, 0.9, 0.999, 1e-300, &strange, &failure));
    FAILS(NB_ERR_ARGUMENT, "beta < 1",
          nb_adam_create(model, 1e-3, 0.9, 1.0 - 1e-12, 1e-8, &strange, &failure));
    free(before);
    free(after);
    free(weights);
    free(kept);
    nb_adam_destroy(adam);
    nb_model_destroy(model);
}

int main(void)
{
    nb_engine *engine = new_engine();
    nb_rng *rng = new_rng(12);
    test_resume(engine, rng);
    test_nonfinite(engine, rng);
    nb_rng_destroy(rng);
    nb_engine_destroy(engine);
    return check_report();
}
