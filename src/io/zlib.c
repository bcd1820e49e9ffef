/* zlib.c - compressing for PNG. stb_image_write has a compressor too, but one that ends the program without memory. */
#include "io/zlib.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 1 << 15, HASHES = 1 << 15, LEAST = 3, MOST = 258, TRIES = 32, LENGTHS = 29, DISTANCES = 30 };

/* Where the last positions with the same three bytes are: the newest by its hash, and before each position another;
 * position + 1, so that 0 is none. */
typedef struct matcher {
    const uint8_t *data;
    size_t size;
    size_t newest[HASHES], before[WINDOW];
} matcher;

typedef struct writer {
    uint8_t *out;
    size_t used;
    uint32_t bits, count; /* not yet in out */
} writer;

static void put(writer *w, uint32_t value, uint32_t count)
{
    w->bits |= value << w->count;
    for (w->count += count; w->count >= 8; w->count -= 8, w->bits >>= 8) w->out[w->used++] = (uint8_t)w->bits;
}

/* A Huffman code comes highest bit first. */
static void put_code(writer *w, uint32_t code, uint32_t count)
{
    uint32_t reversed = 0;
    for (uint32_t i = 0; i < count; i++) reversed |= (code >> i & 1U) << (count - 1 - i);
    put(w, reversed, count);
}

/* A literal, 256 for the end, or a length's symbol in the fixed code (RFC 1951, 3.2.6). */
static void put_symbol(writer *w, uint32_t symbol)
{
    if (symbol < 144)
        put_code(w, 48 + symbol, 8);
    else if (symbol < 256)
        put_code(w, 400 + symbol - 144, 9);
    else if (symbol < 280)
        put_code(w, symbol - 256, 7);
    else
        put_code(w, 192 + symbol - 280, 8);
}

/* The last of the rising numbers in `from` that is not above value. */
static uint32_t place(const uint16_t *from, uint32_t count, size_t value)
{
    uint32_t k = 0;
    while (k + 1 < count && from[k + 1] <= value) k++;
    return k;
}

static void put_match(writer *w, size_t length, size_t distance)
{
    static const uint16_t lengths[LENGTHS] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                              31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint16_t distances[DISTANCES] = {
        1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
        193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
    const uint32_t l = place(lengths, LENGTHS, length), d = place(distances, DISTANCES, distance);
    put_symbol(w, 257 + l);
    put(w, (uint32_t)(length - lengths[l]), l < 8 || l == LENGTHS - 1 ? 0 : l / 4 - 1);
    put_code(w, d, 5);
    put(w, (uint32_t)(distance - distances[d]), d < 2 ? 0 : d / 2 - 1);
}

static uint32_t hash(const uint8_t *p)
{
    const uint32_t three = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
    return (three * 2654435761U) >> 17;
}

static size_t common(const uint8_t *a, const uint8_t *b, size_t most)
{
    size_t n = 0;
    while (n < most && a[n] == b[n]) n++;
    return n;
}

/* The longest match for what stands at `at`, its distance; 0 if there is none. */
static size_t find(const matcher *m, size_t at, size_t *distance)
{
    const size_t left = m->size - at, most = left < MOST ? left : MOST;
    size_t best = LEAST - 1;
    if (left < LEAST) return 0;
    size_t from = m->newest[hash(m->data + at)];
    for (int i = 0; i < TRIES && from > 0 && at - (from - 1) <= WINDOW; i++) {
        const size_t n = common(m->data + at, m->data + from - 1, most);
        if (n > best) {
            best = n;
            *distance = at - (from - 1);
        }
        const size_t older = m->before[(from - 1) % WINDOW];
        if (older >= from) break; /* overwritten: beyond the window */
        from = older;
    }
    return best < LEAST ? 0 : best;
}

static void note(matcher *m, size_t at)
{
    if (m->size - at < LEAST) return;
    const uint32_t h = hash(m->data + at);
    m->before[at % WINDOW] = m->newest[h];
    m->newest[h] = at + 1;
}

/* A match is taken unless the next byte begins a longer one. */
static void deflate(matcher *m, writer *w)
{
    put(w, 1, 1); /* the last block */
    put(w, 1, 2); /* in the fixed code */
    for (size_t at = 0; at < m->size;) {
        size_t distance = 0, other = 0, length = find(m, at, &distance);
        note(m, at);
        if (length > 0 && length < MOST && find(m, at + 1, &other) > length) length = 0;
        if (length == 0) {
            put_symbol(w, m->data[at++]);
            continue;
        }
        put_match(w, length, distance);
        for (size_t i = 1; i < length; i++) note(m, at + i);
        at += length;
    }
    put_symbol(w, 256);
    put(w, 0, 7); /* up to a whole byte */
}

static uint32_t adler32(const uint8_t *data, size_t size)
{
    enum { PRIME = 65521, RUN = 5552 }; /* the most additions that 32 bits hold */
    uint32_t a = 1, b = 0;
    for (size_t at = 0; at < size; a %= PRIME, b %= PRIME) {
        for (const size_t end = size - at < RUN ? size : at + RUN; at < end; at++) {
            a += data[at];
            b += a;
        }
    }
    return b << 16 | a;
}

uint8_t *nb_zlib_compress(const uint8_t *data, size_t size, size_t *out_size)
{
    /* No byte takes more than 9 bits, in a match or by itself; head, block, end and checksum take 10 bytes at most. */
    matcher *m = calloc(1, sizeof *m);
    writer w = {.out = malloc(size + size / 8 + 16)};
    if (m == NULL || w.out == NULL) {
        free(m);
        free(w.out);
        return NULL;
    }
    m->data = data;
    m->size = size;
    w.out[w.used++] = 0x78; /* deflate with a window of 2^15 bytes */
    w.out[w.used++] = 0x5e;
    deflate(m, &w);
    const uint32_t sum = adler32(data, size);
    for (int i = 3; i >= 0; i--) w.out[w.used++] = (uint8_t)(sum >> (8 * i));
    free(m);
    *out_size = w.used;
    return w.out;
}
