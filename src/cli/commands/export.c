/* export.c - the network of a file of weights as a program for PyTorch. */
#include "cli/commands/commands.h"
#include "cli/files/files.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/options/options.h"

#include <stdlib.h>

/* An exit status. */
static int export(const cli_options *o, const nb_engine *engine, const uint8_t *file, size_t size)
{
    nb_model *model = NULL;
    nb_error err;
    uint8_t *text = NULL;
    size_t length = 0;
    nb_status status = nb_model_open(engine, file, size, 1, &model, &err);
    if (status == NB_OK) status = nb_model_export_pytorch(model, NULL, &text, &length, &err);
    int result = NB_EXIT_USAGE;
    if (status != NB_OK)
        cli_fail(0, "%s: %s", o->weights, err.message);
    else
        result = cli_write_file(o->out, text, length) ? 0 : NB_EXIT_FAILED;
    free(text);
    nb_model_destroy(model);
    return result;
}

int nb_cli_export(int argc, char **argv)
{
    cli_options o;
    int status;
    if (!cli_parse("export", argc - 2, argv + 2, &o, &status)) return status;
    if (!o.weights || !o.out) return cli_fail(NB_EXIT_USAGE, "export needs --weights and --out");
    uint8_t *file = NULL;
    size_t size = 0;
    nb_engine *engine = NULL;
    nb_error err;
    if (!cli_can_write_file(o.out)) return NB_EXIT_FAILED;
    if (!cli_read_file(o.weights, &file, &size)) return NB_EXIT_USAGE;
    sigset_t before;
    cli_hold_signals(&before);
    const nb_status made = nb_engine_create(NB_MODE_EXACT, 1, NULL, &engine, &err);
    cli_release_signals(&before);
    status = made == NB_OK ? export(&o, engine, file, size) : cli_fail(NB_EXIT_FAILED, "%s", err.message);
    free(file);
    nb_engine_destroy(engine);
    return status;
}
