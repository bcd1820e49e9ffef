/* slerp.c - interpolation along the great circle between two noises (Shoemake 1985; Song et al. 2021, eq. 67).
 *
 * A straight line would pass through vectors shorter than noise is, which a model has never seen. */
#include "base/error.h"
#include "base/math.h"

#include <math.h>

nb_status nb_slerp(size_t count, const float *a, const float *b, double fraction, float *out, nb_error *err)
{
    if (!isfinite(fraction))
        return nb_fail(err, NB_ERR_ARGUMENT,
                       "fraction %g: it takes a finite number, 0 at the first noise and 1 at the second",
                       fraction);
    double aa = 0.0, bb = 0.0, ab = 0.0;
    for (size_t i = 0; i < count; i++) {
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
        ab += (double)a[i] * (double)b[i];
    }
    const double cosine = aa > 0.0 && bb > 0.0 ? ab / sqrt(aa * bb) : 1.0;
    const double angle = nb_acos(cosine > 1.0 ? 1.0 : cosine < -1.0 ? -1.0 : cosine), sine = nb_sin(angle);
    double from = 1.0 - fraction, to = fraction;
    /* Below this angle the circle and the line agree to float's precision, and 0/0 comes near. */
    if (sine > 1e-4) {
        from = nb_sin((1.0 - fraction) * angle) / sine;
        to = nb_sin(fraction * angle) / sine;
    }
    for (size_t i = 0; i < count; i++) out[i] = (float)(from * (double)a[i] + to * (double)b[i]);
    return NB_OK;
}
