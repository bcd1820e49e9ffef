/* compare_kernels.h - two sets of kernels, compared bit by bit at the sizes where vectors end: how many numbers differ.
 *
 * Each array lies in a fence: natively between two pages that cannot be touched, at either end of its own memory, and
 * everywhere among canaries. */
#ifndef NB_TESTS_COMPARE_KERNELS_H
#define NB_TESTS_COMPARE_KERNELS_H

#include "fence.h"

#include "check.h"
#include "kernels/kernels.h"

#include <float.h>

/* ---- Numbers --------------------------------------------------------------------------------------------
 */

static uint32_t random_state = 1;

static uint32_t random_word(void)
{
    random_state ^= random_state << 13; /* Marsaglia's xorshift */
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

/* Ordinary numbers, or with every fifth one a special: zeros, subnormals, infinities, NaN, the largest. */
static void fill(float *out, size_t n, bool special)
{
    static const float specials[] = {0.0F,    -0.0F,    1e-40F,  -3e-42F, INFINITY, -INFINITY,
                                     FLT_MIN, -FLT_MIN, FLT_MAX, NAN,     1e-45F,   -1e-38F};
    for (size_t i = 0; i < n; i++) {
        const uint32_t word = random_word();
        out[i] = (float)((double)word * 0x1p-31 - 1.0);
        if (special && word % 5 == 0) out[i] = specials[random_word() % (sizeof specials / sizeof *specials)];
    }
}

/* Equal bits; a NaN equals any NaN, because which operand's payload an instruction keeps is its own affair
 * (and WebAssembly's specification leaves it open). */
static size_t differences(size_t n, const float *a, const float *b)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += memcmp(a + i, b + i, sizeof *a) != 0 && !(isnan(a[i]) && isnan(b[i]));
    return count;
}

/* ---- Comparisons: how many numbers differ, canaries included ---------------------------------------------
 */

static float source[FENCES][ROOM], expected[ROOM];

static size_t reach(size_t rows, size_t row, size_t columns)
{
    return rows ? (rows - 1) * row + nb_padded(columns) : 0;
}

typedef struct gemm_case {
    size_t m, n, k;
    bool accumulate, bias, transposed, high, special;
} gemm_case;

static size_t a_at(size_t a_row, bool transposed, size_t m, size_t k)
{
    return transposed ? k * a_row + m : m * a_row + k;
}

/* A case's arrays in their fences. c_row exceeds the width, so that gaps between rows are watched as well. */
static nb_gemm gemm_args(const gemm_case *t, size_t *c_size)
{
    const size_t a_row = t->transposed ? t->m + 2 : t->k + 3;
    const size_t a_size = t->m && t->k ? a_at(a_row, t->transposed, t->m - 1, t->k - 1) + 1 : 0;
    const size_t b_row = nb_padded(t->n) + 4, c_row = nb_padded(t->n) + 8;
    *c_size = reach(t->m, c_row, t->n);
    return (nb_gemm){.m = t->m,
                     .n = t->n,
                     .k = t->k,
                     .a = fenced(0, t->high, a_size, source[0]),
                     .a_row = a_row,
                     .transposed = t->transposed,
                     .b = fenced(1, t->high, reach(t->k, b_row, t->n), source[1]),
                     .b_row = b_row,
                     .c = fenced(2, t->high, *c_size, source[2]),
                     .c_row = c_row,
                     .bias = t->bias ? fenced(3, t->high, nb_padded(t->n), source[3]) : NULL,
                     .accumulate = t->accumulate};
}

static size_t compare_gemm(const nb_kernels *want, const nb_kernels *got, const gemm_case *t)
{
    const size_t enough = (t->m + t->k + 4) * (t->n + t->k + 16); /* for each of the four */
    for (int i = 0; i < 4; i++) fill(source[i], enough, t->special);
    size_t c_size;
    nb_gemm g = gemm_args(t, &c_size);
    want->gemm(&g);
    memcpy(expected, g.c, c_size * sizeof *expected);
    g = gemm_args(t, &c_size);
    got->gemm(&g);
    return differences(c_size, g.c, expected) + broken_canaries(2, t->high);
}

static size_t compare_sum_rows(const nb_kernels *want, const nb_kernels *got, size_t m, size_t n, bool high,
                               bool special)
{
    const size_t row = nb_padded(n) + 4, columns = nb_padded(n);
    const bool accumulate = (m + n) & 1;
    fill(source[0], reach(m, row, n), special);
    fill(source[1], columns, special);
    const float *x = fenced(0, high, reach(m, row, n), source[0]);
    float *out = fenced(1, high, columns, source[1]);
    want->sum_rows(m, n, x, row, accumulate, out);
    memcpy(expected, out, columns * sizeof *expected);
    out = fenced(1, high, columns, source[1]);
    got->sum_rows(m, n, x, row, accumulate, out);
    return differences(columns, out, expected) + broken_canaries(1, high);
}

static size_t compare_relu(const nb_kernels *want, const nb_kernels *got, size_t n, bool high, bool special)
{
    fill(source[0], n, special);
    fill(source[1], n, special);
    float *x = fenced(0, high, n, source[0]);
    want->relu(n, x);
    memcpy(expected, x, n * sizeof *expected);
    x = fenced(0, high, n, source[0]);
    got->relu(n, x);
    size_t count = differences(n, x, expected) + broken_canaries(0, high);

    const float *y = fenced(0, high, n, source[0]);
    float *grad = fenced(1, high, n, source[1]);
    want->relu_backward(n, y, grad);
    memcpy(expected, grad, n * sizeof *expected);
    grad = fenced(1, high, n, source[1]);
    got->relu_backward(n, y, grad);
    return count + differences(n, grad, expected) + broken_canaries(1, high);
}

static size_t compare_silu(const nb_kernels *want, const nb_kernels *got, size_t n, bool high, bool special)
{
    for (int i = 0; i < 3; i++) fill(source[i], n, special);
    for (size_t i = 0; i < n; i++)
        source[0][i] *= i % 3 ? 4.0F : 60.0F; /* beyond where exp is cut off, too */
    const float *x = fenced(0, high, n, source[0]), *dy = fenced(1, high, n, source[1]);
    size_t count = 0;
    for (int run = 0; run < 2; run++) {
        float *y[2] = {fenced(2, high, n, source[2]), fenced(3, high, n, source[2])};
        (run ? got : want)->silu(n, x, y[0]);
        (run ? got : want)->silu_backward(n, x, dy, y[1]);
        for (int i = 0; i < 2; i++) {
            if (run)
                count += differences(n, y[i], expected + (size_t)i * n) + broken_canaries(2 + i, high);
            else
                memcpy(expected + (size_t)i * n, y[i], n * sizeof *expected);
        }
    }
    return count;
}

static const nb_adam_step_args adam_args = {.beta1 = 0.9F,
                                            .one_minus_beta1 = 0.1F,
                                            .beta2 = 0.999F,
                                            .one_minus_beta2 = 0.001F,
                                            .step_size = 0.0019F,
                                            .sqrt_bias2 = 0.7F,
                                            .eps = 1e-8F};

static size_t compare_adam(const nb_kernels *want, const nb_kernels *got, size_t n, bool high, bool special)
{
    for (int i = 0; i < 4; i++) fill(source[i], n, special);
    for (size_t i = 0; i < n; i += 3) { /* first moments that come out subnormal */
        source[2][i] *= 1e-38F;
        source[0][i] = 0.0F;
    }
    for (size_t i = 0; i < n; i++) source[3][i] = fabsf(source[3][i]);
    size_t count = 0;
    const float *grad = fenced(0, high, n, source[0]);
    for (int run = 0; run < 2; run++) {
        float *state[3];
        for (int i = 0; i < 3; i++) state[i] = fenced(1 + i, high, n, source[1 + i]);
        (run ? got : want)->adam(n, &adam_args, grad, state[0], state[1], state[2]);
        for (int i = 0; i < 3; i++) {
            if (run)
                count += differences(n, state[i], expected + (size_t)i * n) + broken_canaries(1 + i, high);
            else
                memcpy(expected + (size_t)i * n, state[i], n * sizeof *expected);
        }
    }
    return count;
}

/* ---- All sizes --------------------------------------------------------------------------------------------
 */

static const size_t columns_tried[] = {0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 19, 31, 32, 33, 37, 48, 49};
static const size_t rows_tried[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 17};
static const size_t steps_tried[] = {0, 1, 2, 3, 17};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static size_t compare_all_gemms(const nb_kernels *want, const nb_kernels *got)
{
    size_t count = 0;
    unsigned number = 0;
    for (size_t i = 0; i < COUNT(rows_tried); i++) {
        for (size_t j = 0; j < COUNT(columns_tried); j++) {
            for (size_t k = 0; k < COUNT(steps_tried); k++) {
                for (unsigned start = 0; start < 4; start++, number++) {
                    const gemm_case t = {.m = rows_tried[i],
                                         .n = columns_tried[j],
                                         .k = steps_tried[k],
                                         .accumulate = start & 1,
                                         .bias = start & 2,
                                         .transposed = (number / 4) & 1,
                                         .high = (number / 8) & 1,
                                         .special = number % 7 == 0};
                    count += compare_gemm(want, got, &t);
                }
            }
        }
    }
    const gemm_case course = {.m = 32, .n = 128, .k = 34, .bias = true, .transposed = true, .high = true};
    return count + compare_gemm(want, got, &course);
}

static size_t compare_the_rest(const nb_kernels *want, const nb_kernels *got)
{
    size_t count = 0;
    for (size_t j = 0; j < COUNT(columns_tried); j++) {
        const size_t n = columns_tried[j];
        for (unsigned mode = 0; mode < 4; mode++) {
            const bool high = mode & 1, special = mode & 2;
            for (size_t i = 0; i < COUNT(rows_tried); i++)
                count += compare_sum_rows(want, got, rows_tried[i], n, high, special);
            count += compare_relu(want, got, nb_padded(n), high, special);
            count += compare_silu(want, got, nb_padded(n), high, special);
            count += compare_adam(want, got, nb_padded(n), high, special);
        }
    }
    return count + compare_relu(want, got, 1012, true, true) + compare_silu(want, got, 1012, true, true) +
           compare_adam(want, got, 1012, true, true);
}

#endif
