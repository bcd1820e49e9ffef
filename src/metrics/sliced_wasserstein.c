/* sliced_wasserstein.c - sliced Wasserstein-1: Bonneel, Rabin, Peyre and Pfister 2015.
 *
 * In one dimension W1 is the area between the two quantile functions: sort both sets and walk along their
 * steps. The plane's sets are projected on even directions, and the distances averaged. */
#include "base/error.h"
#include "base/math.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool all_finite(size_t n, const double *x)
{
    for (size_t i = 0; i < 2 * n; i++) {
        if (!isfinite(x[i])) return false;
    }
    return true;
}

static void project(size_t n, const double *x, double c, double s, double *out)
{
    for (size_t i = 0; i < n; i++) out[i] = x[2 * i] * c + x[2 * i + 1] * s;
    qsort(out, n, sizeof *out, ascending);
}

/* Both sorted. Steps of 1/n and 1/m meet at i/n = j/m, compared as i m against j n. */
static double wasserstein_1d(size_t n, const double *p, size_t m, const double *q)
{
    double area = 0.0, at = 0.0;
    size_t i = 0, j = 0;
    while (i < n && j < m) {
        const uint64_t end_p = (uint64_t)(i + 1) * m, end_q = (uint64_t)(j + 1) * n;
        const double end = (double)(end_p < end_q ? end_p : end_q) / ((double)n * (double)m);
        area += fabs(p[i] - q[j]) * (end - at);
        at = end;
        if (end_p <= end_q) i++;
        if (end_q <= end_p) j++;
    }
    return area;
}

nb_status nb_sliced_wasserstein(size_t n, const double *x, size_t m, const double *y, int directions,
                                double *out, nb_error *err)
{
    if (n < 1 || m < 1 || n > NB_MAX_POINTS || m > NB_MAX_POINTS)
        return nb_fail(err, NB_ERR_ARGUMENT, "sets of %zu and %zu points: each takes 1 to %zu", n, m,
                       NB_MAX_POINTS);
    if (directions < 1 || directions > 100000)
        return nb_fail(err, NB_ERR_ARGUMENT, "%d directions: it takes 1 to 100000", directions);
    if (!all_finite(n, x) || !all_finite(m, y))
        return nb_fail(err, NB_ERR_NONFINITE, "a point is not finite: there is no distance");
    double *p = malloc((n + m) * sizeof *p);
    if (p == NULL) return nb_fail_memory(err, (n + m) * sizeof *p);
    double sum = 0.0;
    for (int k = 0; k < directions; k++) {
        double s, c;
        nb_sincos(NB_PI * (k + 0.5) / directions, &s, &c);
        project(n, x, c, s, p);
        project(m, y, c, s, p + n);
        sum += wasserstein_1d(n, p, m, p + n);
    }
    free(p);
    *out = sum / directions;
    return NB_OK;
}
