/* pass_copy.c - what goes into a graph and comes out of it: PyTorch's (channels, height, width) to the layers' pixels and back. */
#include "models/pass.h"

/* From (channels, height, width), the padding set to 0. */
static void copy_in(nb_tensor to, const float *from, size_t apart, size_t rows, nb_axes axes)
{
    const size_t plane = to.height * to.width, padding = nb_padded(to.channels) - to.channels;
    const size_t step = axes == NB_TOKENS ? 1 : plane, next = axes == NB_TOKENS ? to.channels : 1;
    for (size_t s = 0; s < rows; s++, from += apart) {
        float *sample = to.data + s * to.sample;
        if (plane == 1) {
            memcpy(sample, from, to.channels * sizeof(float));
            memset(sample + to.channels, 0, padding * sizeof(float));
            continue;
        }
        for (size_t k = 0; k < plane; k++) {
            float *pixel = sample + k / to.width * to.row + k % to.width * to.pixel;
            for (size_t c = 0; c < to.channels; c++) pixel[c] = from[c * step + k * next];
            for (size_t c = 0; c < padding; c++) pixel[to.channels + c] = 0.0F;
        }
    }
}

static void copy_out(float *to, size_t apart, nb_tensor from, size_t rows, nb_axes axes)
{
    const size_t plane = from.height * from.width;
    const size_t step = axes == NB_TOKENS ? 1 : plane, next = axes == NB_TOKENS ? from.channels : 1;
    for (size_t s = 0; s < rows; s++, to += apart) {
        const float *sample = from.data + s * from.sample;
        for (size_t k = 0; k < plane; k++) {
            const float *pixel = sample + k / from.width * from.row + k % from.width * from.pixel;
            for (size_t c = 0; c < from.channels; c++) to[c * step + k * next] = pixel[c];
        }
    }
}

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
        const nb_axes axes = g->values[in->value].axes;
        if (in->source == NB_FROM_X) copy_in(to, p->in.x + c->first * g->x_size, g->x_size, c->rows, axes);
        if (in->source == NB_FROM_T) copy_in(to, p->in.t + c->first * g->t_size, g->t_size, c->rows, axes);
        if (in->source == NB_FROM_LABELS) copy_labels(p, c, to);
        if (in->source == NB_FROM_COND)
            copy_in(to, p->in.cond + c->first * g->cond_size + in->at, g->cond_size, c->rows, axes);
    }
}

void nb_copy_outputs(const nb_run *p, const nb_chunk *c)
{
    const nb_graph *g = p->g;
    if (p->stop) {
        const size_t size = nb_value_count(g, p->stop->value);
        copy_out(p->out + c->first * size, size, nb_value_tensor(g, p->stop->value, c), c->rows,
                 g->values[p->stop->value].axes);
        return;
    }
    float *to = p->out + c->first * g->out_size;
    for (int i = 0; i < g->n_outputs; to += nb_value_count(g, g->outputs[i++]))
        copy_out(to, g->out_size, nb_value_tensor(g, g->outputs[i], c), c->rows,
                 g->values[g->outputs[i]].axes);
}

void nb_copy_output_grads(const nb_run *p, const nb_chunk *c)
{
    const nb_graph *g = p->g;
    const float *from = p->d_out + c->first * g->out_size;
    for (int i = 0; i < g->n_outputs; from += nb_value_count(g, g->outputs[i++])) {
        if (g->values[g->outputs[i]].needs_grad) /* otherwise there is no room for it */
            copy_in(nb_grad_tensor(g, g->outputs[i], c), from, g->out_size, c->rows,
                    g->values[g->outputs[i]].axes);
    }
}

/* The gradient of an input; zeros where no output depends on it. */
static void copy_input_grad(const nb_run *p, const nb_chunk *c, nb_value v, float *to, size_t apart)
{
    const nb_graph *g = p->g;
    if (g->values[v].reached) {
        copy_out(to, apart, nb_grad_tensor(g, v, c), c->rows, g->values[v].axes);
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
