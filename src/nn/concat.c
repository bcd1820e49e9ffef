/* concat.c - y = [x0, x1, ...] along the channels of every pixel (the features of a vector) or along the pixels; and narrow, a
 * part of one. Without data, an input is 0. What lies in its place already is not copied. */
#include "nn/layers.h"

#include <math.h>

/* A pixel's channels, 16 at a time: for so few a call would take longer than the copy. */
static inline void copy_channels(float *restrict to, const float *restrict from, size_t n)
{
    for (; n >= 16; n -= 16, to += 16, from += 16) memcpy(to, from, 16 * sizeof *to);
    for (; n > 0; n--) *to++ = *from++;
}

/* x to the channels of y from `first` on. Once in the program, as `take`: it is long. */
__attribute__((noinline)) static void put(nb_tensor y, size_t first, nb_tensor x, size_t rows, bool add)
{
    if (x.data == y.data + first) return;
    for (size_t i = 0; i < rows * y.height; i++) {
        const size_t s = i / y.height, line = i % y.height;
        const float *from = x.data ? x.data + s * x.sample + line * x.row : NULL;
        float *to = y.data + s * y.sample + line * y.row + first;
        for (size_t j = 0; j < y.width; j++, to += y.pixel) {
            if (from == NULL) {
                memset(to, 0, x.channels * sizeof *to);
            } else if (add) {
                for (size_t c = 0; c < x.channels; c++) to[c] += from[j * x.pixel + c];
            } else {
                copy_channels(to, from + j * x.pixel, x.channels);
            }
        }
    }
}

/* x = the channels from `first` on of y. */
__attribute__((noinline)) static void take(nb_tensor x, nb_tensor y, size_t first, size_t rows, bool add)
{
    if (x.data == y.data + first) return;
    const size_t padding = nb_padded(x.channels) - x.channels;
    for (size_t i = 0; i < rows * y.height; i++) {
        const float *from = y.data + i / y.height * y.sample + i % y.height * y.row + first;
        float *to = x.data + i / y.height * x.sample + i % y.height * x.row;
        for (size_t j = 0; j < y.width; j++, to += x.pixel, from += y.pixel) {
            if (add) {
                for (size_t c = 0; c < x.channels; c++) to[c] += from[c];
            } else {
                copy_channels(to, from, x.channels);
                for (size_t c = 0; c < padding; c++) to[x.channels + c] = 0.0F;
            }
        }
    }
}

/* ---- cat ------------------------------------------------------------------------------------------------------ */

static void forward(const nb_layer_args *a)
{
    size_t first = 0;
    for (int k = 0; k < NB_INPUTS && a->in[k].channels > 0; first += a->in[k++].channels)
        put(a->out, first, a->in[k], a->rows, false);
}

static void backward(const nb_layer_args *a)
{
    size_t first = 0;
    for (int k = 0; k < NB_INPUTS && a->in[k].channels > 0; first += a->in[k++].channels)
        if (a->d_in[k].data) take(a->d_in[k], a->d_out, first, a->rows, a->add[k]);
}

enum { DIM, START, LENGTH };

/* Whether PyTorch's dim is that of tokens, or of a series' length: pixels here. */
static bool along_pixels(nb_shape s, double dim)
{
    return (s.axes == NB_TOKENS && dim == 1.0) || (s.axes == NB_SERIES && dim == 2.0);
}

static bool along_channels(nb_shape s, double dim) { return s.axes == NB_TOKENS ? dim == 2.0 : dim <= 1.0; }

static nb_shape shape(const nb_layer_spec *s)
{
    nb_shape out = s->in[0];
    const bool pixels = along_pixels(out, s->settings[DIM]);
    if (!pixels && !along_channels(out, s->settings[DIM])) return (nb_shape){0};
    for (int k = 1; k < NB_INPUTS && s->in[k].channels > 0; k++) {
        const nb_shape in = s->in[k];
        const bool fits =
            pixels ? in.channels == out.channels && in.axes == out.axes : nb_same_size(in, s->in[0]);
        if (!fits) return (nb_shape){0};
        if (pixels)
            out.width = nb_add(out.width, in.width);
        else
            out.channels = nb_add(out.channels, in.channels);
    }
    return out;
}

static void forward_pixels(const nb_layer_args *a)
{
    size_t first = 0;
    for (int k = 0; k < NB_INPUTS && a->in[k].channels > 0; first += a->in[k++].width)
        nb_move(nb_pixels_of(a->out, first, a->in[k].width), a->in[k], a->rows, false);
}

static void backward_pixels(const nb_layer_args *a)
{
    size_t first = 0;
    for (int k = 0; k < NB_INPUTS && a->in[k].channels > 0; first += a->in[k++].width)
        if (a->d_in[k].data)
            nb_move(a->d_in[k], nb_pixels_of(a->d_out, first, a->in[k].width), a->rows, a->add[k]);
}

static bool fits_pixels(const nb_layer_spec *s) { return along_pixels(s->in[0], s->settings[DIM]); }

const nb_layer_kind nb_concat_layer = {
    .name = "cat",
    .python = "torch.cat([{*}], {dim})",
    .takes_text = "values that differ in dimension dim only: 1, or 2 for the features of tokens and the "
                  "length of a series",
    .settings = {{"dim", 1, 2, 1, false, NULL}},
    .inputs = NB_INPUTS,
    .optional = NB_INPUTS - 2,
    .forward = forward,
    .backward = backward,
    .shape = shape,
    .faster = &nb_concat_pixels_layer,
    .side_by_side = true,
};

const nb_layer_kind nb_concat_pixels_layer = {
    .name = "cat_pixels",
    .inputs = NB_INPUTS,
    .optional = NB_INPUTS - 2,
    .forward = forward_pixels,
    .backward = backward_pixels,
    .shape = shape,
    .fits = fits_pixels,
};

/* ---- narrow --------------------------------------------------------------------------------------------------- */

/* Whether the part is one of pixels, which keep their channels. */
static bool of_pixels(const nb_layer_args *a) { return a->out.channels == a->in[0].channels; }

static nb_tensor part_of(const nb_layer_args *a, nb_tensor whole)
{
    return nb_pixels_of(whole, whole.width == a->out.width ? 0 : (size_t)a->settings[START], a->out.width);
}

static void forward_narrow(const nb_layer_args *a)
{
    if (of_pixels(a))
        nb_move(a->out, part_of(a, a->in[0]), a->rows, false);
    else
        take(a->out, a->in[0], (size_t)a->settings[START], a->rows, false);
}

static void backward_narrow(const nb_layer_args *a)
{
    const nb_tensor dx = a->d_in[0];
    if (dx.data == NULL) return;
    if (!a->add[0]) nb_clear(dx, a->rows);
    if (of_pixels(a))
        nb_move(part_of(a, dx), a->d_out, a->rows, true);
    else
        put(dx, (size_t)a->settings[START], a->d_out, a->rows, true);
}

static nb_shape narrowed(const nb_layer_spec *s)
{
    nb_shape out = s->in[0];
    const size_t end = (size_t)s->settings[START] + (size_t)s->settings[LENGTH];
    const bool pixels = along_pixels(out, s->settings[DIM]);
    if (!pixels && !along_channels(out, s->settings[DIM])) return (nb_shape){0};
    size_t *const size = pixels ? &out.width : &out.channels;
    if (end > *size) return (nb_shape){0};
    *size = (size_t)s->settings[LENGTH];
    return out;
}

const nb_layer_kind nb_narrow_layer = {
    .name = "narrow",
    .python = "{0}.narrow({dim}, {start}, {length})",
    .takes_text = "a value of start + length numbers or more in dimension dim: 1, or 2 for the features of "
                  "tokens and the length of a series",
    .settings = {{"dim", 1, 2, NAN, false, NULL},
                 {"start", 0, NB_MOST_FEATURES, NAN, false, NULL},
                 {"length", 1, NB_MOST_FEATURES, NAN, false, NULL}},
    .inputs = 1,
    .forward = forward_narrow,
    .backward = backward_narrow,
    .shape = narrowed,
};
