/* caption_network.h - the network of exercise 15. */
#ifndef CLI_CAPTION_NETWORK_H
#define CLI_CAPTION_NETWORK_H

#include "noisebook.h"

/* Pictures (3, 32, 32), the timestep and the tokens of a caption: what it predicts of the noise is like x. What fails the
 * network remembers (nb_network_check). */
void caption_network(nb_network *net);

#endif
