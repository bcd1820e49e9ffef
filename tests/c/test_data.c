/* test_data.c - the point sets: NumPy's and scikit-learn's numbers, and what is refused. */
#include "base/math.h"
#include "check.h"

/* Coordinates are at most 1.5, so that this is a few units in their last place: our sine and NumPy's may each
 * be off by one. */
static const double limit = 3e-16;

/* The golden file's points equal these (n, 2). */
static void compare(const char *name, const double *points, size_t n)
{
    nb_array want = golden(name);
    REQUIRE(want.rank == 2 && want.shape[0] == n && want.shape[1] == 2, "%s has another shape", name);
    gap g = {0};
    for (size_t i = 0; i < 2 * n; i++) gap_add(&g, points[i], entry(&want, i));
    check_gap(name, g, limit);
    bits(name, points, 2 * n * sizeof *points);
    free(want.data);
}

static void test_spiral(void)
{
    double points[100], one[2] = {5.0, 5.0}, none = 7.0;
    nb_data_spiral(50, points);
    compare("spiral_n50", points, 50);
    CHECK(points[0] == 0.0 && points[1] == 0.0, "the spiral starts at (%g, %g)", points[0], points[1]);
    CHECK(points[98] == 1.0, "the spiral ends at %.17g", points[98]);
    for (size_t i = 0; i < 50; i++)
        CHECK(near(hypot(points[2 * i], points[2 * i + 1]), (double)i / 49.0, limit, 0.0), "radius %zu", i);
    nb_data_spiral(1, one);
    CHECK(one[0] == 0.0 && one[1] == 0.0, "a spiral of one point");
    nb_data_spiral(0, &none);
    CHECK(none == 7.0, "a spiral of no points wrote something");
}

static void test_swiss_roll(void)
{
    static const struct {
        const char *name;
        uint32_t seed;
        size_t n;
        double noise;
    } cases[] = {{"swiss_roll_seed42_n50", 42, 50, 0.1},
                 {"swiss_roll_seed42_n7", 42, 7, 0.1},
                 {"swiss_roll_seed7_n50", 7, 50, 0.1},
                 {"swiss_roll_seed7_n7", 7, 7, 0.1},
                 {"swiss_roll_seed42_n50_noise0", 42, 50, 0.0}};
    double points[100];
    nb_error err = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nb_rng *rng = new_rng(cases[i].seed);
        CHECK(nb_data_swiss_roll(rng, cases[i].n, cases[i].noise, points, &err) == NB_OK, "%s", err.message);
        compare(cases[i].name, points, cases[i].n);
        nb_rng_destroy(rng);
    }
}

/* Where the generator stands does not depend on the noise: later draws are the same. */
static void test_swiss_roll_draws(void)
{
    nb_rng *a = new_rng(42), *b = new_rng(42);
    double points[14], x, y;
    nb_data_swiss_roll(a, 7, 0.1, points, NULL);
    nb_data_swiss_roll(b, 7, 0.0, points, NULL);
    nb_numpy_randn(a, 1, &x);
    nb_numpy_randn(b, 1, &y);
    CHECK(x == y, "noise 0 drew another number of values");
    nb_rng_destroy(a);
    nb_rng_destroy(b);
}

static void test_curve(void)
{
    double curve[2 * 4097];
    nb_data_swiss_roll_curve(4097, curve);
    for (size_t i = 0; i < 4097; i++) {
        const double u = 1.5 * NB_PI + (double)i * (3.0 * NB_PI / 4096.0);
        CHECK(near(hypot(curve[2 * i], curve[2 * i + 1]), u / 10.0, 5e-16, 0.0), "radius at vertex %zu", i);
        CHECK(near(curve[2 * i], u * cos(u) / 10.0, 5e-16, 0.0), "vertex %zu", i);
    }
    bits("curve", curve, sizeof curve);
    /* A roll without noise lies on it; between two vertices the chord leaves the curve by u/10 du^2 / 8. */
    double points[2 * 200];
    nb_rng *rng = new_rng(5);
    nb_data_swiss_roll(rng, 200, 0.0, points, NULL);
    const double distance = curve_distance(200, points, 4097, curve);
    const double sagitta = 0.45 * NB_PI * pow(3.0 * NB_PI / 4096.0, 2.0) / 8.0;
    CHECK(distance > 0.0 && distance < sagitta, "a roll without noise is %g from the curve", distance);
    nb_rng_destroy(rng);
}

static void test_classes(size_t per_class, const char *name)
{
    double points[120];
    int32_t labels[60];
    char label_name[64];
    nb_error err = {0};
    nb_rng *rng = new_rng(42);
    CHECK(nb_data_classes(rng, per_class, points, labels, &err) == NB_OK, "%s", err.message);
    compare(name, points, 3 * per_class);
    snprintf(label_name, sizeof label_name, "%s_labels", name);
    nb_array want = golden(label_name);
    REQUIRE(nb_array_count(&want) == 3 * per_class, "%s has another size", label_name);
    for (size_t i = 0; i < 3 * per_class; i++)
        CHECK((double)labels[i] == entry(&want, i), "%s: label %zu is %d", name, i, (int)labels[i]);
    free(want.data);
    nb_rng_destroy(rng);
}

/* What is refused leaves the output and the generator as they were. */
static void test_refusals(void)
{
    static const double bad_noise[] = {-0.1, NAN, INFINITY, 101.0};
    nb_rng *rng = new_rng(3);
    uint8_t before[NB_RNG_STATE_BYTES], after[NB_RNG_STATE_BYTES];
    double points[6] = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, kept[6];
    int32_t labels[3] = {7, 8, 9};
    memcpy(kept, points, sizeof kept);
    nb_rng_get_state(rng, before);
    for (size_t i = 0; i < 4; i++)
        FAILS(NB_ERR_ARGUMENT, "noise", nb_data_swiss_roll(rng, 1, bad_noise[i], points, &failure));
    FAILS(NB_ERR_ARGUMENT, "0 points", nb_data_swiss_roll(rng, 0, 0.1, points, &failure));
    FAILS(NB_ERR_ARGUMENT, "10000001", nb_data_swiss_roll(rng, NB_MAX_POINTS + 1, 0.1, points, &failure));
    FAILS(NB_ERR_ARGUMENT, "points", nb_data_swiss_roll(rng, SIZE_MAX, 0.1, points, &failure));
    FAILS(NB_ERR_ARGUMENT, "0 points", nb_data_classes(rng, 0, points, labels, &failure));
    FAILS(NB_ERR_ARGUMENT, "points", nb_data_classes(rng, SIZE_MAX / 2, points, labels, &failure));
    CHECK(nb_data_swiss_roll(rng, 0, 0.1, points, NULL) == NB_ERR_ARGUMENT, "without an error to fill");
    nb_rng_get_state(rng, after);
    CHECK(memcmp(before, after, sizeof before) == 0, "a refused call drew from the generator");
    CHECK(memcmp(points, kept, sizeof kept) == 0, "a refused call wrote points");
    CHECK(labels[0] == 7 && labels[1] == 8 && labels[2] == 9, "a refused call wrote labels");
    nb_rng_destroy(rng);
}

int main(void)
{
    test_spiral();
    test_swiss_roll();
    test_swiss_roll_draws();
    test_curve();
    test_classes(20, "classes_seed42_n60");
    test_classes(7, "classes_seed42_n21");
    test_refusals();
    return check_report();
}
