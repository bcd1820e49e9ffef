/* pytorch_script.c - what an exported program does when it is run: Ho et al. 2020, algorithm 1, with the settings of the
 * weights' training and in the order of the trainer's draws. A network that does not predict noise is run. */
#include "models/pytorch.h"

#include "diffusion/schedule.h"

#include <stdio.h>

static const char load_npy[] =
    "def load_npy(path, shape, dtype=torch.float32):\n"
    "    \"\"\"Samples, each of this shape.\"\"\"\n"
    "    array = torch.from_numpy(np.load(path)).to(dtype)\n"
    "    if array.shape[1:] != shape:\n"
    "        raise SystemExit(f\"{path} holds samples of shape {tuple(array.shape[1:])}, not {shape}\")\n"
    "    return array\n\n\n";

static bool is_time(const nb_net_input *in)
{
    return in->kind == NB_INPUT_TIMESTEP || in->kind == NB_INPUT_FRACTION;
}

static nb_value_shape shape_of(const nb_net_input *in)
{
    if (in->kind == NB_INPUT_LABELS || is_time(in)) return (nb_value_shape){0};
    if (in->kind == NB_INPUT_TOKENS) return (nb_value_shape){.rank = 1, .shape = {(int)in->shape.channels}};
    return nb_shape_of(in->shape);
}

/* "(2,)" or "(1, 32, 32)". */
static void put_shape(writer *w, text *t, nb_value_shape s)
{
    nb_pytorch_put(w, t, "(");
    for (int i = 0; i < s.rank; i++) nb_pytorch_put(w, t, i ? ", %d" : "%d", s.shape[i]);
    nb_pytorch_put(w, t, s.rank == 1 ? ",)" : ")");
}

/* What the script calls an input. */
static void put_name(writer *w, text *t, const nb_net_input *in)
{
    static const char *const own[] = {
        "model", "data",    "labels", "epochs", "epoch",     "losses", "loss",     "batch",   "x_0",
        "x_t",   "t",       "eps",    "signal", "alpha_bar", "y",      "steps",    "args",    "parser",
        "beta",  "weights", "out",    "json",   "zlib",      "struct", "argparse", "tensors", "metadata"};
    if (in->kind == NB_INPUT_X || in->kind == NB_INPUT_LABELS) {
        nb_pytorch_put(w, t, in->kind == NB_INPUT_X ? "data" : "labels");
        return;
    }
    bool free = is_time(in) || nb_pytorch_free(w, in->name);
    for (size_t i = 0; i < sizeof own / sizeof *own && !is_time(in); i++)
        free = free && strcmp(own[i], in->name) != 0;
    if (free)
        nb_pytorch_put(w, t, "%s", is_time(in) ? "t" : in->name);
    else
        nb_pytorch_put(w, t, "input_%d", (int)(in - w->net->inputs));
}

/* ", labels, mask": all but x, and t if it is drawn. */
static void put_names(writer *w, text *t, bool time, const char *after)
{
    for (int i = 0; i < w->net->n_inputs; i++) {
        const nb_net_input *in = &w->net->inputs[i];
        if (in->kind == NB_INPUT_X || (is_time(in) && !time)) continue;
        nb_pytorch_put(w, t, ", ");
        put_name(w, t, in);
        nb_pytorch_put(w, t, "%s", after);
    }
}

/* ---- Settings ----------------------------------------------------------------------------------------------- */

static const nb_net_input *labels_of(const nb_network *net)
{
    for (int i = 0; i < net->n_inputs; i++)
        if (net->inputs[i].kind == NB_INPUT_LABELS) return &net->inputs[i];
    return NULL;
}

static void put_settings(writer *w, text *t, const nb_model *model, nb_schedule_kind kind)
{
    const nb_training *known = &model->training;
    const nb_schedule_info *info = nb_schedule_describe(kind);
    const bool told = known->T > 0 && known->schedule == kind;
    text schedule = {0}, unknown = {0};
    nb_pytorch_put(w, &schedule, "T = %d\n", known->T > 0 ? known->T : 1000);
    if (info->takes_beta)
        nb_pytorch_put(w, &schedule, "BETA_START, BETA_END = %.15g, %.15g\n", told ? known->beta_start : 1e-4,
                       told ? known->beta_end : 0.02);
    if (!told && known->T > 0) nb_pytorch_put(w, &unknown, "# (Its schedule had betas of its own.)\n");
    if (!told) nb_pytorch_put(w, &unknown, "%s", nb_pytorch_string(&schedule));
    if (!known->has_seed) nb_pytorch_put(w, &unknown, "SEED = 0\n");
    /* lab.Trainer's defaults, and the course's label dropout */
    nb_pytorch_put(w, &unknown, "BATCH_SIZE = %d\nLEARNING_RATE = 1e-3\n",
                   nb_model_sample_shape(model).rank == 1 ? 128 : 32);
    if (labels_of(w->net))
        nb_pytorch_put(w, &unknown,
                       "LABEL_DROPOUT = 0.1  # how often a label becomes NO_CLASS, for guidance\n");
    if (told || known->has_seed) nb_pytorch_put(w, t, "# What the weights were trained with.\n");
    if (told) nb_pytorch_put(w, t, "%s", nb_pytorch_string(&schedule));
    if (known->has_seed) nb_pytorch_put(w, t, "SEED = %u\n", (unsigned)known->seed);
    nb_pytorch_put(w, t, "# What the file of weights does not say: change it to what you want.\n%s",
                   nb_pytorch_string(&unknown));
    if (labels_of(w->net)) nb_pytorch_put(w, t, "NO_CLASS = %d\n", labels_of(w->net)->count);
    nb_pytorch_put(w, t, "\n\n");
    nb_pytorch_drop(&schedule);
    nb_pytorch_drop(&unknown);
}

static void put_schedule(writer *w, text *t, nb_schedule_kind kind, bool zero)
{
    nb_pytorch_put(w, t, "def schedule():\n    \"\"\"beta_t for t = 0, ..., T - 1: %s.\"\"\"\n",
                   nb_schedule_name(kind));
    for (const char *line = nb_schedule_python(kind); *line;) {
        const size_t n = strcspn(line, "\n");
        nb_pytorch_put(w, t, "    %.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
    if (zero)
        nb_pytorch_put(w, t,
                       "    # Zero terminal SNR: Lin et al. 2023, algorithm 1.\n"
                       "    root = np.sqrt(np.cumprod(1 - beta))\n"
                       "    bar = ((root - root[-1]) * (root[0] / (root[0] - root[-1]))) ** 2\n"
                       "    beta = 1 - bar / np.append(1.0, bar[:-1])\n");
    nb_pytorch_put(w, t, "    return torch.tensor(beta, dtype=torch.float32)\n\n\n");
}

/* ---- The training loop -------------------------------------------------------------------------------------- */

/* "x_t, t / T, y": what the network is given of a batch. */
static void put_batch(writer *w, text *t)
{
    for (int i = 0; i < w->net->n_inputs; i++) {
        const nb_net_input *in = &w->net->inputs[i];
        nb_pytorch_put(w, t, i ? ", " : "");
        if (in->kind == NB_INPUT_X)
            nb_pytorch_put(w, t, "x_t");
        else if (in->kind == NB_INPUT_FRACTION)
            nb_pytorch_put(w, t, "t / T");
        else if (in->kind == NB_INPUT_TIMESTEP)
            nb_pytorch_put(w, t, "t.float()");
        else if (in->kind == NB_INPUT_LABELS)
            nb_pytorch_put(w, t, "y");
        else {
            put_name(w, t, in);
            nb_pytorch_put(w, t, "[batch]");
        }
    }
}

static void put_train(writer *w, text *t, const nb_model *model)
{
    nb_pytorch_put(w, t, "def train(model, beta, epochs, data");
    put_names(w, t, false, "");
    nb_pytorch_put(w, t,
                   "):\n"
                   "    \"\"\"Ho et al. 2020, algorithm 1. Returns the number of steps.\"\"\"\n"
                   "    alpha_bar = torch.cumprod(1 - beta, 0)\n"
                   "    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)\n"
                   "    steps = 0\n"
                   "    for epoch in range(epochs):\n"
                   "        losses = []\n"
                   "        for batch in torch.randperm(len(data)).split(BATCH_SIZE):\n"
                   "            x_0 = data[batch]\n"
                   "            t = torch.randint(0, T, (len(batch),))\n"
                   "            eps = torch.randn_like(x_0)\n"
                   "            signal = alpha_bar[t].reshape(-1");
    for (int i = 0; i < nb_model_sample_shape(model).rank; i++) nb_pytorch_put(w, t, ", 1");
    nb_pytorch_put(w, t,
                   ")\n"
                   "            x_t = signal.sqrt() * x_0 + (1 - signal).sqrt() * eps\n");
    if (labels_of(w->net))
        nb_pytorch_put(w, t,
                       "            y = labels[batch].masked_fill(torch.rand(len(batch)) < LABEL_DROPOUT, "
                       "NO_CLASS)\n");
    nb_pytorch_put(w, t, "            loss = F.mse_loss(model(");
    put_batch(w, t);
    nb_pytorch_put(w, t,
                   "), eps)\n"
                   "            optimizer.zero_grad()\n"
                   "            loss.backward()\n"
                   "            optimizer.step()\n"
                   "            losses.append(loss.item())\n"
                   "        steps += len(losses)\n"
                   "        print(f\"epoch {epoch + 1}: loss {sum(losses) / len(losses):.5f}\")\n"
                   "    return steps\n\n\n");
}

static void put_record(writer *w, text *t, nb_schedule_kind kind, bool zero)
{
    nb_pytorch_put(w, t,
                   "def record(before, beta, data, steps):\n"
                   "    \"\"\"What Noisebook's files say of a training: its samplers go by that.\"\"\"\n"
                   "    if \"noisebook\" not in before:\n"
                   "        return before\n"
                   "    after = dict(before, schedule=\"%s\", T=str(T), seed=str(SEED))\n"
                   "    after[\"beta_crc\"] = f\"{zlib.crc32(beta.numpy()):08x}\"\n"
                   "    after[\"steps\"] = str(int(before.get(\"steps\", 0)) + steps)\n",
                   nb_schedule_name(kind));
    if (nb_schedule_describe(kind)->takes_beta)
        nb_pytorch_put(w, t, "    after.update(beta_start=str(BETA_START), beta_end=str(BETA_END))\n");
    if (zero) nb_pytorch_put(w, t, "    after[\"zero_terminal_snr\"] = \"true\"\n");
    nb_pytorch_put(w, t,
                   "    if data.min() < data.max():\n"
                   "        after.update(data_min=f\"{data.min():.9g}\", data_max=f\"{data.max():.9g}\")\n"
                   "    return after\n\n\n");
}

/* ---- main --------------------------------------------------------------------------------------------------- */

static void put_arguments(writer *w, text *t, bool time)
{
    nb_pytorch_put(w, t,
                   "    parser.add_argument(\"weights\", help=\"a .safetensors file of this network\")\n");
    for (int i = 0; i < w->net->n_inputs; i++) {
        const nb_net_input *in = &w->net->inputs[i];
        const nb_value_shape s = shape_of(in);
        if (is_time(in) && !time) continue;
        nb_pytorch_put(w, t, "    parser.add_argument(\"");
        put_name(w, t, in);
        nb_pytorch_put(w, t, "\", help=\"a .npy file, (n");
        for (int k = 0; k < s.rank; k++) nb_pytorch_put(w, t, ", %d", s.shape[k]);
        nb_pytorch_put(w, t, s.rank ? ")" : ",)");
        if (in->count > 0) nb_pytorch_put(w, t, ", of 0 to %d", in->count - 1);
        nb_pytorch_put(w, t, "\")\n");
    }
}

/* Whether it reads more than the file of x. */
static bool more_files(const nb_network *net, bool time)
{
    int files = 0;
    for (int i = 0; i < net->n_inputs; i++) files += time || !is_time(&net->inputs[i]);
    return files > 1;
}

static void put_loads(writer *w, text *t, bool time)
{
    for (int i = 0; i < w->net->n_inputs; i++) {
        const nb_net_input *in = &w->net->inputs[i];
        if (is_time(in) && !time) continue;
        nb_pytorch_put(w, t, "    ");
        put_name(w, t, in);
        nb_pytorch_put(w, t, " = load_npy(args.");
        put_name(w, t, in);
        nb_pytorch_put(w, t, ", ");
        put_shape(w, t, shape_of(in));
        nb_pytorch_put(w, t, in->count > 0 ? ", torch.long)\n" : ")\n");
    }
    if (!more_files(w->net, time)) return;
    nb_pytorch_put(w, t, "    if not all(len(each) == len(data) for each in (data");
    put_names(w, t, time, "");
    nb_pytorch_put(w, t, ")):\n        parser.error(\"each file takes as many samples as the others\")\n");
}

static void put_main(writer *w, text *t, bool trains)
{
    const char *class = w->blocks[0].name;
    nb_pytorch_put(
        w, t, "if __name__ == \"__main__\":\n    parser = argparse.ArgumentParser(description=\"%s %s.\")\n",
        trains ? "Trains" : "Runs", class);
    put_arguments(w, t, !trains);
    if (trains) nb_pytorch_put(w, t, "    parser.add_argument(\"--epochs\", type=int, default=10)\n");
    nb_pytorch_put(w, t,
                   "    parser.add_argument(\"--out\", default=\"%s\")\n    args = parser.parse_args()\n\n",
                   trains ? "trained.safetensors" : "out.npz");
    nb_pytorch_put(w, t,
                   "%s    model = %s()\n"
                   "    tensors, metadata = load_safetensors(args.weights)\n"
                   "    model.load_state_dict(tensors, strict=True)\n",
                   trains ? "    torch.manual_seed(SEED)\n" : "", class);
    put_loads(w, t, !trains);
    if (trains) {
        nb_pytorch_put(w, t, "    beta = schedule()\n    steps = train(model, beta, args.epochs, data");
        put_names(w, t, false, "");
        nb_pytorch_put(
            w, t,
            ")\n    save_safetensors(args.out, model.state_dict(), record(metadata, beta, data, steps))\n");
        return;
    }
    nb_pytorch_put(w, t, "    model.eval()\n    with torch.no_grad():\n        out = model(");
    for (int i = 0; i < w->net->n_inputs; i++) {
        nb_pytorch_put(w, t, i ? ", " : "");
        put_name(w, t, &w->net->inputs[i]);
    }
    if (w->net->n_outputs > 1)
        nb_pytorch_put(w, t,
                       ")\n    np.savez(args.out, **{name: value.numpy() for name, value in out.items()})\n");
    else
        nb_pytorch_put(w, t, ")\n    np.savez(args.out, %s=out.numpy())\n", w->net->outputs[0].name);
}

static bool trains_on_noise(const nb_model *model)
{
    const nb_network *net = model->network;
    const nb_shape out = net->values[net->outputs[0].value].shape;
    nb_shape x = {0};
    for (int i = 0; i < net->n_inputs; i++)
        if (net->inputs[i].kind == NB_INPUT_X) x = net->inputs[i].shape;
    return model->training.objective == NB_OBJECTIVE_EPS && net->n_outputs == 1 && nb_same_size(x, out) &&
           x.channels == out.channels;
}

void nb_pytorch_script(writer *w, text *t, const nb_model *model)
{
    const nb_training *known = &model->training;
    const nb_schedule_kind kind =
        known->T == 0 || known->schedule == NB_SCHEDULE_OWN ? NB_SCHEDULE_LINEAR : known->schedule;
    const bool trains = trains_on_noise(model);
    const bool zero = known->zero_terminal_snr && known->schedule != NB_SCHEDULE_OWN;
    if (trains) put_settings(w, t, model, kind);
    nb_pytorch_put(w, t, "%s", load_npy);
    if (trains) {
        put_schedule(w, t, kind, zero);
        put_train(w, t, model);
        put_record(w, t, kind, zero);
    }
    put_main(w, t, trains);
}
