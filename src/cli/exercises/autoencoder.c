/* autoencoder.c - a variational autoencoder (Kingma and Welling 2014), its gradients by hand.
 *
 *   z = mean + std eps, std^2 = exp logvar; L = mean (x_hat - x)^2 + beta mean (mean^2 + std^2 - logvar - 1) / 2
 *   dL/dmean = dL/dz + beta mean / n;  dL/dlogvar = (dL/dz eps std + beta (std^2 - 1) / n) / 2
 *
 * Each operation rounds to float, in the order in which lesson 14's cell has them. */
#include "base/math.h"
#include "cli/exercises/latents.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/session/steps.h"

#include <math.h>
#include <string.h>

enum { BATCH = 32, WARMUP = 30, AT_ONCE = 100 };
static const double MOST_LR = 4e-3;

/* What a step works with. */
typedef struct room {
    int32_t index[BATCH];
    float *x, *x_hat, *d_x_hat; /* (BATCH, SCENE_SIZE) */
    float *clouds, *d_clouds;   /* (BATCH, 2, LATENT_SIZE): mean, then logvar */
    float *eps, *std, *z, *d_z; /* (BATCH, LATENT_SIZE) */
} room;

int latents_model(session *s, void (*write)(nb_network *net), nb_model **out)
{
    nb_network *net = NULL;
    nb_error err;
    if (nb_network_create(&net, &err) != NB_OK) return cli_failed(&err);
    write(net);
    const nb_status made = nb_model_build(s->engine, net, BATCH, s->torch, out, &err);
    nb_network_destroy(net);
    return made == NB_OK ? 0 : cli_failed(&err);
}

void autoencoder_free(autoencoder *a)
{
    nb_model_destroy(a->encoder);
    nb_model_destroy(a->decoder);
    *a = (autoencoder){0};
}

static bool take_room(session *s, room *r)
{
    const size_t pixels = (size_t)BATCH * SCENE_SIZE, latents = (size_t)BATCH * LATENT_SIZE;
    float *all = session_take(s, 3 * pixels + 8 * latents, sizeof *all);
    if (all == NULL) return false;
    r->x = all, r->x_hat = r->x + pixels, r->d_x_hat = r->x_hat + pixels;
    r->clouds = r->d_x_hat + pixels, r->d_clouds = r->clouds + 2 * latents;
    r->eps = r->d_clouds + 2 * latents, r->std = r->eps + latents;
    r->z = r->std + latents, r->d_z = r->z + latents;
    return true;
}

/* z, a draw from the cloud of each picture. */
static void draw_latents(room *r)
{
    for (size_t i = 0; i < BATCH; i++) {
        const float *mean = r->clouds + 2 * i * LATENT_SIZE, *logvar = mean + LATENT_SIZE;
        for (size_t k = 0; k < LATENT_SIZE; k++) {
            const size_t at = i * LATENT_SIZE + k;
            r->std[at] = (float)nb_exp((double)(logvar[k] * 0.5F));
            r->z[at] = mean[k] + r->std[at] * r->eps[at];
        }
    }
}

/* d_clouds of d_z. */
static void pass_back(room *r, double beta)
{
    const float share = (float)(beta / (BATCH * LATENT_SIZE));
    for (size_t i = 0; i < BATCH; i++) {
        const float *mean = r->clouds + 2 * i * LATENT_SIZE;
        float *d_mean = r->d_clouds + 2 * i * LATENT_SIZE, *d_logvar = d_mean + LATENT_SIZE;
        for (size_t k = 0; k < LATENT_SIZE; k++) {
            const size_t at = i * LATENT_SIZE + k;
            const float std = r->std[at], variance = std * std;
            d_mean[k] = r->d_z[at] + mean[k] * share;
            d_logvar[k] = (r->d_z[at] * r->eps[at] * std + (variance - 1.0F) * share) * 0.5F;
        }
    }
}

/* Gradients of both networks; *error: the squared error. */
static int forward_and_back(const autoencoder *a, room *r, double beta, double *error)
{
    nb_error err;
    if (nb_model_run(a->encoder, BATCH, &(nb_inputs){.x = r->x}, r->clouds, &err) != NB_OK)
        return cli_failed(&err);
    draw_latents(r);
    if (nb_model_run(a->decoder, BATCH, &(nb_inputs){.x = r->z}, r->x_hat, &err) != NB_OK)
        return cli_failed(&err);
    *error = nb_mse((size_t)BATCH * SCENE_SIZE, r->x_hat, r->x, r->d_x_hat);
    if (nb_model_run_back(a->decoder, BATCH, r->d_x_hat, r->d_z, NULL, &err) != NB_OK)
        return cli_failed(&err);
    pass_back(r, beta);
    return nb_model_backward(a->encoder, BATCH, r->d_clouds, NULL, &err) == NB_OK ? 0 : cli_failed(&err);
}

static int step(session *s, const autoencoder *a, nb_adam *const adam[2], room *r, const float *pictures,
                size_t n, double lr, double *error)
{
    nb_error err;
    if (nb_torch_randint(s->torch, 0, (uint32_t)n, BATCH, r->index, &err) != NB_OK) return cli_failed(&err);
    for (size_t i = 0; i < BATCH; i++)
        memcpy(r->x + i * SCENE_SIZE, pictures + (size_t)r->index[i] * SCENE_SIZE, SCENE_SIZE * sizeof *r->x);
    nb_torch_randn(s->torch, (size_t)BATCH * LATENT_SIZE, r->eps);
    const int status = forward_and_back(a, r, s->o->kl, error);
    for (int k = 0; status == 0 && k < 2; k++)
        if (nb_adam_set_lr(adam[k], lr, &err) != NB_OK || nb_adam_step(adam[k], &err) != NB_OK)
            return cli_failed(&err);
    return status;
}

static int train(session *s, const float *pictures, size_t n, autoencoder *a, nb_adam *const adam[2])
{
    const int steps = s->o->autoencoder_steps;
    room r;
    a->error = session_take(s, (size_t)steps, sizeof *a->error);
    if (a->error == NULL || !take_room(s, &r)) return NB_EXIT_FAILED;
    for (int i = 1; i <= steps; i++) {
        const double lr = MOST_LR * fmin((double)i / WARMUP, 1.0 - (double)(i - 1) / steps);
        int status = step(s, a, adam, &r, pictures, n, lr, &a->error[i - 1]);
        if (status == 0) status = cli_interrupted();
        if (status != 0) return status;
        cli_progress("autoencoder", i, steps, a->error[i - 1]);
    }
    return 0;
}

/* Mean and standard deviation of the means of all pictures. */
static int measure(session *s, const float *pictures, size_t n, autoencoder *a)
{
    const size_t count = n * LATENT_SIZE;
    float *means = session_take(s, count, sizeof *means);
    if (means == NULL) return NB_EXIT_FAILED;
    const int status = autoencoder_encode(s, a, n, pictures, means);
    if (status != 0) return status;
    double sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < count; i++) sum += (double)means[i];
    const double mean = sum / (double)count;
    for (size_t i = 0; i < count; i++) squares += ((double)means[i] - mean) * ((double)means[i] - mean);
    a->shift = (float)mean;
    a->scale = (float)sqrt(squares / (double)count);
    return 0;
}

int autoencoder_train(session *s, const float *pictures, size_t n, autoencoder *a)
{
    nb_adam *adam[2] = {NULL};
    nb_error err;
    int status = latents_model(s, latents_encoder, &a->encoder);
    if (status == 0) status = latents_model(s, latents_decoder, &a->decoder);
    if (status == 0 && (nb_adam_create(a->encoder, MOST_LR, 0.9, 0.999, 1e-8, &adam[0], &err) != NB_OK ||
                        nb_adam_create(a->decoder, MOST_LR, 0.9, 0.999, 1e-8, &adam[1], &err) != NB_OK))
        status = cli_failed(&err);
    if (status == 0) status = train(s, pictures, n, a, adam);
    for (int k = 0; k < 2; k++) nb_adam_destroy(adam[k]);
    return status == 0 ? measure(s, pictures, n, a) : status;
}

int autoencoder_encode(session *s, const autoencoder *a, size_t n, const float *pictures, float *means)
{
    float *clouds = session_take(s, (size_t)2 * AT_ONCE * LATENT_SIZE, sizeof *clouds);
    nb_error err;
    if (clouds == NULL) return NB_EXIT_FAILED;
    for (size_t first = 0; first < n; first += AT_ONCE) {
        const size_t some = n - first < AT_ONCE ? n - first : AT_ONCE;
        const nb_inputs in = {.x = pictures + first * SCENE_SIZE};
        if (nb_model_predict(a->encoder, some, &in, clouds, &err) != NB_OK) return cli_failed(&err);
        for (size_t i = 0; i < some; i++)
            memcpy(means + (first + i) * LATENT_SIZE, clouds + 2 * i * LATENT_SIZE,
                   LATENT_SIZE * sizeof *means);
    }
    return 0;
}

int autoencoder_decode(const autoencoder *a, size_t n, const float *means, float *pictures)
{
    nb_error err;
    return nb_model_predict(a->decoder, n, &(nb_inputs){.x = means}, pictures, &err) == NB_OK
               ? 0
               : cli_failed(&err);
}
