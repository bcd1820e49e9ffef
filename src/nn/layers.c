/* layers.c - the table of layers. */
#include "nn/layers.h"

#define NB_ADDRESS(name) &nb_##name##_layer,
const nb_layer_kind *const nb_layers[] = {NB_LAYERS(NB_ADDRESS) NULL};
