/* image_pack.c - the reader of .nbi files: small pictures with labels, 4 bits a pixel.
 *
 * The format is described in tests/golden/make_image_packs.py, which writes them. */
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER = 16, MOST_COUNT = 1000000, MOST_SIDE = 256, MOST_CLASSES = 256, MOST_LEVELS = 16 };
#define MOST_PIXELS (UINT64_C(1) << 26) /* in all: 256 MB as floats */

typedef struct pack {
    uint32_t count, height, width, classes, levels;
    uint64_t pixels; /* of all pictures */
    const uint8_t *file;
} pack;

static uint32_t u16_at(const uint8_t *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8; }

static int32_t label_at(const pack *p, uint32_t i) { return p->file[HEADER + i]; }

static uint32_t level_at(const pack *p, uint64_t i)
{
    const uint8_t pair = p->file[HEADER + p->count + i / 2];
    return i % 2 ? pair & 15U : pair >> 4;
}

static nb_status check_field(const char *what, uint32_t value, uint32_t least, uint32_t most, nb_error *err)
{
    if (value >= least && value <= most) return NB_OK;
    return nb_fail(err, NB_ERR_FORMAT, "a picture file with a %s of %lu: it takes %lu to %lu", what,
                   (unsigned long)value, (unsigned long)least, (unsigned long)most);
}

static nb_status read_header(size_t size, pack *p, nb_error *err)
{
    const uint8_t *file = p->file;
    if (size < 4 || memcmp(file, "NBI1", 4) != 0)
        return nb_fail(err, NB_ERR_FORMAT, "not a picture file: it does not begin with NBI1");
    if (size < HEADER) return nb_fail(err, NB_ERR_FORMAT, "a picture file cut off in its header");
    p->count = u16_at(file + 4) | u16_at(file + 6) << 16;
    p->height = u16_at(file + 8);
    p->width = u16_at(file + 10);
    p->classes = u16_at(file + 12);
    p->levels = u16_at(file + 14);
    if (check_field("count", p->count, 1, MOST_COUNT, err) != NB_OK ||
        check_field("height", p->height, 1, MOST_SIDE, err) != NB_OK ||
        check_field("width", p->width, 1, MOST_SIDE, err) != NB_OK ||
        check_field("number of classes", p->classes, 1, MOST_CLASSES, err) != NB_OK ||
        check_field("number of levels", p->levels, 2, MOST_LEVELS, err) != NB_OK)
        return NB_ERR_FORMAT;
    p->pixels = (uint64_t)p->count * p->height * p->width;
    if (p->pixels > MOST_PIXELS)
        return nb_fail(err, NB_ERR_FORMAT, "a picture file of %llu pixels: it takes at most %llu",
                       (unsigned long long)p->pixels, (unsigned long long)MOST_PIXELS);
    const uint64_t whole = HEADER + p->count + (p->pixels + 1) / 2;
    if (size != whole)
        return nb_fail(err, NB_ERR_FORMAT, "a picture file of %zu bytes where its header needs %llu", size,
                       (unsigned long long)whole);
    return NB_OK;
}

static nb_status check_content(const pack *p, nb_error *err)
{
    for (uint32_t i = 0; i < p->count; i++) {
        if ((uint32_t)label_at(p, i) >= p->classes)
            return nb_fail(err, NB_ERR_FORMAT,
                           "a picture file with label %d at picture %lu: it has classes 0 to %lu",
                           (int)label_at(p, i), (unsigned long)i, (unsigned long)p->classes - 1);
    }
    for (uint64_t i = 0; i < p->pixels; i++) {
        if (level_at(p, i) >= p->levels)
            return nb_fail(
                err, NB_ERR_FORMAT, "a picture file with level %lu at pixel %llu: it has levels 0 to %lu",
                (unsigned long)level_at(p, i), (unsigned long long)i, (unsigned long)p->levels - 1);
    }
    if (p->pixels % 2 && level_at(p, p->pixels) != 0)
        return nb_fail(err, NB_ERR_FORMAT,
                       "a picture file whose last half byte, which no pixel uses, is not 0");
    return NB_OK;
}

nb_status nb_images_decode(const uint8_t *file, size_t size, nb_images *out, nb_error *err)
{
    pack p = {.file = file};
    nb_status status = read_header(size, &p, err);
    if (status == NB_OK) status = check_content(&p, err);
    if (status != NB_OK) return status;
    const size_t pixels = (size_t)p.pixels;
    nb_images images = {p.count, (int)p.height, (int)p.width, (int)p.classes, NULL, NULL};
    images.pixels = malloc(pixels * sizeof *images.pixels);
    images.labels = malloc(p.count * sizeof *images.labels);
    if (images.pixels == NULL || images.labels == NULL) {
        nb_images_free(&images);
        return nb_fail_memory(err, pixels * sizeof *images.pixels + p.count * sizeof *images.labels);
    }
    for (uint32_t i = 0; i < p.count; i++) images.labels[i] = label_at(&p, i);
    const float most = (float)(p.levels - 1);
    for (size_t i = 0; i < pixels; i++) images.pixels[i] = (float)level_at(&p, i) / most;
    *out = images;
    return NB_OK;
}

void nb_images_free(nb_images *images)
{
    if (images == NULL) return;
    free(images->pixels);
    free(images->labels);
    *images = (nb_images){0};
}
