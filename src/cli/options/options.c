/* options.c - the options as a table, and one reader for all of them. */
#include "cli/options/options.h"

#include "cli/message.h"
#include "cli/options/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIELD(f) offsetof(cli_options, f)

static const cli_option options[] = {
    {"seed", CLI_SEED, FIELD(seed), 0, 4294967295.0, "run", "np.random.seed and torch.manual_seed"},
    {"points", CLI_INTEGER, FIELD(points), 1, 1e7, "run", "points or pictures in the data set"},
    {"epochs", CLI_INTEGER, FIELD(epochs), 1, 1e6, "run", "passes over the data"},
    {"batch", CLI_INTEGER, FIELD(batch), 1, 65536, "run", "samples a training step"},
    {"recipe", CLI_RECIPE, FIELD(recipe), 0, 0, "run",
     "notebook, best or (shapes) quick: how to train, and sample, where no other option says; the notebook's "
     "way "
     "if left out"},
    {"lr", CLI_POSITIVE, FIELD(lr), 0, 1e6, "run", "Adam's learning rate"},
    {"optimizer", CLI_OPTIMIZER, FIELD(optimizer), 0, 0, "run", "what turns gradients into steps:"},
    {"warmup", CLI_REAL, FIELD(warmup), 0, 1, "run",
     "the part of all steps that the learning rate rises for"},
    {"decay", CLI_SWITCH, FIELD(decay), 0, 0, "run",
     "on or off: after that it falls along half a cosine, to 0 at the end"},
    {"objective", CLI_OBJECTIVE, FIELD(objective), 0, 0, "run", "what the network is to predict:"},
    {"stratified", CLI_SWITCH, FIELD(stratified), 0, 0, "run",
     "on or off: the timesteps of a batch are spread evenly"},
    {"label-dropout", CLI_REAL, FIELD(label_dropout), 0, 1, "run",
     "how likely a label is dropped in training"},
    {"ema", CLI_REAL, FIELD(ema), 0, 0.999999, "run",
     "decay of an average of the weights, which is then saved and sampled; 0: none"},
    {"autoencoder-steps", CLI_INTEGER, FIELD(autoencoder_steps), 1, 1e6, "run",
     "steps of the autoencoder's training, 32 pictures each"},
    {"kl", CLI_REAL, FIELD(kl), 0, 1e6, "run",
     "the weight of the Kullback-Leibler divergence in the autoencoder's loss"},
    {"timesteps", CLI_INTEGER, FIELD(timesteps), 2, 100000, "run",
     "T, the steps of the forward process; that of --weights if they say"},
    {"schedule", CLI_SCHEDULE, FIELD(schedule), 0, 0, "run", "of beta_t, that of --weights if they say:"},
    {"zero-terminal-snr", CLI_SWITCH, FIELD(zero_terminal_snr), 0, 0, "train",
     "on or off: sqrt(alpha_bar) is shifted and stretched so that the last timestep is noise alone, for\n"
     "                     objectives that can begin there (x0, v); as --weights if they say"},
    {"hidden", CLI_INTEGER, FIELD(hidden), 1, 4096, "run", "width of the network's hidden layers"},
    {"channels", CLI_INTEGER, FIELD(channels), 1, 256, "run", "the networks' base width"},
    {"height", CLI_INTEGER, FIELD(height), 4, 256, "run",
     "of the pictures, a multiple of 4; that of --weights if they say"},
    {"width", CLI_INTEGER, FIELD(width), 4, 256, "run", "likewise"},
    {"samples", CLI_INTEGER, FIELD(samples), 1, 1e7, "run", "samples to generate"},
    {"steps", CLI_INTEGER, FIELD(steps), 1, 100000, "run",
     "steps of the sampler, at most T; T if left out, of a flow 100"},
    {"method", CLI_METHOD, FIELD(method), 0, 0, "run", "the sampler:"},
    {"eta", CLI_REAL, FIELD(eta), 0, 1, "run", "ddim's noise, from 0 (none) to 1 (as ddpm)"},
    {"variance", CLI_VARIANCE, FIELD(variance), 0, 0, "run", "of the noise that ddpm puts back:"},
    {"clip", CLI_CLIP, FIELD(clip), 0, 0, "run",
     "each predicted x_0 is kept to the range of the data (on), to a range such as -1,1, or not (off);\n"
     "                     auto: to that of the data, for methods whose first step needs it"},
    {"any-schedule", CLI_SWITCH, FIELD(any_schedule), 0, 0, "run",
     "on or off: take another schedule or T than the weights were trained for"},
    {"guidance", CLI_SCALES, FIELD(guidance), -1000, 1000, "run",
     "guidance scales, as 0,1,2: 0 without class, 1 with, beyond 1 exaggerates"},
    {"raw-time", CLI_SWITCH, FIELD(raw_time), 0, 0, "run",
     "on or off: train from PyTorch's initial weights for t as they are, not divided by T"},
    {"data", CLI_TEXT, FIELD(data), 0, 0, "run",
     "a pack of pictures with classes (.nbi), the 8x8 digits if left out; for train samples, .npy of shape\n"
     "                     (n, and the shape of a sample)"},
    {"weights", CLI_TEXT, FIELD(weights), 0, 0, "run predict export", "a .safetensors file to start from"},
    {"network", CLI_TEXT, FIELD(network), 0, 0, "train",
     "the text of a network, a line for each input, module, call and output, to train from its initial "
     "weights"},
    {"config", CLI_TEXT, FIELD(config), 0, 0, "train",
     "the settings of a run that the studio saved (run.json), its data beside it; other options come first"},
    {"resume", CLI_TEXT, FIELD(resume), 0, 0, "run",
     "the checkpoint that an interrupted run left: go on from there, with its options"},
    {"threads", CLI_INTEGER, FIELD(threads), 1, 64, "run predict",
     "threads; the result does not depend on it; all cores if left out"},
    {"mode", CLI_MODE, FIELD(mode), 0, 0, "run predict",
     "exact: the same bits everywhere; fast: fused multiply-add"},
    {"model", CLI_MODEL, FIELD(model), 0, 0, "predict", "what the weights are of, if they do not say:"},
    {"input", CLI_TEXT, FIELD(input), 0, 0, "predict",
     "x_t, .npy of shape (n, and the shape of a sample), such as (n, d) or (n, channels, height, width)"},
    {"t", CLI_TEXT, FIELD(t), 0, 0, "predict",
     "t as the model takes it, .npy of shape (n,): t / T for points, t for images; none for a network "
     "without t"},
    {"labels", CLI_TEXT, FIELD(labels), 0, 0, "predict",
     "class labels, .npy of shape (n,); the number of classes is no class"},
    {"cond", CLI_TEXT, FIELD(cond), 0, 0, "predict",
     "a network's further inputs, .npy of shape (n, all their numbers)"},
    {"times", CLI_TEXT, FIELD(times), 0, 0, "sample",
     "of a flow, .npy of shape (steps + 1,): from 1 (noise) to 0; even ones if left out"},
    {"out", CLI_TEXT, FIELD(out), 0, 0, "run predict export",
     "where to write: a directory for run, an .npy file for predict and sample (which writes pictures as "
     ".png,\n"
     "                     too), a .safetensors file for train, a .py file for export"},
};
enum { OPTIONS = sizeof options / sizeof options[0] };
_Static_assert(OPTIONS <= 64, "cli_options.given has a bit for each");

static int online_threads(void)
{
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > 8 ? 8 : (int)n;
}

static bool takes(const cli_option *o, const char *command)
{
    const char *p = strstr(o->commands, command);
    const size_t n = strlen(command);
    return p && (p == o->commands || p[-1] == ' ') && (p[n] == '\0' || p[n] == ' ');
}

/* Its name, what it is for, the names that the core has for it, and its default. */
static void print_option(const cli_option *option, const char *value)
{
    enum { INDENT = 21, WIDTH = 110 };
    size_t column = INDENT + strlen(option->help);
    printf("  --%-16s %s", option->name, option->help);
    for (int i = 0; cli_name_at(option->kind, i); i++) {
        const char *name = cli_name_at(option->kind, i), *mark = i ? "," : "";
        const bool wraps = column + strlen(name) + 2 > WIDTH;
        if (wraps) column = INDENT;
        printf(wraps ? "%s\n%*s%s" : "%s%*s%s", mark, wraps ? INDENT : 1, wraps ? "" : " ", name);
        column += strlen(name) + 2;
    }
    printf(*value ? " (%s)\n" : "\n", value);
}

static void print_help(const char *command)
{
    const bool run = strcmp(command, "run") == 0;
    printf("usage: noisebook %s%s [OPTION ...]\n\n", command, run ? " N" : "");
    for (int i = 0; i < OPTIONS; i++) {
        if (takes(&options[i], command)) print_option(&options[i], "");
    }
    if (run)
        printf("\nN is an exercise's number or \"companion\"; noisebook list names them. Each takes some of "
               "these:\n"
               "noisebook run N --help lists them with its defaults.\n");
}

/* The option of this name, n characters long, or -1. */
static int index_of(const char *name, size_t n)
{
    for (int i = 0; i < OPTIONS; i++) {
        if (strlen(options[i].name) == n && strncmp(options[i].name, name, n) == 0) return i;
    }
    return -1;
}

/* Whether a command says itself, by lists, which options it takes. */
static bool has_lists(const char *command)
{
    return strcmp(command, "run") == 0 || strcmp(command, CLI_TRAIN) == 0 || strcmp(command, "sample") == 0;
}

/* The option that `argument` (--name or --name=value) names, or -1. Of what a list names none are refused here. */
static int find(const char *argument, const char *command)
{
    const int k = index_of(argument + 2, strcspn(argument + 2, "="));
    const bool listed = has_lists(command) && strcmp(command, "run") != 0;
    return k >= 0 && (listed || takes(&options[k], command)) ? k : -1;
}

bool cli_parse(const char *command, int argc, char **argv, cli_options *o, int *status)
{
    const bool run = strcmp(command, "run") == 0;
    *o = (cli_options){.timesteps = 1000,
                       .threads = online_threads(),
                       .schedule = NB_SCHEDULE_COSINE_CLIPPED,
                       .beta_start = 1e-4,
                       .beta_end = 0.02};
    *status = NB_EXIT_USAGE;
    for (int i = 0; i < argc; i++) {
        const char *a = argv[i];
        if (strcmp(a, "--help") == 0 || strcmp(a, "-h") == 0) {
            o->help = true;
            continue;
        }
        if (a[0] != '-' && o->positional == NULL && run) {
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
        if (!cli_read_value(&options[k], value, o)) return false;
        o->given |= UINT64_C(1) << k;
    }
    if (!o->help || (run ? o->positional != NULL : has_lists(command))) return true;
    print_help(command);
    *status = 0;
    return false;
}

bool cli_given(const cli_options *o, const char *name)
{
    const int k = index_of(name, strlen(name));
    return k >= 0 && (o->given >> k & 1U) != 0;
}

bool cli_keep(cli_options *o, const char *name, const char *text)
{
    const int k = index_of(name, strlen(name));
    o->kept |= UINT64_C(1) << k;
    return cli_read_value(&options[k], text, o);
}

bool cli_propose(cli_options *o, const char *name, const char *text)
{
    const int k = index_of(name, strlen(name));
    if (((o->given | o->kept) >> k & 1U) != 0) return true;
    o->proposed |= UINT64_C(1) << k;
    return cli_read_value(&options[k], text, o);
}

bool cli_decides(const cli_options *o, const char *name)
{
    return o->trains == NULL || ((o->given | o->kept) >> index_of(name, strlen(name)) & 1U) != 0;
}

/* Whether it has a value that is not its default. */
static bool is_set(const cli_options *o, int k)
{
    return ((o->given | o->kept | o->proposed) >> k & 1U) != 0;
}

/* ---- An exercise's options ---- */

enum { MOST_DEFAULT = 32 };

/* The next option of a list, its default in `value` ("" if there is none); -1 at the end. */
static int next(const char **list, char value[MOST_DEFAULT])
{
    *list += strspn(*list, " ");
    if (**list == '\0') return -1;
    const size_t n = strcspn(*list, " "), name = strcspn(*list, " =");
    const int k = index_of(*list, name);
    snprintf(value, MOST_DEFAULT, "%.*s", name < n ? (int)(n - name - 1) : 0, *list + name + 1);
    *list += n;
    return k;
}

static uint64_t named(const char *list)
{
    char value[MOST_DEFAULT];
    uint64_t bits = 0;
    if (list == NULL) return 0;
    for (int k = next(&list, value); k >= 0; k = next(&list, value)) bits |= UINT64_C(1) << k;
    return bits;
}

static void refuse(int k, const char *what, uint64_t known)
{
    char text[1024] = "";
    for (int i = 0; i < OPTIONS; i++) {
        if (known >> i & 1U)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s --%s", *text ? "," : "",
                     options[i].name);
    }
    cli_fail(0, "%s does not heed --%s: it takes%s", what, options[k].name, text);
}

static bool set_defaults(cli_options *o, const char *list)
{
    char value[MOST_DEFAULT];
    if (list == NULL) return true;
    for (int k = next(&list, value); k >= 0; k = next(&list, value)) {
        if (*value && !is_set(o, k) && !cli_read_value(&options[k], value, o)) return false;
    }
    return true;
}

bool cli_heeded(const cli_options *o, const char *what, const char *const lists[CLI_LISTS])
{
    const uint64_t training = named(lists[CLI_TRAINING]);
    const uint64_t known = named(lists[CLI_COMMON]) | named(lists[CLI_OWN]) | training;
    for (int k = 0; k < OPTIONS; k++) {
        if (!(o->given >> k & 1U)) continue;
        if (!(known >> k & 1U)) {
            refuse(k, what, known);
            return false;
        }
        if (o->weights && training >> k & 1U) {
            cli_fail(0, "%s --weights trains nothing: --%s has no meaning there", what, options[k].name);
            return false;
        }
    }
    return true;
}

bool cli_complete(cli_options *o, const char *const lists[CLI_LISTS])
{
    for (int i = 0; i < CLI_LISTS; i++) {
        if (!set_defaults(o, lists[i])) return false;
    }
    return true;
}

void cli_print_options(const char *list)
{
    char value[MOST_DEFAULT];
    if (list == NULL) return;
    for (int k = next(&list, value); k >= 0; k = next(&list, value)) {
        print_option(&options[k], value);
    }
}

void cli_add_settings(json *j, const cli_options *o, const char *list)
{
    char value[MOST_DEFAULT];
    if (list == NULL) return;
    for (int k = next(&list, value); k >= 0; k = next(&list, value)) cli_add_value(&options[k], o, j);
}

/* ---- Options that a checkpoint keeps ---- */

enum { MOST_VALUE = 4096 };

/* What belongs to the command, not to the run. */
static bool is_kept(const char *name) { return strcmp(name, "out") != 0 && strcmp(name, "resume") != 0; }

/* Whether a run may go on with another value. */
static bool may_differ(const char *name)
{
    return strcmp(name, "threads") == 0 || strcmp(name, "epochs") == 0;
}

/* Puts "<name>=<value>" and a zero byte at the end of a text of `size` bytes, which grows. */
static bool append(char **text, size_t *size, const char *name, const char *value)
{
    const size_t n = strlen(name) + strlen(value) + 2;
    char *grown = realloc(*text, *size + n);
    if (grown == NULL) {
        cli_fail(0, "not enough memory for the options");
        return false;
    }
    snprintf(grown + *size, n, "%s=%s", name, value);
    *text = grown;
    *size += n;
    return true;
}

bool cli_write_settings(const cli_options *o, const char *exercise, const char *const lists[CLI_LISTS],
                        char **out, size_t *size)
{
    char value[MOST_DEFAULT], text[MOST_VALUE];
    *out = NULL;
    *size = 0;
    if (!append(out, size, "exercise", exercise)) return false;
    for (int i = 0; i < CLI_LISTS; i++) {
        const char *list = lists[i] ? lists[i] : "";
        for (int k = next(&list, value); k >= 0; k = next(&list, value)) {
            const bool set = *value != '\0' || is_set(o, k);
            if (!set || !is_kept(options[k].name) || !cli_value_text(&options[k], o, text, sizeof text))
                continue;
            if (!append(out, size, options[k].name, text)) {
                free(*out);
                return false;
            }
        }
    }
    return true;
}

/* One option of a checkpoint, unless the command line has it; false after a message. */
static bool keep_value(cli_options *o, const char *path, const char *setting)
{
    char given[MOST_VALUE];
    const size_t n = strcspn(setting, "=");
    const char *value = setting + n + 1;
    const int k = index_of(setting, n);
    if (k < 0 || !is_kept(options[k].name)) {
        cli_fail(0, "%s is of a noisebook with another option: %.64s", path, setting);
        return false;
    }
    if (!(o->given >> k & 1U)) {
        o->kept |= UINT64_C(1) << k;
        return cli_read_value(&options[k], value, o);
    }
    const bool same = cli_value_text(&options[k], o, given, sizeof given) && strcmp(given, value) == 0;
    if (same || may_differ(options[k].name)) return true;
    cli_fail(0, "--%s %s: the run that %s goes on with has --%s %s", options[k].name, given, path,
             options[k].name, value);
    return false;
}

bool cli_read_settings(cli_options *o, const char *path, const char *exercise, const char *text, size_t size)
{
    static const char first[] = "exercise=";
    const size_t n = sizeof first - 1;
    if (strncmp(text, first, n) != 0) {
        cli_fail(0, "%s is no checkpoint of noisebook run or train", path);
        return false;
    }
    if (strcmp(text + n, exercise) != 0) {
        if (strcmp(text + n, CLI_TRAIN) == 0)
            cli_fail(0, "%s is of noisebook train: noisebook train --resume %s", path, path);
        else
            cli_fail(0, "%s is of exercise %.16s: noisebook run %.16s --resume %s", path, text + n, text + n,
                     path);
        return false;
    }
    const char *const end = text + size;
    for (const char *p = text + strlen(text) + 1; p < end; p += strlen(p) + 1) {
        if (strchr(p, '=') == NULL || !keep_value(o, path, p)) {
            if (strchr(p, '=') == NULL) cli_fail(0, "%s is no checkpoint of noisebook run or train", path);
            return false;
        }
    }
    return true;
}
