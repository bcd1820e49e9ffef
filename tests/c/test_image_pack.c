/* test_image_pack.c - the real small pictures of web/data, and files that are not what they should be.
 *
 * Whatever is read lies in a block of exactly its size, so that a sanitizer sees a step beyond the end. */
#include "check.h"

enum { CLASSES = 10, HEADER = 16, SMALL_COUNT = 5, SMALL_PIXELS = 45, SMALL = HEADER + SMALL_COUNT + 23 };

static nb_images decode(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "web/data/%s.nbi", name);
    size_t size;
    uint8_t *file = read_file(path, &size);
    nb_images images = {0};
    nb_error err = {0};
    REQUIRE(nb_images_decode(file, size, &images, &err) == NB_OK, "%s: %s", path, err.message);
    free(file);
    bits(name, images.pixels,
         images.count * (size_t)images.height * (size_t)images.width * sizeof *images.pixels);
    bits(name, images.labels, images.count * sizeof *images.labels);
    return images;
}

static nb_array part(const char *set, const char *what)
{
    char name[64];
    snprintf(name, sizeof name, "pack_%s_%s", set, what);
    return golden(name);
}

/* Some pictures are the golden ones to the bit, and the originals to half a level. */
static void check_pictures(const nb_images *images, const char *set)
{
    nb_array index = part(set, "index"), labels = part(set, "labels");
    nb_array levels = part(set, "levels"), source = part(set, "source");
    const size_t pixels = (size_t)images->height * (size_t)images->width;
    REQUIRE(nb_array_count(&levels) == nb_array_count(&index) * pixels, "the golden pictures' size");
    for (size_t k = 0; k < nb_array_count(&index); k++) {
        const size_t i = (size_t)entry(&index, k);
        REQUIRE(i < images->count, "there is no picture %zu", i);
        CHECK((double)images->labels[i] == entry(&labels, k), "label %zu", i);
        int wrong = 0, far = 0;
        for (size_t j = 0; j < pixels; j++) {
            const float got = images->pixels[i * pixels + j];
            wrong += got != (float)entry(&levels, k * pixels + j) / 15.0F;
            far += !near((double)got, entry(&source, k * pixels + j), 0.5 / 15.0 + 1e-6, 0.0);
        }
        CHECK(wrong == 0 && far == 0, "%s %zu: %d pixels differ, %d are far from the original", set, i, wrong,
              far);
    }
    free(index.data);
    free(labels.data);
    free(levels.data);
    free(source.data);
}

/* Every pixel is one of 16 levels; each class has its count and its sum of levels. */
static void check_classes(const nb_images *images, const char *set, const int counts[CLASSES])
{
    nb_array want = part(set, "class_sums");
    const size_t pixels = (size_t)images->height * (size_t)images->width;
    double sums[CLASSES] = {0};
    int seen[CLASSES] = {0}, odd = 0;
    for (size_t i = 0; i < images->count; i++) {
        const int32_t label = images->labels[i];
        REQUIRE(label >= 0 && label < CLASSES, "label %zu is %d", i, (int)label);
        seen[label]++;
        for (size_t j = 0; j < pixels; j++) {
            const double value = (double)images->pixels[i * pixels + j], level = floor(value * 15.0 + 0.5);
            odd += !(value >= 0.0 && value <= 1.0 && fabs(value * 15.0 - level) <= 1e-5);
            sums[label] += level;
        }
    }
    CHECK(odd == 0, "%d pixels are no level", odd);
    for (size_t c = 0; c < CLASSES; c++) {
        CHECK(seen[c] == counts[c], "%s: %d pictures of class %zu", set, seen[c], c);
        CHECK(sums[c] == entry(&want, c), "%s: class %zu sums to %g", set, c, sums[c]);
    }
    free(want.data);
}

static void test_fashion(void)
{
    static const int counts[CLASSES] = {200, 200, 200, 200, 200, 200, 200, 200, 200, 200};
    nb_images images = decode("fashion-14");
    REQUIRE(images.count == 2000 && images.height == 14 && images.width == 14 && images.classes == CLASSES,
            "%zu pictures of %d x %d", images.count, images.height, images.width);
    check_pictures(&images, "fashion");
    check_classes(&images, "fashion", counts);
    int out_of_turn = 0;
    for (int i = 0; i < 2000; i++) out_of_turn += images.labels[i] != i % CLASSES;
    CHECK(out_of_turn == 0, "%d classes are out of turn", out_of_turn);
    nb_images_free(&images);
    CHECK(images.count == 0 && images.pixels == NULL && images.labels == NULL, "freed, but not zeroed");
    nb_images_free(&images);
    nb_images_free(NULL);
}

static void test_digits(void)
{
    static const int counts[CLASSES] = {178, 182, 177, 183, 181, 182, 181, 179, 174, 180};
    nb_images images = decode("digits-8");
    REQUIRE(images.count == 1797 && images.height == 8 && images.width == 8 && images.classes == CLASSES,
            "%zu pictures of %d x %d", images.count, images.height, images.width);
    check_pictures(&images, "digits");
    check_classes(&images, "digits", counts);
    nb_images_free(&images);
}

/* ---- Files made by hand -------------------------------------------------------------------------------------- */

/* Five pictures of 3 x 3, 3 classes, 7 levels; an odd number of pixels. */
static void make_small(uint8_t file[SMALL])
{
    static const uint8_t start[HEADER + SMALL_COUNT] = {'N', 'B', 'I', '1', SMALL_COUNT, 0, 0, 0, 3, 0, 3,
                                                        0,   3,   0,   7,   0,           2, 0, 1, 1, 2};
    memset(file, 0, SMALL);
    memcpy(file, start, sizeof start);
    for (int i = 0; i < SMALL_PIXELS; i++)
        file[HEADER + SMALL_COUNT + i / 2] |= (uint8_t)(i % 7 << (i % 2 ? 0 : 4));
}

static void test_small(void)
{
    static const int32_t labels[SMALL_COUNT] = {2, 0, 1, 1, 2};
    uint8_t file[SMALL];
    make_small(file);
    nb_images images = {0};
    REQUIRE(nb_images_decode(file, SMALL, &images, NULL) == NB_OK, "the small file");
    CHECK(images.count == SMALL_COUNT && images.height == 3 && images.width == 3 && images.classes == 3,
          "its sizes");
    CHECK(memcmp(images.labels, labels, sizeof labels) == 0, "its labels");
    for (int i = 0; i < SMALL_PIXELS; i++)
        CHECK(images.pixels[i] == (float)(i % 7) / 6.0F, "pixel %d is %g", i, (double)images.pixels[i]);
    nb_images_free(&images);
}

/* Refused in one line that contains `part_of_it`, and *out stays as it was. */
static void refuse(const uint8_t *file, size_t size, const char *part_of_it)
{
    float pixel = 7.0F;
    int32_t label = 7;
    nb_images out = {.count = 7, .height = 7, .width = 7, .classes = 7, .pixels = &pixel, .labels = &label};
    uint8_t *exact = malloc(size ? size : 1);
    REQUIRE(exact != NULL, "no memory");
    if (size) memcpy(exact, file, size);
    FAILS(NB_ERR_FORMAT, part_of_it, nb_images_decode(exact, size, &out, &failure));
    CHECK(nb_images_decode(exact, size, &out, NULL) == NB_ERR_FORMAT, "without an nb_error");
    CHECK(out.count == 7 && out.height == 7 && out.width == 7 && out.classes == 7 && out.pixels == &pixel &&
              out.labels == &label && pixel == 7.0F && label == 7,
          "an error wrote something (%s)", part_of_it);
    free(exact);
}

static void test_cut_off(void)
{
    uint8_t file[SMALL + 1] = {0};
    make_small(file);
    for (size_t size = 0; size < SMALL; size++)
        refuse(file, size, size < 4 ? "begin with NBI1" : size < HEADER ? "header" : "its header needs 44");
    refuse(file, SMALL + 1, "of 45 bytes where its header needs 44");
    size_t size;
    uint8_t *real = read_file("web/data/digits-8.nbi", &size); /* read_file leaves a byte more */
    real[size] = 0;
    refuse(real, size + 1, "of 59318 bytes where its header needs 59317");
    refuse(real, size - 1, "of 59316 bytes where its header needs 59317");
    free(real);
}

static void test_damaged(void)
{
    static const struct {
        size_t at, length;
        uint8_t bytes[8];
        const char *part;
    } cases[] = {
        {0, 1, {'n'}, "begin with NBI1"},
        {3, 1, {'2'}, "begin with NBI1"},
        {4, 4, {0, 0, 0, 0}, "count of 0: it takes 1 to 1000000"},
        {4, 4, {0, 0, 0, 128}, "count of 2147483648"},
        {4, 4, {255, 255, 255, 255}, "count of 4294967295"},
        {4, 4, {6, 0, 0, 0}, "its header needs 49"},
        {4, 8, {64, 66, 15, 0, 0, 1, 0, 1}, "65536000000 pixels: it takes at most 67108864"},
        {8, 2, {0, 0}, "height of 0: it takes 1 to 256"},
        {8, 2, {1, 1}, "height of 257"},
        {10, 2, {0, 0}, "width of 0"},
        {10, 2, {255, 255}, "width of 65535"},
        {10, 2, {4, 0}, "its header needs 51"},
        {12, 2, {0, 0}, "classes of 0: it takes 1 to 256"},
        {12, 2, {1, 1}, "classes of 257"},
        {12, 2, {2, 0}, "label 2 at picture 0: it has classes 0 to 1"},
        {14, 2, {1, 0}, "levels of 1: it takes 2 to 16"},
        {14, 2, {17, 0}, "levels of 17"},
        {14, 2, {6, 0}, "level 6 at pixel 6: it has levels 0 to 5"},
        {HEADER + 4, 1, {3}, "label 3 at picture 4"},
        {HEADER + 1, 1, {255}, "label 255 at picture 1"},
        {SMALL - 2, 1, {0xF0}, "level 15 at pixel 42"},
        {SMALL - 2, 1, {0x07}, "level 7 at pixel 43"},
        {SMALL - 1, 1, {0x21}, "last half byte"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t file[SMALL];
        make_small(file);
        memcpy(file + cases[i].at, cases[i].bytes, cases[i].length);
        refuse(file, SMALL, cases[i].part);
    }
}

int main(void)
{
    test_fashion();
    test_digits();
    test_small();
    test_cut_off();
    test_damaged();
    return check_report();
}
