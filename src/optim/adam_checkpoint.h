/* adam_checkpoint.h - Adam's moments and step count as named tensors. */
#ifndef NB_OPTIM_ADAM_CHECKPOINT_H
#define NB_OPTIM_ADAM_CHECKPOINT_H

#include "models/checkpoint.h"
#include "optim/adam.h"

/* Appends the state; buffer: twice nb_model_param_count floats. Both live until the file is written. NB_ERR_NONFINITE if
 * a moment is not finite. */
nb_status nb_adam_add(nb_safetensors *st, const nb_adam *adam, float *buffer, nb_error *err);
/* Whether the state of this model's Adam is there. */
nb_status nb_adam_check(const nb_safetensors *st, const nb_adam *adam, nb_error *err);
/* After the check: takes it over. */
void nb_adam_fill(const nb_safetensors *st, nb_adam *adam);

#endif
