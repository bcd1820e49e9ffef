/* energy_distance.c - energy distance and maximum mean discrepancy between two sets of points.
 *
 * Both compare mean pair quantities within and between the sets: distances (Szekely and Rizzo 2013) or a Gaussian
 * kernel (Gretton et al. 2012). They are 0 where the sets are equal, and count every pair once in each order,
 * a point with itself included. */
#include "base/error.h"
#include "base/math.h"

#include <math.h>

typedef double pair_fn(double distance2, double parameter);

static double distance_of(double distance2, double unused)
{
    (void)unused;
    return sqrt(distance2);
}

static double gaussian_of(double distance2, double sigma)
{
    return nb_exp(-distance2 / (2.0 * sigma * sigma));
}

/* Mean of f over all pairs of a row of x (n, d) and a row of y (m, d). */
static double mean_pair(size_t n, const double *x, size_t m, const double *y, size_t d, pair_fn *f,
                        double parameter)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        double row = 0.0;
        for (size_t j = 0; j < m; j++) {
            double distance2 = 0.0;
            for (size_t k = 0; k < d; k++) {
                const double difference = x[i * d + k] - y[j * d + k];
                distance2 += difference * difference;
            }
            row += f(distance2, parameter);
        }
        sum += row;
    }
    return sum / ((double)n * (double)m);
}

static nb_status check_sets(size_t n, const double *x, size_t m, const double *y, size_t d, nb_error *err)
{
    if (n < 1 || m < 1 || n > 100000 || m > 100000 || d < 1)
        return nb_fail(err, NB_ERR_ARGUMENT, "sets of %zu and %zu points: each takes 1 to 100000", n, m);
    for (size_t i = 0; i < (n + m) * d; i++) {
        if (!isfinite(i < n * d ? x[i] : y[i - n * d]))
            return nb_fail(err, NB_ERR_NONFINITE, "a point is not finite: there is no distance");
    }
    return NB_OK;
}

nb_status nb_energy_distance(size_t n, const double *x, size_t m, const double *y, size_t d, double *out,
                             nb_error *err)
{
    const nb_status status = check_sets(n, x, m, y, d, err);
    if (status != NB_OK) return status;
    *out = 2.0 * mean_pair(n, x, m, y, d, distance_of, 0.0) - mean_pair(n, x, n, x, d, distance_of, 0.0) -
           mean_pair(m, y, m, y, d, distance_of, 0.0);
    return NB_OK;
}

nb_status nb_mmd2(size_t n, const double *x, size_t m, const double *y, size_t d, double sigma, double *out,
                  nb_error *err)
{
    if (!(sigma > 0.0 && sigma < HUGE_VAL))
        return nb_fail(err, NB_ERR_ARGUMENT, "a kernel of width %g: it takes a number above 0", sigma);
    const nb_status status = check_sets(n, x, m, y, d, err);
    if (status != NB_OK) return status;
    *out = mean_pair(n, x, n, x, d, gaussian_of, sigma) + mean_pair(m, y, m, y, d, gaussian_of, sigma) -
           2.0 * mean_pair(n, x, m, y, d, gaussian_of, sigma);
    return NB_OK;
}
