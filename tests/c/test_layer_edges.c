/* test_layer_edges.c - inputs at which a layer's formula alone would not do: logits that no exp takes, and ties. */
#include "base/math.h"
#include "check.h"
#include "kernels/engine.h"
#include "nn/layers.h"

enum { CHANNELS = 16, POSITIONS = 2 };

static nb_tensor row_of(float *data, size_t width, size_t channels)
{
    return (nb_tensor){.data = data,
                       .height = 1,
                       .width = width,
                       .channels = channels,
                       .pixel = channels,
                       .row = width * channels,
                       .sample = width * channels};
}

/* Logits of +-200 * 200 * 16 / 4: each position attends to the one that its q points to, and to that alone. */
static void test_large_logits(void)
{
    static float x[POSITIONS * 3 * CHANNELS], y[POSITIONS * CHANNELS], saved[4096];
    for (size_t i = 0; i < POSITIONS; i++) {
        float *q = x + i * 3 * CHANNELS, *k = q + CHANNELS, *v = k + CHANNELS;
        for (size_t c = 0; c < CHANNELS; c++) {
            q[c] = i == 0 ? 200.0F : -200.0F;
            k[c] = i == 0 ? 200.0F : -200.0F;
            v[c] = (float)(10 * i + c);
        }
    }
    nb_attention_layer.forward(&(nb_layer_args){.kernels = &nb_kernels_scalar,
                                                .rows = 1,
                                                .in = {row_of(x, POSITIONS, 3 * CHANNELS)},
                                                .out = row_of(y, POSITIONS, CHANNELS),
                                                .saved = saved});
    for (size_t i = 0; i < POSITIONS; i++) {
        for (size_t c = 0; c < CHANNELS; c++)
            CHECK(y[i * CHANNELS + c] == (float)(10 * i + c), "position %zu, channel %zu: %g", i, c,
                  (double)y[i * CHANNELS + c]);
    }
}

/* Of equal numbers the first, row by row, has the gradient: as in PyTorch. */
static void test_ties(void)
{
    for (unsigned largest = 1; largest < 16; largest++) { /* the pixels that hold the largest number */
        enum { PIXEL = 16 };
        float x[4 * PIXEL] = {0}, d_x[4 * PIXEL], d_y[PIXEL] = {0};
        unsigned first = 0;
        while (!(largest >> first & 1)) first++;
        for (size_t k = 0; k < 4; k++) x[k * PIXEL] = largest >> k & 1 ? 3.0F : (float)k - 7.0F;
        d_y[0] = 5.0F;
        const nb_tensor shape = {.height = 2, .width = 2, .channels = 1, .pixel = PIXEL, .row = 2 * PIXEL};
        const double settings[NB_SETTINGS] = {2};
        nb_layer_args a = {
            .kernels = &nb_kernels_scalar, .rows = 1, .settings = settings, .in = {shape}, .d_in = {shape}};
        a.in[0].data = x;
        a.d_in[0].data = d_x;
        a.d_out = (nb_tensor){d_y, 1, 1, 1, PIXEL, PIXEL, PIXEL, NB_IMAGE};
        nb_max_pool_layer.backward(&a);
        for (unsigned k = 0; k < 4; k++)
            CHECK(d_x[k * PIXEL] == (k == first ? 5.0F : 0.0F), "largest %u: pixel %u has %g", largest, k,
                  (double)d_x[k * PIXEL]);
    }
}

/* Beyond what nb_sincos takes there is no angle: NaN says so, where any number would pass for an embedding. */
static void test_far_times(void)
{
    enum { FEATURES = 16, TIMES = 3 };
    float t[TIMES] = {1e5F, 1.5e5F, -1e6F}, y[TIMES * FEATURES];
    nb_sinusoidal_layer.forward(
        &(nb_layer_args){.kernels = &nb_kernels_scalar,
                         .rows = TIMES,
                         .in = {{t, 1, 1, 1, 1, 1, 1, NB_FEATURES}},
                         .out = {y, 1, 1, FEATURES, FEATURES, FEATURES, FEATURES, NB_FEATURES}});
    CHECK(y[0] == (float)nb_sin(1e5) && y[FEATURES / 2] == (float)nb_cos(1e5), "the last angle: %g, %g",
          (double)y[0], (double)y[FEATURES / 2]);
    for (size_t s = 1; s < TIMES; s++) {
        CHECK(isnan(y[s * FEATURES]) && isnan(y[s * FEATURES + FEATURES / 2]), "t = %g: %g", (double)t[s],
              (double)y[s * FEATURES]);
        CHECK(isfinite(y[(s + 1) * FEATURES - 1]), "a low frequency's angle is within the range");
    }
}

int main(void)
{
    test_far_times();
    test_large_logits();
    test_ties();
    return check_report();
}
