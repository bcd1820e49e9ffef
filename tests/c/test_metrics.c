/* test_metrics.c - the metrics against their reference values and against what must hold for any points. */
#include "base/math.h"
#include "check.h"

static double sliced(size_t n, const double *x, size_t m, const double *y, int directions)
{
    double distance = NAN;
    nb_error err = {0};
    CHECK(nb_sliced_wasserstein(n, x, m, y, directions, &distance, &err) == NB_OK, "%s", err.message);
    return distance;
}

static void test_golden(void)
{
    nb_array a = golden("metrics_a"), b = golden("metrics_b"), c = golden("metrics_c");
    nb_array want = golden("metrics_values");
    double curve[2 * 4097];
    nb_data_swiss_roll_curve(4097, curve);
    const double values[5] = {sliced(40, a.data, 25, b.data, 128), sliced(40, a.data, 40, c.data, 128),
                              sliced(40, a.data, 40, a.data, 128), curve_distance(40, a.data, 4097, curve),
                              curve_distance(25, b.data, 4097, curve)};
    for (size_t i = 0; i < 5; i++)
        CHECK(near(values[i], entry(&want, i), 0.0, 2e-15), "metrics_values[%zu] = %.17g, not %.17g", i,
              values[i], entry(&want, i));
    CHECK(values[2] == 0.0, "a set is %g from itself", values[2]);
    bits("metrics", values, sizeof values);
    free(a.data);
    free(b.data);
    free(c.data);
    free(want.data);
}

/* With one direction the points are projected on the second axis, so that numbers put there are compared by
 * the exact 1-D distance. */
static double w1(size_t n, const double *p, size_t m, const double *q)
{
    double x[80] = {0}, y[80] = {0};
    for (size_t i = 0; i < n; i++) x[2 * i + 1] = p[i];
    for (size_t i = 0; i < m; i++) y[2 * i + 1] = q[i];
    return sliced(n, x, m, y, 1);
}

static void first_column(const char *name, double *out, size_t n)
{
    nb_array a = golden(name);
    for (size_t i = 0; i < n; i++) out[i] = entry(&a, 2 * i);
    free(a.data);
}

static void test_w1(void)
{
    double a[40], b[25], c[40];
    first_column("metrics_a", a, 40);
    first_column("metrics_b", b, 25);
    first_column("metrics_c", c, 40);
    nb_array want = golden("metrics_w1");
    CHECK(near(w1(40, a, 25, b), entry(&want, 0), 0.0, 2e-15), "W1(a, b) = %.17g", w1(40, a, 25, b));
    CHECK(near(w1(40, a, 40, c), entry(&want, 1), 0.0, 2e-15), "W1(a, c) = %.17g", w1(40, a, 40, c));
    free(want.data);
    /* By hand: the area between the quantile functions. */
    CHECK(near(w1(1, (double[]){3.0}, 1, (double[]){-1.0}), 4.0, 1e-15, 0.0), "two points");
    CHECK(near(w1(2, (double[]){1.0, 0.0}, 1, (double[]){0.0}), 0.5, 1e-15, 0.0), "two against one");
    CHECK(near(w1(2, (double[]){0.0, 6.0}, 3, (double[]){0.0, 3.0, 6.0}), 1.0, 1e-15, 0.0), "2 against 3");
    CHECK(near(w1(3, (double[]){2.0, 1.0, 0.0}, 3, (double[]){0.5, 1.5, 2.5}), 0.5, 1e-15, 0.0), "sorted");
}

static void test_properties(void)
{
    enum { N = 37, M = 50 };
    const int directions = 64;
    double x[2 * N], y[2 * M], moved[2 * N], twice[4 * N];
    nb_rng *rng = new_rng(11);
    nb_numpy_randn(rng, 2 * N, x);
    nb_numpy_uniform(rng, 2 * M, -2.0, 3.0, y, NULL);
    CHECK(near(sliced(N, x, M, y, directions), sliced(M, y, N, x, directions), 0.0, 1e-14), "not symmetric");
    CHECK(sliced(N, x, M, y, directions) > 0.1, "different sets are as good as equal");
    const double shift[2] = {0.7, -1.9};
    double expected = 0.0;
    for (int k = 0; k < directions; k++) {
        const double angle = NB_PI * (k + 0.5) / directions;
        expected += fabs(shift[0] * cos(angle) + shift[1] * sin(angle)) / directions;
    }
    for (size_t i = 0; i < 2 * N; i++) moved[i] = x[i] + shift[i % 2];
    CHECK(near(sliced(N, x, N, moved, directions), expected, 0.0, 1e-14), "a set and its translation");
    for (size_t i = 0; i < 2 * N; i++) moved[i] = 3.0 * x[i];
    const double centre[2] = {0.0, 0.0};
    CHECK(
        near(sliced(N, moved, 1, centre, directions), 3.0 * sliced(N, x, 1, centre, directions), 0.0, 1e-14),
        "scaling");
    for (size_t i = 0; i < 2 * N; i++) moved[i] = x[(i + 2 * 11) % (2 * N)];
    CHECK(sliced(N, x, N, moved, directions) == 0.0, "the order of the points counts");
    memcpy(twice, x, sizeof x);
    memcpy(twice + 2 * N, x, sizeof x);
    CHECK(sliced(N, x, 2 * N, twice, directions) < 1e-15, "every point twice is another distribution");
    bits("sliced_random", &(double){sliced(N, x, M, y, directions)}, sizeof(double));
    nb_rng_destroy(rng);
}

static void test_refusals(void)
{
    double x[4] = {0.0, 1.0, 2.0, 3.0}, out = 5.0;
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < 3; i++) {
        double y[4] = {0.0, 1.0, 2.0, 3.0};
        y[i] = bad[i];
        FAILS(NB_ERR_NONFINITE, "finite", nb_sliced_wasserstein(2, x, 2, y, 8, &out, &failure));
        FAILS(NB_ERR_NONFINITE, "finite", nb_sliced_wasserstein(2, y, 2, x, 8, &out, &failure));
    }
    FAILS(NB_ERR_ARGUMENT, "points", nb_sliced_wasserstein(0, x, 2, x, 8, &out, &failure));
    FAILS(NB_ERR_ARGUMENT, "points", nb_sliced_wasserstein(2, x, 0, x, 8, &out, &failure));
    FAILS(NB_ERR_ARGUMENT, "points", nb_sliced_wasserstein(NB_MAX_POINTS + 1, x, 2, x, 8, &out, &failure));
    FAILS(NB_ERR_ARGUMENT, "directions", nb_sliced_wasserstein(2, x, 2, x, 0, &out, &failure));
    FAILS(NB_ERR_ARGUMENT, "directions", nb_sliced_wasserstein(2, x, 2, x, -3, &out, &failure));
    CHECK(out == 5.0, "a refused call wrote %g", out);
}

static void test_curve_distance(void)
{
    const double square[10] = {0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0};
    const double points[10] = {0.5, 0.5, 2.0, 0.5, 0.25, 0.0, 4.0, 5.0, -3.0, -4.0};
    static const double want[5] = {0.5, 1.0, 0.0, 5.0, 5.0};
    for (size_t i = 0; i < 5; i++)
        CHECK(near(curve_distance(1, points + 2 * i, 5, square), want[i], 1e-15, 0.0), "point %zu", i);
    CHECK(near(curve_distance(5, points, 5, square), 11.5 / 5.0, 1e-15, 0.0), "the mean of five");
    const double dot[4] = {1.0, 1.0, 1.0, 1.0}, p[2] = {4.0, 5.0};
    CHECK(near(curve_distance(1, p, 2, dot), 5.0, 1e-15, 0.0), "a segment without length");
    const double ends[4] = {0.0, 0.0, 1.0, 0.0}, beyond[4] = {-3.0, 4.0, 4.0, -4.0};
    CHECK(near(curve_distance(2, beyond, 2, ends), 5.0, 1e-15, 0.0), "beyond both ends");
    double kept = 7.0;
    FAILS(NB_ERR_ARGUMENT, "no points", nb_curve_distance(0, points, 5, square, &kept, &failure));
    FAILS(NB_ERR_ARGUMENT, "at least 2", nb_curve_distance(5, points, 1, square, &kept, &failure));
    CHECK(kept == 7.0, "a refused distance is written");
}

int main(void)
{
    test_golden();
    test_w1();
    test_properties();
    test_refusals();
    test_curve_distance();
    return check_report();
}
