/* points.c - the point sets of the course. */
#include "base/error.h"
#include "base/math.h"

#include <stdlib.h>

void nb_data_spiral(size_t n, double *out)
{
    const double step = n > 1 ? 4.0 * NB_PI / (double)(n - 1) : 0.0;
    for (size_t i = 0; i < n; i++) {
        const double theta = i + 1 == n && n > 1 ? 4.0 * NB_PI : (double)i * step, r = theta / (4.0 * NB_PI);
        out[2 * i] = r * nb_cos(theta);
        out[2 * i + 1] = r * nb_sin(theta);
    }
}

static nb_status check_count(size_t n, nb_error *err)
{
    if (n < 1 || n > NB_MAX_POINTS)
        return nb_fail(err, NB_ERR_ARGUMENT, "%zu points: the number of points is 1 to %zu", n,
                       NB_MAX_POINTS);
    return NB_OK;
}

/* scikit-learn draws t for all points, then a height that the plane drops, then noise for x, height and z. */
nb_status nb_data_swiss_roll(nb_rng *rng, size_t n, double noise, double *out, nb_error *err)
{
    if (check_count(n, err) != NB_OK) return NB_ERR_ARGUMENT;
    if (!(noise >= 0.0 && noise <= 100.0))
        return nb_fail(err, NB_ERR_ARGUMENT, "noise %g: the standard deviation is 0 to 100", noise);
    double *u = malloc(5 * n * sizeof *u);
    if (u == NULL) return nb_fail_memory(err, 5 * n * sizeof *u);
    nb_numpy_uniform(rng, 2 * n, 0.0, 1.0, u, NULL);
    double *eps = u + 2 * n;
    nb_numpy_randn(rng, 3 * n, eps);
    for (size_t i = 0; i < n; i++) {
        const double t = 1.5 * NB_PI * (1.0 + 2.0 * u[i]);
        double s, c;
        nb_sincos(t, &s, &c);
        out[2 * i] = (t * c + noise * eps[i]) / 10.0;
        out[2 * i + 1] = (t * s + noise * eps[2 * n + i]) / 10.0;
    }
    free(u);
    return NB_OK;
}

void nb_data_swiss_roll_curve(size_t n, double *out)
{
    const double step = n > 1 ? 3.0 * NB_PI / (double)(n - 1) : 0.0;
    for (size_t i = 0; i < n; i++) {
        const double u = 1.5 * NB_PI + (double)i * step;
        out[2 * i] = u * nb_cos(u) / 10.0;
        out[2 * i + 1] = u * nb_sin(u) / 10.0;
    }
}

/* Each class draws all its first numbers, then all its second ones, as NumPy's array calls do. */
nb_status nb_data_classes(nb_rng *rng, size_t per_class, double *out, int32_t *labels, nb_error *err)
{
    if (check_count(per_class, err) != NB_OK) return NB_ERR_ARGUMENT;
    const size_t n = per_class;
    double *a = malloc(2 * n * sizeof *a);
    if (a == NULL) return nb_fail_memory(err, 2 * n * sizeof *a);
    double *b = a + n;
    for (int k = 0; k < 3; k++, out += 2 * n, labels += n) {
        if (k == 0) { /* ring of radius 1 */
            nb_numpy_uniform(rng, n, 0.0, 2.0 * NB_PI, a, NULL);
            nb_numpy_randn(rng, n, b);
        } else if (k == 1) { /* filled square */
            nb_numpy_uniform(rng, 2 * n, -1.0, 1.0, a, NULL);
        } else { /* blob, standard deviation 0.3 */
            nb_numpy_randn(rng, 2 * n, a);
        }
        for (size_t i = 0; i < n; i++) {
            const double r = 1.0 + b[i] * 0.1;
            out[2 * i] = k == 0 ? r * nb_cos(a[i]) : k == 1 ? a[i] : a[i] * 0.3;
            out[2 * i + 1] = k == 0 ? r * nb_sin(a[i]) : k == 1 ? b[i] : b[i] * 0.3;
            labels[i] = k;
        }
    }
    free(a);
    return NB_OK;
}
