/* model.h - a model: its sizes and its graph. */
#ifndef NB_MODELS_MODEL_H
#define NB_MODELS_MODEL_H

#include "models/network.h"

struct nb_model {
    nb_model_config config;
    nb_training training; /* what the weights were trained for */
    nb_network *network;  /* the model's own */
    char *text;           /* of an NB_NETWORK, as its files carry it; else NULL */
    nb_graph graph;
};

/* Each network of the course, written down. */
typedef void nb_network_writer(nb_network *net, const nb_model_config *c);
nb_network_writer nb_simple_noise_predictor, nb_conditional_diffusion; /* points */
nb_network_writer nb_mini_unet, nb_simple_unet, nb_conditional_unet;   /* images */

/* A size of a kind. */
typedef struct nb_model_size {
    const char *name;
    size_t offset; /* of the int in nb_model_config */
} nb_model_size;
/* The sizes that a kind reads, but for max_batch, by index; false from the end on. */
bool nb_model_size_at(nb_model_kind kind, size_t index, nb_model_size *out);

/* The sizes that the kind has no use for are left at the defaults. */
nb_status nb_model_check(const nb_model_config *c, nb_error *err);
/* Whether labels (n) are the model's classes, or with no_class also n_classes, which means none; NULL is fine. Training
 * takes classes only, all else no class too. */
nb_status nb_model_check_labels(const nb_model *model, size_t n, const int32_t *labels, bool no_class,
                                nb_error *err);
/* Whether the further inputs (n, nb_model_cond_size) are there, and tokens of their vocabulary. */
nb_status nb_model_check_cond(const nb_model *model, size_t n, const float *cond, nb_error *err);
/* Whether all of it is what nb_model_run takes. */
nb_status nb_model_check_inputs(const nb_model *model, size_t n, const nb_inputs *in, nb_error *err);
/* A flow's t, 0..1, as the model takes it. */
float nb_model_flow_time(const nb_model *model, float t);
/* Whether t (n) is what nb_model_forward takes. */
nb_status nb_model_check_times(const nb_model *model, size_t n, const float *t, nb_error *err);
/* The same for what is kept for many passes: refused too where the network takes none, and where one is not finite. */
nb_status nb_model_check_kept_cond(const nb_model *model, size_t n, const float *cond, nb_error *err);
/* Whether it gives as many numbers as a sample has, as what denoises must. */
nb_status nb_model_check_denoiser(const nb_model *model, nb_error *err);
/* Whether it can be trained now: NB_ERR_ARGUMENT while its skip connections are off. */
nb_status nb_model_check_skips(const nb_model *model, nb_error *err);

#endif
