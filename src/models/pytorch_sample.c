/* pytorch_sample.c - how an exported program samples, with the sampler's draws: DDIM (diffusion/ddim.c), or Euler's method of a flow. */
#include "models/pytorch.h"

/* As diffusion/sampler.c: even timesteps from T - 1 to 0, and where x_0 is clipped, eps is what leads from there to x. */
static const char timesteps[] =
    "    times = [int((T - 1) * (steps - 1 - i) / (steps - 1) + 0.5) for i in range(steps)] if steps > 1 "
    "else [T - "
    "1]\n"
    "    for t, t_next in zip(times, [*times[1:], -1]):\n"
    "        signal, rest = alpha_bar[t], 1 - alpha_bar[t]\n"
    "        signal_next = alpha_bar[t_next] if t_next >= 0 else torch.tensor(1.0)\n";
static const char update[] =
    "        x_0 = x_0.clamp(low, high)\n"
    "        eps = (x - signal.sqrt() * x_0) / rest.sqrt()\n"
    "        sigma = eta * ((1 - signal_next) / rest * (1 - signal / signal_next)).sqrt()\n"
    "        x = signal_next.sqrt() * x_0 + (1 - signal_next - sigma**2).clamp(min=0).sqrt() * eps\n"
    "        if eta > 0 and t_next >= 0:\n"
    "            x = x + sigma * torch.randn_like(x)\n"
    "    return x\n\n\n";

static const char png[] =
    "def save_png(path, pictures, low, high):\n"
    "    \"\"\"Eight a row; low is black.\"\"\"\n"
    "    n, channels, height, width = pictures.shape\n"
    "    rows = -(-n // 8)\n"
    "    sheet = torch.zeros(8 * rows, channels, height, width)\n"
    "    sheet[:n] = ((pictures - low) / (high - low)).clamp(0, 1)\n"
    "    sheet = sheet.reshape(rows, 8, channels, height, width).permute(0, 3, 1, 4, 2)\n"
    "    pixels = (255 * sheet).round().to(torch.uint8).reshape(rows * height, -1).numpy()\n"
    "    size = struct.pack(\">IIBBBBB\", 8 * width, rows * height, 8, 2 if channels == 3 else 0, 0, 0, 0)\n"
    "    parts = {b\"IHDR\": size, b\"IDAT\": zlib.compress(b\"\".join(b\"\\0\" + line.tobytes() for line in "
    "pixels)), b\"IEND\": b\"\"}\n"
    "    with open(path, \"wb\") as file:\n"
    "        file.write(b\"\\x89PNG\\r\\n\\x1a\\n\")\n"
    "        for kind, part in parts.items():\n"
    "            file.write(struct.pack(\">I\", len(part)) + kind + part + struct.pack(\">I\", "
    "zlib.crc32(kind + part)))\n\n\n";

bool nb_pytorch_draws_pictures(const nb_model *model)
{
    const nb_value_shape shape = nb_model_sample_shape(model);
    return shape.rank == 3 && (shape.shape[0] == 1 || shape.shape[0] == 3);
}

/* A line that calls the network, with what stands for the labels. */
static void put_call(writer *w, text *t, const script *s, const char *to, const char *labels)
{
    nb_pytorch_put(w, t, "%s = model(", to);
    for (int i = 0; i < w->net->n_inputs; i++) {
        const nb_net_input *in = &w->net->inputs[i];
        const char *const what = in->kind == NB_INPUT_X          ? "x"
                                 : in->kind == NB_INPUT_LABELS   ? labels
                                 : nb_pytorch_flows(s)           ? "time"
                                 : in->kind == NB_INPUT_FRACTION ? "time / T"
                                                                 : "time";
        nb_pytorch_put(w, t, i ? ", %s" : "%s", what);
    }
    nb_pytorch_put(w, t, ")\n");
}

static bool takes(const script *s, nb_input_kind kind)
{
    const nb_network *net = s->model->network;
    for (int i = 0; i < net->n_inputs; i++)
        if (net->inputs[i].kind == kind) return true;
    return false;
}

static void put_prediction(writer *w, text *t, const script *s)
{
    const char *time = !nb_pytorch_flows(s)          ? "float(t)"
                       : takes(s, NB_INPUT_TIMESTEP) ? "1000 * (1 - i / steps)"
                                                     : "1 - i / steps";
    if (takes(s, NB_INPUT_TIMESTEP) || takes(s, NB_INPUT_FRACTION))
        nb_pytorch_put(w, t, "        time = torch.full((n,), %s)\n", time);
    put_call(w, t, s, "        out", "y");
    if (s->labels == NULL) return;
    nb_pytorch_put(w, t, "        if guidance_scale != 1:\n");
    put_call(w, t, s, "            none", "torch.full_like(y, NO_CLASS)");
    nb_pytorch_put(w, t, "            out = none + guidance_scale * (out - none)\n");
}

static const char *x_0_of(const script *s)
{
    switch (s->objective) {
    case NB_OBJECTIVE_X0:
        return "out";
    case NB_OBJECTIVE_V:
        return "signal.sqrt() * x - rest.sqrt() * out";
    default:
        return "(x - rest.sqrt() * out) / signal.sqrt()";
    }
}

void nb_pytorch_sample(writer *w, text *t, const script *s)
{
    const bool flows = nb_pytorch_flows(s);
    const nb_value_shape shape = nb_model_sample_shape(s->model);
    nb_pytorch_put(w, t, "@torch.no_grad()\ndef sample(model, %sn, steps%s%s):\n    \"\"\"%s.\"\"\"\n",
                   flows ? "" : "beta, ", flows ? "" : ", eta, low, high",
                   s->labels ? ", guidance_scale" : "",
                   flows ? "Euler's method, from noise at t = 1 to data at t = 0: dx/dt = v(x, t)"
                         : "DDIM: Song, Meng and Ermon 2021, eq. 12 and 16");
    if (s->labels) nb_pytorch_put(w, t, "    y = torch.arange(n) %% NO_CLASS  # each class in turn\n");
    nb_pytorch_put(w, t, "    x = torch.randn(n");
    for (int i = 0; i < shape.rank; i++) nb_pytorch_put(w, t, ", %d", shape.shape[i]);
    nb_pytorch_put(w, t, ")\n");
    if (flows) {
        nb_pytorch_put(w, t, "    for i in range(steps):\n");
        put_prediction(w, t, s);
        nb_pytorch_put(w, t, "        x = x - out / steps\n    return x\n\n\n");
    } else {
        nb_pytorch_put(w, t, "    alpha_bar = torch.cumprod(1 - beta, 0)\n%s", timesteps);
        put_prediction(w, t, s);
        nb_pytorch_put(w, t, "        x_0 = %s\n%s", x_0_of(s), update);
    }
    if (nb_pytorch_draws_pictures(s->model)) nb_pytorch_put(w, t, "%s", png);
}
