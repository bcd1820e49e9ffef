/* pytorch_train.c - how an exported program trains: Ho et al. 2020, algorithm 1, or a flow's, with the settings of the weights' training
 * and in the order of the trainer's draws. */
#include "models/pytorch.h"

#include "diffusion/schedule.h"

/* ---- Settings ----------------------------------------------------------------------------------------------- */

/* How it trains: what was set, or lab.Trainer's defaults and the course's label dropout. */
static void put_choices(writer *w, text *t, const script *s)
{
    const nb_program *how = s->how;
    const int usual = nb_model_sample_shape(s->model).rank == 1 ? 128 : 32;
    nb_pytorch_put(w, t, "BATCH_SIZE = %d\n", how ? how->batch : usual);
    if (how)
        nb_pytorch_put(w, t, "LEARNING_RATE = %.15g\n", how->lr);
    else
        nb_pytorch_put(w, t, "LEARNING_RATE = 1e-3\n");
    if (nb_pytorch_paced(s))
        nb_pytorch_put(w, t, "WARMUP, DECAY_STEPS = %d, %d  # steps; 0: none\n", how->warmup,
                       how->decay_steps);
    if (nb_pytorch_averages(s))
        nb_pytorch_put(w, t, "EMA_DECAY = %.15g  # of the average of the weights, which is saved\n",
                       how->ema_decay);
    if (s->labels)
        nb_pytorch_put(w, t, "LABEL_DROPOUT = %.15g  # how often a label becomes NO_CLASS, for guidance\n",
                       how ? how->label_dropout : 0.1);
    if (how && how->held_out > 0)
        nb_pytorch_put(w, t, "HELD_OUT = %zu  # samples at the end of the data, which are not trained on\n",
                       how->held_out);
}

void nb_pytorch_settings(writer *w, text *t, const script *s)
{
    const nb_training *known = &s->model->training;
    const nb_schedule_info *info = nb_schedule_describe(s->schedule);
    const bool flows = nb_pytorch_flows(s), told = !flows && known->T > 0 && known->schedule == s->schedule;
    text schedule = {0}, unknown = {0};
    if (!flows) nb_pytorch_put(w, &schedule, "T = %d\n", known->T > 0 ? known->T : 1000);
    if (!flows && info->takes_beta)
        nb_pytorch_put(w, &schedule, "BETA_START, BETA_END = %.15g, %.15g\n", told ? known->beta_start : 1e-4,
                       told ? known->beta_end : 0.02);
    if (!told && known->T > 0) nb_pytorch_put(w, &unknown, "# (Its schedule had betas of its own.)\n");
    if (!told) nb_pytorch_put(w, &unknown, "%s", nb_pytorch_string(&schedule));
    if (!known->has_seed) nb_pytorch_put(w, &unknown, "SEED = 0\n");
    put_choices(w, &unknown, s);
    if (told || known->has_seed) nb_pytorch_put(w, t, "# What the weights were trained with.\n");
    if (told) nb_pytorch_put(w, t, "%s", nb_pytorch_string(&schedule));
    if (known->has_seed) nb_pytorch_put(w, t, "SEED = %u\n", (unsigned)known->seed);
    if (s->how == NULL)
        nb_pytorch_put(w, t, "# What the file of weights does not say: change it to what you want.\n");
    nb_pytorch_put(w, t, "%s", nb_pytorch_string(&unknown));
    if (s->labels) nb_pytorch_put(w, t, "NO_CLASS = %d\n", s->labels->count);
    nb_pytorch_put(w, t, "\n\n");
    nb_pytorch_drop(&schedule);
    nb_pytorch_drop(&unknown);
}

static void put_schedule(writer *w, text *t, const script *s)
{
    nb_pytorch_put(w, t, "def schedule():\n    \"\"\"beta_t for t = 0, ..., T - 1: %s.\"\"\"\n",
                   nb_schedule_name(s->schedule));
    for (const char *line = nb_schedule_python(s->schedule); *line;) {
        const size_t n = strcspn(line, "\n");
        nb_pytorch_put(w, t, "    %.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
    if (s->zero)
        nb_pytorch_put(w, t,
                       "    # Zero terminal SNR: Lin et al. 2023, algorithm 1.\n"
                       "    root = np.sqrt(np.cumprod(1 - beta))\n"
                       "    bar = ((root - root[-1]) * (root[0] / (root[0] - root[-1]))) ** 2\n"
                       "    beta = 1 - bar / np.append(1.0, bar[:-1])\n");
    nb_pytorch_put(w, t, "    return torch.tensor(beta, dtype=torch.float32)\n\n\n");
}

/* ---- The optimiser ------------------------------------------------------------------------------------------- */

/* As optim/muon.c, which says why. */
static const char muon[] =
    "def orthogonal(x):\n"
    "    \"\"\"A matrix with all singular values made about 1: Newton and Schulz's iteration.\"\"\"\n"
    "    x = x / x.norm().clamp(min=1e-30)\n"
    "    for _ in range(5):\n"
    "        a = x @ x.T\n"
    "        x = 3.4445 * x + (-4.775 * a + 2.0315 * a @ a) @ x\n"
    "    return x\n\n\n"
    "class Muon(torch.optim.Optimizer):\n"
    "    \"\"\"Jordan et al. 2024, with the scale of Liu et al. 2025, so that Adam's learning rate suits "
    "it.\"\"\"\n"
    "\n"
    "    @torch.no_grad()\n"
    "    def step(self):\n"
    "        for group in self.param_groups:\n"
    "            for weight in group[\"params\"]:\n"
    "                mean = self.state[weight].setdefault(\"mean\", torch.zeros_like(weight))\n"
    "                mean.mul_(0.95).add_(weight.grad, alpha=0.05)\n"
    "                step = (0.95 * mean + 0.05 * weight.grad).transpose(0, group[\"outputs\"])\n"
    "                x = step.flatten(1)\n"
    "                wide = x.shape[0] <= x.shape[1]\n"
    "                x = orthogonal(x) if wide else orthogonal(x.T).T\n"
    "                size = group[\"lr\"] * 0.2 * math.sqrt(max(x.shape))\n"
    "                weight.sub_(size * x.reshape(step.shape).transpose(0, group[\"outputs\"]))\n\n\n"
    "def optimizers_of(model):\n"
    "    \"\"\"Muon for matrices of 16 rows and columns or more, Adam for the rest.\"\"\"\n"
    "    matrices = {0: [], 1: []}  # by the axis of their outputs\n"
    "    for layer in model.modules():\n"
    "        outputs = int(isinstance(layer, nn.ConvTranspose2d))\n"
    "        if isinstance(layer, (nn.Linear, nn.Conv1d, nn.Conv2d, nn.ConvTranspose2d)):\n"
    "            if min(layer.weight.transpose(0, outputs).flatten(1).shape) >= 16:\n"
    "                matrices[outputs].append(layer.weight)\n"
    "    taken = {id(weight) for weights in matrices.values() for weight in weights}\n"
    "    rest = [weight for weight in model.parameters() if id(weight) not in taken]\n"
    "    groups = [{\"params\": weights, \"outputs\": axis} for axis, weights in matrices.items() if "
    "weights]\n"
    "    adam = torch.optim.Adam(rest, lr=LEARNING_RATE)\n"
    "    return [Muon(groups, {\"lr\": LEARNING_RATE}), adam] if groups else [adam]\n\n\n";

static const char pace[] =
    "def pace(step):\n"
    "    \"\"\"Of the learning rate: it rises from 0, and falls along half a cosine.\"\"\"\n"
    "    if step < WARMUP:\n"
    "        return (step + 1) / WARMUP\n"
    "    if DECAY_STEPS == 0:\n"
    "        return 1.0\n"
    "    return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - WARMUP) / (DECAY_STEPS - WARMUP))))\n\n\n";

static bool has_muon(const script *s) { return s->how && s->how->optimizer == NB_OPTIMIZER_MUON; }

static void put_optimizers(writer *w, text *t, const script *s)
{
    if (has_muon(s))
        nb_pytorch_put(w, t, "    optimizers = optimizers_of(model)\n");
    else
        nb_pytorch_put(w, t, "    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)\n");
    const char *all = has_muon(s) ? "optimizers" : "[optimizer]";
    if (nb_pytorch_paced(s))
        nb_pytorch_put(w, t, "    paces = [torch.optim.lr_scheduler.LambdaLR(each, pace) for each in %s]\n",
                       all);
    if (nb_pytorch_averages(s)) nb_pytorch_put(w, t, "    average = copy.deepcopy(model)\n");
}

/* A step of the optimiser, after the line that computes the loss. */
static void put_step(writer *w, text *t, const script *s)
{
    nb_pytorch_put(w, t,
                   has_muon(s) ? "            model.zero_grad()\n            loss.backward()\n"
                                 "            for each in optimizers:\n"
                                 "                each.step()\n"
                               : "            optimizer.zero_grad()\n            loss.backward()\n"
                                 "            optimizer.step()\n");
    if (nb_pytorch_paced(s))
        nb_pytorch_put(w, t, "            for each in paces:\n                each.step()\n");
    nb_pytorch_put(w, t, "            steps += 1\n");
    if (!nb_pytorch_averages(s)) return;
    nb_pytorch_put(w, t,
                   "            share = 1 - min(EMA_DECAY, (1 + steps) / (10 + steps))\n"
                   "            with torch.no_grad():\n"
                   "                for mean, weight in zip(average.parameters(), model.parameters()):\n"
                   "                    mean += share * (weight - mean)\n");
}

/* ---- The training loop -------------------------------------------------------------------------------------- */

/* "x_t, t / T, y": what the network is given of a batch. */
static void put_batch(writer *w, text *t, const script *s)
{
    const bool flows = nb_pytorch_flows(s);
    for (int i = 0; i < w->net->n_inputs; i++) {
        const nb_net_input *in = &w->net->inputs[i];
        nb_pytorch_put(w, t, i ? ", " : "");
        if (in->kind == NB_INPUT_X)
            nb_pytorch_put(w, t, "x_t");
        else if (in->kind == NB_INPUT_FRACTION)
            nb_pytorch_put(w, t, flows ? "t" : "t / T");
        else if (in->kind == NB_INPUT_TIMESTEP)
            nb_pytorch_put(w, t, flows ? "1000 * t" : "t.float()");
        else if (in->kind == NB_INPUT_LABELS)
            nb_pytorch_put(w, t, "y");
        else {
            nb_pytorch_input(w, t, in);
            nb_pytorch_put(w, t, "[batch]");
        }
    }
}

/* What is added to the data, and what the network is to predict. */
static void put_noising(writer *w, text *t, const script *s)
{
    text ones = {0};
    for (int i = 0; i < nb_model_sample_shape(s->model).rank; i++) nb_pytorch_put(w, &ones, ", 1");
    const char *shape = nb_pytorch_string(&ones);
    if (nb_pytorch_flows(s))
        nb_pytorch_put(w, t,
                       "            t = torch.rand(len(batch))\n"
                       "            eps = torch.randn_like(x_0)\n"
                       "            noise = t.reshape(-1%s)\n"
                       "            x_t = (1 - noise) * x_0 + noise * eps\n",
                       shape);
    else
        nb_pytorch_put(w, t,
                       "            t = torch.randint(0, T, (len(batch),))\n"
                       "            eps = torch.randn_like(x_0)\n"
                       "            signal = alpha_bar[t].reshape(-1%s)\n"
                       "            x_t = signal.sqrt() * x_0 + (1 - signal).sqrt() * eps\n",
                       shape);
    nb_pytorch_drop(&ones);
    if (s->labels)
        nb_pytorch_put(w, t,
                       "            y = labels[batch].masked_fill(torch.rand(len(batch)) < LABEL_DROPOUT, "
                       "NO_CLASS)\n");
}

static const char *target_of(const script *s)
{
    switch (s->objective) {
    case NB_OBJECTIVE_X0:
        return "x_0";
    case NB_OBJECTIVE_V:
        return "signal.sqrt() * eps - (1 - signal).sqrt() * x_0";
    case NB_OBJECTIVE_FLOW:
        return "eps - x_0";
    default:
        return "eps";
    }
}

static void put_loop(writer *w, text *t, const script *s)
{
    const bool flows = nb_pytorch_flows(s);
    nb_pytorch_put(w, t, "def train(model, %sepochs, data", flows ? "" : "beta, ");
    nb_pytorch_inputs(w, t, false, "");
    nb_pytorch_put(w, t, "):\n    \"\"\"%s Returns the number of steps.\"\"\"\n",
                   flows ? "Flow matching: Lipman et al. 2023." : "Ho et al. 2020, algorithm 1.");
    if (!flows) nb_pytorch_put(w, t, "    alpha_bar = torch.cumprod(1 - beta, 0)\n");
    put_optimizers(w, t, s);
    nb_pytorch_put(w, t,
                   "    steps = 0\n"
                   "    for epoch in range(epochs):\n"
                   "        losses = []\n"
                   "        for batch in torch.randperm(len(data)).split(BATCH_SIZE):\n"
                   "            x_0 = data[batch]\n");
    put_noising(w, t, s);
    nb_pytorch_put(w, t, "            loss = F.mse_loss(model(");
    put_batch(w, t, s);
    nb_pytorch_put(w, t, "), %s)\n", target_of(s));
    put_step(w, t, s);
    nb_pytorch_put(w, t,
                   "            losses.append(loss.item())\n"
                   "        print(f\"epoch {epoch + 1}: loss {sum(losses) / len(losses):.5f}\")\n%s"
                   "    return steps\n\n\n",
                   nb_pytorch_averages(s) ? "    model.load_state_dict(average.state_dict())\n" : "");
}

static void put_record(writer *w, text *t, const script *s)
{
    const bool flows = nb_pytorch_flows(s);
    nb_pytorch_put(w, t,
                   "def record(before, %sdata, steps):\n"
                   "    \"\"\"What Noisebook's files say of a training: its samplers go by that.\"\"\"\n"
                   "    if \"noisebook\" not in before:\n"
                   "        return before\n",
                   flows ? "" : "beta, ");
    if (flows)
        nb_pytorch_put(w, t, "    after = dict(before, seed=str(SEED))\n");
    else
        nb_pytorch_put(w, t,
                       "    after = dict(before, schedule=\"%s\", T=str(T), seed=str(SEED))\n"
                       "    after[\"beta_crc\"] = f\"{zlib.crc32(beta.numpy()):08x}\"\n",
                       nb_schedule_name(s->schedule));
    nb_pytorch_put(w, t, "    after[\"steps\"] = str(int(before.get(\"steps\", 0)) + steps)\n");
    if (!flows && nb_schedule_describe(s->schedule)->takes_beta)
        nb_pytorch_put(w, t, "    after.update(beta_start=str(BETA_START), beta_end=str(BETA_END))\n");
    if (s->zero) nb_pytorch_put(w, t, "    after[\"zero_terminal_snr\"] = \"true\"\n");
    nb_pytorch_put(w, t,
                   "    if data.min() < data.max():\n"
                   "        after.update(data_min=f\"{data.min():.9g}\", data_max=f\"{data.max():.9g}\")\n"
                   "    return after\n\n\n");
}

void nb_pytorch_train(writer *w, text *t, const script *s)
{
    if (!nb_pytorch_flows(s)) put_schedule(w, t, s);
    if (has_muon(s)) nb_pytorch_put(w, t, "%s", muon);
    if (nb_pytorch_paced(s)) nb_pytorch_put(w, t, "%s", pace);
    put_loop(w, t, s);
    put_record(w, t, s);
}
