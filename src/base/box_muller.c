/* box_muller.c - PyTorch's normal values, to the last bit.
 *
 * On x86 PyTorch computes log, sin and cos here by the Cephes single-precision polynomials (Moshier 1989, in
 * the vector form of avx_mathfun), with fused multiply-adds. So do we: the noise of a training run is then
 * PyTorch's own. */
#include "base/box_muller.h"

#include "base/math.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* a b + c rounded once: the product of two floats is exact in double. (The sum may round twice; no value in
 * 320,000 normals differs for it.) WebAssembly has no fused multiply-add of its own. */
static inline float fused(float a, float b, float c) { return (float)((double)a * (double)b + (double)c); }

static inline float log_f(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    int e = (int)(bits >> 23) - 126;
    bits = (bits & 0x007fffffU) | 0x3f000000U;
    float m;
    memcpy(&m, &bits, sizeof m);
    /* m in [sqrt(1/2), sqrt(2)) - 1 */
    const int small = m < 0.707106781186547524F;
    e -= small;
    m = small ? (m - 1.0F) + m : m - 1.0F;
    static const float p[] = {-1.1514610310e-1F, 1.1676998740e-1F, -1.2420140846e-1F, 1.4249322787e-1F,
                              -1.6668057665e-1F, 2.0000714765e-1F, -2.4999993993e-1F, 3.3333331174e-1F};
    float y = 7.0376836292e-2F;
    for (int i = 0; i < 8; i++) y = fused(y, m, p[i]);
    const float z = m * m, ef = (float)e;
    y = fused(y * m, z, ef * -2.12194440e-4F);
    y = fused(-z, 0.5F, y);
    return fused(ef, 0.693359375F, m + y);
}

/* x in [0, 2 pi] */
static inline void sincos_f(float x, float *sine, float *cosine)
{
    const int j = ((int)(x * 1.27323954473516F) + 1) & ~1; /* octants, rounded up to even */
    const float y = (float)j;
    float r = fused(y, -0.78515625F, x);
    r = fused(y, -2.4187564849853515625e-4F, r);
    r = fused(y, -3.77489497744594108e-8F, r);
    const float z = r * r;
    float c = fused(2.443315711809948e-5F, z, -1.388731625493765e-3F);
    c = fused(c, z, 4.166664568298827e-2F);
    c = fused(c * z, z, -(z * 0.5F)) + 1.0F;
    float s = fused(-1.9515295891e-4F, z, 8.3321608736e-3F);
    s = fused(s, z, -1.6666654611e-1F);
    s = fused(s * z, r, r);
    const int swap = j & 2;
    *sine = ((j & 4) ? -1.0F : 1.0F) * (swap ? c : s);
    *cosine = (((j - 2) & 4) ? 1.0F : -1.0F) * (swap ? s : c);
}

void nb_box_muller_16(float *v)
{
    for (int i = 0; i < 8; i++) {
        const float radius = sqrtf(-2.0F * log_f(1.0F - v[i]));
        float s, c;
        sincos_f((float)(2.0 * NB_PI) * v[i + 8], &s, &c);
        v[i] = radius * c;
        v[i + 8] = radius * s;
    }
}
