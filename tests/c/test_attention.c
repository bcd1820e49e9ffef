/* test_attention.c - attention between tokens with a mask: what is masked might as well not be there, by bits. */
#include "text_model.h"

enum { QUERIES = 3, KEYS = 6, FEATURES = 8 };

static const char masked[] = "input x x tokens 3 8\n"
                             "input k cond tokens 6 8\n"
                             "input mask cond features 6\n"
                             "call attention_weights 0 1 2 num_heads=2\n"
                             "call matmul 3 1 num_heads=2\n"
                             "output weights 3\n"
                             "output y 4\n";

/* The same with the first four keys only. */
static const char narrowed[] = "input x x tokens 3 8\n"
                               "input k cond tokens 6 8\n"
                               "call narrow 1 dim=1 start=0 length=4\n"
                               "call attention_weights 0 2 num_heads=2\n"
                               "call matmul 3 2 num_heads=2\n"
                               "output weights 3\n"
                               "output y 4\n";

static nb_model *model_of(const nb_engine *engine, const char *lines)
{
    nb_rng *rng = new_rng(1);
    nb_model *model = text_model(engine, lines, 1, rng);
    nb_rng_destroy(rng);
    return model;
}

enum { WEIGHTS = 2 * QUERIES * KEYS, Y = QUERIES * FEATURES, COND = KEYS * FEATURES + KEYS };

typedef struct pass {
    float out[WEIGHTS + Y], d_out[WEIGHTS + Y], d_x[Y], d_cond[COND];
} pass;

static void run(nb_model *model, const float *x, const float *cond, pass *p)
{
    nb_error err = {0};
    const nb_inputs in = {.x = x, .cond = cond};
    REQUIRE(nb_model_run(model, 1, &in, p->out, &err) == NB_OK, "%s", err.message);
    REQUIRE(nb_model_run_back(model, 1, p->d_out, p->d_x, p->d_cond, &err) == NB_OK, "%s", err.message);
}

/* What follows `from` weights a row is y. */
static void split(pass *p, const float *d_y, size_t keys)
{
    memset(p->d_out, 0, sizeof p->d_out);
    memcpy(p->d_out + 2 * QUERIES * keys, d_y, Y * sizeof *d_y);
}

static void test_mask(const nb_engine *engine)
{
    static pass all, few;
    float x[Y], d_y[Y], cond[COND];
    nb_rng *rng = new_rng(7);
    nb_torch_randn(rng, Y, x);
    nb_torch_randn(rng, Y, d_y);
    nb_torch_randn(rng, KEYS * FEATURES, cond);
    for (size_t i = 0; i < KEYS; i++) cond[KEYS * FEATURES + i] = i < 4 ? 1.0F : 0.0F;
    split(&all, d_y, KEYS);
    split(&few, d_y, 4);
    nb_model *a = model_of(engine, masked), *b = model_of(engine, narrowed);
    run(a, x, cond, &all);
    run(b, x, cond, &few);
    for (size_t row = 0; row < (size_t)2 * QUERIES; row++) {
        for (size_t k = 0; k < KEYS; k++) {
            const float want = k < 4 ? few.out[row * 4 + k] : 0.0F;
            CHECK(all.out[row * KEYS + k] == want, "weight %zu of row %zu: %g, not %g", k, row,
                  (double)all.out[row * KEYS + k], (double)want);
        }
    }
    CHECK(memcmp(all.out + WEIGHTS, few.out + (size_t)2 * QUERIES * 4, sizeof d_y) == 0, "y differs");
    CHECK(memcmp(all.d_x, few.d_x, sizeof all.d_x) == 0, "d_x differs");
    for (size_t i = 0; i < KEYS * FEATURES; i++)
        CHECK(all.d_cond[i] == few.d_cond[i], "gradient %zu of the keys: %g, not %g", i,
              (double)all.d_cond[i], (double)few.d_cond[i]);
    for (size_t i = 0; i < KEYS; i++)
        CHECK(all.d_cond[KEYS * FEATURES + i] == 0.0F, "the mask has a gradient");
    bits("masked attention", &all, sizeof all);
    nb_model_destroy(a);
    nb_model_destroy(b);
    nb_rng_destroy(rng);
}

/* Where no key is left there is nothing to take: zeros, and no NaN. */
static void test_nothing_left(const nb_engine *engine)
{
    static pass p;
    float x[Y], cond[COND];
    for (size_t i = 0; i < Y; i++) x[i] = (float)i;
    for (size_t i = 0; i < COND; i++) cond[i] = i < KEYS * FEATURES ? 1.0F : 0.0F;
    for (size_t i = 0; i < WEIGHTS + Y; i++) p.d_out[i] = 1.0F;
    nb_model *model = model_of(engine, masked);
    run(model, x, cond, &p);
    for (size_t i = 0; i < WEIGHTS + Y; i++) CHECK(p.out[i] == 0.0F, "number %zu is %g", i, (double)p.out[i]);
    for (size_t i = 0; i < Y; i++) CHECK(p.d_x[i] == 0.0F, "gradient %zu is %g", i, (double)p.d_x[i]);
    nb_model_destroy(model);
}

int main(void)
{
    nb_engine *engine = new_engine();
    test_mask(engine);
    test_nothing_left(engine);
    nb_engine_destroy(engine);
    return check_report();
}
