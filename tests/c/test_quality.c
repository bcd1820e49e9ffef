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
    quality q = {.curve_distance = curve_distance(count, points, VERTICES, curve)};
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

/* As many points of the Gaussian with the data's mean and covariance. */
static quality measure_gaussian(const double *data, size_t n, size_t count)
{
    double mean[2] = {0.0}, xx = 0.0, xy = 0.0, yy = 0.0;
    for (size_t i = 0; i < 2 * n; i++) mean[i % 2] += data[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        const double x = data[2 * i] - mean[0], y = data[2 * i + 1] - mean[1];
        xx += x * x / (double)n;
        xy += x * y / (double)n;
        yy += y * y / (double)n;
    }
    double *points = malloc(2 * count * sizeof *points);
    REQUIRE(points != NULL, "no memory");
    nb_rng *rng = new_rng(3042);
    nb_numpy_randn(rng, 2 * count, points);
    for (size_t i = 0; i < count; i++) {
        const double z = points[2 * i], w = points[2 * i + 1];
        points[2 * i] = mean[0] + sqrt(xx) * z;
        points[2 * i + 1] = mean[1] + xy / sqrt(xx) * z + sqrt(yy - xy * xy / xx) * w;
    }
    const quality q = measure(points, count, 1042);
    nb_rng_destroy(rng);
    free(points);
    return q;
}

/* By sliced Wasserstein a plain Gaussian beats this network, which sees the spiral; by the distance to the curve it does
 * not. Which is better is a question to the metric. */
static void errata_8_one_metric_prefers_a_gaussian_and_the_other_the_network(quality network, size_t points,
                                                                             size_t count)
{
    double *data = fresh_points(42, points);
    const quality gaussian = measure_gaussian(data, points, count);
    printf("measured a Gaussian fit: curve distance %.4f, sliced W1 %.4f\n", gaussian.curve_distance,
           gaussian.sliced_w1);
    CHECK(gaussian.sliced_w1 < network.sliced_w1, "sliced W1 prefers the network");
    CHECK(network.curve_distance < 0.8 * gaussian.curve_distance, "the curve distance prefers the Gaussian");
    free(data);
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
    errata_8_one_metric_prefers_a_gaussian_and_the_other_the_network(after, config.points, COUNT);
    lesson_end(&l);
}

/* Sliced Wasserstein distance of a method's samples to fresh data; infinite where they come to no number. */
static double few_steps(lesson *l, nb_method method, int steps, nb_clip clip)
{
    enum { COUNT = 500 };
    const nb_sample_config config = {.n = COUNT, .steps = steps, .method = method, .clip = clip};
    nb_sampler *sampler = NULL;
    nb_error err = {0};
    nb_rng_seed(l->rng, 9);
    REQUIRE(nb_sampler_create(l->model, l->schedule, l->rng, &config, NULL, &sampler, &err) == NB_OK, "%s",
            err.message);
    while (nb_sampler_t(sampler) >= 0) REQUIRE(nb_sampler_step(sampler, &err) == NB_OK, "%s", err.message);
    static double points[2 * COUNT];
    for (size_t i = 0; i < (size_t)2 * COUNT; i++) points[i] = (double)nb_sampler_x(sampler)[i];
    nb_sampler_destroy(sampler);
    return measure(points, COUNT, 1042).sliced_w1;
}

/* The cosine schedule leaves 5e-5 of the signal at T - 1, and the first step of the methods that trust the predicted x_0
 * enlarges the network's error. Clipped to the range of the data, which is the default, few steps are about as good as
 * DDPM's thousand; without, the samples lie outside the data. */
static void test_few_steps(void)
{
    static const int steps[] = {10, 20, 50};
    const lesson_config config = lesson_defaults(42);
    lesson l = lesson_begin(&config);
    for (int epoch = 0; epoch < 30; epoch++) lesson_epoch(&l);
    const double ddpm = few_steps(&l, NB_DDPM, 0, NB_CLIP_AUTO);
    printf("measured ddpm: 1000 steps %.3f\n", ddpm);
    CHECK(ddpm < 0.2, "DDPM's thousand steps end %g from the data", ddpm);
    for (int m = NB_DDIM; m <= NB_PNDM; m++) {
        double worst_off = 0.0;
        for (size_t i = 0; i < 3; i++) {
            const double on = few_steps(&l, (nb_method)m, steps[i], NB_CLIP_AUTO),
                         off = few_steps(&l, (nb_method)m, steps[i], NB_CLIP_OFF);
            printf("measured %s: %d steps %.3f, without clipping %.3f\n", nb_method_name((nb_method)m),
                   steps[i], on, off);
            CHECK(on < 0.25, "%s ends %g from the data after %d steps", nb_method_name((nb_method)m), on,
                  steps[i]);
            worst_off = fmax(worst_off, off);
        }
        CHECK(worst_off > 0.4, "%s needs no clipping: %g", nb_method_name((nb_method)m), worst_off);
    }
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

/* The shapes' network that the pages ship: of 256 samples by these 50 steps 68% are clean shapes, of a network by the
 * notebook's recipe a few in a hundred. */
static void test_shipped(void)
{
    enum { N = 32, PIXELS = 32 * 32 };
    static float images[N * PIXELS];
    int32_t kind[N];
    double iou[N], clean = 0.0;
    size_t size;
    uint8_t *file = read_file("web/data/shapes-unet.safetensors", &size);
    nb_engine *engine = new_engine();
    nb_schedule *s = new_schedule(NB_SCHEDULE_LINEAR, 1000);
    nb_rng *rng = new_rng(8);
    nb_model *model = NULL;
    nb_sampler *sampler = NULL;
    nb_error err = {0};
    REQUIRE(nb_model_open(engine, file, size, N, &model, &err) == NB_OK, "%s", err.message);
    const nb_sample_config config = {.n = N, .steps = 50, .method = NB_DDIM};
    REQUIRE(nb_sampler_create(model, s, rng, &config, NULL, &sampler, &err) == NB_OK, "%s", err.message);
    while (nb_sampler_t(sampler) >= 0) REQUIRE(nb_sampler_step(sampler, &err) == NB_OK, "%s", err.message);
    memcpy(images, nb_sampler_x(sampler), sizeof images);
    REQUIRE(nb_shape_fit(N, 32, 32, images, 0.5F, kind, iou, &clean, &err) == NB_OK, "%s", err.message);
    printf("measured clean shapes %.0f%%\n", 100.0 * clean);
    CHECK(clean >= 0.5, "%g of the samples are clean shapes", clean);
    bits("shipped_shapes", images, sizeof images);
    free(file);
    nb_sampler_destroy(sampler);
    nb_model_destroy(model);
    nb_rng_destroy(rng);
    nb_schedule_destroy(s);
    nb_engine_destroy(engine);
}

int main(void)
{
    test_shipped();
    test_fresh();
    test_short();
    test_few_steps();
    if (getenv("NB_LONG"))
        test_long();
    else
        printf("note: one short run; NB_LONG=1 trains eight seeds for 100 epochs\n");
    return check_report();
}
