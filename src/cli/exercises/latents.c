/* latents.c - exercise 14: an autoencoder of scenes, and diffusion in its latents (Rombach et al. 2022). */
#include "cli/exercises/latents.h"

#include "cli/exercises/exercises.h"
#include "cli/figures/figures.h"
#include "cli/message.h"
#include "cli/session/steps.h"

#include <math.h>

enum { HELD_OUT = 256, HELD_OUT_SEED = 7, MOST_SHOWN = 12 };

typedef struct latents {
    size_t n;
    float *pictures, *held_out; /* (n, 3, 32, 32), (HELD_OUT, 3, 32, 32) */
    float *decoded;             /* what of held_out comes back */
    float *z, *samples;         /* (n, 4, 8, 8) to scale; (samples, 3, 32, 32) */
    autoencoder ae;
    double *loss; /* (epochs) */
} latents;

static int draw_scenes(session *s, nb_rng *rng, size_t n, float **pictures)
{
    const nb_scenes_config plain = {.least = 1, .most = 2, .said = 0.75};
    int32_t *tokens = session_take(s, n * NB_SCENE_TOKENS, sizeof *tokens);
    float *objects = session_take(s, n * NB_SCENE_OBJECTS * NB_SCENE_NUMBERS, sizeof *objects);
    *pictures = session_take(s, n * SCENE_SIZE, sizeof **pictures);
    nb_error err;
    if (!tokens || !objects || !*pictures) return NB_EXIT_FAILED;
    return nb_data_scenes(rng, n, &plain, NULL, *pictures, tokens, objects, &err) == NB_OK ? 0
                                                                                           : cli_failed(&err);
}

static int make_data(session *s, latents *l)
{
    nb_rng *apart = NULL;
    nb_error err;
    l->n = (size_t)s->o->points;
    int status = draw_scenes(s, s->numpy, l->n, &l->pictures);
    if (status == 0 && nb_rng_create(HELD_OUT_SEED, &apart, &err) != NB_OK) status = cli_failed(&err);
    if (status == 0) status = draw_scenes(s, apart, HELD_OUT, &l->held_out);
    nb_rng_destroy(apart);
    return status;
}

/* Encodes and decodes what the autoencoder has not seen. */
static int reconstruct(session *s, latents *l)
{
    float *means = session_take(s, (size_t)HELD_OUT * LATENT_SIZE, sizeof *means);
    l->decoded = session_take(s, (size_t)HELD_OUT * SCENE_SIZE, sizeof *l->decoded);
    if (!means || !l->decoded) return NB_EXIT_FAILED;
    int status = autoencoder_encode(s, &l->ae, HELD_OUT, l->held_out, means);
    if (status == 0) status = autoencoder_decode(&l->ae, HELD_OUT, means, l->decoded);
    if (status != 0) return status;
    const double error = nb_mse((size_t)HELD_OUT * SCENE_SIZE, l->decoded, l->held_out, NULL);
    session_metric(s, "shift", (double)l->ae.shift);
    session_metric(s, "scale", (double)l->ae.scale);
    session_metric(s, "reconstruction_rmse", sqrt(error));
    return 0;
}

static int train_diffusion(session *s, latents *l)
{
    const size_t count = l->n * LATENT_SIZE;
    l->z = session_take(s, count, sizeof *l->z);
    if (l->z == NULL) return NB_EXIT_FAILED;
    int status = autoencoder_encode(s, &l->ae, l->n, l->pictures, l->z);
    if (status == 0) status = latents_model(s, latents_denoiser, &s->model);
    if (status != 0) return status;
    for (size_t i = 0; i < count; i++) l->z[i] = (l->z[i] - l->ae.shift) / l->ae.scale;
    s->result.kernels = nb_engine_kernels(s->engine);
    s->result.parameters = nb_model_param_count(s->model);
    return cli_train(s, "", s->model, l->z, l->n, (nb_train_config){0}, &l->loss);
}

/* How far the n pictures are from the held-out ones. An exit status. */
static int distance(session *s, const char *name, size_t n, const float *pictures, const float *held_out)
{
    double *x = session_take(s, n * SCENE_SIZE, sizeof *x),
           *y = session_take(s, (size_t)HELD_OUT * SCENE_SIZE, sizeof *y), found;
    nb_error err;
    if (!x || !y) return NB_EXIT_FAILED;
    for (size_t i = 0; i < n * SCENE_SIZE; i++) x[i] = (double)pictures[i];
    for (size_t i = 0; i < (size_t)HELD_OUT * SCENE_SIZE; i++) y[i] = (double)held_out[i];
    if (nb_energy_distance(n, x, HELD_OUT, y, SCENE_SIZE, &found, &err) != NB_OK) return cli_failed(&err);
    session_metric(s, name, found);
    return 0;
}

static int sample(session *s, latents *l)
{
    const size_t n = (size_t)s->o->samples;
    float *z = session_take(s, n * LATENT_SIZE, sizeof *z);
    l->samples = session_take(s, n * SCENE_SIZE, sizeof *l->samples);
    if (!z || !l->samples) return NB_EXIT_FAILED;
    const nb_sample_config config = cli_sampling(s->o);
    int status = cli_sample(s, s->model, &config, NULL, z);
    for (size_t i = 0; i < n * LATENT_SIZE; i++) z[i] = z[i] * l->ae.scale + l->ae.shift;
    if (status == 0) status = autoencoder_decode(&l->ae, n, z, l->samples);
    if (status == 0) status = distance(s, "energy_distance", n, l->samples, l->held_out);
    return status;
}

static int write_all(session *s, latents *l)
{
    const size_t n = (size_t)s->o->samples, epochs = (size_t)s->o->epochs,
                 steps = (size_t)s->o->autoencoder_steps;
    const size_t few = n < MOST_SHOWN ? n : MOST_SHOWN;
    const picture_row rows[3] = {
        {"held-out scenes", l->held_out}, {"encoded and decoded", l->decoded}, {"samples", l->samples}};
    int status = session_add_model(s, "encoder.safetensors", l->ae.encoder);
    if (status == 0) status = session_add_model(s, "decoder.safetensors", l->ae.decoder);
    if (status == 0) status = session_add_model(s, "model.safetensors", s->model);
    if (status != 0) return status;
    const size_t side = NB_SCENE_SIDE;
    const bool good =
        session_add(s, "autoencoder_error.npy", NB_F64, 1, &steps, l->ae.error) &&
        session_add(s, "loss.npy", NB_F64, 1, &epochs, l->loss) &&
        session_add(s, "latents.npy", NB_F32, 4, (size_t[4]){l->n, LATENT_CHANNELS, LATENT_SIDE, LATENT_SIDE},
                    l->z) &&
        session_add(s, "decoded.npy", NB_F32, 4, (size_t[4]){HELD_OUT, 3, side, side}, l->decoded) &&
        session_add(s, "samples.npy", NB_F32, 4, (size_t[4]){n, 3, side, side}, l->samples);
    figure_rows(s, "figure.png", &(picture_grid){3, few, 3, NB_SCENE_SIDE, NB_SCENE_SIDE, -1.0, 1.0, rows});
    return good ? 0 : NB_EXIT_FAILED;
}

int nb_exercise_14(session *s)
{
    latents l = {0};
    int status = make_data(s, &l);
    if (status == 0) status = autoencoder_train(s, l.pictures, l.n, &l.ae);
    if (status == 0) status = reconstruct(s, &l);
    if (status == 0) status = train_diffusion(s, &l);
    if (status == 0) status = sample(s, &l);
    if (status == 0) status = write_all(s, &l);
    autoencoder_free(&l.ae);
    return status;
}
