/* latents.h - exercise 14's parts: its networks, and the autoencoder. */
#ifndef CLI_LATENTS_H
#define CLI_LATENTS_H

#include "cli/session/session.h"

/* Lesson 14's networks: [mean, logvar] of a picture (8, 8, 8), a picture of a latent, and v of a noisy latent at t. What fails
 * the network remembers (nb_network_check). */
void latents_encoder(nb_network *net);
void latents_decoder(nb_network *net);
void latents_denoiser(nb_network *net);

enum { LATENT_CHANNELS = 4, LATENT_SIDE = 8, LATENT_SIZE = LATENT_CHANNELS * LATENT_SIDE * LATENT_SIDE };
enum { SCENE_SIZE = 3 * NB_SCENE_SIDE * NB_SCENE_SIDE };

/* Pictures (3, 32, 32) to latents and back. */
typedef struct autoencoder {
    nb_model *encoder, *decoder;
    float shift,
        scale;     /* of the means of the pictures it was trained on: latents are (mean - shift) / scale */
    double *error; /* (steps): the squared error of each, which lasts as the session */
} autoencoder;

/* The network that `write` puts down, with initial weights from s->torch. An exit status. */
int latents_model(session *s, void (*write)(nb_network *net), nb_model **out);
/* Makes both networks and trains them on n pictures, --autoencoder-steps of 32 with --kl, as lesson 14's cell does, to the
 * same bits. autoencoder_free frees what there is, also after a failure. An exit status. */
int autoencoder_train(session *s, const float *pictures, size_t n, autoencoder *a);
void autoencoder_free(autoencoder *a);
/* The means of n pictures, as they are. An exit status. */
int autoencoder_encode(session *s, const autoencoder *a, size_t n, const float *pictures, float *means);
int autoencoder_decode(const autoencoder *a, size_t n, const float *means, float *pictures);

#endif
