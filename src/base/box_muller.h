/* box_muller.h - PyTorch's normal values, to the last bit. */
#ifndef NB_BASE_BOX_MULLER_H
#define NB_BASE_BOX_MULLER_H

#include "base/platform.h"

/* 16 uniform values of [0, 1) become 16 normal ones in place: the first 8 give the radii, the last 8 the
 * angles. */
void nb_box_muller_16(float *v);

#endif
