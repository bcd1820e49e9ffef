/* test_images.c - the small pictures: checkerboard, colour square, shapes. */
#include "check.h"

enum { SIDE = 32, PIXELS = SIDE * SIDE, PICTURES = 30 };

static void test_randint(void)
{
    static const uint32_t seeds[3] = {42, 0, 4294967295U};
    static const struct {
        uint32_t low, high;
        size_t n;
    } calls[] = {{0, 3, 6}, {5, 6, 2}, {8, 24, 6}, {0, 1000, 4}};
    nb_array want = golden("numpy_randint");
    nb_rng *rng = new_rng(0);
    for (size_t row = 0; row < 3; row++) {
        int32_t values[18];
        size_t at = 0;
        nb_rng_seed(rng, seeds[row]);
        for (size_t c = 0; c < 4; c++) {
            nb_numpy_randint(rng, calls[c].low, calls[c].high, calls[c].n, values + at, NULL);
            at += calls[c].n;
        }
        for (size_t i = 0; i < 18; i++)
            CHECK((double)values[i] == entry(&want, row * 18 + i), "seed %zu, draw %zu: %d", row, i,
                  (int)values[i]);
    }
    nb_rng_destroy(rng);
    free(want.data);
}

static void test_shapes(void)
{
    static float images[PICTURES * PIXELS];
    int32_t labels[PICTURES];
    nb_array packed = golden("shapes_seed42_n30"), want = golden("shapes_seed42_n30_labels");
    nb_rng *rng = new_rng(42);
    nb_error err = {0};
    REQUIRE(nb_data_shapes(rng, PICTURES, SIDE, SIDE, images, labels, &err) == NB_OK, "%s", err.message);
    int wrong = 0, kinds[3] = {0};
    for (size_t i = 0; i < PICTURES; i++) {
        CHECK((double)labels[i] == entry(&want, i), "label %zu: %d", i, (int)labels[i]);
        if (labels[i] >= 0 && labels[i] < 3) kinds[labels[i]]++;
    }
    for (size_t i = 0; i < (size_t)PICTURES * PIXELS; i++) {
        const int bit =
            (int)entry(&packed, i / 8) >> (7 - i % 8) & 1; /* np.packbits: the first is the highest */
        wrong += images[i] != (float)bit;
    }
    CHECK(wrong == 0, "%d pixels differ", wrong);
    CHECK(kinds[0] && kinds[1] && kinds[2], "of the three shapes %d, %d, %d came up", kinds[0], kinds[1],
          kinds[2]);
    bits("shapes", images, sizeof images);
    nb_rng_destroy(rng);
    free(packed.data);
    free(want.data);
}

static void test_boards(void)
{
    static float board[64 * 64], colour[3 * 64 * 64];
    nb_error err = {0};
    REQUIRE(nb_data_checkerboard(64, 64, 8, board, &err) == NB_OK, "%s", err.message);
    REQUIRE(nb_data_colour_square(64, 64, colour, &err) == NB_OK, "%s", err.message);
    double white = 0.0, inside = 0.0;
    for (int i = 0; i < 64 * 64; i++) {
        const int y = i / 64, x = i % 64;
        CHECK(board[i] == (float)((x / 8 + y / 8 + 1) % 2), "checkerboard at (%d, %d)", y, x);
        for (int c = 0; c < 3; c++) {
            const bool in = y >= 16 && y < 48 && x >= 16 && x < 48;
            CHECK(colour[c * 4096 + i] == (in ? 1.0F : 0.0F), "colour square at (%d, %d, %d)", c, y, x);
            inside += (double)colour[c * 4096 + i];
        }
        white += (double)board[i];
    }
    CHECK(white == 2048.0 && inside == 3072.0, "%g and %g pixels are on", white, inside);
}

/* Pictures of two sides: every pixel of a picture is written, and its shape is one that the picture has room for. */
static void test_oblong(void)
{
    enum { HEIGHT = 24, WIDTH = 40, AREA = HEIGHT * WIDTH, COUNT = 60 };
    static float board[AREA], colour[3 * AREA], images[COUNT * AREA];
    int32_t labels[COUNT];
    nb_error err = {0};
    nb_rng *rng = new_rng(5);
    REQUIRE(nb_data_checkerboard(HEIGHT, WIDTH, 8, board, &err) == NB_OK, "%s", err.message);
    REQUIRE(nb_data_colour_square(HEIGHT, WIDTH, colour, &err) == NB_OK, "%s", err.message);
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            CHECK(board[y * WIDTH + x] == (float)((x / 8 + y / 8 + 1) % 2), "checkerboard at (%d, %d)", y, x);
            const bool in = y >= 6 && y < 18 && x >= 10 && x < 30;
            for (int c = 0; c < 3; c++)
                CHECK(colour[c * AREA + y * WIDTH + x] == (in ? 1.0F : 0.0F), "colour at (%d, %d, %d)", c, y,
                      x);
        }
    }
    REQUIRE(nb_data_shapes(rng, COUNT, HEIGHT, WIDTH, images, labels, &err) == NB_OK, "%s", err.message);
    int right_half = 0, most_below = 0;
    for (int i = 0; i < COUNT; i++) {
        int top = HEIGHT, bottom = -1, left = WIDTH, right = -1, area = 0;
        for (int k = 0; k < AREA; k++) {
            if (images[i * AREA + k] == 0.0F) continue;
            const int y = k / WIDTH, x = k % WIDTH;
            top = y < top ? y : top;
            bottom = y > bottom ? y : bottom;
            left = x < left ? x : left;
            right = x > right ? x : right;
            area++;
        }
        const int high = bottom - top + 1, wide = right - left + 1;
        if (labels[i] < 2) CHECK(high == wide && high >= 8 && high < 16, "shape %d is %dx%d", i, high, wide);
        if (labels[i] == 0) CHECK(area > high * wide / 2 && area < high * wide, "circle %d of %d", i, area);
        if (labels[i] == 1)
            CHECK(area == high * wide, "square %d has %d pixels of %dx%d", i, area, high, wide);
        if (labels[i] == 2) CHECK(area >= 32 && area <= high * wide * 2 / 3, "triangle %d of %d", i, area);
        right_half += left >= HEIGHT;
        most_below = bottom > most_below ? bottom : most_below;
    }
    CHECK(right_half > 3 && most_below >= HEIGHT - 5, "%d shapes beyond the square, down to row %d",
          right_half, most_below);
    nb_rng_destroy(rng);
}

static void test_errors(void)
{
    float out[1] = {7.0F};
    int32_t label = 7;
    nb_rng *rng = new_rng(1);
    nb_error err = {0};
    CHECK(nb_data_checkerboard(4, 0, 1, out, &err) == NB_ERR_ARGUMENT && strstr(err.message, "0"),
          "a board of no size");
    CHECK(nb_data_checkerboard(16, 8, 9, out, &err) == NB_ERR_ARGUMENT, "a square larger than its board");
    CHECK(nb_data_colour_square(8, 3, out, &err) == NB_ERR_ARGUMENT, "a colour square of 3 pixels");
    CHECK(nb_data_shapes(rng, 1, 24, 23, out, &label, &err) == NB_ERR_ARGUMENT, "shapes too small");
    CHECK(nb_data_shapes(rng, 0, 32, 32, out, &label, &err) == NB_ERR_ARGUMENT, "no shapes");
    FAILS(NB_ERR_ARGUMENT, "4097x24 pixels: height and width are 24 to 4096",
          nb_data_shapes(rng, 1, 4097, 24, out, &label, &failure));
    if (sizeof(size_t) == 4)
        FAILS(NB_ERR_MEMORY, "not enough memory",
              nb_data_shapes(rng, 512, 4096, 4096, out, &label, &failure));
    CHECK(out[0] == 7.0F && label == 7, "an error wrote something");
    nb_rng_destroy(rng);
}

int main(void)
{
    test_randint();
    test_shapes();
    test_boards();
    test_oblong();
    test_errors();
    return check_report();
}
