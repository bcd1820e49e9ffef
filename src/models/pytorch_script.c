/* pytorch_script.c - what an exported program does when it is run: it trains (pytorch_train.c) and samples (pytorch_sample.c). A network
 * that gives no more than x is run. */
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

static nb_value_shape shape_of(const nb_net_input *in)
{
    if (in->kind == NB_INPUT_LABELS || nb_pytorch_is_time(in)) return (nb_value_shape){0};
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

/* ---- main --------------------------------------------------------------------------------------------------- */

/* What is said of a file that the program takes. */
static void put_file_argument(writer *w, text *t, const nb_net_input *in)
{
    const nb_value_shape s = shape_of(in);
    nb_pytorch_put(w, t, "help=\"a .npy file, (n");
    for (int k = 0; k < s.rank; k++) nb_pytorch_put(w, t, ", %d", s.shape[k]);
    nb_pytorch_put(w, t, s.rank ? ")" : ",)");
    if (in->count > 0) nb_pytorch_put(w, t, ", of 0 to %d", in->count - 1);
    nb_pytorch_put(w, t, "\")\n");
}

static void put_arguments(writer *w, text *t, const script *s)
{
    nb_pytorch_put(w, t,
                   "    parser.add_argument(\"weights\", %shelp=\"a .safetensors file of this network\")\n",
                   s->how ? "nargs=\"?\", default=\"model.safetensors\", " : "");
    for (int i = 0; i < w->net->n_inputs; i++) {
        const nb_net_input *in = &w->net->inputs[i];
        if (nb_pytorch_is_time(in) && s->trains) continue;
        nb_pytorch_put(w, t, "    parser.add_argument(\"");
        nb_pytorch_input(w, t, in);
        nb_pytorch_put(w, t, "\", ");
        if (s->how) {
            nb_pytorch_put(w, t, "nargs=\"?\", default=\"");
            nb_pytorch_input(w, t, in);
            nb_pytorch_put(w, t, ".npy\", ");
        }
        put_file_argument(w, t, in);
    }
}

static void put_options(writer *w, text *t, const script *s)
{
    const nb_program *how = s->how;
    if (s->trains)
        nb_pytorch_put(w, t,
                       "    parser.add_argument(\"--epochs\", type=int, default=%d)\n"
                       "    parser.add_argument(\"--begin\", choices=[\"seed\", \"file\"], default=\"%s\", "
                       "help=\"with new weights, or the file's\")\n",
                       how ? how->epochs : 10, how ? "seed" : "file");
    if (s->samples)
        nb_pytorch_put(w, t,
                       "    parser.add_argument(\"--samples\", type=int, default=%d, help=\"to draw at the "
                       "end\")\n"
                       "    parser.add_argument(\"--steps\", type=int, default=%d)\n",
                       how ? how->samples : 0, how && how->steps > 0 ? how->steps : 50);
    if (s->samples && !nb_pytorch_flows(s))
        nb_pytorch_put(w, t, "    parser.add_argument(\"--eta\", type=float, default=%.15g)\n",
                       how ? how->eta : 0.0);
    if (s->samples && s->labels)
        nb_pytorch_put(w, t, "    parser.add_argument(\"--guidance-scale\", type=float, default=%.15g)\n",
                       how ? how->guidance_scale : 1.0);
    nb_pytorch_put(w, t,
                   "    parser.add_argument(\"--out\", default=\"%s\")\n    args = parser.parse_args()\n\n",
                   s->trains ? "trained.safetensors" : "out.npz");
}

/* Whether it reads more than the file of x. */
static bool more_files(const nb_network *net, bool time)
{
    int files = 0;
    for (int i = 0; i < net->n_inputs; i++) files += time || !nb_pytorch_is_time(&net->inputs[i]);
    return files > 1;
}

static void put_loads(writer *w, text *t, bool time)
{
    for (int i = 0; i < w->net->n_inputs; i++) {
        const nb_net_input *in = &w->net->inputs[i];
        if (nb_pytorch_is_time(in) && !time) continue;
        nb_pytorch_put(w, t, "    ");
        nb_pytorch_input(w, t, in);
        nb_pytorch_put(w, t, " = load_npy(args.");
        nb_pytorch_input(w, t, in);
        nb_pytorch_put(w, t, ", ");
        put_shape(w, t, shape_of(in));
        nb_pytorch_put(w, t, in->count > 0 ? ", torch.long)\n" : ")\n");
    }
    if (!more_files(w->net, time)) return;
    nb_pytorch_put(w, t, "    if not all(len(each) == len(data) for each in (data");
    nb_pytorch_inputs(w, t, time, "");
    nb_pytorch_put(w, t, ")):\n        parser.error(\"each file takes as many samples as the others\")\n");
}

/* The samples at the end, which are not trained on, go. */
static void put_held_out(writer *w, text *t)
{
    nb_pytorch_put(w, t,
                   "    if len(data) <= HELD_OUT:\n"
                   "        parser.error(f\"the last {HELD_OUT} samples are not trained on, and there are "
                   "{len(data)}\")\n"
                   "    data");
    nb_pytorch_inputs(w, t, false, "");
    nb_pytorch_put(w, t, " = data[:-HELD_OUT]");
    nb_pytorch_inputs(w, t, false, "[:-HELD_OUT]");
    nb_pytorch_put(w, t, "\n");
}

static void put_draw(writer *w, text *t, const script *s)
{
    nb_pytorch_put(w, t, "    if args.samples > 0:\n        torch.manual_seed(%u)\n",
                   (unsigned)(s->how ? s->how->sampling_seed : 0));
    nb_pytorch_put(w, t, "        samples = sample(model.eval(), %sargs.samples, args.steps%s%s)\n",
                   nb_pytorch_flows(s) ? "" : "beta, ",
                   nb_pytorch_flows(s) ? "" : ", args.eta, data.min(), data.max()",
                   s->labels ? ", args.guidance_scale" : "");
    nb_pytorch_put(w, t,
                   "        drawn = args.out.rsplit(\".\", 1)[0] + \"-samples\"\n"
                   "        np.save(drawn + \".npy\", samples.numpy())\n");
    if (nb_pytorch_draws_pictures(s->model))
        nb_pytorch_put(w, t, "        save_png(drawn + \".png\", samples, data.min(), data.max())\n");
}

static void put_training(writer *w, text *t, const script *s)
{
    const bool flows = nb_pytorch_flows(s);
    if (s->how && s->how->held_out > 0) put_held_out(w, t);
    nb_pytorch_put(w, t, flows ? "" : "    beta = schedule()\n");
    nb_pytorch_put(w, t, "    steps = train(model, %sargs.epochs, data", flows ? "" : "beta, ");
    nb_pytorch_inputs(w, t, false, "");
    nb_pytorch_put(w, t,
                   ")\n    save_safetensors(args.out, model.state_dict(), record(metadata, %sdata, steps))\n",
                   flows ? "" : "beta, ");
    if (s->samples) put_draw(w, t, s);
}

static void put_run(writer *w, text *t)
{
    nb_pytorch_put(w, t, "    model.eval()\n    with torch.no_grad():\n        out = model(");
    for (int i = 0; i < w->net->n_inputs; i++) {
        nb_pytorch_put(w, t, i ? ", " : "");
        nb_pytorch_input(w, t, &w->net->inputs[i]);
    }
    if (w->net->n_outputs > 1)
        nb_pytorch_put(w, t,
                       ")\n    np.savez(args.out, **{name: value.numpy() for name, value in out.items()})\n");
    else
        nb_pytorch_put(w, t, ")\n    np.savez(args.out, %s=out.numpy())\n", w->net->outputs[0].name);
}

static void put_main(writer *w, text *t, const script *s)
{
    const char *class = w->blocks[0].name;
    nb_pytorch_put(
        w, t, "if __name__ == \"__main__\":\n    parser = argparse.ArgumentParser(description=\"%s %s.\")\n",
        s->trains ? "Trains" : "Runs", class);
    put_arguments(w, t, s);
    put_options(w, t, s);
    nb_pytorch_put(w, t,
                   "%s    model = %s()\n"
                   "    tensors, metadata = load_safetensors(args.weights)\n"
                   "%s",
                   s->trains ? "    torch.manual_seed(SEED)\n" : "", class,
                   s->trains ? "    if args.begin == \"file\":\n"
                               "        model.load_state_dict(tensors, strict=True)\n"
                               "    else:\n"
                               "        metadata.pop(\"steps\", None)\n"
                             : "    model.load_state_dict(tensors, strict=True)\n");
    put_loads(w, t, !s->trains);
    if (s->trains)
        put_training(w, t, s);
    else
        put_run(w, t);
}

/* Its output has the shape of x. */
static bool denoises(const nb_model *model)
{
    const nb_network *net = model->network;
    const nb_shape out = net->values[net->outputs[0].value].shape;
    nb_shape x = {0};
    for (int i = 0; i < net->n_inputs; i++)
        if (net->inputs[i].kind == NB_INPUT_X) x = net->inputs[i].shape;
    return net->n_outputs == 1 && nb_same_size(x, out) && x.channels == out.channels;
}

/* Its inputs are x, t and labels. */
static bool is_told_no_more(const nb_network *net)
{
    for (int i = 0; i < net->n_inputs; i++)
        if (net->inputs[i].kind == NB_INPUT_COND || net->inputs[i].kind == NB_INPUT_TOKENS) return false;
    return true;
}

void nb_pytorch_script(writer *w, text *t, const nb_model *model, const nb_program *how)
{
    const nb_training *known = &model->training;
    const bool own = known->T == 0 || known->schedule == NB_SCHEDULE_OWN;
    script s = {.model = model,
                .how = how,
                .schedule = own ? NB_SCHEDULE_LINEAR : known->schedule,
                .objective = known->objective,
                .trains = denoises(model),
                .zero = known->zero_terminal_snr && known->schedule != NB_SCHEDULE_OWN};
    for (int i = 0; i < w->net->n_inputs; i++)
        if (w->net->inputs[i].kind == NB_INPUT_LABELS) s.labels = &w->net->inputs[i];
    s.samples = s.trains && is_told_no_more(w->net);
    if (s.trains) nb_pytorch_settings(w, t, &s);
    nb_pytorch_put(w, t, "%s", load_npy);
    if (s.trains) nb_pytorch_train(w, t, &s);
    if (s.samples) nb_pytorch_sample(w, t, &s);
    put_main(w, t, &s);
}
