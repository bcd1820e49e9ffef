/* test_quality.c - how good the samples are: exercises 5 and 6, measured as in tests/golden/quality.py.
 *
 * NB_LONG=1 trains the eight seeds of quality.json for 100 epochs and compares the medians with PyTorch's. By
 * default one short run shows that training brings the samples to the curve, which it cannot by chance. */
#include "lesson.h"

enum { VERTICES = 4097, DIRECTIONS = 128 };

typedef struct quality {
    double curve_distance, sliced_w1;
} quality;

/* `count` points of the swiss roll from NumPy's seed. */
static double *fresh_points(uint32_t seed, size_t count)
{
    double *points = malloc(2 * count * sizeof *points);
    nb_rng *numpy = new_rng(seed);
    nb_error err = {0};
    REQUIRE(points != NULL && nb_data_swiss_roll(numpy, count, 0.1, points, &err) == NB_OK, "%s",
            err.message);
    nb_rng_destroy(numpy);
    return points;
}

static quality measure(const double *points, size_t count, uint32_t fresh_seed)
{
    static double curve[2 * VERTICES];
    double *fresh = fresh_points(fresh_seed, count);
    nb_data_swiss_roll_curve(VERTICES, curve);
    quality q = {.curve_distance = nb_curve_distance(count, points, VERTICES, curve)};
    nb_error err = {0};
    CHECK(nb_sliced_wasserstein(count, points, count, fresh, DIRECTIONS, &q.sliced_w1, &err) == NB_OK, "%s",
          err.message);
    free(fresh);
    return q;
}

/* DDPM samples of the lesson's model, on the generator as it stands. */
static quality sample(lesson *l, size_t count, uint32_t fresh_seed)
{
    const nb_sample_config config = {.n = count, .variance = NB_VARIANCE_POSTERIOR};
    nb_sampler *sampler = NULL;
    nb_error err = {0};
    REQUIRE(nb_sampler_create(l->model, l->schedule, l->rng, &config, NULL, &sampler, &err) == NB_OK, "%s",
            err.message);
    while (nb_sampler_t(sampler) >= 0) REQUIRE(nb_sampler_step(sampler, &err) == NB_OK, "%s", err.message);
    double *points = malloc(2 * count * sizeof *points);
    REQUIRE(points != NULL, "no memory");
    for (size_t i = 0; i < 2 * count; i++) points[i] = (double)nb_sampler_x(sampler)[i];
    const quality q = measure(points, count, fresh_seed);
    free(points);
    nb_sampler_destroy(sampler);
    return q;
}

/* The metrics on data, where quality.json knows them to the last digits: seed 42, "fresh". */
static void test_fresh(void)
{
    double *points = fresh_points(2042, 2000);
    const quality q = measure(points, 2000, 1042);
    printf("measured fresh data: curve distance %.4f, sliced W1 %.4f\n", q.curve_distance, q.sliced_w1);
    CHECK(near(q.curve_distance, 0.007987487528058817, 0.0, 1e-12), "fresh data lies %.17g from the curve",
          q.curve_distance);
    CHECK(near(q.sliced_w1, 0.016633624175245762, 0.0, 1e-12), "fresh data is %.17g from fresh data",
          q.sliced_w1);
    free(points);
}

static void test_short(void)
{
    enum { COUNT = 300 };
    lesson_config config = lesson_defaults(42);
    config.T = 100;
    lesson l = lesson_begin(&config);
    const quality before = sample(&l, COUNT, 1042);
    for (int epoch = 0; epoch < 20; epoch++) lesson_epoch(&l);
    const quality after = sample(&l, COUNT, 1042);
    printf("measured untrained: curve distance %.4f, sliced W1 %.4f\n", before.curve_distance,
           before.sliced_w1);
    printf("measured 20 epochs: curve distance %.4f, sliced W1 %.4f\n", after.curve_distance,
           after.sliced_w1);
    CHECK(before.curve_distance > 10.0, "untrained samples lie %g from the curve", before.curve_distance);
    CHECK(after.curve_distance < 0.2 && after.sliced_w1 < 0.22,
          "after 20 epochs: %g from the curve (a Gaussian fit: 0.25), sliced W1 %g", after.curve_distance,
          after.sliced_w1);
    bits("short_run", &after, sizeof after);
    lesson_end(&l);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of_8(double *values)
{
    qsort(values, 8, sizeof *values, ascending);
    return (values[3] + values[4]) / 2.0;
}

static void test_long(void)
{
    double curve_distance[8], sliced_w1[8];
    for (uint32_t i = 0; i < 8; i++) {
        const lesson_config config = lesson_defaults(42 + i);
        lesson l = lesson_begin(&config);
        double loss = 0.0;
        for (int epoch = 0; epoch < 100; epoch++) loss = lesson_epoch(&l);
        const quality q = sample(&l, 2000, 1042 + i);
        printf("measured seed %u: loss %.4f, curve distance %.4f, sliced W1 %.4f\n", (unsigned)(42 + i), loss,
               q.curve_distance, q.sliced_w1);
        curve_distance[i] = q.curve_distance;
        sliced_w1[i] = q.sliced_w1;
        lesson_end(&l);
    }
    const double distance = median_of_8(curve_distance), w1 = median_of_8(sliced_w1);
    printf("measured medians: curve distance %.4f (PyTorch 0.1154), sliced W1 %.4f (PyTorch 0.0682)\n",
           distance, w1);
    CHECK(distance <= 0.115 * 1.02, "the median distance to the curve is %g", distance);
    CHECK(w1 <= 0.08, "the median sliced W1 is %g", w1);
}

int main(void)
{
    test_fresh();
    test_short();
    if (getenv("NB_LONG"))
        test_long();
    else
        printf("note: one short run; NB_LONG=1 trains eight seeds for 100 epochs\n");
    return check_report();
}
