/* zlib.h - compressing for PNG: a zlib stream (RFC 1950) of one block in deflate's fixed code (RFC 1951). */
#ifndef NB_IO_ZLIB_H
#define NB_IO_ZLIB_H

#include "base/platform.h"

#include <stddef.h>
#include <stdint.h>

/* *out is malloc'ed for the caller. NULL without memory, all of which is taken before anything is compressed. */
uint8_t *nb_zlib_compress(const uint8_t *data, size_t size, size_t *out_size);

#endif
