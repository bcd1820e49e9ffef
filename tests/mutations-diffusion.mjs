// The faults of mutations.mjs in src/diffusion, and in what exercise and lesson 13 do with its samplers.

/** @type {import('./mutations.mjs').Mutations[]} */
export const diffusion = [
  {
    file: 'src/diffusion/objective.c',
    tests: ['test_objective', 'test_training_options'],
    changes: [
      ['at.signal * eps[i] - at.noise * x_0[i]', 'at.signal * eps[i] + at.noise * x_0[i]'],
      ['at->noise * x[i] + at->signal * prediction[i]', 'at->signal * x[i] + at->noise * prediction[i]'],
      ['(x[i] - at->signal * prediction[i]) * inverse', '(x[i] + at->signal * prediction[i]) * inverse'],
      ['at->signal * x[i] - at->noise * prediction[i]', 'at->signal * x[i] + at->noise * prediction[i]'],
    ],
  },
  {
    file: 'src/diffusion/schedule.c',
    tests: ['test_schedule'],
    changes: [
      ['const double s = 0.008', 'const double s = 0.0081'],
      ['start * nb_exp((t + 1) * nb_log', 'start * nb_exp((t + 2) * nb_log'],
      ['beta * (1.0F - previous) / one_minus', 'beta * (1.0F - alpha_bar) / one_minus'],
      ['T >= 2 && T <= 100000', 'T >= 1 && T <= 100000'],
      ['return i == n - 1 ? to : i * ((to - from)', 'return i == n ? to : i * ((to - from)'],
    ],
  },
  {
    file: 'src/diffusion/schedule.c',
    tests: ['test_zero_snr'],
    changes: [
      ['(root - l.last) * (l.first', '(root - l.last) * (1.0'],
      ['const double root = on_line(l, sqrt(bar))', 'const double root = on_line(l, bar)'],
    ],
  },
  {
    file: 'src/diffusion/sample_config.c',
    tests: ['test_zero_snr'],
    changes: [['if (!blind ||', 'if (blind ||']],
  },
  {
    file: 'src/cli/exercises/editing.c',
    tests: ['tests/cli/editing.test.mjs'],
    changes: [
      ['fmaxf(e->shapes[i]', 'fminf(e->shapes[i]'],
      ['(float)sqrt(1.0 - keep)', '(float)sqrt(keep)'],
      ['steps = fill(list, s->o->steps, t)', 'steps = fill(list, s->o->steps, T - 1)'],
      ['[t], e->drawn, e->x)', '[t / 2], e->drawn, e->x)'],
      ['e->kept[k] = overlap(e, out, e->drawn)', 'e->kept[k] = overlap(e, out, e->shapes)'],
      ['both += a[i] > middle(e) && b', 'both += a[i] > middle(e) || b'],
      ['config.eta = 1.0', 'config.eta = 0.0'],
      ['round < (next < 0 ? 1 : rounds)', 'round < 1'],
      ['if (round > 0) mix', 'if (round < 0) mix'],
      ['(double)bar[list[i]] / low, e->x', '(double)bar[list[i]], e->x'],
      ['mix(s, e, low, e->shapes', 'mix(s, e, next < 0 ? 1.0 : (double)bar[list[i]], e->shapes'],
      ['if (at % width < width / 2)', 'if (at % width > width / 2)'],
    ],
  },
  {
    file: 'notebooks/13-editing.ipynb',
    tests: ['tests/cli/editing.test.mjs'],
    changes: [
      ['drawing.mul(signal[t]).add(eps.mul(noise[t]))', 'drawing.add(eps.mul(noise[t]))'],
      ['denoise(x_t, down_from(t, 20)', 'denoise(x_t, down_from(999, 20)'],
      ['if (next !== undefined) x = x_0.mul(signal[next])', 'if (next !== undefined) x = x_0.mul(signal[t])'],
      ['if (round > 1) x = mixed(x, ratio, z());', 'if (round > 1) x = mixed(x, bar(t), z());'],
      ['(next === undefined ? 1 : rounds)', '1'],
      ['const known = mixed(picture, bar(next), z());', 'const known = mixed(picture, bar(t), z());'],
      ['x = known.add(sampled.sub(known).mul(mask));', 'x = sampled.add(known.sub(sampled).mul(mask));'],
    ],
  },
  {
    file: 'src/diffusion/noising.c',
    tests: ['test_schedule'],
    changes: [['t[i] < 0 || t[i] >= T', 't[i] < 0 || t[i] > T']],
  },
  {
    file: 'src/diffusion/score.c',
    tests: ['test_sets'],
    changes: [
      ['sum_y += w * dy;', 'sum_y -= w * dy;'],
      ['nearest = fmin(nearest, dx * dx + dy * dy);', 'nearest = 0.0;'],
    ],
  },
  {
    file: 'src/diffusion/ddim.c',
    tests: ['test_samplers'],
    changes: [['noise_prev * noise_prev - variance', 'noise_prev * noise_prev + variance']],
  },
  {
    file: 'src/diffusion/sampler.c',
    tests: ['test_editing'],
    changes: [['s->rises ? s->steps - 1 : s->steps', 's->steps']],
  },
  {
    file: 'src/diffusion/sample_config.c',
    tests: ['test_editing'],
    changes: [
      ['list[i] > list[i - 1] && list[i] < T', 'list[i] > list[i - 1]'],
      ['s->method->info.inverts && s->eta == 0.0', 's->method->info.inverts'],
    ],
  },
  {
    file: 'src/diffusion/dpm_solver.c',
    tests: ['test_samplers'],
    changes: [
      ['h < before ? h / before / 2.0 : 0.5', 'h < before ? h / before : 0.5'],
      ['older * s->past[0][i]', 'newer * s->past[0][i]'],
      ['h < before ? h /', 'true ? h /'],
    ],
  },
  {
    file: 'src/diffusion/plms.c',
    tests: ['test_samplers'],
    changes: [
      ['-9.0F / 24.0F', '9.0F / 24.0F'],
      ['5.0F / 12.0F', '6.0F / 12.0F'],
    ],
  },
  {
    file: 'src/diffusion/slerp.c',
    tests: ['test_guidance'],
    changes: [
      ['cosine < -1.0 ? -1.0 : cosine', 'cosine < -1.0 ? 1.0 : cosine', 'at either end the line is taken'],
      ['sine > 1e-4', 'sine > 1e-1'],
    ],
  },
  {
    file: 'src/diffusion/guidance.c',
    tests: ['test_guidance'],
    changes: [['eps_null[i] + w *', 'eps_class[i] + w *']],
  },
  {
    file: 'src/diffusion/loss.c',
    tests: ['test_schedule'],
    changes: [['2.0F / (float)count', '1.0F / (float)count']],
  },
  {
    file: 'src/diffusion/noising.c',
    tests: ['test_flow'],
    changes: [
      ['velocity[j] = eps[j] - x_0[j]', 'velocity[j] = x_0[j] - eps[j]'],
      ['1.0F - t[i], b = t[i]', '1.0F - t[i], b = 1.0F'],
    ],
  },
  {
    file: 'src/diffusion/sampler.c',
    tests: ['test_flow'],
    changes: [
      ['(double)(s->steps - i) / s->steps', '(double)(s->steps - i - 1) / s->steps'],
      ['nb_model_flow_time(s->model, (float)at[k])', 'nb_model_flow_time(s->model, (float)at[0])'],
    ],
  },
  {
    file: 'src/diffusion/sample_config.c',
    tests: ['test_flow'],
    changes: [
      ['(list[i] < list[i - 1]) != (list[1] < list[0])', 'false'],
      ['list[i] >= 0.0F && list[i] <= 1.0F', 'list[i] >= 0.0F'],
    ],
  },
  {
    file: 'src/diffusion/likelihood.c',
    tests: ['test_flow'],
    changes: [
      ['(double)p->d_x[i * d + k]', '(double)p->d_x[i * d]'],
      ['p->d_out[i * d + k] = 0.0F;', ''],
      ['p->log_p[i] += 0.5 * h', 'p->log_p[i] -= 0.5 * h'],
      ['log_p -= 0.5 * p->x[j]', 'log_p -= p->x[j]'],
      ['inputs, t + h, p->v2', 'inputs, t, p->v2'],
      ['h * (p->v1[i] + p->v2[i])', 'h * (p->v1[i] + p->v1[i])'],
    ],
  },
  {
    file: 'src/diffusion/euler.c',
    tests: ['test_flow'],
    changes: [['step->time_next - step->time', 'step->time - step->time_next']],
  },
  {
    file: 'src/diffusion/heun.c',
    tests: ['test_flow'],
    changes: [
      ['half = 0.5F * h', 'half = h'],
      ['s->x[i] += h * s->eps[i]', 's->x[i] += half * s->eps[i]'],
      ['s->x[i] = mean[i] + half', 's->x[i] = s->x[i] + half'],
    ],
  },
];
