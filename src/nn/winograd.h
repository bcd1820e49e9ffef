/* winograd.h - 3x3 convolutions of images, by fewer products: winograd.c. */
#ifndef NB_NN_WINOGRAD_H
#define NB_NN_WINOGRAD_H

#include "nn/layer.h"

enum { NB_WINOGRAD_POINTS = 36 };

/* Whether it is worth it, and possible. */
bool nb_winograd_fits(size_t height, size_t width, size_t in, size_t out);

/* As nb_conv_*, but weight is (36 x in, out), weight_t (36 x out, in) and d_weight (36 x in, out). They take
 * nb_winograd_work floats of scratch. */
nb_layer_fn nb_winograd_forward, nb_winograd_backward, nb_winograd_gradient;

size_t nb_winograd_work(size_t height, size_t width, size_t in, size_t out);

/* Turning the taps about turns the points about: point p of the one is this point of the other. */
size_t nb_winograd_flipped(size_t p);

#endif
