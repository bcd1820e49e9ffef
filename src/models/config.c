/* config.c - what sizes each kind of model takes, and the course's own. */
#include "models/model.h"

#include "base/error.h"
#include "base/names.h"

#include <stddef.h>

typedef struct size_limits {
    const char *name;
    size_t offset; /* of the int in nb_model_config */
    int least, most, multiple;
} size_limits;

#define FIELD(field, least, most, multiple)                                                                  \
    {                                                                                                        \
#field, offsetof(nb_model_config, field), least, most, multiple                                      \
    }

enum { MOST_FIELDS = 7, MOST_ATTENTION = 64 };

typedef struct kind_info {
    const char *name;
    nb_model_config course;
    bool image;
    size_limits fields[MOST_FIELDS]; /* of those that it uses; ends with a NULL name */
} kind_info;

static const kind_info kinds[NB_MODEL_KINDS] = {
    [NB_SIMPLE_NOISE_PREDICTOR] = {"simple-noise-predictor",
                                   {.input_dim = 2, .hidden_dim = 128, .time_dim = 32},
                                   .fields = {FIELD(input_dim, 1, 1024, 1), FIELD(hidden_dim, 1, 4096, 1),
                                              FIELD(time_dim, 1, 1024, 1)}},
    [NB_MINI_UNET] =
        {"mini-unet",
         {.in_channels = 1, .base_channels = 32, .time_dim = 128, .image_height = 32, .image_width = 32},
         .image = true,
         .fields = {FIELD(in_channels, 1, 3, 2), FIELD(base_channels, 8, 256, 8), FIELD(time_dim, 2, 1024, 2),
                    FIELD(image_height, 4, 256, 4), FIELD(image_width, 4, 256, 4),
                    FIELD(attention, 0, 1, 1)}},
    [NB_SIMPLE_UNET] = {"simple-unet",
                        {.in_channels = 3, .base_channels = 64, .image_height = 64, .image_width = 64},
                        .image = true,
                        .fields = {FIELD(in_channels, 1, 3, 2), FIELD(base_channels, 1, 256, 1),
                                   FIELD(image_height, 1, 256, 1), FIELD(image_width, 1, 256, 1)}},
    [NB_CONDITIONAL_UNET] =
        {"conditional-unet",
         {.in_channels = 3, .base_channels = 64, .image_height = 64, .image_width = 64, .n_classes = 10},
         .image = true,
         .fields = {FIELD(in_channels, 1, 3, 2), FIELD(base_channels, 1, 256, 1),
                    FIELD(image_height, 1, 256, 1), FIELD(image_width, 1, 256, 1),
                    FIELD(n_classes, 1, 1000, 1)}},
    [NB_CONDITIONAL_DIFFUSION] = {"conditional-diffusion",
                                  {.input_dim = 2, .hidden_dim = 128, .time_dim = 32, .n_classes = 3},
                                  .fields = {FIELD(input_dim, 1, 1024, 1), FIELD(hidden_dim, 1, 2048, 1),
                                             FIELD(time_dim, 1, 1024, 1), FIELD(n_classes, 1, 1000, 1)}},
};

static bool is_kind(nb_model_kind kind) { return (int)kind >= 0 && (int)kind < NB_MODEL_KINDS; }

const char *nb_model_kind_name(nb_model_kind kind)
{
    if (kind == NB_NETWORK) return "network";
    return is_kind(kind) ? kinds[kind].name : NULL;
}

static const char *kind_name_at(size_t index) { return index < NB_MODEL_KINDS ? kinds[index].name : NULL; }

nb_status nb_model_kind_find(const char *name, nb_model_kind *out, nb_error *err)
{
    size_t found;
    const nb_status status = nb_name_find("model", kind_name_at, name, &found, err);
    if (status == NB_OK) *out = (nb_model_kind)found;
    return status;
}

bool nb_model_size_at(nb_model_kind kind, size_t index, nb_model_size *out)
{
    if (!is_kind(kind) || index >= MOST_FIELDS || kinds[kind].fields[index].name == NULL) return false;
    *out = (nb_model_size){kinds[kind].fields[index].name, kinds[kind].fields[index].offset};
    return true;
}

nb_model_config nb_model_default(nb_model_kind kind)
{
    nb_model_config c = is_kind(kind) ? kinds[kind].course : (nb_model_config){0};
    c.kind = kind;
    c.max_batch = is_kind(kind) && kinds[kind].image ? 32 : 128;
    return c;
}

const char *nb_model_size_name(nb_model_kind kind, int index)
{
    if (!is_kind(kind) || index < 0) return NULL;
    const size_limits *const fields = kinds[kind].fields;
    int count = 0;
    while (fields[count].name) count++;
    if (index == count) return "max_batch";
    return index < count ? fields[index].name : NULL;
}

static nb_status check_size(const size_limits *f, int value, nb_error *err)
{
    if (f->multiple == 2 && f->most == 3) { /* channels: grey or colour */
        if (value == 1 || value == 3) return NB_OK;
        return nb_fail(err, NB_ERR_ARGUMENT, "%s = %d: it takes 1 or 3", f->name, value);
    }
    if (value >= f->least && value <= f->most && value % f->multiple == 0) return NB_OK;
    if (f->multiple == 1)
        return nb_fail(err, NB_ERR_ARGUMENT, "%s = %d: it takes %d to %d", f->name, value, f->least, f->most);
    return nb_fail(err, NB_ERR_ARGUMENT, "%s = %d: it takes a multiple of %d from %d to %d", f->name, value,
                   f->multiple, f->least, f->most);
}

nb_status nb_model_check(const nb_model_config *c, nb_error *err)
{
    if (nb_name_check("model", kind_name_at, (int)c->kind, err) != NB_OK) return NB_ERR_ARGUMENT;
    const size_limits batch = FIELD(max_batch, 1, 65536, 1);
    nb_status status = NB_OK;
    for (const size_limits *f = kinds[c->kind].fields; status == NB_OK && f->name; f++) {
        int value;
        memcpy(&value, (const char *)c + f->offset, sizeof value);
        status = check_size(f, value, err);
    }
    if (status == NB_OK && c->kind == NB_MINI_UNET && c->attention &&
        (c->image_height > MOST_ATTENTION || c->image_width > MOST_ATTENTION))
        return nb_fail(err, NB_ERR_ARGUMENT,
                       "images of %dx%d: with attention height and width are at most %d", c->image_height,
                       c->image_width, MOST_ATTENTION);
    return status == NB_OK ? check_size(&batch, c->max_batch, err) : status;
}

size_t nb_model_sample_size(const nb_model *model) { return model->graph.x_size; }

size_t nb_model_cond_size(const nb_model *model) { return model->graph.cond_size; }

size_t nb_model_output_size(const nb_model *model) { return model->graph.out_size; }

nb_value_shape nb_model_sample_shape(const nb_model *model)
{
    const nb_network *net = model->network;
    size_t x = 0;
    while (net->inputs[x].kind != NB_INPUT_X) x++;
    return nb_network_shape(net, x);
}

bool nb_model_takes_t(const nb_model *model) { return model->graph.t >= 0; }

bool nb_model_takes_fraction(const nb_model *model)
{
    const nb_network *net = model->network;
    for (int i = 0; i < net->n_inputs; i++)
        if (net->inputs[i].kind == NB_INPUT_FRACTION) return true;
    return false;
}

int nb_model_classes(const nb_model *model)
{
    return model->graph.classes ? (int)model->graph.classes - 1 : 0;
}
