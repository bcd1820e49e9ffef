/* png.c - pictures as PNG, by stb_image_write. Its own compressor takes memory as it goes, and writes on without it: this
 * one's memory is asked for first (zlib.c), and all else that stb asks for it checks. */
#include "base/error.h"
#include "io/zlib.h"

#include <stdlib.h>
#include <string.h>

static unsigned char *compress(unsigned char *data, int size, int *out_size, int quality)
{
    (void)quality;
    size_t used = 0;
    uint8_t *out = nb_zlib_compress(data, (size_t)size, &used);
    if (out) *out_size = (int)used;
    return out;
}

/* Static, so that a program may bring a stb of its own; what is unused is looked for at the end of the file. */
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_STATIC
#define STBIW_ZLIB_COMPRESS compress
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>
#pragma GCC diagnostic pop

typedef struct bytes {
    uint8_t *data;
    size_t size;
} bytes;

static void keep(void *context, void *data, int size)
{
    bytes *b = context;
    b->data = malloc((size_t)size);
    b->size = (size_t)size;
    if (b->data) memcpy(b->data, data, b->size);
}

nb_status nb_png_encode(int width, int height, int channels, const uint8_t *pixels, uint8_t **out,
                        size_t *size, nb_error *err)
{
    if (width < 1 || height < 1 || width > 16384 || height > 16384)
        return nb_fail(err, NB_ERR_ARGUMENT, "a picture of %d x %d: each side takes 1 to 16384", width,
                       height);
    if (channels != 1 && channels != 3 && channels != 4)
        return nb_fail(err, NB_ERR_ARGUMENT, "%d channels: a picture has 1, 3 or 4", channels);
    bytes b = {0};
    if (!stbi_write_png_to_func(keep, &b, width, height, channels, pixels, width * channels) ||
        b.data == NULL)
        return nb_fail_memory(err, (size_t)width * (size_t)height * (size_t)channels);
    *out = b.data;
    *size = b.size;
    return NB_OK;
}
