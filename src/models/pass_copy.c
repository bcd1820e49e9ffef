/* pass_copy.c - what goes into a graph and comes out of it, in PyTorch's order outside. */
#include "models/pass.h"
#include "nn/order.h"

/* Labels as numbers, as nn.Embedding's layer reads them; without labels the null class. */
static void copy_labels(const nb_run *p, const nb_chunk *c, nb_tensor to)
{
    for (size_t s = 0; s < c->rows; s++)
        to.data[s * to.sample] =
            (float)(p->in.labels ? p->in.labels[c->first + s] : (int32_t)p->g->classes - 1);
}

void nb_copy_inputs(const nb_run *p, const nb_chunk *c)
{
    const nb_graph *g = p->g;
    for (int i = 0; i < g->n_inputs; i++) {
        const nb_input *in = &g->inputs[i];
        const nb_tensor to = nb_value_tensor(g, in->value, c);
        if (in->source == NB_FROM_X)
            nb_order_in(to, p->in.x + c->first * g->x_size, g->x_size, c->rows, false);
        if (in->source == NB_FROM_T)
            nb_order_in(to, p->in.t + c->first * g->t_size, g->t_size, c->rows, false);
        if (in->source == NB_FROM_LABELS) copy_labels(p, c, to);
        if (in->source == NB_FROM_COND)
            nb_order_in(to, p->in.cond + c->first * g->cond_size + in->at, g->cond_size, c->rows, false);
    }
}

void nb_copy_outputs(const nb_run *p, const nb_chunk *c)
{
    const nb_graph *g = p->g;
    if (p->stop) {
        const size_t size = nb_value_count(g, p->stop->value);
        nb_order_out(p->out + c->first * size, size, nb_value_tensor(g, p->stop->value, c), c->rows);
        return;
    }
    float *to = p->out + c->first * g->out_size;
    for (int i = 0; i < g->n_outputs; to += nb_value_count(g, g->outputs[i++]))
        nb_order_out(to, g->out_size, nb_value_tensor(g, g->outputs[i], c), c->rows);
}

void nb_copy_output_grads(const nb_run *p, const nb_chunk *c)
{
    const nb_graph *g = p->g;
    const float *from = p->d_out + c->first * g->out_size;
    for (int i = 0; i < g->n_outputs; from += nb_value_count(g, g->outputs[i++])) {
        if (g->values[g->outputs[i]].needs_grad) /* otherwise there is no room for it */
            nb_order_in(nb_grad_tensor(g, g->outputs[i], c), from, g->out_size, c->rows, false);
    }
}

/* The gradient of an input; zeros where no output depends on it. */
static void copy_input_grad(const nb_run *p, const nb_chunk *c, nb_value v, float *to, size_t apart)
{
    const nb_graph *g = p->g;
    if (g->values[v].reached) {
        nb_order_out(to, apart, nb_grad_tensor(g, v, c), c->rows);
        return;
    }
    for (size_t s = 0; s < c->rows; s++) memset(to + s * apart, 0, nb_value_count(g, v) * sizeof *to);
}

void nb_copy_input_grads(const nb_run *p, const nb_chunk *c)
{
    const nb_graph *g = p->g;
    if (p->d_x) copy_input_grad(p, c, g->x, p->d_x + c->first * g->x_size, g->x_size);
    for (int i = 0; p->d_cond && i < g->n_inputs; i++) {
        const nb_input *in = &g->inputs[i];
        if (in->source != NB_FROM_COND) continue;
        copy_input_grad(p, c, in->value, p->d_cond + c->first * g->cond_size + in->at, g->cond_size);
    }
}
