/* companion.c - the DDPM companion from its first figure to its last, with real training between. */
#include "cli/exercises/companion.h"

#include "cli/exercises/exercises.h"
#include "cli/figures/figures.h"
#include "cli/message.h"

#include <math.h>
#include <stdlib.h>

/* Pictures of 0 to 1 as pictures of -1 to 1: grey, and times a colour whose brightest channel is 1. */
static int paint(session *s, const nb_images *pack, companion_data *d)
{
    const size_t pixels = (size_t)d->height * (size_t)d->width;
    d->grey = session_take(s, d->n * pixels, sizeof *d->grey);
    d->colour = session_take(s, d->n * pixels * 3, sizeof *d->colour);
    d->labels = session_take(s, d->n, sizeof *d->labels);
    if (!d->grey || !d->colour || !d->labels) return NB_EXIT_FAILED;
    for (size_t i = 0; i < d->n; i++) {
        double rgb[3];
        nb_numpy_uniform(s->numpy, 3, 0.1, 1.0, rgb, NULL);
        const double most = fmax(rgb[0], fmax(rgb[1], rgb[2]));
        d->labels[i] = pack->labels[i];
        for (size_t k = 0; k < pixels; k++) {
            const float v = pack->pixels[i * pixels + k];
            d->grey[i * pixels + k] = 2.0F * v - 1.0F;
            for (size_t c = 0; c < 3; c++)
                d->colour[(i * 3 + c) * pixels + k] = 2.0F * v * (float)(rgb[c] / most) - 1.0F;
        }
    }
    return 0;
}

static int choose(session *s, const nb_images *pack, const char *path, companion_data *d)
{
    const size_t wanted = (size_t)s->o->points;
    if (wanted > pack->count)
        return cli_fail(NB_EXIT_USAGE, "--points %zu: %s holds %zu pictures", wanted, path, pack->count);
    d->n = wanted ? wanted : pack->count;
    d->height = pack->height;
    d->width = pack->width;
    d->classes = pack->classes;
    return paint(s, pack, d);
}

static int read_data(session *s, companion_data *d)
{
    const char *path = s->o->data ? s->o->data : NB_DATA_DIR "/digits-8.nbi";
    uint8_t *file = NULL;
    size_t size = 0;
    nb_images pack = {0};
    nb_error err;
    if (!cli_read_file(path, &file, &size)) return NB_EXIT_USAGE;
    int status = 0;
    if (nb_images_decode(file, size, &pack, &err) != NB_OK)
        status = cli_fail(NB_EXIT_USAGE, "%s: %s", path, err.message);
    free(file);
    if (status == 0) status = choose(s, &pack, path, d);
    nb_images_free(&pack);
    return status;
}

int nb_exercise_companion(session *s)
{
    static const char *const titles[2] = {"SimpleUNet, log10 loss", "ConditionalUNet, log10 loss"};
    companion_data d = {0};
    int status = read_data(s, &d);
    if (status == 0) status = companion_forward(s);
    if (status == 0) status = companion_first_step(s);
    if (status == 0) status = companion_simple(s, &d);
    if (status == 0) status = companion_conditional(s, &d);
    if (status == 0) status = companion_schedules(s);
    if (status != 0) return status;
    const size_t epochs = (size_t)s->o->epochs, shape[4] = {d.n, 3, (size_t)d.height, (size_t)d.width};
    const bool good = session_add(s, "data.npy", NB_F32, 4, shape, d.colour) &&
                      session_add(s, "labels.npy", NB_I32, 1, shape, d.labels) &&
                      session_add(s, "simple_loss.npy", NB_F64, 1, &epochs, d.loss[0]) &&
                      session_add(s, "conditional_loss.npy", NB_F64, 1, &epochs, d.loss[1]);
    figure_losses(s, "loss.png", 2, titles, epochs, d.loss);
    return good ? 0 : NB_EXIT_FAILED;
}
