/* wasm_api.c - the functions that the pages call: noisebook.h for JavaScript.
 *
 * Pointers and handles are numbers. A function that creates returns its handle, or 0; one that acts returns
 * an nb_status. nbw_error says what went wrong last. Everything else is as noisebook.h documents it. */
#include "noisebook.h"

#include <math.h>
#include <stdlib.h>

#ifdef __EMSCRIPTEN__
#include <emscripten.h>
#define EXPORT EMSCRIPTEN_KEEPALIVE
#else
#define EXPORT
#endif

/* The boundary is C's ABI called by name: no header declares these. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

static nb_error last;

/* What two-result functions leave for nbw_size to fetch. */
static size_t last_size;

EXPORT const char *nbw_version(void) { return NB_VERSION; }
EXPORT const char *nbw_error(void) { return last.message; }
EXPORT size_t nbw_size(void) { return last_size; }

/* ---- Random numbers ---- */

EXPORT nb_rng *nbw_rng_create(uint32_t seed)
{
    nb_rng *rng = NULL;
    nb_rng_create(seed, &rng, &last);
    return rng;
}
EXPORT void nbw_rng_destroy(nb_rng *rng) { nb_rng_destroy(rng); }
EXPORT void nbw_rng_seed(nb_rng *rng, uint32_t seed) { nb_rng_seed(rng, seed); }
EXPORT size_t nbw_rng_state_bytes(void) { return NB_RNG_STATE_BYTES; }
EXPORT void nbw_rng_get_state(const nb_rng *rng, uint8_t *state) { nb_rng_get_state(rng, state); }
EXPORT nb_status nbw_rng_set_state(nb_rng *rng, const uint8_t *state, size_t size)
{
    return nb_rng_set_state(rng, state, size, &last);
}
EXPORT nb_status nbw_numpy_uniform(nb_rng *rng, size_t n, double low, double high, double *out)
{
    return nb_numpy_uniform(rng, n, low, high, out, &last);
}
EXPORT void nbw_numpy_randn(nb_rng *rng, size_t n, double *out) { nb_numpy_randn(rng, n, out); }
EXPORT nb_status nbw_numpy_randint(nb_rng *rng, uint32_t low, uint32_t high, size_t n, int32_t *out)
{
    return nb_numpy_randint(rng, low, high, n, out, &last);
}
EXPORT void nbw_torch_rand(nb_rng *rng, size_t n, float *out) { nb_torch_rand(rng, n, out); }
EXPORT void nbw_torch_randn(nb_rng *rng, size_t n, float *out) { nb_torch_randn(rng, n, out); }
EXPORT nb_status nbw_torch_randint(nb_rng *rng, uint32_t low, uint32_t high, size_t n, int32_t *out)
{
    return nb_torch_randint(rng, low, high, n, out, &last);
}
EXPORT nb_status nbw_torch_randperm(nb_rng *rng, size_t n, int32_t *out)
{
    return nb_torch_randperm(rng, n, out, &last);
}

/* ---- Data ---- */

EXPORT void nbw_data_spiral(size_t n, double *out) { nb_data_spiral(n, out); }
EXPORT nb_status nbw_data_swiss_roll(nb_rng *rng, size_t n, double noise, double *out)
{
    return nb_data_swiss_roll(rng, n, noise, out, &last);
}
EXPORT void nbw_data_swiss_roll_curve(size_t n, double *out) { nb_data_swiss_roll_curve(n, out); }
EXPORT nb_status nbw_data_classes(nb_rng *rng, size_t per_class, double *out, int32_t *labels)
{
    return nb_data_classes(rng, per_class, out, labels, &last);
}
EXPORT nb_status nbw_data_checkerboard(int height, int width, int square, float *out)
{
    return nb_data_checkerboard(height, width, square, out, &last);
}
EXPORT nb_status nbw_data_colour_square(int height, int width, float *out)
{
    return nb_data_colour_square(height, width, out, &last);
}
EXPORT nb_status nbw_data_shapes(nb_rng *rng, size_t n, int height, int width, float *out, int32_t *labels)
{
    return nb_data_shapes(rng, n, height, width, out, labels, &last);
}

/* The pictures of a .nbi file, which is no longer needed then; end them with nbw_images_free. 0 if it failed. */
EXPORT nb_images *nbw_images_decode(const uint8_t *file, size_t size)
{
    nb_images decoded;
    if (nb_images_decode(file, size, &decoded, &last) != NB_OK) return NULL;
    nb_images *images = malloc(sizeof *images);
    if (images == NULL) {
        nb_images_free(&decoded);
        last = (nb_error){NB_ERR_MEMORY, "not enough memory for the pictures"};
        return NULL;
    }
    *images = decoded;
    return images;
}
EXPORT void nbw_images_free(nb_images *images)
{
    nb_images_free(images);
    free(images);
}
EXPORT size_t nbw_images_count(const nb_images *images) { return images->count; }
EXPORT int nbw_images_height(const nb_images *images) { return images->height; }
EXPORT int nbw_images_width(const nb_images *images) { return images->width; }
EXPORT int nbw_images_classes(const nb_images *images) { return images->classes; }
EXPORT const float *nbw_images_pixels(const nb_images *images) { return images->pixels; }
EXPORT const int32_t *nbw_images_labels(const nb_images *images) { return images->labels; }

/* ---- Schedule, noising, loss ---- */

/* kind: an index into the names, which nbw_schedule_name lists until it returns 0. */
EXPORT const char *nbw_schedule_name(int kind) { return nb_schedule_name((nb_schedule_kind)kind); }
EXPORT nb_schedule *nbw_schedule_create(int kind, int T, double beta_start, double beta_end)
{
    nb_schedule *s = NULL;
    nb_schedule_create((nb_schedule_kind)kind, T, beta_start, beta_end, &s, &last);
    return s;
}
EXPORT nb_schedule *nbw_schedule_from_beta(int T, const double *beta)
{
    nb_schedule *s = NULL;
    nb_schedule_from_beta(T, beta, &s, &last);
    return s;
}
EXPORT void nbw_schedule_destroy(nb_schedule *s) { nb_schedule_destroy(s); }
EXPORT const double *nbw_schedule_beta64(const nb_schedule *s) { return nb_schedule_beta64(s); }
EXPORT const float *nbw_schedule_table(const nb_schedule *s, int table)
{
    return nb_schedule_table(s, (nb_table)table);
}
EXPORT nb_status nbw_q_sample(const nb_schedule *s, size_t n, size_t d, const float *x_0, const int32_t *t,
                              const float *eps, float *x_t)
{
    return nb_q_sample(s, n, d, x_0, t, eps, x_t, &last);
}
EXPORT double nbw_mse(size_t count, const float *pred, const float *target, float *d_pred)
{
    return nb_mse(count, pred, target, d_pred);
}
EXPORT nb_status nbw_exact_score(const nb_schedule *s, int t, size_t n, const double *data, size_t m,
                                 const double *x, double *out)
{
    return nb_exact_score(s, t, n, data, m, x, out, &last);
}

/* ---- Engine and models ---- */

EXPORT nb_engine *nbw_engine_create(int mode, int threads)
{
    nb_engine *engine = NULL;
    nb_engine_create((nb_mode)mode, threads, NULL, &engine, &last);
    return engine;
}
EXPORT void nbw_engine_destroy(nb_engine *engine) { nb_engine_destroy(engine); }
EXPORT const char *nbw_engine_kernels(const nb_engine *engine) { return nb_engine_kernels(engine); }
EXPORT int nbw_engine_threads(const nb_engine *engine) { return nb_engine_threads(engine); }

static void write_sizes(nb_model_config c, int *sizes)
{
    const int values[10] = {c.input_dim,     c.hidden_dim,   c.time_dim,    c.max_batch, c.in_channels,
                            c.base_channels, c.image_height, c.image_width, c.n_classes, c.attention};
    for (int i = 0; i < 10; i++) sizes[i] = values[i];
}

EXPORT const char *nbw_model_kind_name(int kind) /* 0 past the last */
{
    return nb_model_kind_name((nb_model_kind)kind);
}
/* sizes[10]: the config's fields after kind, in their order. */
EXPORT void nbw_model_default(int kind, int *sizes)
{
    write_sizes(nb_model_default((nb_model_kind)kind), sizes);
}
EXPORT nb_model *nbw_model_create_sized(const nb_engine *engine, int kind, const int *sizes, nb_rng *init)
{
    const nb_model_config config = {(nb_model_kind)kind,
                                    sizes[0],
                                    sizes[1],
                                    sizes[2],
                                    sizes[3],
                                    sizes[4],
                                    sizes[5],
                                    sizes[6],
                                    sizes[7],
                                    sizes[8],
                                    sizes[9]};
    nb_model *model = NULL;
    nb_model_create(engine, &config, init, &model, &last);
    return model;
}
EXPORT size_t nbw_model_sample_size(const nb_model *model) { return nb_model_sample_size(model); }
EXPORT int nbw_model_takes_fraction(const nb_model *model) { return nb_model_takes_fraction(model); }
EXPORT int nbw_model_classes(const nb_model *model) { return nb_model_classes(model); }
EXPORT size_t nbw_model_memory(const nb_model *model) { return nb_model_memory(model); }
EXPORT void nbw_model_destroy(nb_model *model) { nb_model_destroy(model); }
EXPORT size_t nbw_model_params(const nb_model *model) { return nb_model_params(model); }
EXPORT size_t nbw_model_param_count(const nb_model *model) { return nb_model_param_count(model); }
EXPORT const char *nbw_model_param_name(const nb_model *model, size_t index)
{
    return nb_model_param_info(model, index).name;
}
EXPORT int nbw_model_param_rank(const nb_model *model, size_t index)
{
    return nb_model_param_info(model, index).rank;
}
EXPORT int nbw_model_param_dim(const nb_model *model, size_t index, int axis)
{
    return nb_model_param_info(model, index).shape[axis];
}
EXPORT void nbw_model_get_param(const nb_model *model, size_t index, float *out)
{
    nb_model_get_param(model, index, out);
}
EXPORT void nbw_model_set_param(nb_model *model, size_t index, const float *values)
{
    nb_model_set_param(model, index, values);
}
EXPORT void nbw_model_get_grad(const nb_model *model, size_t index, float *out)
{
    nb_model_get_grad(model, index, out);
}
/* labels: 0 for a model without classes, or for no class everywhere. */
EXPORT nb_status nbw_model_forward(nb_model *model, size_t n, const float *x, const float *t,
                                   const int32_t *labels, float *eps)
{
    return nb_model_forward(model, n, x, t, labels, eps, &last);
}
EXPORT nb_status nbw_model_backward(nb_model *model, size_t n, const float *d_eps, float *d_x)
{
    return nb_model_backward(model, n, d_eps, d_x, &last);
}
EXPORT size_t nbw_model_activations(const nb_model *model) { return nb_model_activations(model); }
EXPORT const char *nbw_model_activation_name(const nb_model *model, size_t index)
{
    return nb_model_activation_info(model, index).name;
}
EXPORT int nbw_model_activation_rank(const nb_model *model, size_t index)
{
    return nb_model_activation_info(model, index).rank;
}
EXPORT int nbw_model_activation_dim(const nb_model *model, size_t index, int axis)
{
    return nb_model_activation_info(model, index).shape[axis];
}
EXPORT nb_status nbw_model_activation(nb_model *model, size_t index, size_t n, const float *x, const float *t,
                                      const int32_t *labels, float *out)
{
    return nb_model_activation(model, index, n, x, t, labels, out, &last);
}
EXPORT nb_status nbw_model_set_skips(nb_model *model, int on)
{
    return nb_model_set_skips(model, on != 0, &last);
}
/* The file's address (free it), its size by nbw_size; 0 if it failed. */
EXPORT uint8_t *nbw_model_save(const nb_model *model)
{
    uint8_t *file = NULL;
    nb_model_save(model, &file, &last_size, &last);
    return file;
}
EXPORT nb_status nbw_model_load(nb_model *model, const uint8_t *file, size_t size)
{
    return nb_model_load(model, file, size, &last);
}
/* sizes[10], as above, of the model whose weights the file holds. */
EXPORT nb_status nbw_model_config_of(int kind, const uint8_t *file, size_t size, int *sizes)
{
    nb_model_config c;
    const nb_status status = nb_model_config_of((nb_model_kind)kind, file, size, &c, &last);
    if (status != NB_OK) return status;
    write_sizes(c, sizes);
    return NB_OK;
}

/* ---- Adam, training, sampling ---- */

EXPORT nb_adam *nbw_adam_create(nb_model *model, double lr, double beta1, double beta2, double eps)
{
    nb_adam *adam = NULL;
    nb_adam_create(model, lr, beta1, beta2, eps, &adam, &last);
    return adam;
}
EXPORT void nbw_adam_destroy(nb_adam *adam) { nb_adam_destroy(adam); }
EXPORT nb_status nbw_adam_set_lr(nb_adam *adam, double lr) { return nb_adam_set_lr(adam, lr, &last); }
EXPORT nb_status nbw_adam_step(nb_adam *adam) { return nb_adam_step(adam, &last); }

/* The file's address (free it), its size by nbw_size; 0 if it failed. */
EXPORT uint8_t *nbw_adam_save(const nb_adam *adam)
{
    uint8_t *file = NULL;
    nb_adam_save(adam, &file, &last_size, &last);
    return file;
}
EXPORT nb_status nbw_adam_load(nb_adam *adam, const uint8_t *file, size_t size)
{
    return nb_adam_load(adam, file, size, &last);
}

/* Every field of nb_train_config; labels: 0 for none, keep_order: 0 or 1. */
EXPORT nb_trainer *nbw_trainer_create(nb_model *model, const nb_schedule *schedule, nb_rng *rng,
                                      const float *data, size_t n, int batch, double lr,
                                      const int32_t *labels, double label_dropout, double ema_decay,
                                      int keep_order)
{
    const nb_train_config config = {batch, lr, labels, label_dropout, ema_decay, keep_order != 0};
    nb_trainer *trainer = NULL;
    nb_trainer_create(model, schedule, rng, data, n, &config, &trainer, &last);
    return trainer;
}
EXPORT void nbw_trainer_destroy(nb_trainer *trainer) { nb_trainer_destroy(trainer); }
/* out[7]: loss, epoch_loss, step, epoch, in_epoch, per_epoch, epoch_end (nb_train_report's fields in their
 * order). */
EXPORT nb_status nbw_trainer_step(nb_trainer *trainer, double *out)
{
    nb_train_report r;
    const nb_status status = nb_trainer_step(trainer, &r, &last);
    if (status != NB_OK) return status;
    out[0] = r.loss;
    out[1] = r.epoch_loss;
    out[2] = (double)r.step;
    out[3] = r.epoch;
    out[4] = r.in_epoch;
    out[5] = r.per_epoch;
    out[6] = r.epoch_end;
    return NB_OK;
}
EXPORT nb_status nbw_trainer_set_lr(nb_trainer *trainer, double lr)
{
    return nb_trainer_set_lr(trainer, lr, &last);
}
EXPORT nb_status nbw_trainer_use_ema(nb_trainer *trainer, int on)
{
    return nb_trainer_use_ema(trainer, on != 0, &last);
}
/* labels: 0 for no class. eps: 0 to draw it from a generator seeded with seed. */
EXPORT nb_status nbw_loss_by_level(nb_model *model, const nb_schedule *schedule, size_t n, const float *x_0,
                                   const int32_t *labels, size_t levels, const int32_t *timesteps,
                                   uint32_t seed, const float *eps, double *out)
{
    return nb_loss_by_level(model, schedule, n, x_0, labels, levels, timesteps, seed, eps, out, &last);
}
EXPORT uint8_t *nbw_trainer_save(const nb_trainer *trainer)
{
    uint8_t *file = NULL;
    nb_trainer_save(trainer, &file, &last_size, &last);
    return file;
}
EXPORT nb_status nbw_trainer_load(nb_trainer *trainer, const uint8_t *file, size_t size)
{
    return nb_trainer_load(trainer, file, size, &last);
}

/* Every knob of nb_sample_config: steps 0 for every timestep; timesteps, labels 0 for none; clip_x0, guided 0 or 1; x_T 0
 * to draw it from rng. */
EXPORT nb_sampler *nbw_sampler_create(nb_model *model, const nb_schedule *schedule, nb_rng *rng, size_t n,
                                      int steps, int variance, int method, double eta, int clip_x0,
                                      const int *timesteps, const int32_t *labels, int guided,
                                      double guidance_scale, const float *x_T)
{
    const nb_sample_config config = {.n = n,
                                     .steps = steps,
                                     .variance = (nb_variance)variance,
                                     .method = (nb_method)method,
                                     .eta = eta,
                                     .clip = clip_x0 ? NB_CLIP_RANGE : NB_CLIP_AUTO,
                                     .clip_low = -1.0F,
                                     .clip_high = 1.0F,
                                     .timesteps = timesteps,
                                     .labels = labels,
                                     .guidance_scale = guidance_scale,
                                     .guided = guided != 0};
    nb_sampler *sampler = NULL;
    nb_sampler_create(model, schedule, rng, &config, x_T, &sampler, &last);
    return sampler;
}
EXPORT nb_status nbw_slerp(size_t count, const float *a, const float *b, double fraction, float *out)
{
    return nb_slerp(count, a, b, fraction, out, &last);
}
EXPORT void nbw_sampler_destroy(nb_sampler *sampler) { nb_sampler_destroy(sampler); }
EXPORT nb_status nbw_sampler_step(nb_sampler *sampler) { return nb_sampler_step(sampler, &last); }
EXPORT int nbw_sampler_t(const nb_sampler *sampler) { return nb_sampler_t(sampler); }
EXPORT const float *nbw_sampler_x(const nb_sampler *sampler) { return nb_sampler_x(sampler); }
EXPORT const float *nbw_sampler_x0(const nb_sampler *sampler) { return nb_sampler_x0(sampler); }

/* ---- Metrics and pictures ---- */

EXPORT nb_status nbw_sliced_wasserstein(size_t n, const double *x, size_t m, const double *y, int directions,
                                        double *out)
{
    return nb_sliced_wasserstein(n, x, m, y, directions, out, &last);
}
EXPORT nb_status nbw_energy_distance(size_t n, const double *x, size_t m, const double *y, size_t d,
                                     double *out)
{
    return nb_energy_distance(n, x, m, y, d, out, &last);
}
EXPORT nb_status nbw_mmd2(size_t n, const double *x, size_t m, const double *y, size_t d, double sigma,
                          double *out)
{
    return nb_mmd2(n, x, m, y, d, sigma, out, &last);
}
EXPORT nb_status nbw_nearest(size_t n, const float *x, size_t m, const float *y, size_t d, int32_t *index,
                             double *distance)
{
    return nb_nearest(n, x, m, y, d, index, distance, &last);
}
/* out[2]: precision, recall. */
EXPORT nb_status nbw_precision_recall(size_t n, const float *x, size_t m, const float *y, size_t d, int k,
                                      double *out)
{
    return nb_precision_recall(n, x, m, y, d, k, out, out + 1, &last);
}
EXPORT double nbw_curve_distance(size_t n, const double *x, size_t m, const double *curve)
{
    double distance = NAN;
    nb_curve_distance(n, x, m, curve, &distance, &last);
    return distance;
}
/* The file's address (free it), its size by nbw_size; 0 if it failed. */
EXPORT uint8_t *nbw_png_encode(int width, int height, int channels, const uint8_t *pixels)
{
    uint8_t *file = NULL;
    nb_png_encode(width, height, channels, pixels, &file, &last_size, &last);
    return file;
}
