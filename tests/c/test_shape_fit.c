/* test_shape_fit.c - the share of pictures that are a clean shape: all of the data set, none of noise, and what is missing
 * or too much counts. */
#include "check.h"

enum { SIDE = 32, PIXELS = SIDE * SIDE, PICTURES = 300 };

static float images[PICTURES * PIXELS];
static int32_t kinds[PICTURES], labels[PICTURES];
static double iou[PICTURES];

/* The share of clean pictures among n. */
static double clean(size_t n, int height, int width, const float *pictures, float threshold)
{
    nb_error err = {0};
    double share = 0.0;
    REQUIRE(nb_shape_fit(n, height, width, pictures, threshold, kinds, iou, &share, &err) == NB_OK, "%s",
            err.message);
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) sum += iou[i] >= NB_CLEAN_SHAPE ? 1.0 : 0.0;
    CHECK(share == sum / (double)n, "a share of %g, and %g of %zu", share, sum, n);
    return share;
}

static void test_data(int height, int width)
{
    nb_rng *rng = new_rng(42);
    const size_t pixels = (size_t)height * (size_t)width, n = PICTURES; /* of at most PIXELS */
    REQUIRE(nb_data_shapes(rng, n, height, width, images, labels, NULL) == NB_OK, "shapes");
    clean(n, height, width, images, 0.5F);
    for (size_t i = 0; i < n; i++)
        CHECK(kinds[i] == labels[i] && iou[i] == 1.0, "%dx%d, picture %zu, a %d: fits a %d to %g", height,
              width, i, (int)labels[i], (int)kinds[i], iou[i]);
    for (size_t i = 0; i < n * pixels; i++) images[i] = 2.0F * images[i] - 1.0F;
    const double from_minus_1 = clean(n, height, width, images, 0.0F);
    CHECK(near(from_minus_1, 1.0, 1e-9, 0.0), "of pictures from -1 to 1 %g are clean", from_minus_1);
    nb_rng_destroy(rng);
}

static void test_noise(void)
{
    nb_rng *rng = new_rng(1);
    nb_torch_randn(rng, (size_t)PICTURES * PIXELS, images);
    CHECK(clean(PICTURES, SIDE, SIDE, images, 0.5F) == 0.0, "noise is a shape");
    double best = 0.0;
    for (int i = 0; i < PICTURES; i++) best = larger(best, iou[i]);
    CHECK(best > 0.05 && best < 0.4, "the best fit of noise is %g", best);
    bits("shape fit of noise", iou, sizeof iou);
    bits("kinds of noise", kinds, sizeof kinds);
    nb_rng_destroy(rng);
}

/* A picture of rows of rectangles: {top, bottom, left, right}. */
static void paint(float *picture, int n, const int (*rectangles)[4])
{
    memset(picture, 0, PIXELS * sizeof *picture);
    for (int k = 0; k < n; k++) {
        for (int y = rectangles[k][0]; y < rectangles[k][1]; y++) {
            for (int x = rectangles[k][2]; x < rectangles[k][3]; x++) picture[y * SIDE + x] = 1.0F;
        }
    }
}

static double fit_of(int n, const int (*rectangles)[4])
{
    paint(images, n, rectangles);
    clean(1, SIDE, SIDE, images, 0.5F);
    return iou[0];
}

/* Fits that can be worked out: a square of 12 is 144 pixels. */
static void test_by_hand(void)
{
    const int square[1][4] = {{10, 22, 5, 17}}, bitten[2][4] = {{10, 16, 5, 17}, {16, 22, 5, 11}},
              crumb[2][4] = {{10, 22, 5, 17}, {28, 31, 28, 31}},
              two[2][4] = {{2, 12, 2, 12}, {18, 28, 18, 28}}, long_one[1][4] = {{4, 28, 12, 18}},
              large[1][4] = {{2, 20, 3, 21}}, dot[1][4] = {{10, 12, 10, 12}};
    CHECK(fit_of(1, square) == 1.0 && kinds[0] == 1, "a square: %g", iou[0]);
    CHECK(near(fit_of(2, crumb), 144.0 / 153.0, 1e-12, 0.0) && kinds[0] == 1, "with a crumb beside: %g",
          iou[0]);
    CHECK(fit_of(2, bitten) < NB_CLEAN_SHAPE, "a square without a quarter: %g", iou[0]);
    CHECK(fit_of(2, two) <= 0.5, "two squares: %g", iou[0]);
    CHECK(fit_of(1, long_one) < 0.7, "a bar: %g", iou[0]);
    CHECK(near(fit_of(1, large), 225.0 / 324.0, 1e-12, 0.0), "a square of 18, of which none is drawn: %g",
          iou[0]);
    CHECK(fit_of(1, dot) < 0.2, "four pixels: %g", iou[0]);
    CHECK(fit_of(0, NULL) == 0.0 && kinds[0] == 0, "a black picture: %g", iou[0]);
    for (int i = 0; i < PIXELS; i++) images[i] = NAN;
    CHECK(clean(1, SIDE, SIDE, images, 0.5F) == 0.0 && iou[0] == 0.0, "NaN: %g", iou[0]);
}

/* Pixels turned over at random: a few leave a shape clean, many do not. */
static void test_speckle(void)
{
    nb_rng *rng = new_rng(3);
    static float draws[PICTURES * PIXELS];
    double share[2];
    for (int k = 0; k < 2; k++) {
        const float part = k ? 0.1F : 0.001F;
        REQUIRE(nb_data_shapes(rng, PICTURES, SIDE, SIDE, images, labels, NULL) == NB_OK, "shapes");
        nb_torch_rand(rng, (size_t)PICTURES * PIXELS, draws);
        for (int i = 0; i < PICTURES * PIXELS; i++)
            images[i] = draws[i] < part ? 1.0F - images[i] : images[i];
        share[k] = clean(PICTURES, SIDE, SIDE, images, 0.5F);
    }
    printf("measured clean with 0.1%% of pixels turned over %g, with 10%% %g\n", share[0], share[1]);
    CHECK(share[0] > 0.9 && share[1] < 0.05, "%g and %g", share[0], share[1]);
    nb_rng_destroy(rng);
}

static void test_refusals(void)
{
    double share = 7.0;
    kinds[0] = 7;
    iou[0] = 7.0;
    FAILS(NB_ERR_ARGUMENT, "23x32", nb_shape_fit(1, 23, 32, images, 0.5F, kinds, iou, &share, &failure));
    FAILS(NB_ERR_ARGUMENT, "24 to 4096",
          nb_shape_fit(1, 32, 4097, images, 0.5F, kinds, iou, &share, &failure));
    FAILS(NB_ERR_NONFINITE, "threshold", nb_shape_fit(1, 32, 32, images, NAN, kinds, iou, &share, &failure));
    CHECK(kinds[0] == 7 && iou[0] == 7.0 && share == 7.0, "a call that failed wrote %d and %g", (int)kinds[0],
          iou[0]);
    CHECK(nb_shape_fit(0, 32, 32, images, 0.5F, kinds, iou, &share, NULL) == NB_OK && share == 0.0,
          "no pictures");
}

int main(void)
{
    test_data(SIDE, SIDE);
    test_data(24, 40);
    test_noise();
    test_by_hand();
    test_speckle();
    test_refusals();
    return check_report();
}
