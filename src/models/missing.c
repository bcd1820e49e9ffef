/* missing.c - what is said of a tensor that a file does not have. */
#include "models/checkpoint.h"

#include "base/error.h"

#include <string.h>

nb_status nb_checkpoint_missing(const nb_safetensors *st, const char *name, const char *what, nb_error *err)
{
    static const struct {
        const char *prefix, *from, *instead;
    } known[] = {{"module.", "torch.nn.DataParallel", "model.module.state_dict()"},
                 {"_orig_mod.", "torch.compile", "model._orig_mod.state_dict()"}};
    const size_t length = strlen(name);
    for (size_t k = 0; k < st->count; k++) {
        const char *found = st->tensors[k].name;
        const size_t before = strlen(found) > length ? strlen(found) - length : 0;
        if (before == 0 || found[before - 1] != '.' || strcmp(found + before, name) != 0) continue;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            if (strlen(known[i].prefix) == before && strncmp(found, known[i].prefix, before) == 0)
                return nb_fail(err, NB_ERR_FORMAT,
                               "the tensors' names begin with \"%s\", as %s leaves them: save %s",
                               known[i].prefix, known[i].from, known[i].instead);
        }
        return nb_fail(err, NB_ERR_FORMAT,
                       "tensor %s is missing, but %s is there: take \"%.*s\" off the tensors' names", name,
                       found, (int)before, found);
    }
    return nb_fail(err, NB_ERR_FORMAT, "tensor %s is missing: these are not the weights of %s", name, what);
}
