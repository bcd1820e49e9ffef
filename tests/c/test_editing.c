/* test_editing.c - samplers that begin below T - 1, and DDIM up a list of timesteps: what changes pictures that there are. */
#include "linear.h"
#include "sampling.h"

#include <math.h>

/* ---- A later start ------------------------------------------------------------------------------------------- */

/* From x at the k-th timestep of a run, a run of the rest of the list goes on to the same bits: no method without a memory
 * asks how x came there. */
static void test_later_start(nb_model *model, const nb_schedule *s)
{
    static const int list[5] = {49, 40, 21, 20, 2};
    const float x_T[4] = {0.4F, -0.8F, 1.5F, 0.1F};
    for (int m = NB_DDPM; m <= NB_DDIM; m++) {
        nb_sample_config config = {.n = 2, .steps = 5, .timesteps = list, .method = (nb_method)m};
        config.variance = no_noise(m);
        float whole[4], rest[4], middle[4];
        finish(begin(model, s, NULL, config, x_T), whole, sizeof whole);
        for (int k = 1; k < 5; k++) {
            nb_sampler *sampler = begin(model, s, NULL, config, x_T);
            for (int i = 0; i < k; i++) step(sampler);
            memcpy(middle, nb_sampler_x(sampler), sizeof middle);
            nb_sampler_destroy(sampler);
            nb_sample_config later = config;
            later.timesteps = list + k;
            later.steps = 5 - k;
            sampler = begin(model, s, NULL, later, middle);
            CHECK(nb_sampler_t(sampler) == list[k], "it starts at %d", nb_sampler_t(sampler));
            finish(sampler, rest, sizeof rest);
            CHECK(memcmp(whole, rest, sizeof whole) == 0, "%s from timestep %d on is another run",
                  method_names[m], list[k]);
        }
    }
}

/* ---- Inversion ----------------------------------------------------------------------------------------------- */

enum { MOST = 801 };

/* Up or down a list with the exact prediction for N(0, v): x of two samples. */
static void walk(linear_model *l, const nb_schedule *s, const int *list, int steps, double v, float x[4])
{
    const nb_sample_config config = {.n = 2, .steps = steps, .timesteps = list, .method = NB_DDIM};
    nb_sampler *sampler = begin(l->model, s, NULL, config, x);
    int count = 0;
    for (; nb_sampler_t(sampler) >= 0; count++) {
        set_factor(l, exact_factor(s, nb_sampler_t(sampler), v));
        step(sampler);
    }
    const bool rises = steps > 1 && list[1] > list[0];
    CHECK(count == (rises ? steps - 1 : steps), "%d steps along a list of %d", count, steps);
    FAILS(NB_ERR_ARGUMENT, rises ? "its last timestep already" : "x_0 already",
          nb_sampler_step(sampler, &failure));
    memcpy(x, nb_sampler_x(sampler), 4 * sizeof *x);
    nb_sampler_destroy(sampler);
}

/* The probability flow keeps x of N(0, v) in units of its standard deviation: what inversion ends at is known. Its error,
 * and that of the way there and back, fall as the steps become shorter: each is of first order. */
static void test_inversion(linear_model *l)
{
    nb_schedule *s = new_schedule(NB_SCHEDULE_LINEAR, 801);
    const float *bar = nb_schedule_table(s, NB_ALPHA_BAR), picture[4] = {1.0F, -0.5F, 0.25F, 2.0F};
    const double v = 0.25, low = (double)bar[0], high = (double)bar[800];
    const double grows = sqrt((high * v + 1.0 - high) / (low * v + 1.0 - low));
    double there[3], back[3];
    for (int k = 0; k < 3; k++) {
        const int gaps = 50 << (2 * k), stride = 800 / gaps;
        int up[MOST], down[MOST];
        for (int i = 0; i <= gaps; i++) down[gaps - i] = up[i] = i * stride;
        float x[4];
        memcpy(x, picture, sizeof x);
        walk(l, s, up, gaps + 1, v, x);
        there[k] = back[k] = 0.0;
        for (size_t i = 0; i < 4; i++)
            there[k] = fmax(there[k], fabs((double)x[i] / (grows * (double)picture[i]) - 1.0));
        walk(l, s, down, gaps + 1, v, x);
        /* The last step goes on from timestep 0 to the x_0 predicted there. */
        const double last = (1.0 - exact_factor(s, 0, v) * sqrt(1.0 - low)) / sqrt(low);
        for (size_t i = 0; i < 4; i++)
            back[k] = fmax(back[k], fabs((double)x[i] / (last * (double)picture[i]) - 1.0));
        printf("inversion in %d steps: error %.2g of the noise, %.2g of the picture that comes back\n", gaps,
               there[k], back[k]);
        CHECK(k == 0 || there[k] < there[k - 1] / 3.0, "four times the steps: noise's error %g after %g",
              there[k], there[k - 1]);
        CHECK(k == 0 || back[k] < back[k - 1] / 3.0, "four times the steps: picture's error %g after %g",
              back[k], back[k - 1]);
        bits("inverted", x, sizeof x);
    }
    CHECK(there[2] < 0.01 && back[2] < 0.02, "in 800 steps: errors %g and %g", there[2], back[2]);
    nb_schedule_destroy(s);
}

/* One step up by the formula. */
static void test_step_up(linear_model *l, const nb_schedule *s)
{
    static const int list[2] = {10, 30};
    const float x_T[4] = {1.0F, -0.5F, 0.25F, 2.0F};
    const float *bar = nb_schedule_table(s, NB_ALPHA_BAR);
    set_factor(l, 0.3);
    const nb_sample_config config = {.n = 2, .steps = 2, .timesteps = list, .method = NB_DDIM};
    float x[4];
    finish(begin(l->model, s, NULL, config, x_T), x, sizeof x);
    for (size_t i = 0; i < 4; i++) {
        const double from = (double)bar[10], to = (double)bar[30], eps = 0.3 * (double)x_T[i];
        const double want =
            sqrt(to) * ((double)x_T[i] - sqrt(1.0 - from) * eps) / sqrt(from) + sqrt(1.0 - to) * eps;
        CHECK(near((double)x[i], want, 1e-7, 1e-5), "x at 30 is %g, and by hand %g", (double)x[i], want);
    }
}

/* ---- Refusals -------------------------------------------------------------------------------------------------- */

static void test_refusals(linear_model *l, const nb_schedule *s)
{
    static const int up[3] = {0, 20, 49}, turns[3] = {0, 20, 10}, over[3] = {0, 20, 50}, high[2] = {50, 3},
                     low[2] = {-1, 3}, late[2] = {40, 3};
    static const struct {
        const char *part;
        nb_sample_config config;
        bool without; /* an x_T */
    } bad[] = {
        {"timestep 10 after 20: they must go on rising",
         {.n = 2, .steps = 3, .timesteps = turns, .method = NB_DDIM},
         false},
        {"timestep 50 after 20", {.n = 2, .steps = 3, .timesteps = over, .method = NB_DDIM}, false},
        {"start at 50: with T = 50 they are 0 to 49", {.n = 2, .steps = 2, .timesteps = high}, false},
        {"start at -1: with T = 50", {.n = 2, .steps = 2, .timesteps = low}, false},
        {"start at 40: without x_T they start at T - 1 = 49", {.n = 2, .steps = 2, .timesteps = late}, true},
        {"start at 0: without x_T", {.n = 2, .steps = 3, .timesteps = up, .method = NB_DDIM}, true},
        {"rising timesteps for ddpm: only ddim with eta = 0", {.n = 2, .steps = 3, .timesteps = up}, false},
        {"rising timesteps for plms", {.n = 2, .steps = 3, .timesteps = up, .method = NB_PNDM}, false},
        {"rising timesteps for ddim with noise",
         {.n = 2, .steps = 3, .timesteps = up, .method = NB_DDIM, .eta = 0.5},
         false}};
    const float x_T[4] = {1.0F, 2.0F, 3.0F, 4.0F};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        nb_sampler *sampler = NULL;
        FAILS(NB_ERR_ARGUMENT, bad[i].part,
              nb_sampler_create(l->model, s, l->rng, &bad[i].config, bad[i].without ? NULL : x_T, &sampler,
                                &failure));
        CHECK(sampler == NULL, "a refused sampler is there");
    }
}

int main(void)
{
    linear_model l = linear_begin();
    nb_schedule *s = new_schedule(NB_SCHEDULE_LINEAR, 50);
    nb_model *model = new_model(l.engine, 20, 32, 16, l.rng);
    test_later_start(model, s);
    test_step_up(&l, s);
    test_inversion(&l);
    test_refusals(&l, s);
    nb_model_destroy(model);
    nb_schedule_destroy(s);
    linear_end(&l);
    return check_report();
}
