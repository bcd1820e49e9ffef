/* test_sets.c - metrics for sets of any dimension, and the exact score of a noised data set. */
#include "check.h"

/* A golden float32 array as doubles; the caller frees it. */
static double *as_doubles(const nb_array *a)
{
    double *out = malloc(nb_array_count(a) * sizeof *out);
    REQUIRE(out != NULL, "no memory");
    for (size_t i = 0; i < nb_array_count(a); i++) out[i] = entry(a, i);
    return out;
}

static void test_distances(const nb_array *a, const nb_array *b)
{
    double *x = as_doubles(a), *y = as_doubles(b), got[4] = {0};
    nb_array want = golden("sets_values");
    nb_error err = {0};
    CHECK(nb_energy_distance(40, x, 25, y, 3, &got[0], &err) == NB_OK, "%s", err.message);
    CHECK(nb_energy_distance(40, x, 40, x, 3, &got[1], &err) == NB_OK, "%s", err.message);
    CHECK(nb_mmd2(40, x, 25, y, 3, 1.0, &got[2], &err) == NB_OK, "%s", err.message);
    CHECK(nb_mmd2(40, x, 25, y, 3, 0.3, &got[3], &err) == NB_OK, "%s", err.message);
    for (size_t i = 0; i < 4; i++)
        CHECK(near(got[i], entry(&want, i), 2e-15, 0.0), "value %zu is %.17g, not %.17g", i, got[i],
              entry(&want, i));
    double other;
    CHECK(nb_energy_distance(25, y, 40, x, 3, &other, &err) == NB_OK && near(other, got[0], 2e-15, 0.0), "%g",
          other);
    CHECK(nb_mmd2(40, x, 25, y, 3, 0.0, &other, &err) == NB_ERR_ARGUMENT, "a kernel of no width");
    CHECK(nb_energy_distance(0, x, 25, y, 3, &other, &err) == NB_ERR_ARGUMENT, "an empty set");
    x[7] = NAN;
    CHECK(nb_energy_distance(40, x, 25, y, 3, &other, &err) == NB_ERR_NONFINITE, "a NaN");
    bits("sets", got, sizeof got);
    free(x);
    free(y);
    free(want.data);
}

static void test_neighbours(const nb_array *a, const nb_array *b)
{
    nb_array want = golden("sets_values"), index = golden("sets_nearest"),
             distance = golden("sets_nearest_distance");
    int32_t nearest[40];
    double away[40], precision = -1.0, recall = -1.0;
    nb_error err = {0};
    CHECK(nb_nearest(40, a->data, 25, b->data, 3, nearest, away, &err) == NB_OK, "%s", err.message);
    for (size_t i = 0; i < 40; i++) {
        CHECK((double)nearest[i] == entry(&index, i), "the nearest to %zu is %d", i, (int)nearest[i]);
        CHECK(near(away[i], entry(&distance, i), 0.0, 1e-14), "%zu is %.17g away", i, away[i]);
    }
    for (int k = 3, at = 4; k >= 1; k -= 2, at += 2) {
        CHECK(nb_precision_recall(40, a->data, 25, b->data, 3, k, &precision, &recall, &err) == NB_OK, "%s",
              err.message);
        CHECK(near(precision, entry(&want, (size_t)at), 1e-15, 0.0), "precision for k = %d: %g", k,
              precision);
        CHECK(near(recall, entry(&want, (size_t)at + 1), 1e-15, 0.0), "recall for k = %d: %g", k, recall);
    }
    CHECK(nb_precision_recall(40, a->data, 40, a->data, 3, 1, &precision, &recall, &err) == NB_OK &&
              precision == 1.0 && recall == 1.0,
          "a set among itself: %g, %g", precision, recall);
    CHECK(nb_precision_recall(40, a->data, 25, b->data, 3, 25, &precision, &recall, &err) == NB_ERR_ARGUMENT,
          "k = m");
    CHECK(nb_precision_recall(40, a->data, 25, b->data, 3, 0, &precision, &recall, &err) == NB_ERR_ARGUMENT,
          "k = 0");
    /* A point at the very radius is among them. */
    const float line[2] = {0.0F, 1.0F}, beside[2] = {2.0F, -1.0F};
    CHECK(nb_precision_recall(2, beside, 2, line, 1, 1, &precision, &recall, &err) == NB_OK &&
              precision == 1.0 && recall == 1.0,
          "at the radius: %g, %g", precision, recall);
    free(want.data);
    free(index.data);
    free(distance.data);
}

/* log p_t(x) of the mixture up to a constant, to be differentiated. */
static double log_density(double alpha_bar, size_t n, const double *data, double x, double y)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double dx = sqrt(alpha_bar) * data[2 * i] - x, dy = sqrt(alpha_bar) * data[2 * i + 1] - y;
        sum += exp(-(dx * dx + dy * dy) / (2.0 * (1.0 - alpha_bar)));
    }
    return log(sum);
}

static void test_score(void)
{
    static const int t[4] = {0, 50, 500, 999};
    nb_array x = golden("score_x"), want = golden("score_values");
    double data[100], out[40];
    nb_rng *rng = new_rng(7);
    nb_error err = {0};
    REQUIRE(nb_data_swiss_roll(rng, 50, 0.1, data, &err) == NB_OK, "%s", err.message);
    nb_schedule *s = new_schedule(NB_SCHEDULE_COSINE_CLIPPED, 1000);
    for (size_t k = 0; k < 4; k++) {
        gap g = {0};
        CHECK(nb_exact_score(s, t[k], 50, data, 20, x.data, out, &err) == NB_OK, "%s", err.message);
        for (size_t i = 0; i < 40; i++) gap_add(&g, out[i], entry(&want, k * 40 + i));
        check_gap("score", g, 1e-11);
        bits(k == 0 ? "score-0" : k == 1 ? "score-50" : k == 2 ? "score-500" : "score-999", out, sizeof out);
    }
    /* It is the gradient of the log-density: central differences at t = 500. */
    const double bar = (double)nb_schedule_table(s, NB_ALPHA_BAR)[500], h = 1e-5;
    nb_exact_score(s, 500, 50, data, 20, x.data, out, &err);
    for (size_t i = 0; i < 20; i++) {
        const double px = entry(&x, 2 * i), py = entry(&x, 2 * i + 1);
        const double slope[2] = {
            (log_density(bar, 50, data, px + h, py) - log_density(bar, 50, data, px - h, py)) / (2 * h),
            (log_density(bar, 50, data, px, py + h) - log_density(bar, 50, data, px, py - h)) / (2 * h)};
        for (size_t k = 0; k < 2; k++)
            CHECK(near(out[2 * i + k], slope[k], 1e-7, 1e-7), "the score at point %zu is %g, not %g", i,
                  out[2 * i + k], slope[k]);
    }
    CHECK(nb_exact_score(s, 1000, 50, data, 20, x.data, out, &err) == NB_ERR_ARGUMENT, "t = T");
    CHECK(nb_exact_score(s, 0, 0, data, 20, x.data, out, &err) == NB_ERR_ARGUMENT, "no data");
    nb_schedule_destroy(s);
    nb_rng_destroy(rng);
    free(x.data);
    free(want.data);
}

int main(void)
{
    nb_array a = golden("sets_a"), b = golden("sets_b");
    test_distances(&a, &b);
    test_neighbours(&a, &b);
    test_score();
    free(a.data);
    free(b.data);
    return check_report();
}
