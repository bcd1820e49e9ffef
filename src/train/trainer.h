/* trainer.h - the trainer's parts, for its checkpoint. */
#ifndef NB_TRAIN_TRAINER_H
#define NB_TRAIN_TRAINER_H

#include "models/model.h"
#include "optim/adam.h"

struct nb_trainer {
    nb_model *model;
    const nb_schedule *schedule; /* NULL for a flow */
    nb_rng *rng;
    nb_adam *adam;
    size_t n, dim, cond_size, batch;
    nb_arena arena;
    float *data;                            /* (n, dim) */
    int32_t *order;                         /* (n): this epoch's permutation */
    int32_t *t;                             /* (batch) */
    float *flow_t;                          /* (batch): in place of it, 0..1; NULL but for a flow */
    float *noise;                           /* (n, dim): each sample's own; NULL: drawn */
    float *x_0, *eps, *x_t, *pred, *d_pred; /* (batch, dim) */
    float *target;                          /* (batch, dim); eps where that is the objective */
    float *time;                            /* (batch): t as the model takes it */
    int32_t *labels, *batch_labels;         /* (n), (batch); NULL without labels */
    float *cond, *batch_cond;               /* (n, cond_size), (batch, cond_size); NULL where it is 0 */
    float *draws;                           /* (batch): of the label dropout; NULL without */
    float *ema;    /* laid out as the graph's weights, NULL without; the trained weights while ema_in_use */
    float *weight; /* (T): of a sample's error by its timestep; NULL: 1 */
    nb_train_config options; /* its arrays are not read */
    double lr;               /* of which a step takes nb_lr_factor */
    bool ema_in_use;
    bool uniform; /* eps holds uniform numbers, of which make_samples makes normal ones */
    nb_training
        training;    /* what it trains for; steps: those that the weights had taken before Adam's first */
    size_t position; /* rows of `order` used so far; n or 0: the next step begins an epoch */
    int32_t epoch, in_epoch;
    double epoch_sum; /* of this epoch's step losses */
};

/* NB_ERR_ARGUMENT for an option out of range. */
nb_status nb_train_check(const nb_model *model, size_t n, const nb_train_config *config, nb_error *err);
/* Likewise, for the weights of T timesteps, if there are any; the rest of the config is in range. */
nb_status nb_weights_check(const nb_train_config *config, int T, nb_error *err);

/* The part of lr that step s (1, 2, ...) takes. */
double nb_lr_factor(const nb_train_config *config, int64_t step);

/* Whether timesteps count differently. */
bool nb_loss_weighs(const nb_train_config *config);

/* The weight of a squared error at each timestep. out (T). */
void nb_loss_weights(const nb_train_config *config, const nb_schedule *schedule, float *out);

/* Timesteps of a batch, 0..T-1. out (rows). */
void nb_draw_timesteps(const nb_train_config *config, nb_rng *rng, int T, size_t rows, int32_t *out);

/* A flow's times of a batch, 0..1. out (rows). */
void nb_draw_times(const nb_train_config *config, nb_rng *rng, size_t rows, float *out);

/* What the weights are trained for so far. */
nb_training nb_trainer_note(const nb_trainer *tr);

/* After a step: moves the average of the weights on, if there is one. */
void nb_ema_step(nb_trainer *tr);

#endif
