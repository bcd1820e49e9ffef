"""What check_pytorch_lessons.py asks of each lesson.

js, py     changes of cells that make it short: {cell: [(text, by)]}
skip       cells of the page that need not run
same       {cell: [(Python, JavaScript, how far apart at most)]}
golden     {cell: [(Python, golden number, how far apart at most)]}

shipped(NAME) is web/data's weights in Python, for lessons that begin with a trained network.
"""

SHIPPED = "await lab.shipped('shapes-unet').catch(() => null)"
DDPM_CLASSES = """(() => {
  const few = lab.randn([20, 2], { generator: lab.generator(21) });
  return ddpm_classes(lab.cat([few, few, few]), of_each(20), 2, lab.generator(22));
})()"""
# Losses of the core's trainer, weighted.
MIN_SNR = """(() => {
  const model = lab.model(new Net(2), { x: [2], t: 'fraction' }, { generator: lab.generator(1) });
  const weighted = { objective: '%s', loss_weight: 'min-snr', weight_limit: 3 };
  const trainer = lab.Trainer({ model, schedule, data, ...weighted, generator: lab.generator(2) });
  return Array.from({ length: 20 }, () => trainer.step().loss);
})()"""
# What the cell trains with, on what its first drawing is.
DRAWN = """(() => {
  const spots = [...begin.data.keys()].filter((i) => begin.data[i] > 0.5), u = lab.rand([N, 3], { generator: lab.generator(41) });
  const target = lab.tensor([N, 2], Array.from({ length: N }, (_, i) => {
    const spot = spots[Math.floor(u.at(i, 0) * spots.length)];
    return [((spot % 32) + u.at(i, 1) - 16) / 9, (16 - Math.floor(spot / 32) - u.at(i, 2)) / 9];
  }).flat());
  const parts = { data: target, batch_size: BATCH, objective: 'flow', lr: 2e-3, warmup: 50, decay_steps: 2000 };
  const trainer = lab.Trainer({ model: network(), ...parts, generator: lab.generator(42) });
  return Array.from({ length: 60 }, () => trainer.step().loss);
})()"""
FLOW_TRAINER = """(() => {
  const flow = { data, objective: 'flow', batch_size: BATCH, generator: lab.generator(4) };
  const trainer = lab.Trainer({ model: network(), ...flow });
  return Array.from({ length: 12 }, () => trainer.step().loss);
})()"""
EDITED = """(() => {
  const square = draw((x, y) => Math.abs(x - 12) < 7 && Math.abs(y - 14) < 7), bump = draw((x, y) => Math.hypot(x - 20, y - 10) < 5);
  const mask = draw((x, y) => x > 15 && y < 18), eps = lab.randn([1, 1, 32, 32], { generator: lab.generator(4) });
  return edit_here(square.add(bump).clamp(0, 1), mask, down_from(300, 12), eps);
})()"""
# The gradients of one step of lesson 14's autoencoder, and its losses; both sides by their own means.
STEP_BACK = """(pair := copy.deepcopy((encoder, decoder)),
 two := losses_of(*pair, pictures[:4], torch.randn(4, 4, 8, 8, generator=seeded(3))), (two[0] + 0.3 * two[1]).backward(), %s)[-1]"""
STEP_BACK_JS = "forward_and_back(encoder, decoder, pictures.slice(0, 4), lab.randn([4, 4, 8, 8], { generator: lab.generator(3) }), 0.3)"
RACE = "(racer := Racer('', {data}, {widths}, lambda x: x), [racer.step() for _ in range({steps})], {what})[-1]"
RACE_JS = """(async () => {{
  const r = racer('', {data}, {widths}, (x) => x), losses = Array.from({{ length: {steps} }}, () => r.trainer.step().loss);
  return {what};
}})()"""
ATTEND = """(() => {
  const of = (n, seed) => lab.randn([2, n, 64], { generator: lab.generator(seed) });
  class Attend extends nn.Module {
    forward(q, k, v) {
      return attend(q, k, v);
    }
  }
  const rows = (n) => ({ shape: [n, 64], axes: 'tokens' }), inputs = { x: rows(5), k: rows(7), v: rows(7) };
  return lab.model(new Attend(), inputs).forward(of(5, 5), null, null, { k: of(7, 7), v: of(7, 9) });
})()"""
AGREE = """(() => {
  const blur = lab.randn([40, 3, 32, 32], { generator: lab.generator(1) }).mul(0.2);
  const told = lab.scene_agree(data.images.slice(0, 40).add(blur), data.captions.slice(0, 40));
  return told.flatMap((each) => ['count', 'shape', 'colour', 'size', 'place'].map((part) => (each[part] === null ? -1 : Number(each[part]))));
})()"""

LESSONS = {
    "01-noise": {
        "same": {
            "data": [("x_0", "x_0", 1e-12)],
            "levels": [("panels['level 0.5']", "panels[4].sets[0].points", 1e-12)],
            "two-rules": [("markov_step(x_0, 0.2, eps)", "markov_step(x_0, 0.2, eps)", 1e-6),
                          ("simplified_step(x_0, 0.2, eps)", "simplified_step(x_0, 0.2, eps)", 1e-6)],
            "chain": [(f"spread['{name}']", f"spread.{name}", 1e-5) for name in ("simplified", "markov")],
            "forget": [("x", "x", 1e-5), ("sliced_wasserstein(x, other)", "apart(x)", 1e-6)],
            "solution-walk": [(
                "walk(x_0, [0.1, 0.2, 0.3], lambda s: torch.randn(s, generator=generator))",
                "walk(x_0.float(), [0.1, 0.2, 0.3], (s) => lab.randn(s, { generator }))", 1e-6)],
        },
    },
    "02-schedules": {
        "same": {
            "schedules": [(f"betas['{name}']", f"betas['{name}']", 1e-12)
                          for name in ("linear", "cosine", "quadratic", "quadratic-sqrt")],
            "alpha-bar": [("signal['cosine']", "signal.cosine", 1e-12), ("signal['quadratic']", "signal.quadratic", 1e-12)],
            "compare": [("eps", "eps", 1e-12), ("x_0", "x_0", 1e-6)],
            "solution-exponential": [("exponential(1000, 1e-4, 0.02)", "exponential(1000, 1e-4, 0.02)", 1e-12)],
        },
    },
    "03-one-jump": {
        "same": {
            "board": [("torch.stack(pictures)", "lab.cat(pictures)", 1e-6)],
            "squares": [("mean_of_squares(x_t)", "mean_of_squares(q_sample(board, 750, eps))", 1e-5)],
            "walk-picture": [("walked[-1]", "walked.at(-1)", 1e-4), ("jumped[-1]", "jumped.at(-1)", 1e-5)],
            "moments": [("chain", "chain", 1e-4), ("wrong", "wrong", 1e-5)],
            "energy": [("fair", "[fair.observed, fair.usual, fair.p]", 1e-5),
                       ("unfair", "[unfair.observed, unfair.usual, unfair.p]", 1e-5)],
            "solution-between": [("jump_between(x_0, 250, 750, chain)", "jump_between(x_0, 250, 750, chain)", 1e-5)],
        },
    },
    "04-score": {
        "same": {
            "field": [(f"exact_score(places, {t})", f"lab.exact_score(schedule, {t}, points, places)", 1e-5)
                      for t in (50, 300, 999)],
            "langevin": [("sets['uphill only']", "climbed", 1e-4), ("sets['uphill and noise']", "walked", 1e-4),
                         ("sliced_wasserstein(sets['uphill and noise'], drawn[200:])", "apart(walked)", 1e-5)],
            "average": [("mean_noise", "found.flatMap((row) => [row['mean noise, x'], row['mean noise, y']])", 1e-5),
                        ("formula", "found.flatMap((row) => [row['formula, x'], row['formula, y']])", 1e-5)],
            "network": [("noise_pred", "noise_pred", 1e-6)],
            "compare-fields": [("guessed_noise(places, 300)", "model.forward(places, lab.full([places.rows], 0.3))", 1e-5)],
            "solution-score": [("learned_score(model, places, 600)", "learned_score(model, places, 600)", 1e-5)],
        },
    },
    "05-training": {
        "py": {"optimiser": [('plan = plans["better"]', 'plan = plans["notebook"]')],
               "train": [("epochs, batch_size, step = 100", "epochs, batch_size, step = 2")]},
        "js": {"optimiser": [("broken.info.how : 'better'", "broken.info.how : 'notebook'")],
               "train": [("epochs = 100", "epochs = 2")]},
        "same": {
            "lazy-network": [("F.mse_loss(torch.zeros(5000, 2), noise)", "lab.mse_loss(lab.zeros([5000, 2]), noise).value", 1e-6)],
            "data": [("data", "data", 1e-6)],
            "network": [("next(model.parameters())", "model.state_dict()['time_embed.0.weight']", 0)],
            "optimiser": [("[rate(plans['better'], step) for step in (1, 40, 80, 81, 2000, 4000, 5000)]",
                           "[1, 40, 80, 81, 2000, 4000, 5000].map((step) => rate(plans.better, step))", 1e-12)],
            "train": [("log", "log.map(({ loss }) => loss)", 1e-5)],
            "beside": [("plain.state_dict()['net.0.weight']", "plain.state_dict()['net.0.weight']", 1e-5),
                       ("plain_samples", "plain_samples", 1e-3)],
            "loss-by-t": [("by_t", "by_t", 1e-5), ("floor", "floor", 1e-4)],
            "fields": [("answers(300)[2]", "answers(300).error", 1e-4),
                       ("answers(100)[2][far < 0.3].mean()", "error_by_place(100).inside", 1e-4)],
            "metrics": [("gaussian", "gaussian", 1e-5), ("fresh", "fresh", 1e-9),
                        ("curve_distance(fresh)", "lab.curve_distance(fresh, curve)", 1e-9),
                        ("sliced_wasserstein(fresh, points)", "lab.sliced_wasserstein(fresh, points)", 1e-9),
                        ("samples", "samples", 1e-3)],
            "solution-noise": [("add_noise(data[:9], torch.arange(9), data[9:18])",
                                "add_noise(data.slice(0, 9), lab.tensor([9], [0, 1, 2, 3, 4, 5, 6, 7, 8]), data.slice(9, 18))", 1e-6)],
        },
        "golden": {"train": [("epoch_losses", "golden('losses_seed42')[:2]", 1e-6),
                             ("log[:5]", "golden('losses_seed42_steps')", 1e-6)]},
    },
    "06-ddpm-sampling": {
        # By the second epoch one rounding has tipped a ReLU: PyTorch parts from itself by 1e-3 when data move by an ulp.
        "py": {"model": [("epochs=100", "epochs=1")]},
        "js": {"model": [("epoch <= epochs", "epoch <= 1")]},
        "same": {
            "model": [("model.net[0].weight", "model.state_dict()['net.0.weight']", 1e-6)],
            "one-go": [("predict_x_0(data[:50], guess(data[:50], 600), 600)",
                        "predict_x_0(points.slice(0, 50).float(), model.forward(points.slice(0, 50).float(), lab.full([50], 0.6)), 600)", 1e-5)],
            "bayes": [("found['posterior']", "(({ mean, variance }) => [mean, variance])(posterior(1, -1, 500, 350))", 1e-6)],
            "sigma": [("posterior_variance", "schedule.posterior_variance", 1e-6)],
            "sample": [("samples", "samples", 1e-3)],
            "compare": [("curve_distance(samples)", "lab.curve_distance(samples, curve)", 1e-3)],
            "solution-zero": [("deterministic_sample(data[:20])", "deterministic_sample(points.slice(0, 20).float())", 1e-3)],
        },
    },
    "07-unet": {
        "py": {"side-by-side": [("steps=200", "steps=10")], "model": [("len(images), 8)", "0, 8)")]},
        "js": {"side-by-side": [("steps = 200", "steps = 10")], "model": [(SHIPPED, "null"), ("step <= 75", "step <= 0")]},
        "same": {
            "filter": [("y[3]", "filter(shape_of('2'), filters.outline)", 1e-6)],
            "sinusoidal": [("sinusoidal(torch.tensor([321]), 128)", "sinusoidal(321, 128)", 2e-4)],
            "similarity": [("alike", "alike", 2e-4)],
            "write": [("by_hand", "d1", 2e-5), ("own(x, torch.tensor([321]))", "own.forward(x, 321)", 1e-5)],
            # A key's bias changes no softmax: its gradient is rounding, and Adam's first step goes by signs.
            "solution-change": [("race['MiniUNet'][1]", "race[0].losses", 1e-4), ("race['Changed'][1]", "race[1].losses", 1e-2),
                                ("race['Changed'][1][:2]", "race[1].losses.slice(0, 2)", 1e-6)],
            "parameters": [("list(counts.values())", "Object.values(counts)", 0), ("out", "out", 1e-5)],
            "solution-count": [("block_parameters(64, 32)", "block_parameters(64, 32)", 0)],
            "solution-pool": [("max_pool(y[3])", "max_pool(filter(shape_of('2'), filters.outline))", 1e-6)],
            "skips": [("on", "guess(noised('1', 150), 150, true).eps_hat", 1e-3),
                      ("off", "guess(noised('1', 150), 150, false).eps_hat", 1e-3)],
        },
    },
    "08-images": {
        "py": {"data": [("shapes(2000)", "shapes(64)")], "train": [("epochs, batch_size = 30", "epochs, batch_size = 1")]},
        "js": {"data": [("n: 2000", "n: 64")], "samples": [("steps: 50", "steps: 2")]},
        "same": {
            "data": [("images", "images", 0), ("labels", "labels", 0), ("speckle", "speckle", 0)],
            "noised": [("q_sample(images[3:4], levels, eps)", "chain", 1e-6)],
            "train": [("log", "log", 1e-5), ("average['up1.conv1.weight']", "average['up1.conv1.weight']", 1e-5)],
            "samples": [("ddim_sample(artist, noise, 5)",
                         "lab.DDIM({ model: artist, schedule, n: 16, steps: 5, generator: lab.generator(8), clip_x0: false }).run()",
                         1e-3)],
            "nearest": [("nearest(unseen, images)[1]", "lab.nearest(unseen, images).distance", 1e-4)],
            "sketches": [("sketches", "sketches", 0)],
            "solution-sketch": [("from_sketch(sketches, 20, torch.Generator().manual_seed(3))",
                                 "(painter = artist, from_sketch(sketches, 20, lab.generator(3)))", 1e-3)],
        },
    },
    "09-ddim": {  # both untrained
        "py": {"model": [('if os.path.exists("lesson-8.pt")', "if False"), ("else:\n    train(model)", "")]},
        "js": {"model": [(SHIPPED, "null"), ("step <= 75", "step <= 0")]},
        "same": {
            "list": [("even(1000, 7)", "even(1000, 7)", 0), ("even(1000, 50)", "even(1000, 50)", 0)],
            "ddim": [("ddim(noise_of(3, 2), even(T, 7))",
                      "ddim(lab.randn([2, 1, 32, 32], { generator: lab.generator(3) }), even(1000, 7))", 1e-4)],
            "stop-early": [("x", "stopped", 1e-4)],
            "solution-sigma": [("sigma(0.7, 500, 400)", "sigma(0.7, 500, 400)", 1e-6), ("sigma(1, 19, None)", "sigma(1, 19)", 0)],
            "eta": [("stochastic(six, even(T, 20), 1.0, torch.Generator().manual_seed(1))",
                     "lab.DDIM({ model, schedule, x_T: six, steps: 20, eta: 1, generator: lab.generator(1), clip_x0: false }).run()",
                     1e-3)],
            "paths": [(f"walks['{title}'][{k}]", f"walks.{name}.frames[{k}]", 1e-3)
                      for name, title in (("ddpm", "DDPM: eta = 1"), ("ddim", "DDIM: eta = 0")) for k in (50, 100)],
            "steps": [("runs[20]", "runs.find(({ steps }) => steps === 20).images", 1e-3)],
            "lengths": [("slerp(a, b, torch.tensor(0.3))", "lab.slerp(a, b, 0.3)", 1e-5)],
            "strip": [("arc", "arc", 1e-3)],
            "solution-invert": [("invert(noise_of(1, 1), even(T, 7))", "invert(noise(1), even(1000, 7))", 1e-4)],
            "solvers": [(f"errors['{name}']", f"errors['{name}']", 1e-4) for name in ("DDIM", "PLMS", "DPM-Solver++")],
        },
    },
    "10-guidance": {
        "py": {"train": [("epochs=100", "epochs=1")], "solution-drop": [("epochs=20", "epochs=1")]},
        "js": {"train": [("epochs = 100", "epochs = 1")]},
        "same": {
            "data": [("data", "data", 0), ("labels", "labels", 0)],
            "network": [("model.class_embed.weight", "model.state_dict()['class_embed.weight']", 0)],
            "train": [("losses", "losses", 1e-5)],
            "classifier": [("probability", "probabilities(100, 2)", 1e-6), ("slope(places, 100, 2)", "slope(places, 100, 2)", 1e-5),
                           ("learned_slope(places, 100, 2)", "learned_slope(places, 100, 2)", 1e-4)],
            "sample": [("drawn[0]", "drawn[0]", 1e-4), ("drawn[2]", "drawn[2]", 1e-4)],
            "measure": [("distances['other new points']", "distances['other new points']", 1e-6), ("distances['w = 2']", "distances['w = 2']", 1e-4)],
            "shortcut": [("x", "x", 1e-5)],
            "trade-off": [("quality", "quality", 1e-2), ("diversity", "diversity", 1e-2)],
            "solution-ddpm": [("ddpm_classes(few, c, 2, torch.Generator().manual_seed(22))", DDPM_CLASSES, 1e-3)],
            "solution-spread": [("spread(drawn[1][wanted == 1])", "spread(of_class(1, drawn[1]))", 1e-4)],
        },
    },
    "11-what-to-predict": {
        "py": {"train": [("steps=2000", "steps=50")], "draw-weights": [("steps=600", "steps=20")], "bright": [("steps=800", "steps=20")]},
        "js": {"train": [("while (steps < 2000)", "while (steps < 50)")], "draw-weights": [("count = 600", "count = 20")], "bright": [("step <= 800", "step <= 20"), ("step % 200", "step % 20")]},
        "same": {
            "convert": [("alpha_bar", "schedule.alpha_bar", 1e-6)] + [
                (f"target['{name}'](x_0, eps, *weights(alpha_bar, 700))",
                 f"target.{name}(lab.randn([50, 2], {{ generator: lab.generator(1) }}), lab.randn([50, 2], {{ generator: lab.generator(2) }}), 700)", 1e-6)
                for name in ("eps", "x0", "v")] + [
                (f"to_x_0['{name}'](x_0, eps, *weights(alpha_bar, 700))",
                 f"to_x_0.{name}(lab.randn([50, 2], {{ generator: lab.generator(1) }}), lab.randn([50, 2], {{ generator: lab.generator(2) }}), 700)", 1e-5)
                for name in ("eps", "x0", "v")],
            "solution-weights": [("[weight_of_x_0(name, 0.3) for name in target]", "names.map((name) => weight_of_x_0(name, 0.3))", 1e-12)],
            "train": [row for name in ("eps", "x0", "v") for row in (
                (f"models['{name}'].net[0].weight", f"models.{name}.state_dict()['net.0.weight']", 1e-5),
                (f"by_level['{name}']", f"lab.loss_by_level({{ model: models.{name}, schedule, x_0: judged, timesteps: levels }})", 1e-4),
                (f"samples['{name}']",
                 f"lab.DDIM({{ model: models.{name}, schedule, steps: 25, n: 300, generator: lab.generator(5) }}).run()", 1e-3))],
            "min-snr": [(f"train(data, '{name}', alpha_bar, 20, loss_weight=min_snr('{name}', alpha_bar, 3.0))[1]", MIN_SNR % name, 1e-5)
                        for name in ("eps", "x0", "v")],
            "draw-weights": [row for name in ("min-SNR-5", "uniform", "1/SNR") for row in (
                (f"starts['{name}'][::7]", f"starts['{name}'].filter((_, t) => t % 7 === 0)", 1e-3 if name == "1/SNR" else 1e-5),
                (f"answers['{name}']", f"answers['{name}']", 1e-4))],
            "ends": [("brightness_left(linear[200], 64)[1]", "ending('linear', { T: 200 }, 64)['brightness, in deviations']", 1e-6),
                     ("brightness_left(stable_diffusion, 4096)[0]",
                      "ending('quadratic-sqrt', { T: 1000, beta_start: 0.00085, beta_end: 0.012 }, 4096)['x_0 left at T']", 1e-6)],
            "bright": [("pictures", "pictures", 0), ("spread_of(pictures)", "spread_of(pictures)", 1e-5)] + [
                (f"drawn['{way}']", f"drawn['{way}']", 1e-3) for way in ("eps, linear", "v, linear")],
            "solution-rescale": [("ends_in_noise", "ends_in_noise.alpha_bar", 1e-6), ("rescale(leaky)", "rescale(leaky.alpha_bar)", 1e-6),
                                 ("drawn[way]", "drawn['v, zero terminal SNR']", 1e-3)],
            "refused-code": [("by_v", "begin.x_0", 1e-3)],
        },
        "golden": {"solution-rescale": [("rescale(torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000).double(), 0))[::37]",
                                         "golden('zero_snr_alpha_bar')[0]", 1e-6)]},
    },
    "12-straight-paths": {
        "py": {"train": [("steps=3000", "steps=60")], "reflow": [("steps=3000", "steps=60"), ("even(100)", "even(10)")],
               "student": [("range(1000)", "range(40)")], "likelihood": [("steps=2500", "steps=60")],
               "draw": [("target, 2000", "target, 20"), ("[-1], 2000", "[-1], 20")]},
        "js": {"train": [("steps: 3000", "steps: 60")], "reflow": [("steps: 3000", "steps: 60"), ("even(100)", "even(10)")],
               "student": [("step < 1000", "step < 40")], "likelihood": [("steps: 2500", "steps: 60")],
               "draw": [("decay_steps: 2000, generator: lab.generator(42) }), first, 2000,", "decay_steps: 2000, generator: lab.generator(42) }), first, 1,"),
                        ("generator: lab.generator(43) }), again, 2000,", "generator: lab.generator(43) }), again, 1,")]},
        "same": {
            "net": [("data", "data", 1e-6), ("z", "z", 0), ("network()(z[:50], 0.3)", "network().forward(z.slice(0, 50), 0.3)", 1e-6),
                    ("sliced_wasserstein(z, fresh)", "apart(z)", 1e-9)],
            "fit": [(f"fit(network(), data, 12, noise={py}, generator=seeded(4))",
                     f"fit(network(), data, {{ steps: 12, noise: {js}, generator: lab.generator(4) }})", 1e-6)
                    for py, js in (("None", "null"), ("noise_of(3, N)", "noise_of(3, N)"))] + [
                   ("fit(network(), data, 12, generator=seeded(4))", FLOW_TRAINER, 1e-6)],
            "train": [("flow.net[0].weight", "flow.state_dict()['net.0.weight']", 1e-5),
                      ("losses[-50:]", "(await fit(network(), data, { steps: 60 })).slice(-50)", 1e-5),
                      ("euler(flow, z, [1, 0.7, 0.1, 0])[-1]", "lab.Euler({ model: flow, x_T: z, times: [1, 0.7, 0.1, 0] }).run()", 1e-4)],
            "steps": [("one_step", "one_step", 1e-4)],
            "solution-heun": [("heun(flow, z, 0.8, 0.55)", "heun(flow, z, 0.8, 0.55)", 1e-4),
                              ("heun(flow, z, 0.8, 0.55)", "lab.Heun({ model: flow, x_T: z, times: [0.8, 0.55] }).run()", 1e-4)],
            "order": [(f"errors['{name}']", f"errors.{name}", 1e-4) for name in ("Euler", "Heun")],
            "sde": [("sde(flow, z, 0, 10, seeded(9))[-1]", "euler(flow, z, even(10))", 1e-4)],
            "solution-detour": [("detour(torch.stack([z, fresh, -z]))", "detour([z, fresh, z.mul(-1)])", 1e-5)],
            "reflow": [("made", "made", 1e-4), ("reflow_losses", "reflow_losses", 1e-4)],
            "few": [("list(away.values())", "Object.values(away)", 1e-4)],
            "student": [("euler(student, z, even(1))[-1]", "euler(student, z, even(1))", 1e-3)],
            "likelihood": [("mixture(500, 33)", "mixture(500, 33)", 1e-6), ("log_density(line)", "xs.map((x) => log_density(x, 0))", 1e-5),
                           ("along", "along", 1e-4), ("[by_truth, by_flow]", "[by_truth, by_flow]", 1e-4)],
            "draw": [("fit(network(), target, 60, generator=seeded(42), rate=up_and_down)", DRAWN, 1e-5)],
        },
    },
    "13-editing": {  # by the shipped weights
        "py": {
            "model": [('if os.path.exists("lesson-8.pt")', "if False"), ("train(model)\n", "model.load_state_dict(shipped('shapes-unet'))\n")],
            "scribble": [("for t in (100, 200, 650)", "for t in (100,)")],
            "trade-off": [("[25, 50, 100, 150, 200, 300, 400, 500, 650, 800]", "[50, 300]"), ("t, 12, twelve", "t, 4, twelve")],
            "hole": [("96 steps\", 96", "96 steps\", 4"), ("12 steps\", 12", "12 steps\", 4")],
            "seams": [('"one round", 128', '"one round", 5'), ('"eight rounds", 16, 8', '"eight rounds", 4, 3')],
            "upscale": [("steps=40", "steps=5")],
            "invert": [("(6, 11, 21, 51, 101)", "(6, 11, 12, 51)")],
        },
        "js": {
            "trade-off": [("[25, 50, 100, 150, 200, 300, 400, 500, 650, 800]", "[50, 300]"), ("down_from(t, 12)", "down_from(t, 4)")],
            "seams": [("'one round', 128", "'one round', 5"), ("'eight rounds', 16, 8", "'eight rounds', 4, 3")],
            "upscale": [("steps = 40", "steps = 5")],
            "invert": [("[6, 11, 21, 51, 101]", "[6, 11, 12, 13]")],
        },
        "skip": ["scribble", "hole", "enhance"],
        "same": {
            "model": [("examples", "examples", 0), ("down_from(999, 7)", "down_from(999, 7)", 0),
                      ("model(examples, torch.full((8,), 300)).detach()", "model.forward(examples, 300)", 1e-4)],
            "denoise": [(f"denoise(torch.randn(2, 1, 32, 32, generator=seeded({t})), down_from({t}, 6))",
                         f"denoise(lab.randn([2, 1, 32, 32], {{ generator: lab.generator({t}) }}), down_from({t}, 6))", 1e-3) for t in (150, 999)],
            "trade-off": [("drawings", "drawings", 0), ("kept", "kept", 1e-3), ("back[300][:6]",
                          "denoise(drawings.mul(signal[300]).add(twelve.mul(noise[300])).slice(0, 6), down_from(300, 4))", 1e-3)],
            "seams": [("halves", "halves", 0), ("seam(whole)", "seam(whole)", 1e-6)] + [
                (f"filled['{name}']", f"filled['{name}']", 1e-3) for name in ("one round", "eight rounds")],
            "solution-here": [("mask", "draw((x, y) => x > 15 && y < 18)", 0), ("edited", EDITED, 1e-3)],
            "scales": [(f"enlarge(shrink(whole, {k}))", f"enlarge(shrink(whole, {k}))", 1e-6) for k in (2, 4)],
            "upscale": [(f"upscale(shrink(whole[:3], {k}), '{way}', generator=seeded(1))",
                         f"upscale(shrink(whole.slice(0, 3), {k}), '{way}', {{ generator: lab.generator(1) }})", 1e-3)
                        for k in (2, 4) for way in ("replace", "pull")],
            "sizes": [("rms(another, originals)", "rms(another, originals)", 1e-3)],
            "solution-area": [("slope_of_area(examples, 0.2)", "slope_of_area(examples, 0.2)", 1e-8)],
            "invert": [("trips[11][0]", "trips[1].own", 1e-3), ("trips[11][1]", "trips[1].back", 1e-3)],
        },
    },
    "14-latents": {
        "py": {"train-run": [("(encoder, decoder)\n", "(encoder, decoder, steps=12)\n")], "race-run": [("seconds=20", "seconds=0.5")],
               "scales": [("range(250)", "range(4)")], "foreign": [("steps=150", "steps=2")]},
        "js": {"plan": [("slider(100, 4000, { value: 600, step: 100", "slider(1, 4000, { value: 12, step: 1")],
               "foreign": [("steps: 150 }", "steps: 2 }")]},
        "skip": ["race-run", "result", "scales"],
        "same": {
            "data": [("pictures[:200]", "pictures.slice(0, 200)", 0), ("pictures[-5:]", "pictures.slice(1995)", 0), ("held_out", "held_out", 0)],
            "autoencoder": [("encoder.net[0].weight", "encoder.state_dict()['net.0.weight']", 0)] + [
                (f"encoder(held_out[:4])[{i}]", f"encoder.forward(held_out.slice(0, 4)).{name}", 1e-5) for i, name in enumerate(("mean", "logvar"))] + [
                ("decoder(held_out[:2].reshape(24, 4, 8, 8)[:3])", "decoder.forward(held_out.slice(0, 2).reshape([24, 4, 8, 8]).slice(0, 3))", 1e-5)],
            "step": [(STEP_BACK % f"pair[{k}].{name}.grad", f"({STEP_BACK_JS}, {model}.gradients()['{key}'])", 1e-5)
                     for k, model, name, key in ((0, "encoder", "net[0].weight", "net.0.weight"), (0, "encoder", "net[8].bias", "net.8.bias"),
                                                 (1, "decoder", "net[0].weight", "net.0.weight"))] + [
                     (STEP_BACK % "[loss.item() for loss in two]", f"(({{ error, kl }}) => [error, kl])({STEP_BACK_JS})", 1e-6)],
            "train-run": [("encoder.net[0].weight", "encoder.state_dict()['net.0.weight']", 1e-4),
                          ("reconstruct(held_out[:8])", "reconstruct(held_out.slice(0, 8))", 1e-3)],
            "latents-shown": [("F.mse_loss(reconstruct(held_out), held_out).sqrt()", "rmse", 1e-4)],
            "walk": [("mixed", "mixed", 1e-3)],
            "scale": [("[shift.item(), scale.item()]", "[shift, scale]", 1e-4), ("latents[:9]", "latents.slice(0, 9)", 1e-3),
                      ("to_pictures(latents[:4])", "to_pictures(latents.slice(0, 4))", 1e-3)],
            "network": [(RACE.format(data=data, widths=widths, steps=steps, what=py), RACE_JS.format(data=data, widths=widths, steps=steps, what=js), most)
                        for data, widths, steps in (("pictures", "[16, 32, 64]", 3), ("latents", "[48]", 6))
                        for py, js, most in (("racer.losses", "losses", 1e-4), ("racer.draw(3, 4)", "await draw(r, 3, 4)", 1e-2))],
            "floor": [("strange", "strange", 1e-6)],
            "solution-collage": [("collage(latents[:3], latents[3:6])", "collage(latents.slice(0, 3), latents.slice(3, 6))", 1e-3)],
            "solution-fold": [(f"rescale(encoder.state_dict(), decoder.state_dict(), 10)[{k}]['{name}']",
                               f"rescale(encoder.state_dict(), decoder.state_dict(), 10)[{k}]['{name}']", 1e-3)
                              for k, name in ((0, "net.8.weight"), (0, "net.8.bias"), (0, "shortcut.1.bias"), (1, "net.0.weight"), (1, "net.0.bias"))],
        },
    },
    "15-text": {  # trained for some steps, then by the shipped weights
        "py": {
            "data": [("scenes(8000,", "scenes(640,")], "train": [("epochs * len(images) // 32", "12")],
            "which": [("asked = [", "model.load_state_dict(shipped('scenes-text'))\nasked = [")],
            "exam": [(f'"{kind}": new_captions(60', f'"{kind}": new_captions(4') for kind in (
                "one shape", "one, left out of training", "two, and where", "two alike")],
            "scale": [("[0, 1, 2, 3, 5, 8]", "[0, 3]")],
        },
        "js": {
            "data": [("n: 8000", "n: 640")],
            "train": [("epochs * Math.ceil(data.images.rows / 32)", "12")],
            "exam": [(f"'{kind}': draw_captions(60", f"'{kind}': draw_captions(4") for kind in (
                "one shape", "one, left out of training", "two, and where", "two alike")],
            "scale": [("[0, 1, 2, 3, 5, 8]", "[0, 3]")],
        },
        "skip": ["type"],
        "same": {
            "data": [("images", "data.images", 0)],
            "tokens": [("tokens(captions)", "data.tokens", 0)],
            "network": [("attend(*(torch.randn(2, n, 64, generator=seeded(n)) for n in (5, 7)), torch.randn(2, 7, 64, generator=seeded(9)))", ATTEND, 1e-5),
                        ("model.blocks[2].conv1.weight", "model.state_dict()['blocks.2.conv1.weight']", 0),
                        ("model(torch.randn(3, 3, 32, 32, generator=seeded(7)), torch.full((3,), 400), tokens(captions[:3]))",
                         "model.forward(lab.randn([3, 3, 32, 32], { generator: lab.generator(7) }), 400, null, { text: data.tokens.slice(0, 3) })", 1e-5)],
            "train": [("text", "text", 0)] + [(f"model.{name}", f"mine.state_dict()['{key}']", 1e-4) for name, key in (
                ("embed.weight", "embed.weight"), ("place", "place"), ("words.weight", "words.weight"), ("blocks[1].conv2.weight", "blocks.1.conv2.weight"))],
            "which": [("model(start(3), torch.full((3,), 400), tokens(captions[:3]))",
                       "model.forward(lab.randn([3, 3, 32, 32], { generator: lab.generator(7) }), 400, null, { text: data.tokens.slice(0, 3) })", 1e-4),
                      ("draw(model, tokens(asked[:2]), steps=6)", "draw(model, lab.tokens(['a large yellow square at the bottom', 'a small black triangle in the middle']), { steps: 6 })", 1e-3)],
            "maps": [(f"attention(model, start(1), {t}, text_of, {block})",
                      f"attention(model, lab.randn([1, 3, 32, 32], {{ generator: lab.generator(7) }}), {t}, lab.tokens('a large red circle left of a blue square'), {block}).flat()", 1e-4)
                     for t, block in ((999, 0), (500, 1), (20, 2))],
            "exam": [("[[float(each.get(part, -1)) for part in ('count', 'shape', 'colour', 'size', 'place')] for each in map(agree, images[:40] + 0.2 * torch.randn(40, 3, 32, 32, generator=seeded(1)), captions)]", AGREE, 0),
                     ("results['two, and where'][0]", "results['two, and where'].images", 1e-3),
                     ("[[each['all'] for each in told] for _, told in results.values()]", "Object.values(results).flatMap(({ told }) => told.map((each) => Number(each.all)))", 0)],
            "failures": [("[len(wrong), len(bound)]", "[wrong.length, bound.length]", 0)],
            "scale": [("curves['all']", "right.map(([all]) => all)", 1e-9)],
            "solution-drop": [("drop_captions(text[:9], torch.linspace(0, 1, 9), 0.4)",
                               "drop_captions(text.slice(0, 9), Array.from({ length: 9 }, (_, i) => i / 8), 0.4)", 0)],
            "solution-unlike": [("unlike(start(1), start(1, 8), 3)", "unlike(...[7, 8].map((seed) => lab.randn([1, 3, 32, 32], { generator: lab.generator(seed) })), 3)", 1e-6)],
        },
    },
    "companion": {
        "py": {
            "train": [("colour, 20, seeded(9)", "colour, 1, seeded(9)")],
            "conditional": [("grey, 30, generator", "grey, 1, generator")],
            "by-schedule": [("averages[7]", "averages[0]"), ("colour, 8, seeded(9)", "colour, 1, seeded(9)")],
        },
        "js": {
            "train": [("epochs = 20", "epochs = 1")],
            "conditional": [("{ shipped: 'use the one of this site', train", "{ train"), ("epoch <= 30", "epoch <= 1")],
        },
        "same": {
            "forward": [("torch.cat(noised)", "lab.cat(noised)", 1e-6)],
            "sees": [("(change > 0).sum()", "reached", 0)],
            "step": [("loss", "loss.value", 1e-6)],
            "data": [("colour", "colour", 1e-6), ("labels", "pack.labels", 0)],
            "tame": [(f"first_losses['clock: {clock}'][:10]", f"first_losses[{i}].slice(0, 10)", 2e-3)
                     for i, clock in enumerate(("t", "t / T"))],
            # Some gradients are nothing but rounding, and Adam's first steps go by signs.
            "train": [("averages[0]['up2.weight']", "learner.state_dict()['up2.weight']", 5e-2)],
            "compare-ddpm": [("sets['Untrained']", "nothing", 1e-3),
                             ("ddpm_sample(tamed(new_network()), x_T, cosine, seeded(12))",
                              "ddpm_sample(tamed(new_network()), x_T, cosine, noise())", 1e-3),
                             ("energy_distance(sets['Data'], reference)",
                              "lab.energy_distance(colour.slice(400, 430), reference)", 1e-6)],
            "solution-variance": [("posterior_variance(beta, alpha_bar)", "posterior_variance(beta, alpha_bar)", 1e-6)],
            "ddim": [("ddim_sample(tamed(new_network()), x_T[:10], [199, 159, 119, 79, 39])",
                      "ddim_sample(tamed(new_network()), start, cosine, [199, 159, 119, 79, 39])", 1e-3)],
            "solution-list": [("timesteps(200, 60)", "timesteps(200, 60)", 0)],
            "conditional-network": [("untaught.class_emb.weight", "untaught.state_dict()['class_emb.weight']", 0)],
            "conditional": [("cond_averages[0]['up2.weight']", "cond.state_dict()['up2.weight']", 1e-3)],
            "guided": [("guided_sample(2, 3)", "guided_sample(2, 3)", 1e-2)],
            "schedules": [(f"rates['{name}']", f"rates['{name}']", 1e-6)
                          for name in ("linear", "cosine-0.9999", "quadratic-sqrt", "quadratic")],
        },
        "golden": {"step": [("torch.stack([loss, again])", "golden('companion_first_step')[0, 2:]", 1e-6)]},
    },
}
