/* curve_distance.c - how far points lie from a curve. */
#include "base/error.h"

#include <math.h>

/* Squared distance from p to the segment a b. */
static double segment_distance2(const double *p, const double *a, const double *b)
{
    const double dx = b[0] - a[0], dy = b[1] - a[1], length2 = dx * dx + dy * dy;
    double s = length2 > 0.0 ? ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length2 : 0.0;
    s = s < 0.0 ? 0.0 : s > 1.0 ? 1.0 : s;
    const double ex = p[0] - a[0] - s * dx, ey = p[1] - a[1] - s * dy;
    return ex * ex + ey * ey;
}

nb_status nb_curve_distance(size_t n, const double *x, size_t m, const double *curve, double *out,
                            nb_error *err)
{
    if (n < 1) return nb_fail(err, NB_ERR_ARGUMENT, "the distance of no points: it takes at least 1");
    if (m < 2) return nb_fail(err, NB_ERR_ARGUMENT, "a curve of %zu points: it takes at least 2", m);
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        double nearest = HUGE_VAL;
        for (size_t k = 0; k + 1 < m; k++) {
            const double d = segment_distance2(x + 2 * i, curve + 2 * k, curve + 2 * k + 2);
            if (d < nearest) nearest = d;
        }
        sum += sqrt(nearest);
    }
    *out = sum / (double)n;
    return NB_OK;
}
