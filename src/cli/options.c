/* options.c - the options as a table, and one reader for all of them. */
#include "cli/cli.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef enum kind { INTEGER, SEED, REAL, TEXT, SCHEDULE, MODE } kind;

typedef struct option {
    const char *name;
    kind kind;
    size_t field; /* offset in cli_options */
    double low, high;
    const char *commands, *help;
} option;

#define FIELD(f) offsetof(cli_options, f)

static const option options[] = {
    {"seed", SEED, FIELD(seed), 0, 4294967295.0, "run", "np.random.seed and torch.manual_seed (42)"},
    {"epochs", INTEGER, FIELD(epochs), 1, 1e6, "run", "passes over the data (100)"},
    {"batch", INTEGER, FIELD(batch), 1, 65536, "run", "samples a training step (128)"},
    {"lr", REAL, FIELD(lr), 0, 1e6, "run", "Adam's learning rate (0.001)"},
    {"points", INTEGER, FIELD(points), 1, 1e7, "run", "points in the data set (5000)"},
    {"samples", INTEGER, FIELD(samples), 1, 1e7, "run", "points to generate (500)"},
    {"timesteps", INTEGER, FIELD(timesteps), 2, 100000, "run", "T, the steps of the forward process (1000)"},
    {"steps", INTEGER, FIELD(steps), 1, 100000, "run", "steps of the sampler, at most T (T)"},
    {"schedule", SCHEDULE, FIELD(schedule), 0, 0, "run",
     "linear, cosine, cosine-0.9999, quadratic, quadratic-sqrt,\n"
     "                     exponential or exponential-closed (cosine)"},
    {"hidden", INTEGER, FIELD(hidden), 1, 4096, "run", "width of the network's hidden layers (128)"},
    {"threads", INTEGER, FIELD(threads), 1, 64, "run predict",
     "threads; the result does not depend on it (all cores)"},
    {"mode", MODE, FIELD(mode), 0, 0, "run predict",
     "exact: the same bits everywhere; fast: fused multiply-add (exact)"},
    {"weights", TEXT, FIELD(weights), 0, 0, "run predict", "a .safetensors file to start from"},
    {"model", TEXT, FIELD(model), 0, 0, "predict",
     "simple-noise-predictor, mini-unet, simple-unet, conditional-unet or\n"
     "                     conditional-diffusion"},
    {"input", TEXT, FIELD(input), 0, 0, "predict", "x_t, .npy of shape (n, d) or (n, channels, size, size)"},
    {"t", TEXT, FIELD(t), 0, 0, "predict",
     "t as the model takes it, .npy of shape (n,): t / T for points, t for images"},
    {"labels", TEXT, FIELD(labels), 0, 0, "predict",
     "class labels, .npy of shape (n,); the number of classes is no class"},
    {"out", TEXT, FIELD(out), 0, 0, "run predict",
     "where to write: a directory for run (noisebook-0N), an .npy file for predict"},
};
enum { OPTIONS = sizeof options / sizeof options[0] };

static int online_threads(void)
{
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > 8 ? 8 : (int)n;
}

static cli_options defaults(void)
{
    return (cli_options){.seed = 42,
                         .epochs = 100,
                         .batch = 128,
                         .lr = 1e-3,
                         .points = 5000,
                         .samples = 500,
                         .timesteps = 1000,
                         .hidden = 128,
                         .threads = online_threads(),
                         .schedule = NB_SCHEDULE_COSINE,
                         .mode = NB_MODE_EXACT};
}

static bool takes(const option *o, const char *command)
{
    const char *p = strstr(o->commands, command);
    const size_t n = strlen(command);
    return p && (p == o->commands || p[-1] == ' ') && (p[n] == '\0' || p[n] == ' ');
}

static int print_help(const char *command)
{
    const char *argument = strcmp(command, "run") == 0 ? " N" : "";
    printf("usage: noisebook %s%s [OPTION ...]\n\n", command, argument);
    for (int i = 0; i < OPTIONS; i++) {
        if (takes(&options[i], command)) printf("  --%-16s %s\n", options[i].name, options[i].help);
    }
    if (*argument)
        printf("\nN is an exercise's number; noisebook list names them. Defaults are in parentheses.\n");
    return 0;
}

/* A whole number or a real one, within the option's range and nothing behind it. */
static bool read_number(const option *o, const char *text, double *out)
{
    char *end = NULL;
    errno = 0;
    const double value = strtod(text, &end);
    const bool whole = o->kind != REAL, above = o->kind == REAL ? value > o->low : value >= o->low;
    const bool good = end != text && *end == '\0' && isfinite(value) && above && value <= o->high &&
                      (!whole || floor(value) == value);
    if (!good && whole)
        cli_fail(0, "--%s %s: it takes a whole number from %.0f to %.0f", o->name, text, o->low, o->high);
    else if (!good)
        cli_fail(0, "--%s %s: it takes a number above %g, at most %g", o->name, text, o->low, o->high);
    *out = value;
    return good;
}

static bool store(const option *o, const char *text, cli_options *out)
{
    unsigned char *field = (unsigned char *)out + o->field;
    double number = 0.0;
    nb_error err;
    switch (o->kind) {
    case INTEGER:
        if (!read_number(o, text, &number)) return false;
        memcpy(field, &(int){(int)number}, sizeof(int));
        return true;
    case SEED:
        if (!read_number(o, text, &number)) return false;
        memcpy(field, &(uint32_t){(uint32_t)number}, sizeof(uint32_t));
        return true;
    case REAL:
        if (!read_number(o, text, &number)) return false;
        memcpy(field, &number, sizeof number);
        return true;
    case TEXT:
        if (*text == '\0') {
            cli_fail(0, "--%s takes a name, not an empty one", o->name);
            return false;
        }
        memcpy(field, &text, sizeof text);
        return true;
    case SCHEDULE:
        if (nb_schedule_find(text, &out->schedule, &err) == NB_OK) return true;
        cli_fail(0, "--schedule: %s", err.message);
        return false;
    case MODE:
        out->mode = strcmp(text, "fast") == 0 ? NB_MODE_FAST : NB_MODE_EXACT;
        if (out->mode == NB_MODE_FAST || strcmp(text, "exact") == 0) return true;
        cli_fail(0, "--mode %s: it takes exact or fast", text);
        return false;
    }
    return false;
}

/* The option that `argument` (--name or --name=value) names, or -1. */
static int find(const char *argument, const char *command)
{
    const size_t n = strcspn(argument + 2, "=");
    for (int i = 0; i < OPTIONS; i++) {
        if (strlen(options[i].name) == n && strncmp(options[i].name, argument + 2, n) == 0 &&
            takes(&options[i], command))
            return i;
    }
    return -1;
}

bool cli_parse(const char *command, int argc, char **argv, cli_options *o, int *status)
{
    *o = defaults();
    *status = NB_EXIT_USAGE;
    for (int i = 0; i < argc; i++) {
        const char *a = argv[i];
        if (strcmp(a, "--help") == 0 || strcmp(a, "-h") == 0) {
            *status = print_help(command);
            return false;
        }
        if (a[0] != '-' && o->positional == NULL && strcmp(command, "run") == 0) {
            o->positional = a;
            continue;
        }
        const int k = strncmp(a, "--", 2) == 0 ? find(a, command) : -1;
        if (k < 0) {
            cli_fail(0, "%s is no option of %s: noisebook %s --help lists them", a, command, command);
            return false;
        }
        const char *equals = strchr(a, '='), *value = equals ? equals + 1 : i + 1 < argc ? argv[++i] : NULL;
        if (value == NULL) {
            cli_fail(0, "--%s needs a value", options[k].name);
            return false;
        }
        if (!store(&options[k], value, o)) return false;
        o->given |= 1U << k;
    }
    return true;
}

bool cli_given(const cli_options *o, const char *name)
{
    for (int i = 0; i < OPTIONS; i++) {
        if (strcmp(options[i].name, name) == 0) return (o->given >> i & 1U) != 0;
    }
    return false;
}
