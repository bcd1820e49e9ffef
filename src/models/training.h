/* training.h - what weights were trained for, in a model and in a file's __metadata__. */
#ifndef NB_MODELS_TRAINING_H
#define NB_MODELS_TRAINING_H

#include "io/safetensors.h"
#include "models/model.h"

/* What training on these `count` finite numbers notes at its first step; rng, and data with count 0, may be NULL. */
nb_training nb_training_begin(const nb_schedule *schedule, nb_objective objective, const nb_rng *rng,
                              size_t count, const float *data);
/* NB_ERR_ARGUMENT, with both named, if the model's weights were trained for another schedule. */
nb_status nb_training_check(const nb_model *model, const nb_schedule *schedule, nb_error *err);

/* NB_ERR_ARGUMENT for a field out of range. */
nb_status nb_training_valid(const nb_training *t, nb_error *err);

/* The record of a model in a file, with what its weights were trained for. */
void nb_record_add(nb_safetensors *st, const nb_model *model, const nb_training *t);
/* The kind and its sizes (max_batch: the default), and what is known of the training. false, and nothing is written, if
 * there is no record or any of it is damaged. */
bool nb_record_read(const nb_safetensors *st, nb_model_config *config, nb_training *training);
/* The same, and the record is that of the file's weights: it does not contradict their shapes. */
bool nb_record_of(const nb_safetensors *st, nb_model_config *config, nb_training *training);

#endif
