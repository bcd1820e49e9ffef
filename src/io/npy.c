/* npy.c - NumPy's array files: a magic number, a Python dict literal, the numbers.
 *
 * Format: numpy.lib.format, version 1.0. */
#include "base/error.h"
#include "base/size.h"
#include "io/half.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* HALF comes in only, and becomes float. */
enum { HALF = NB_I64 + 1, DTYPES, PREAMBLE = 10 };
static const struct {
    const char *descr;
    size_t bytes;
} dtypes[DTYPES] = {[NB_F32] = {"<f4", 4},
                    [NB_F64] = {"<f8", 8},
                    [NB_I32] = {"<i4", 4},
                    [NB_I64] = {"<i8", 8},
                    [HALF] = {"<f2", 2}};

size_t nb_array_count(const nb_array *a)
{
    size_t count = 1;
    for (int i = 0; i < a->rank; i++) count = nb_mul(count, a->shape[i]);
    return count;
}

nb_status nb_npy_encode(const nb_array *a, uint8_t **out, size_t *size, nb_error *err)
{
    char shape[128] = "";
    size_t used = 0;
    for (int i = 0; i < a->rank; i++)
        used += (size_t)snprintf(shape + used, sizeof shape - used, "%zu, ", a->shape[i]);
    if (a->rank > 0) shape[used - (a->rank > 1 ? 2 : 1)] = '\0'; /* (3,) but (3, 4) */
    char header[256];
    const int text =
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }",
                 dtypes[a->dtype].descr, shape);
    /* The numbers start at a multiple of 64. */
    const size_t start = (PREAMBLE + (size_t)text + 1 + 63) / 64 * 64;
    const size_t payload = nb_mul(nb_array_count(a), dtypes[a->dtype].bytes), whole = nb_add(start, payload);
    uint8_t *file = whole == NB_TOO_LARGE ? NULL : malloc(whole);
    if (file == NULL) return nb_fail_memory(err, whole);
    memcpy(file, "\x93NUMPY\x01\x00", 8);
    file[8] = (uint8_t)((start - PREAMBLE) & 0xff);
    file[9] = (uint8_t)((start - PREAMBLE) >> 8);
    memset(file + PREAMBLE, ' ', start - PREAMBLE);
    memcpy(file + PREAMBLE, header, (size_t)text);
    file[start - 1] = '\n';
    if (payload) memcpy(file + start, a->data, payload);
    *out = file;
    *size = start + payload;
    return NB_OK;
}

/* The text after `'key':` with leading spaces skipped, or NULL. */
static const char *value_of(const char *header, const char *key)
{
    char quoted[32];
    snprintf(quoted, sizeof quoted, "'%s':", key);
    const char *p = strstr(header, quoted);
    if (p == NULL) return NULL;
    p += strlen(quoted);
    while (*p == ' ') p++;
    return p;
}

/* "()", "(3,)" or "(3, 4)" into shape; false if it is no such tuple, has more than 4 axes or counts beyond memory. */
static bool parse_shape(const char *p, nb_array *a)
{
    if (*p++ != '(') return false;
    size_t total = 1;
    bool comma = true; /* before each number but the first, and after the only one */
    for (a->rank = 0; *p != ')';) {
        if (*p < '0' || *p > '9' || a->rank == 4 || !comma) return false;
        size_t n = 0;
        for (; *p >= '0' && *p <= '9'; p++) {
            n = n * 10 + (size_t)(*p - '0');
            if (n > SIZE_MAX / 64) return false;
        }
        if (n != 0 && total > SIZE_MAX / 64 / n) return false;
        total *= n;
        a->shape[a->rank++] = n;
        comma = *p == ',';
        if (comma) p++;
        while (*p == ' ') p++;
    }
    return a->rank != 1 || comma;
}

static nb_status wrong_dtype(const char *descr, nb_error *err)
{
    static const char takes[] = "it takes '<f2', '<f4', '<f8', '<i4' or '<i8'";
    if (descr[0] != '\'')
        return nb_fail(err, NB_ERR_FORMAT, "a .npy file of records, not of numbers: %s", takes);
    return nb_fail(err, NB_ERR_FORMAT, "a .npy file of type '%.*s': %s", (int)(strcspn(descr + 1, "'") % 16),
                   descr + 1, takes);
}

/* dtype: an index of dtypes. */
static nb_status parse_header(const char *header, nb_array *a, int *dtype, nb_error *err)
{
    const char *descr = value_of(header, "descr"), *order = value_of(header, "fortran_order");
    const char *shape = value_of(header, "shape");
    if (descr == NULL || order == NULL || shape == NULL)
        return nb_fail(err, NB_ERR_FORMAT, "a .npy header without descr, fortran_order and shape");
    if (strncmp(order, "False", 5) != 0 || strchr(", }", order[5]) == NULL)
        return nb_fail(err, NB_ERR_FORMAT,
                       "a .npy file in Fortran order: save it in C order (np.ascontiguousarray)");
    for (*dtype = 0; *dtype < DTYPES; ++*dtype) {
        if (descr[0] == '\'' && strncmp(descr + 1, dtypes[*dtype].descr, 3) == 0 && descr[4] == '\'') break;
    }
    if (*dtype == DTYPES) return wrong_dtype(descr, err);
    a->dtype = *dtype == HALF ? NB_F32 : (nb_dtype)*dtype;
    if (!parse_shape(shape, a))
        return nb_fail(err, NB_ERR_FORMAT, "a .npy shape that is no shape of 0 to 4 axes");
    return NB_OK;
}

static void widen(const uint8_t *halves, size_t count, float *out)
{
    for (size_t i = 0; i < count; i++) {
        uint16_t half;
        memcpy(&half, halves + 2 * i, sizeof half);
        out[i] = nb_half_float(half);
    }
}

nb_status nb_npy_decode(const uint8_t *file, size_t size, nb_array *out, nb_error *err)
{
    if (size > 4 && memcmp(file, "PK\x03\x04", 4) == 0)
        return nb_fail(err, NB_ERR_FORMAT,
                       "a .npz or another zip archive, not a .npy file: save one array of it with np.save");
    if (size < PREAMBLE || memcmp(file, "\x93NUMPY", 6) != 0)
        return nb_fail(err, NB_ERR_FORMAT, "not a .npy file: it does not begin with \\x93NUMPY");
    if (file[6] != 1)
        return nb_fail(err, NB_ERR_FORMAT, "a .npy file of version %d: it takes version 1", file[6]);
    const size_t length = (size_t)file[8] | (size_t)file[9] << 8;
    if (length > size - PREAMBLE) return nb_fail(err, NB_ERR_FORMAT, "a .npy file cut off in its header");
    char *header = malloc(length + 1);
    if (header == NULL) return nb_fail_memory(err, length);
    memcpy(header, file + PREAMBLE, length);
    header[length] = '\0';
    nb_array a = {0};
    int dtype = 0;
    const nb_status status = parse_header(header, &a, &dtype, err);
    free(header);
    if (status != NB_OK) return status;
    const size_t count = nb_array_count(&a),
                 payload = count * dtypes[dtype].bytes; /* below SIZE_MAX: parse_shape */
    const size_t there = size - PREAMBLE - length;
    if (payload != there)
        return nb_fail(err, NB_ERR_FORMAT, "a .npy file with %zu bytes of numbers where its shape needs %zu",
                       there, payload);
    const size_t bytes = count * dtypes[a.dtype].bytes;
    a.data = malloc(bytes ? bytes : 1);
    if (a.data == NULL) return nb_fail_memory(err, bytes);
    if (dtype == HALF)
        widen(file + PREAMBLE + length, count, a.data);
    else if (payload)
        memcpy(a.data, file + PREAMBLE + length, payload);
    *out = a;
    return NB_OK;
}
