/* winograd.h - 3x3 convolutions of images, by fewer products: winograd.c. */
#ifndef NB_NN_WINOGRAD_H
#define NB_NN_WINOGRAD_H

#include <stddef.h>

enum { NB_WINOGRAD_POINTS = 36 };

/* To flip the taps is to exchange points: point p of the one is this point of the other. */
size_t nb_winograd_flipped(size_t p);

#endif
