/* test_arrays.c - .npy files and PNG pictures, read back byte by byte. */
#include "allocations.h"
#include "io/zlib.h"

static const size_t item_bytes[4] = {4, 8, 4, 8};

/* ---- .npy ------------------------------------------------------------------------------------------------- */

static nb_status decode(const uint8_t *file, size_t size, nb_array *out, nb_error *err)
{
    uint8_t *exact = malloc(size ? size : 1); /* a sanitizer sees a step beyond its end */
    REQUIRE(exact != NULL, "no memory");
    if (size) memcpy(exact, file, size);
    const nb_status status = nb_npy_decode(exact, size, out, err);
    free(exact);
    return status;
}

/* Magic number, version, and a header that ends in a newline where the numbers start, at a multiple of 64. */
static void check_layout(const uint8_t *file, size_t size, size_t payload)
{
    CHECK(memcmp(file, "\x93NUMPY\x01\x00", 8) == 0, "the preamble");
    const size_t start = 10 + (size_t)file[8] + 256 * (size_t)file[9];
    CHECK(start % 64 == 0 && start + payload == size && file[start - 1] == '\n', "numbers at %zu of %zu",
          start, size);
}

static void test_round_trip(nb_dtype dtype, int rank)
{
    static const size_t sizes[4] = {3, 1, 4, 2};
    uint8_t data[24 * 8];
    nb_array a = {.dtype = dtype, .rank = rank, .data = data}, b = {0};
    for (int i = 0; i < rank; i++) a.shape[i] = sizes[i];
    const size_t bytes = nb_array_count(&a) * item_bytes[dtype];
    for (size_t i = 0; i < bytes; i++)
        data[i] = (uint8_t)(i * 37 + 200); /* NaNs among them: bytes are bytes */
    uint8_t *file = NULL;
    size_t size = 0;
    nb_error err = {0};
    REQUIRE(nb_npy_encode(&a, &file, &size, &err) == NB_OK, "%s", err.message);
    check_layout(file, size, bytes);
    REQUIRE(decode(file, size, &b, &err) == NB_OK, "rank %d: %s", rank, err.message);
    CHECK(b.dtype == dtype && b.rank == rank && nb_array_count(&b) == nb_array_count(&a), "type or rank");
    for (int i = 0; i < rank; i++) CHECK(b.shape[i] == sizes[i], "axis %d is %zu", i, b.shape[i]);
    CHECK(memcmp(b.data, data, bytes) == 0, "other bytes after writing and reading");
    char name[32];
    snprintf(name, sizeof name, "npy_%d_%d", (int)dtype, rank);
    bits(name, file, size);
    free(b.data);
    for (size_t n = 0; n < size; n++) {
        b = (nb_array){.rank = -9};
        if (decode(file, n, &b, &err) == NB_OK) CHECK(false, "rank %d cut off at %zu is taken", rank, n);
        if (b.rank != -9 || !one_line(err.message)) CHECK(false, "rank %d cut off at %zu: an array", rank, n);
        if (n >= 10 && n < 10 + file[8] + 256U * file[9] && !strstr(err.message, "cut off in its header"))
            CHECK(false, "rank %d cut off at %zu: %s", rank, n, err.message);
    }
    free(file);
}

static void test_empty(void)
{
    nb_array a = {.dtype = NB_F64, .rank = 2, .shape = {0, 5}}, b = {0};
    uint8_t *file = NULL;
    size_t size = 0;
    nb_error err = {0};
    REQUIRE(nb_npy_encode(&a, &file, &size, &err) == NB_OK, "%s", err.message);
    CHECK(decode(file, size, &b, &err) == NB_OK && b.shape[0] == 0 && b.shape[1] == 5 && b.data, "no rows");
    free(b.data);
    free(file);
}

/* NumPy's own files: what they hold, and the same bytes when written again (but for NumPy's (3,) where we write
 * (3, ), which is the same tuple). */
static void test_golden(void)
{
    static const struct {
        const char *name;
        nb_dtype dtype;
        int rank;
        size_t shape[3];
    } files[] = {{"numpy_randn", NB_F64, 2, {3, 9, 0}},           {"torch_rand", NB_F32, 2, {3, 8, 0}},
                 {"torch_randint_1000", NB_I64, 2, {3, 8, 0}},    {"first_batch_t", NB_I64, 1, {128, 0, 0}},
                 {"schedules_T10_tables", NB_F32, 3, {7, 7, 10}}, {"losses_seed42", NB_F64, 1, {100, 0, 0}}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[80];
        snprintf(path, sizeof path, "tests/golden/%s.npy", files[i].name);
        size_t size, again;
        uint8_t *file = read_file(path, &size), *written = NULL;
        nb_array a = {0};
        nb_error err = {0};
        REQUIRE(decode(file, size, &a, &err) == NB_OK, "%s: %s", path, err.message);
        CHECK(a.dtype == files[i].dtype && a.rank == files[i].rank, "%s has another type or rank", path);
        for (int k = 0; k < a.rank; k++) CHECK(a.shape[k] == files[i].shape[k], "%s: axis %d", path, k);
        REQUIRE(nb_npy_encode(&a, &written, &again, &err) == NB_OK, "%s", err.message);
        const size_t from = a.rank == 1 ? 128 : 0;
        CHECK(size == again && memcmp(file + from, written + from, size - from) == 0,
              "%s comes out different", path);
        free(a.data);
        free(file);
        free(written);
    }
}

/* A file around a header and 24 bytes of numbers. */
static size_t with_header(const char *header, uint8_t out[512])
{
    const size_t n = strlen(header);
    memcpy(out, "\x93NUMPY\x01\x00", 8);
    out[8] = (uint8_t)n;
    out[9] = (uint8_t)(n >> 8);
    memcpy(out + 10, header, n);
    memset(out + 10 + n, 0x3f, 24);
    return 10 + n + 24;
}

static void test_headers(void)
{
    static const char *const good[] = {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n",
                                       "{'shape': (6,), 'fortran_order': False, 'descr': '<f4'}",
                                       "{'descr':'<i8','fortran_order':False,'shape':(3,)}     \n",
                                       "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 3, 1), }\n"};
    static const struct {
        const char *part, *header;
    } bad[] = {
        {"Fortran order", "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }\n"},
        {">f4", "{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }\n"},
        {"'>f2'", "{'descr': '>f2', 'fortran_order': False, 'shape': (12,), }\n"},
        {"'<f16'", "{'descr': '<f16', 'fortran_order': False, 'shape': (3,), }\n"},
        {"|u1", "{'descr': '|u1', 'fortran_order': False, 'shape': (24,), }\n"},
        {"<c8", "{'descr': '<c8', 'fortran_order': False, 'shape': (3,), }\n"},
        {"records", "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (6,), }\n"},
        {"without", "{'descr': '<f4', 'fortran_order': False, }\n"},
        {"without", "{'descr': '<f4', 'shape': (6,), }\n"},
        {"without", "{'fortran_order': False, 'shape': (6,), }\n"},
        {"without", ""},
        {"bytes", "{'descr': '<f4', 'fortran_order': False, 'shape': (7,), }\n"},
        {"bytes", "{'descr': '<f4', 'fortran_order': False, 'shape': (), }\n"},
        {"bytes", "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 6), }\n"},
        {"shape", "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 6), }\n"},
        {"shape", "{'descr': '<f4', 'fortran_order': False, 'shape': (-6,), }\n"},
        {"shape", "{'descr': '<f4', 'fortran_order': False, 'shape': (6.0,), }\n"},
        {"shape", "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }\n"},
        {"shape",
         "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4294967296), }\n"},
        {"shape", "{'descr': '<f4', 'fortran_order': False, 'shape': 6, }\n"},
        {"shape", "{'descr': '<f4', 'fortran_order': False, 'shape': (6), }\n"},
        {"shape", "{'descr': '<f4', 'fortran_order': False, 'shape': (2 3), }\n"},
        {"shape", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,,3), }\n"},
        {"shape", "{'descr': '<f4', 'fortran_order': False, 'shape': (,), }\n"},
        {"Fortran order", "{'descr': '<f4', 'fortran_order': Falsey, 'shape': (6,), }\n"},
        {"shape", "{'descr': '<f4', 'fortran_order': False, 'shape': (6"},
        {"shape", "{'descr': '<f4', 'fortran_order': False, 'shape':"},
    };
    uint8_t file[512];
    nb_array a;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        nb_error err = {0};
        const size_t n = with_header(good[i], file);
        const nb_status status = decode(file, n, &a, &err);
        CHECK(status == NB_OK, "%s%s", good[i], err.message);
        if (status == NB_OK) free(a.data);
    }
    a = (nb_array){.rank = 77};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const size_t n = with_header(bad[i].header, file);
        FAILS(NB_ERR_FORMAT, bad[i].part, decode(file, n, &a, &failure));
    }
    const size_t n = with_header(good[0], file);
    FAILS(NB_ERR_FORMAT, "bytes", decode(file, n - 1, &a, &failure));
    file[6] = 2;
    FAILS(NB_ERR_FORMAT, "version 2", decode(file, n, &a, &failure));
    file[0] = 'P';
    FAILS(NB_ERR_FORMAT, "not a .npy", decode(file, n, &a, &failure));
    CHECK(a.rank == 77, "a refused file wrote an array");
}

/* ---- PNG ---------------------------------------------------------------------------------------------------- */

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t crc32(const uint8_t *p, size_t n)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0);
    }
    return ~crc;
}

typedef struct bit_reader {
    const uint8_t *data;
    size_t bits, at;
} bit_reader;

static uint32_t read_bits(bit_reader *r, uint32_t count)
{
    uint32_t value = 0;
    for (uint32_t i = 0; i < count && r->at < r->bits; i++, r->at++)
        value |= (uint32_t)(r->data[r->at / 8] >> (r->at % 8) & 1) << i;
    return value;
}

static uint32_t read_code(bit_reader *r, uint32_t count) /* Huffman codes come highest bit first */
{
    uint32_t value = 0;
    for (uint32_t i = 0; i < count; i++) value = value << 1 | read_bits(r, 1);
    return value;
}

/* RFC 1951, 3.2.6: the fixed code's next literal or length. */
static uint32_t read_symbol(bit_reader *r)
{
    const uint32_t seven = read_code(r, 7);
    if (seven < 24) return 256 + seven;
    const uint32_t eight = seven << 1 | read_bits(r, 1);
    if (eight < 192) return eight - 48;
    if (eight < 200) return eight - 192 + 280;
    return (eight << 1 | read_bits(r, 1)) - 400 + 144;
}

/* A stored block; the reader is left at its end. */
static size_t copy_stored(bit_reader *r, uint8_t *out, size_t capacity)
{
    r->at = (r->at + 7) / 8 * 8;
    const size_t n = read_bits(r, 16), inverse = read_bits(r, 16);
    if ((n ^ inverse) != 0xffff || n > capacity || n > (r->bits - r->at) / 8) return 0;
    memcpy(out, r->data + r->at / 8, n);
    r->at += 8 * n;
    return n;
}

/* A block in the fixed code, after the n bytes there are; their new number, or 0. */
static size_t inflate_fixed(bit_reader *r, uint8_t *out, size_t n, size_t capacity)
{
    static const uint16_t lengths[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                         31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    while (r->at < r->bits) {
        const uint32_t symbol = read_symbol(r);
        if (symbol == 256) return n;
        if (symbol < 256) {
            if (n == capacity) return 0;
            out[n++] = (uint8_t)symbol;
            continue;
        }
        const uint32_t k = symbol - 257;
        if (k >= 29) return 0;
        size_t length = lengths[k] + read_bits(r, k < 8 || k == 28 ? 0 : k / 4 - 1);
        const uint32_t d = read_code(r, 5), more = d < 2 ? 0 : d / 2 - 1;
        const size_t back = d < 2 ? d + 1 : ((2U + (d & 1)) << more) + 1 + read_bits(r, more);
        if (back > n || n + length > capacity) return 0;
        for (; length > 0; length--, n++) out[n] = out[n - back];
    }
    return 0;
}

/* Stored blocks and those in the fixed code. Returns the bytes written, or 0. */
static size_t inflate(const uint8_t *data, size_t size, uint8_t *out, size_t capacity)
{
    bit_reader r = {data, 8 * size, 0};
    size_t n = 0;
    for (uint32_t last = 0; !last;) {
        last = read_bits(&r, 1);
        const uint32_t type = read_bits(&r, 2);
        if (type > 1 || r.at >= r.bits) return 0;
        n = type ? inflate_fixed(&r, out, n, capacity) : n + copy_stored(&r, out + n, capacity - n);
    }
    return n;
}

/* PNG 9.2: undoes a row's filter in place; `above` is the row before, or zeros. */
static void unfilter(int filter, uint8_t *row, const uint8_t *above, size_t bytes, size_t channels)
{
    for (size_t i = 0; i < bytes; i++) {
        const int a = i < channels ? 0 : row[i - channels], b = above[i],
                  c = i < channels ? 0 : above[i - channels];
        const int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
        const int paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
        const int guess[5] = {0, a, b, (a + b) / 2, paeth};
        row[i] = (uint8_t)(row[i] + guess[filter]);
    }
}

/* The image data's zlib stream holds these pixels. */
static void check_pixels(const uint8_t *zlib, size_t size, size_t w, size_t h, size_t channels,
                         const uint8_t *want)
{
    const size_t bytes = w * channels, raw = (bytes + 1) * h;
    uint8_t *out = calloc(raw + bytes, 1), *zeros = out + raw;
    REQUIRE(out != NULL, "no memory");
    CHECK((zlib[0] & 15) == 8 && (zlib[0] * 256 + zlib[1]) % 31 == 0, "the zlib header");
    CHECK(inflate(zlib + 2, size - 6, out, raw) == raw, "the image data does not inflate to %zu bytes", raw);
    uint32_t s1 = 1, s2 = 0;
    for (size_t i = 0; i < raw; i++) {
        s1 = (s1 + out[i]) % 65521;
        s2 = (s2 + s1) % 65521;
    }
    CHECK(big_endian(zlib + size - 4) == (s2 << 16 | s1), "the Adler checksum");
    for (size_t y = 0; y < h; y++) {
        uint8_t *row = out + y * (bytes + 1);
        REQUIRE(row[0] <= 4, "row %zu has filter %d", y, row[0]);
        unfilter(row[0], row + 1, y ? row - bytes : zeros, bytes, channels);
        CHECK(memcmp(row + 1, want + y * bytes, bytes) == 0, "row %zu has other pixels", y);
    }
    free(out);
}

static void test_png(size_t w, size_t h, size_t channels)
{
    static const uint8_t colour_type[5] = {0, 0, 0, 2, 6};
    uint8_t *pixels = malloc(w * h * channels), *file = NULL;
    REQUIRE(pixels != NULL, "no memory");
    for (size_t i = 0; i < w * h * channels; i++)
        pixels[i] = (uint8_t)(i % 5 ? i % 251 * (i % 241) : (i / channels % w < w / 2 ? 255 : 17));
    size_t size = 0, chunks = 0;
    nb_error err = {0};
    REQUIRE(nb_png_encode((int)w, (int)h, (int)channels, pixels, &file, &size, &err) == NB_OK, "%s",
            err.message);
    CHECK(size > 57 && memcmp(file, "\x89PNG\r\n\x1a\n", 8) == 0, "the signature");
    for (size_t at = 8; at + 12 <= size; chunks++) {
        const size_t n = big_endian(file + at);
        static const char *const order[3] = {"IHDR", "IDAT", "IEND"};
        REQUIRE(chunks < 3 && n <= size - at - 12 && memcmp(file + at + 4, order[chunks], 4) == 0,
                "chunk %zu", chunks);
        CHECK(crc32(file + at + 4, n + 4) == big_endian(file + at + 8 + n), "%s's checksum", order[chunks]);
        const uint8_t *p = file + at + 8;
        if (chunks == 0)
            CHECK(n == 13 && big_endian(p) == w && big_endian(p + 4) == h && p[8] == 8 &&
                      p[9] == colour_type[channels] && p[10] == 0 && p[11] == 0 && p[12] == 0,
                  "the header of %zu x %zu x %zu", w, h, channels);
        if (chunks == 1) check_pixels(p, n, w, h, channels, pixels);
        at += n + 12;
    }
    CHECK(chunks == 3, "%zu chunks", chunks);
    char name[48];
    snprintf(name, sizeof name, "png_%zux%zux%zu", w, h, channels);
    bits(name, file, size);
    free(file);
    free(pixels);
}

static void test_png_refusals(void)
{
    static const int bad[][3] = {{0, 4, 3}, {4, 0, 3}, {-1, 4, 3}, {4, 16385, 3}, {16385, 4, 3},
                                 {4, 4, 2}, {4, 4, 0}, {4, 4, 5},  {4, 4, -3}};
    const uint8_t pixels[64] = {0};
    uint8_t *file = NULL;
    size_t size = 99;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        FAILS(NB_ERR_ARGUMENT, "picture",
              nb_png_encode(bad[i][0], bad[i][1], bad[i][2], pixels, &file, &size, &failure));
    CHECK(file == NULL && size == 99, "a refused picture was written");
}

/* Whichever call finds no memory, a picture is refused cleanly; the last try makes it. */
static void test_png_memory(void)
{
    static uint8_t pixels[64 * 64 * 3];
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(i * i % 251);
    int refused = 0;
    for (bool made = false; !made;) {
        uint8_t *file = NULL;
        size_t size = 99;
        nb_error err = {0};
        allocations_left = 1 + refused;
        const nb_status status = nb_png_encode(64, 64, 3, pixels, &file, &size, &err);
        allocations_left = -1;
        made = status == NB_OK;
        if (made) {
            free(file);
            break;
        }
        CHECK(status == NB_ERR_MEMORY && file == NULL && size == 99, "call %d finds no memory: %s",
              refused + 1, err.message);
        refused++;
    }
    CHECK(refused >= 4 * ALLOCATIONS_COUNTED, "only %d calls for memory", refused);
}

/* Literals, matches of all lengths and distances: what comes back is what went in. */
static void test_zlib(void)
{
    enum { MOST = 200000 };
    static uint8_t in[MOST], out[MOST];
    for (size_t n = 0; n <= MOST; n = n < 600 ? n + 1 : 3 * n) {
        uint32_t state = 1;
        for (size_t i = 0; i < n; i++) {
            state = state * 1664525U + 1013904223U;
            /* runs, noise, and a repetition of what stood as far back as the window reaches */
            in[i] = i % 700 < 300              ? (uint8_t)(i / 700)
                    : i >= 32768 && i % 3 == 0 ? in[i - 32768]
                                               : (uint8_t)(state >> 24);
        }
        size_t size = 0;
        uint8_t *zlib = nb_zlib_compress(in, n, &size);
        REQUIRE(zlib != NULL, "no memory");
        CHECK(size <= n + n / 8 + 16, "%zu bytes for %zu", size, n);
        CHECK(inflate(zlib + 2, size - 6, out, n) == n && memcmp(in, out, n) == 0,
              "%zu bytes come back otherwise", n);
        free(zlib);
    }
}

int main(void)
{
    check_counter();
    for (int dtype = 0; dtype < 4; dtype++) {
        for (int rank = 0; rank <= 4; rank++) test_round_trip((nb_dtype)dtype, rank);
    }
    test_empty();
    test_golden();
    test_headers();
    for (size_t channels = 1; channels <= 4; channels += channels == 1 ? 2 : 1) {
        test_png(1, 1, channels);
        test_png(7, 5, channels);
        test_png(200, 160, channels);
    }
    test_png_refusals();
    test_png_memory();
    test_zlib();
    return check_report();
}
