/* rearrange.c - the same numbers in another shape: Flatten, reshape, transpose; patchify and back.
 *
 * PyTorch keeps the order of the numbers and changes their shape. Here a pixel's channels lie side by side, so numbers move,
 * but where each pixel keeps its channels. Backward moves gradients the other way. */
#include "nn/layers.h"
#include "nn/order.h"

#include <math.h>

static bool channels_first(nb_tensor t) { return t.axes == NB_SERIES || t.axes == NB_IMAGE; }

/* Pixel after pixel. */
static void by_pixels(const nb_layer_args *a, nb_tensor to, nb_tensor from, bool add)
{
    const size_t n = nb_padded(to.channels);
    for (size_t i = 0; i < a->rows * to.height * to.width; i++) {
        const float *p = nb_pixel(from, i);
        float *q = nb_pixel(to, i);
        for (size_t c = 0; c < n; c++) q[c] = add ? q[c] + p[c] : p[c];
    }
}

static void rearrange(const nb_layer_args *a, nb_tensor to, nb_tensor from, bool add)
{
    if (to.channels == from.channels && channels_first(to) && channels_first(from)) {
        by_pixels(a, to, from, add);
        return;
    }
    for (size_t s = 0; s < a->rows; s++) {
        nb_order_out(a->work, 0, from, 1);
        nb_order_in(to, a->work, 0, 1, add);
        from.data += from.sample;
        to.data += to.sample;
    }
}

static void forward(const nb_layer_args *a) { rearrange(a, a->out, a->in[0], false); }

static void backward(const nb_layer_args *a)
{
    if (a->d_in[0].data) rearrange(a, a->d_in[0], a->d_out, a->add[0]);
}

static size_t numbers_of(nb_shape s) { return nb_mul(nb_mul(s.height, s.width), s.channels); }

static size_t work(const nb_layer_spec *s) { return numbers_of(s->in[0]); }

enum { START_DIM };

static nb_shape flat_shape(const nb_layer_spec *s)
{
    const nb_shape in = s->in[0];
    if (s->settings[START_DIM] == 1.0) return (nb_shape){1, 1, numbers_of(in), NB_FEATURES};
    if (in.axes == NB_FEATURES) return (nb_shape){0};
    return in.axes == NB_IMAGE ? (nb_shape){1, nb_mul(in.height, in.width), in.channels, NB_SERIES} : in;
}

const nb_layer_kind nb_flatten_layer = {
    .name = "Flatten",
    .python = "{0}.flatten({start_dim})",
    .python_module = "nn.Flatten({start_dim})",
    .takes_text = "any value; for start_dim 2 it has two dimensions or three",
    .settings = {{"start_dim", 1, 2, 1, false, NULL}},
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .shape = flat_shape,
    .work = work,
    .whole_rows = true,
    .many_images = true,
};

enum { SIZE, AXES = 3 };

static nb_shape reshaped(const nb_layer_spec *s)
{
    const size_t a = (size_t)s->settings[SIZE], b = (size_t)s->settings[SIZE + 1],
                 c = (size_t)s->settings[SIZE + 2];
    nb_shape out = {1, 1, a, NB_FEATURES};
    if (b > 0) out = (nb_shape){1, a, b, NB_TOKENS};
    if (b > 0 && s->settings[AXES] != 0.0) out = (nb_shape){1, b, a, NB_SERIES};
    if (c > 0) out = (nb_shape){b, c, a, NB_IMAGE};
    return numbers_of(out) == numbers_of(s->in[0]) ? out : (nb_shape){0};
}

const nb_layer_kind nb_reshape_layer = {
    .name = "reshape",
    .python = "{0}.reshape(-1, {size_1}{, size_2}{, size_3})",
    .takes_text = "as many numbers as the sizes make",
    .settings = {{"size_1", 1, NB_MOST_FEATURES, NAN, false, NULL},
                 {"size_2", 0, NB_MOST_FEATURES, 0, false, NULL},
                 {"size_3", 0, NB_MOST_FEATURES, 0, false, NULL},
                 {"axes", 0, 1, 0, false, "tokens series"}},
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .shape = reshaped,
    .work = work,
    .whole_rows = true,
    .many_images = true,
};

static void forward_transpose(const nb_layer_args *a) { by_pixels(a, a->out, a->in[0], false); }

static void backward_transpose(const nb_layer_args *a)
{
    if (a->d_in[0].data) by_pixels(a, a->d_in[0], a->d_out, a->add[0]);
}

static nb_shape transposed(const nb_layer_spec *s)
{
    nb_shape out = s->in[0];
    if (out.axes != NB_TOKENS && out.axes != NB_SERIES) return (nb_shape){0};
    out.axes = out.axes == NB_TOKENS ? NB_SERIES : NB_TOKENS;
    return out;
}

const nb_layer_kind nb_transpose_layer = {
    .name = "transpose",
    .python = "{0}.transpose(1, 2)",
    .takes_text = "(tokens, features) or (channels, length)",
    .settings = {{"dim0", 1, 1, 1, false, NULL}, {"dim1", 2, 2, 2, false, NULL}},
    .inputs = 1,
    .forward = forward_transpose,
    .backward = backward_transpose,
    .shape = transposed,
    .whole_rows = true,
    .many_images = true,
};

enum { PATCH, HEIGHT, WIDTH };

/* Each block of side x side pixels to a token, its numbers in PyTorch's order (channel, row, column); or back. */
static void patches(const nb_layer_args *a, nb_tensor image, nb_tensor tokens, bool to_image, bool add)
{
    const size_t side = (size_t)a->settings[PATCH], across = image.width / side;
    for (size_t i = 0; i < tokens.width; i++) {
        float *token = tokens.data + i * tokens.pixel;
        for (size_t k = 0; k < side * side; k++) {
            float *pixel = image.data + (i / across * side + k / side) * image.row +
                           (i % across * side + k % side) * image.pixel;
            for (size_t c = 0; c < image.channels; c++) {
                float *number = &token[c * side * side + k], *const to = to_image ? &pixel[c] : number;
                const float from = to_image ? *number : pixel[c];
                *to = add ? *to + from : from;
            }
            for (size_t c = image.channels; to_image && c < nb_padded(image.channels); c++) pixel[c] = 0.0F;
        }
        for (size_t c = tokens.channels; !to_image && c < nb_padded(tokens.channels); c++) token[c] = 0.0F;
    }
}

static void patchify(const nb_layer_args *a) { patches(a, a->in[0], a->out, false, false); }

static void patchify_back(const nb_layer_args *a)
{
    if (a->d_in[0].data) patches(a, a->d_in[0], a->d_out, true, a->add[0]);
}

static void unpatchify(const nb_layer_args *a) { patches(a, a->out, a->in[0], true, false); }

static void unpatchify_back(const nb_layer_args *a)
{
    if (a->d_in[0].data) patches(a, a->d_out, a->d_in[0], false, a->add[0]);
}

static nb_shape patches_of(const nb_layer_spec *s)
{
    const nb_shape in = s->in[0];
    const size_t side = (size_t)s->settings[PATCH];
    if (in.axes != NB_IMAGE || in.height % side > 0 || in.width % side > 0) return (nb_shape){0};
    return (nb_shape){1, in.height / side * (in.width / side), nb_mul(in.channels, side * side), NB_TOKENS};
}

static nb_shape image_of(const nb_layer_spec *s)
{
    const nb_shape in = s->in[0];
    const size_t side = (size_t)s->settings[PATCH], height = (size_t)s->settings[HEIGHT],
                 width = (size_t)s->settings[WIDTH];
    const bool fits = in.axes == NB_TOKENS && height % side == 0 && width % side == 0 &&
                      in.width == height / side * (width / side) && in.channels % (side * side) == 0;
    return fits ? (nb_shape){height, width, in.channels / (side * side), NB_IMAGE} : (nb_shape){0};
}

const nb_layer_kind nb_patchify_layer = {
    .name = "patchify",
    .python = "F.unfold({0}, {patch_size}, stride={patch_size}).transpose(1, 2)",
    .takes_text = "(channels, height, width), height and width being multiples of patch_size",
    .settings = {{"patch_size", 1, 64, NAN, false, NULL}},
    .inputs = 1,
    .forward = patchify,
    .backward = patchify_back,
    .shape = patches_of,
    .whole_rows = true,
};

const nb_layer_kind nb_unpatchify_layer = {
    .name = "unpatchify",
    .python = "F.fold({0}.transpose(1, 2), ({height}, {width}), {patch_size}, stride={patch_size})",
    .takes_text = "(tokens, features): a token for each patch_size x patch_size of height x width pixels",
    .settings = {{"patch_size", 1, 64, NAN, false, NULL},
                 {"height", 1, NB_MOST_FEATURES, NAN, false, NULL},
                 {"width", 1, NB_MOST_FEATURES, NAN, false, NULL}},
    .inputs = 1,
    .forward = unpatchify,
    .backward = unpatchify_back,
    .shape = image_of,
    .whole_rows = true,
};
