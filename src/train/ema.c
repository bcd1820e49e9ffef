/* ema.c - an exponential moving average of the weights, which samples better than the weights themselves. */
#include "train/trainer.h"

#include "base/error.h"

#include <math.h>

/* ema + (1 - d) (w - ema) rather than d ema + (1 - d) w: in float d and 1 - d do not quite sum to 1, which over
 * thousands of steps would scale the average. */
void nb_ema_step(nb_trainer *tr)
{
    if (tr->ema == NULL) return;
    const double step = (double)tr->adam->step;
    const float share = (float)(1.0 - fmin(tr->options.ema_decay, (1.0 + step) / (10.0 + step)));
    const float *restrict w = tr->model->graph.weights;
    float *restrict ema = tr->ema;
    for (size_t i = 0; i < tr->model->graph.weight_floats; i++) ema[i] += share * (w[i] - ema[i]);
}

nb_status nb_trainer_use_ema(nb_trainer *tr, bool on, nb_error *err)
{
    if (tr->ema == NULL)
        return nb_fail(err, NB_ERR_ARGUMENT,
                       "no EMA of the weights: this trainer was made without ema_decay");
    if (on == tr->ema_in_use) return NB_OK;
    nb_graph *g = &tr->model->graph;
    for (size_t i = 0; i < g->weight_floats; i++) {
        const float kept = g->weights[i];
        g->weights[i] = tr->ema[i];
        tr->ema[i] = kept;
    }
    nb_graph_weights_changed(g);
    tr->ema_in_use = on;
    return NB_OK;
}
