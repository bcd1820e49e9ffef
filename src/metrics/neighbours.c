/* neighbours.c - what the nearest neighbours tell: copies of the training set, precision and recall.
 *
 * Precision: how many of x lie among y; recall: how many of y lie among x. A point lies among a set if it is within
 * the distance of some member to that member's k-th neighbour (Kynkaanniemi et al. 2019). */
#include "base/error.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_POINTS = 100000 };

static double distance2(const float *a, const float *b, size_t d)
{
    double sum = 0.0;
    for (size_t k = 0; k < d; k++) {
        const double difference = (double)a[k] - (double)b[k];
        sum += difference * difference;
    }
    return sum;
}

static nb_status check_sets(size_t n, size_t m, size_t d, nb_error *err)
{
    if (n >= 1 && m >= 1 && n <= MOST_POINTS && m <= MOST_POINTS && d >= 1) return NB_OK;
    return nb_fail(err, NB_ERR_ARGUMENT, "sets of %zu and %zu samples: each takes 1 to %d", n, m,
                   MOST_POINTS);
}

nb_status nb_nearest(size_t n, const float *x, size_t m, const float *y, size_t d, int32_t *index,
                     double *distance, nb_error *err)
{
    const nb_status status = check_sets(n, m, d, err);
    if (status != NB_OK) return status;
    for (size_t i = 0; i < n; i++) {
        double nearest = HUGE_VAL;
        index[i] = 0;
        for (size_t j = 0; j < m; j++) {
            const double there = distance2(x + i * d, y + j * d, d);
            if (there < nearest) {
                nearest = there;
                index[i] = (int32_t)j;
            }
        }
        distance[i] = sqrt(nearest);
    }
    return NB_OK;
}

/* radius2[i]: squared distance of row i to its k-th nearest other row. nearest: room for k numbers. */
static void radii(size_t n, const float *x, size_t d, size_t k, double *nearest, double *radius2)
{
    for (size_t i = 0; i < n; i++) {
        size_t held = 0; /* the smallest so far, in order */
        for (size_t j = 0; j < n; j++) {
            if (j == i) continue;
            const double there = distance2(x + i * d, x + j * d, d);
            if (held == k && there >= nearest[k - 1]) continue;
            size_t at = held < k ? held++ : k - 1;
            for (; at > 0 && nearest[at - 1] > there; at--) nearest[at] = nearest[at - 1];
            nearest[at] = there;
        }
        radius2[i] = nearest[k - 1];
    }
}

/* The share of rows of x that lie among y, whose radii are given. */
static double share_among(size_t n, const float *x, size_t m, const float *y, size_t d, const double *radius2)
{
    size_t among = 0;
    for (size_t i = 0; i < n; i++) {
        size_t j = 0;
        while (j < m && distance2(x + i * d, y + j * d, d) > radius2[j]) j++;
        among += j < m;
    }
    return (double)among / (double)n;
}

nb_status nb_precision_recall(size_t n, const float *x, size_t m, const float *y, size_t d, int k,
                              double *precision, double *recall, nb_error *err)
{
    const nb_status status = check_sets(n, m, d, err);
    if (status != NB_OK) return status;
    if (k < 1 || (size_t)k >= n || (size_t)k >= m)
        return nb_fail(err, NB_ERR_ARGUMENT, "k = %d neighbours in sets of %zu and %zu: it takes 1 to %zu", k,
                       n, m, (n < m ? n : m) - 1);
    const size_t most = n > m ? n : m;
    double *radius2 = malloc((most + (size_t)k) * sizeof *radius2);
    if (radius2 == NULL) return nb_fail_memory(err, (most + (size_t)k) * sizeof *radius2);
    radii(m, y, d, (size_t)k, radius2 + most, radius2);
    const double p = share_among(n, x, m, y, d, radius2);
    radii(n, x, d, (size_t)k, radius2 + most, radius2);
    *recall = share_among(m, y, n, x, d, radius2);
    *precision = p;
    free(radius2);
    return NB_OK;
}
