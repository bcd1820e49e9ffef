/* order.h - the numbers of a value in PyTorch's order, which is (channels, height, width) or (tokens, features), and pixel by
 * pixel as layers have them. */
#ifndef NB_NN_ORDER_H
#define NB_NN_ORDER_H

#include "nn/layer.h"

/* to = from, or to += from: samples whose numbers lie in PyTorch's order, each `apart` floats from the last. The padding is 0. */
void nb_order_in(nb_tensor to, const float *from, size_t apart, size_t rows, bool add);
/* And back. */
void nb_order_out(float *to, size_t apart, nb_tensor from, size_t rows);

#endif
