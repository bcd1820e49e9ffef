/* test_muon.c - Muon's step against the same iteration in double, and what it leaves to Adam. */
#include "check.h"
#include "models/model.h"
#include "optim/adam.h"

enum { ROWS = 4, PIXELS = 64, SIDE = 8 };

static nb_model *new_unet(const nb_engine *engine)
{
    nb_model_config config = nb_model_default(NB_MINI_UNET);
    config.in_channels = 1;
    config.base_channels = 16;
    config.time_dim = 32; /* time_mlp.1 has more rows than columns in PyTorch, time_mlp.3 fewer */
    config.image_height = config.image_width = SIDE;
    config.max_batch = ROWS;
    nb_rng *rng = new_rng(3);
    nb_model *model = NULL;
    nb_error err = {0};
    REQUIRE(nb_model_create(engine, &config, rng, &model, &err) == NB_OK, "%s", err.message);
    nb_rng_destroy(rng);
    return model;
}

static nb_adam *new_muon(nb_model *model, double lr)
{
    nb_adam *adam = NULL;
    nb_error err = {0};
    REQUIRE(nb_adam_create(model, lr, 0.9, 0.999, 1e-8, &adam, &err) == NB_OK, "%s", err.message);
    REQUIRE(nb_adam_use_muon(adam, &err) == NB_OK, "%s", err.message);
    return adam;
}

/* Gradients of some loss; scale 0: all are zero. */
static void find_gradients(nb_model *model, uint32_t seed, float scale)
{
    static float x[ROWS * PIXELS], eps[ROWS * PIXELS], d[ROWS * PIXELS];
    const float t[ROWS] = {3, 100, 500, 900};
    nb_rng *rng = new_rng(seed);
    nb_torch_randn(rng, (size_t)ROWS * PIXELS, x);
    nb_torch_randn(rng, (size_t)ROWS * PIXELS, d);
    for (size_t i = 0; i < (size_t)ROWS * PIXELS; i++) d[i] *= scale;
    REQUIRE(nb_model_forward(model, ROWS, x, t, NULL, eps, NULL) == NB_OK, "forward");
    REQUIRE(nb_model_backward(model, ROWS, d, NULL, NULL) == NB_OK, "backward");
    nb_rng_destroy(rng);
}

/* ---- In double ---------------------------------------------------------------------------------------------- */

static void multiply(size_t m, size_t n, size_t k, const double *a, bool turned, const double *b, double *c)
{
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
            double sum = 0.0;
            for (size_t p = 0; p < k; p++) sum += (turned ? a[p * m + i] : a[i * k + p]) * b[p * n + j];
            c[i * n + j] = sum;
        }
    }
}

/* x (rows, cols), which may be wide, by Newton and Schulz. */
static void make_orthogonal(size_t rows, size_t cols, double *x)
{
    double *gram = calloc(cols * cols, sizeof *gram), *square = calloc(cols * cols, sizeof *square);
    double *next = calloc(rows * cols, sizeof *next), sum = 0.0;
    REQUIRE(gram && square && next, "no memory");
    for (size_t i = 0; i < rows * cols; i++) sum += x[i] * x[i];
    for (size_t i = 0; i < rows * cols; i++) x[i] /= sqrt(sum);
    for (int k = 0; k < 5; k++) {
        multiply(cols, cols, rows, x, true, x, gram);
        multiply(cols, cols, cols, gram, false, gram, square);
        for (size_t i = 0; i < cols * cols; i++) square[i] = 2.0315 * square[i] - 4.7750 * gram[i];
        multiply(rows, cols, cols, x, false, square, next);
        for (size_t i = 0; i < rows * cols; i++) x[i] = 3.4445 * x[i] + next[i];
    }
    free(gram);
    free(square);
    free(next);
}

/* Whether Muon takes it, as a matrix (out, the rest). */
static bool is_matrix(nb_param_info p)
{
    const size_t rows = (size_t)p.shape[0];
    return p.rank >= 2 && rows >= 16 && p.count / rows >= 16;
}

static void check_param(const nb_model *model, size_t index, const float *before, const float *grad[2],
                        double lr)
{
    const nb_param_info p = nb_model_param_info(model, index);
    const size_t rows = (size_t)p.shape[0], cols = p.count / rows;
    float *after = calloc(p.count, sizeof *after);
    double *x = calloc(p.count, sizeof *x), worst = 0.0, most = 0.0;
    REQUIRE(after && x, "no memory");
    nb_model_get_param(model, index, after);
    for (size_t i = 0; i < p.count; i++) {
        const double first = 0.05 * (double)grad[0][i], m = 0.95 * first + 0.05 * (double)grad[1][i];
        x[i] = 0.95 * m + 0.05 * (double)grad[1][i];
    }
    make_orthogonal(rows, cols, x);
    const double size = lr * 0.2 * sqrt((double)(rows > cols ? rows : cols));
    for (size_t i = 0; i < p.count; i++) {
        const double step = (double)before[i] - (double)after[i];
        worst = fmax(worst, fabs(step - size * x[i]));
        most = fmax(most, fabs(size * x[i]));
    }
    CHECK(worst < 1e-4 * most, "%s (%zu, %zu): %g of %g", p.name, rows, cols, worst, most);
    free(after);
    free(x);
}

/* The second step, whose momentum has two gradients. What is no matrix goes as with Adam alone, to the bit. */
static void test_step(void)
{
    const double lr = 1e-3;
    nb_engine *engine = new_engine();
    nb_model *a = new_unet(engine), *b = new_unet(engine);
    nb_adam *muon = new_muon(a, lr), *adam = NULL;
    REQUIRE(nb_adam_create(b, lr, 0.9, 0.999, 1e-8, &adam, NULL) == NB_OK, "Adam");
    const size_t count = nb_model_params(a);
    float *grad[2][64], *before[64];
    REQUIRE(count <= 64, "%zu parameters", count);
    for (uint32_t k = 0; k < 2; k++) {
        float *weights = all_params(a);
        find_gradients(a, k, 0.01F);
        find_gradients(b, k, 0.01F);
        size_t at = 0, matrices = 0;
        for (size_t i = 0; i < count; i++) {
            const nb_param_info p = nb_model_param_info(a, i);
            grad[k][i] = calloc(p.count, sizeof(float));
            REQUIRE(grad[k][i] != NULL, "no memory");
            nb_model_get_grad(a, i, grad[k][i]);
            if (k == 1) before[i] = weights + at;
            at += p.count;
        }
        REQUIRE(nb_adam_step(muon, NULL) == NB_OK && nb_adam_step(adam, NULL) == NB_OK, "a step");
        for (size_t i = 0; i < count; i++) {
            const nb_param_info p = nb_model_param_info(a, i);
            if (is_matrix(p)) {
                matrices++;
                if (k == 1) check_param(a, i, before[i], (const float *[]){grad[0][i], grad[1][i]}, lr);
            } else if (k == 0) { /* later b's gradients are of other weights */
                float *one = calloc(p.count, sizeof *one), *other = calloc(p.count, sizeof *other);
                REQUIRE(one && other, "no memory");
                nb_model_get_param(a, i, one);
                nb_model_get_param(b, i, other);
                CHECK(memcmp(one, other, p.count * sizeof *one) == 0, "%s is not as by Adam", p.name);
                free(one);
                free(other);
            }
        }
        CHECK(matrices > 10 && matrices < count, "%zu of %zu are matrices", matrices, count);
        free(weights);
    }
    for (size_t i = 0; i < 2 * count; i++) free(grad[i / count][i % count]);
    float *all = all_params(a);
    bits("muon", all, nb_model_param_count(a) * sizeof *all);
    free(all);
    nb_adam_destroy(muon);
    nb_adam_destroy(adam);
    nb_model_destroy(a);
    nb_model_destroy(b);
    nb_engine_destroy(engine);
}

/* A gradient of zeros has no direction: nothing moves, and nothing becomes NaN. */
static void test_no_gradient(void)
{
    nb_engine *engine = new_engine();
    nb_model *model = new_unet(engine);
    nb_adam *muon = new_muon(model, 1e-3);
    float *before = all_params(model);
    find_gradients(model, 1, 0.0F);
    CHECK(nb_adam_step(muon, NULL) == NB_OK, "a step");
    float *after = all_params(model);
    CHECK(memcmp(before, after, nb_model_param_count(model) * sizeof *after) == 0, "it moved");
    free(before);
    free(after);
    nb_adam_destroy(muon);
    nb_model_destroy(model);
    nb_engine_destroy(engine);
}

static float *trained(const nb_engine *engine)
{
    nb_model *model = new_unet(engine);
    nb_adam *muon = new_muon(model, 3e-3);
    for (uint32_t k = 0; k < 3; k++) {
        find_gradients(model, k, 1.0F);
        REQUIRE(nb_adam_step(muon, NULL) == NB_OK, "a step");
    }
    float *weights = all_params(model);
    nb_adam_destroy(muon);
    nb_model_destroy(model);
    return weights;
}

/* Neither kernels nor threads show. */
static void test_variants(void)
{
    const char *names[16];
    const size_t variants = nb_kernel_names(names, 16);
    float *want = NULL;
    for (size_t v = 0; v < variants + 1; v++) {
        nb_engine *engine = NULL;
        if (nb_engine_create(NB_MODE_EXACT, v < variants ? 1 : 3, v < variants ? names[v] : NULL, &engine,
                             NULL) != NB_OK)
            continue; /* a build without threads */
        float *got = trained(engine);
        nb_model *model = new_unet(engine);
        const size_t bytes = nb_model_param_count(model) * sizeof *got;
        if (want == NULL) want = got;
        CHECK(memcmp(want, got, bytes) == 0, "%s: other weights", v < variants ? names[v] : "three threads");
        if (got != want) free(got);
        nb_model_destroy(model);
        nb_engine_destroy(engine);
    }
    free(want);
}

int main(void)
{
    test_step();
    test_no_gradient();
    test_variants();
    return check_report();
}
