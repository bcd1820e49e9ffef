// The faults that tests/mutate.mjs plants: a sign, an index, a bound, a constant.

import { diffusion } from './mutations-diffusion.mjs';

/**
 * @typedef {[from: string, to: string, survives?: string]} Change `from` stands once in the file; survives: the reason why
 *   no test can notice
 * @typedef {{file: string, tests: string[], changes: Change[]}} Mutations tests: those that must notice, programs of
 *   tests/c by their names, tests of Node by their paths
 */

const web = (/** @type {string[]} */ ...names) => names.map((name) => `tests/web/${name}.test.mjs`);

/** @type {Mutations[]} */
export const mutations = [
  ...diffusion,
  {
    file: 'src/base/math.c',
    tests: ['test_random'],
    changes: [
      ['1.479819860511658591e-01', '1.479819860511658591e-02'],
      ['w2 = n * 2.02226624879595063154e-21 - lost', 'w2 = n * 2.02226624879595063154e-21 + lost'],
      ['- tail) + v * 1.66666666666666324348e-01', '+ tail) + v * 1.66666666666666324348e-01'],
      ['return x > 0.0 ? angle : NB_PI - angle;', 'return x < 0.0 ? angle : NB_PI - angle;'],
    ],
  },
  {
    file: 'src/base/math.h',
    tests: ['test_random', 'test_layer_texts'],
    changes: [
      ['4.13813679705723846039e-08', '4.13813679705723846039e-07'],
      ['(bits << 52) + (UINT64_C(1023) << 52)', '(bits << 52) + (UINT64_C(1022) << 52)'],
    ],
  },
  {
    file: 'src/optim/muon.c',
    tests: ['test_muon'],
    changes: [
      ['momentum = 0.95F', 'momentum = 0.9F'],
      ['a = 3.4445F', 'a = 3.5F'],
      ['ITERATIONS = 5', 'ITERATIONS = 4'],
      ['p->cols >= LEAST_SIDE', 'true'],
      ['m.turned ? m.cols : m.rows', 'm.turned ? m.rows : m.cols'],
      ['sum > 1e-60 ?', 'true ?'],
    ],
  },
  {
    file: 'src/base/rng.c',
    tests: ['test_random', 'test_data'],
    changes: [
      ['y ^= y >> 11;', 'y ^= y >> 12;'],
      ['w[i] & 0x80000000U', 'w[i] & 0xc0000000U'],
      ['rr >= 1.0 || rr == 0.0', 'rr > 2.0 || rr == 0.0'],
      ['const size_t j = i + draw(rng) % (uint32_t)(n - i);', 'const size_t j = draw(rng) % (uint32_t)n;'],
      ['n + (n % 16 ? 16 : 0)', 'n + (n % 16 ? n % 16 : 0)'],
    ],
  },
  {
    file: 'src/base/box_muller.c',
    tests: ['test_random'],
    changes: [
      ['-2.12194440e-4F', '-2.12194440e-5F'],
      ['((j - 2) & 4) ? 1.0F : -1.0F', '((j - 2) & 4) ? -1.0F : 1.0F'],
    ],
  },
  {
    file: 'src/base/pool.c',
    tests: ['test_pool'],
    changes: [
      [
        'return count * (thread + 1) / (size_t)pool->threads;',
        'return (count - 1) * (thread + 1) / (size_t)pool->threads;',
      ],
      ['ran += run_share(pool, round, (thread + k) % threads);', 'ran += run_share(pool, round, thread);'],
      ['.index = (size_t)i + 1}', '.index = (size_t)i}'],
    ],
  },
  {
    file: 'src/kernels/body.h',
    tests: ['test_norm', 'test_model'],
    changes: [
      ['term = SUB(term, middle[v]);', 'term = ADD(term, middle[v]);'],
      ['MUL(MUL(g, SET1(s->one_minus_beta2)), g)', 'MUL(MUL(g, SET1(s->one_minus_beta1)), g)'],
    ],
  },
  {
    file: 'src/nn/group_norm.c',
    tests: ['test_norm', 'test_layers'],
    changes: [
      ['sum[g] / n + a->settings[EPS]', 'sum[g] / n + 1e-6'],
      ['c_all[c / size] / n * r * r', 'c_all[c / size] / n * r'],
    ],
  },
  {
    file: 'src/nn/conv2d.c',
    tests: ['test_layer_texts'],
    changes: [
      ['y - p->above >= t.height', 'y - p->above > t.height'],
      ['x[o / each * p->in + c] * w[o]', 'x[o / each + c] * w[o]'],
      ['from[t->from + c] : 0.0F', 'from[c] : 0.0F'],
      ['(whole - kernel) / stride + 1', '(whole - kernel + 1) / stride + 1'],
    ],
  },
  {
    file: 'src/nn/conv_transpose2d.c',
    tests: ['test_layer_texts'],
    changes: [['.accumulate = a->accumulate || i > 0', '.accumulate = a->accumulate']],
  },
  {
    file: 'src/nn/attention_weights.c',
    tests: ['test_layer_texts', 'test_attention'],
    changes: [
      ['.at = k * size', '.at = 0'],
      [
        'nb_softmax(p.data + i * p.pixel, p.channels, scale, mask)',
        'nb_softmax(p.data + i * p.pixel, p.channels, scale, NULL)',
      ],
    ],
  },
  {
    file: 'src/nn/rearrange.c',
    tests: ['test_layer_texts'],
    changes: [
      ['token[c * side * side + k]', 'token[k * image.channels + c]'],
      ['if (b > 0 && s->settings[AXES] != 0.0)', 'if (s->settings[AXES] != 0.0)'],
    ],
  },
  {
    file: 'src/nn/dropout.c',
    tests: ['test_dropout'],
    changes: [
      ['out[i] / (float)keep', 'out[i]'],
      ['a->drawn + s * numbers', 'a->drawn'],
    ],
  },
  {
    file: 'src/nn/layer_norm.c',
    tests: ['test_layer_texts'],
    changes: [
      ['level = centred ? level / (double)n : 0.0;', 'level = level / (double)n;'],
      ['- s.mean) * s.r * slope', '- s.mean) * slope'],
    ],
  },
  {
    file: 'src/models/graph_plan.c',
    tests: ['test_network_fuzz', 'test_shares'],
    changes: [
      ['l->turn = k < l->turn ? k : l->turn;', ''],
      [
        'return a->first <= b->last && b->first <= a->last &&',
        'return a->first < b->last && b->first < a->last &&',
      ],
      ['if (is_output(g, v) || g->plain) s.last', 'if (g->plain) s.last'],
      ['shared = shared && (l->in[k] < 0 || of_t[l->in[k]])', 'shared = shared && of_t[l->in[0]]'],
    ],
  },
  {
    file: 'src/models/graph_build.c',
    tests: ['test_network_fuzz'],
    changes: [
      ['needs_grad(g, a) && !g->values[a].read_back', 'needs_grad(g, a)'],
      [' && !g->values[a].shared && !g->plain', ' && !g->plain'],
    ],
  },
  {
    file: 'src/models/graph_pass.c',
    tests: ['test_shares', 'test_adam', 'test_model'],
    changes: [
      ['if ((n + rows - 1) / rows > most_lanes) continue;', ''],
      [
        'memory_order_relaxed);\n    return next < rows_of_lane',
        'memory_order_relaxed);\n    return next <= rows_of_lane',
        'a thread looks once more in vain',
      ],
      ['out_of_range |= (bits & 0x7fffffffU) > most;', ''],
    ],
  },
  {
    file: 'src/models/graph_run.c',
    tests: ['test_network_fuzz', 'test_shares'],
    changes: [
      ['a.relu = p->stop->relu;', ''],
      ['        wait_for_turn(p, layer, c);\n', ''],
    ],
  },
  {
    file: 'src/models/lower.c',
    tests: ['test_network'],
    changes: [
      ['l->net->values[value].uses > 1)', 'l->net->values[value].uses > 2)'],
      [
        'takes_sum(l, s->in[1]) && !takes_sum(l, s->in[0])',
        'takes_sum(l, s->in[0]) && !takes_sum(l, s->in[1])',
      ],
      ['hoist(l, next->in[next->in[0] == value]);', ''],
    ],
  },
  {
    file: 'src/models/pass_copy.c',
    tests: ['test_network', 'test_layer_texts'],
    changes: [
      ['if (g->values[v].reached) {', 'if (true) {'],
      ['in->at, g->cond_size, c->rows, false)', '0, g->cond_size, c->rows, false)'],
    ],
  },
  {
    file: 'src/models/network.c',
    tests: ['test_network'],
    changes: [
      [
        'const int rows = (int)s->settings[0], least = in->count + labels;',
        'const int rows = (int)s->settings[0], least = in->count;',
      ],
      ['>= NB_MOST_LAYERS)', '> NB_MOST_LAYERS)'],
      ['net->values[value].uses++;', ''],
    ],
  },
  {
    file: 'src/nn/softmax.h',
    tests: ['test_layers', 'test_layer_edges'],
    changes: [
      ['d[j] = p[j] * (d[j] - (float)sum) * scale', 'd[j] = p[j] * (d[j] + (float)sum) * scale'],
      ['most = row[j] > most &&', 'most = row[j] < most &&'],
    ],
  },
  {
    file: 'src/nn/max_pool.c',
    tests: ['test_layer_edges'],
    changes: [['const float d1 = v1 > v0 ? left2 : 0.0F', 'const float d1 = v1 >= v0 ? left2 : 0.0F']],
  },
  {
    file: 'src/nn/upsample.c',
    tests: ['test_layers', 'test_layer_shapes'],
    changes: [
      ['near + 1 < n ? near + 1 : near', 'near + 2 < n ? near + 1 : near'],
      ['0.75F * (0.75F * p[c] + 0.25F * q[c])', '0.75F * (0.25F * p[c] + 0.75F * q[c])'],
    ],
  },
  {
    file: 'src/nn/sinusoidal.c',
    tests: ['test_layers', 'test_layer_edges'],
    changes: [
      ['(float)-nb_log(10000.0)', '(float)-nb_log(1000.0)'],
      ['fabs(angle) <= 1e5', 'fabs(angle) <= 1e9'],
    ],
  },
  {
    file: 'src/optim/adam.c',
    tests: ['test_adam', 'test_model'],
    changes: [
      ['(float)sqrt(1.0 - next.power2)', '(float)sqrt(1.0 - next.power1)'],
      ['lr > 0.0 && lr <= 1e6', 'lr >= 0.0 && lr <= 1e6'],
    ],
  },
  {
    file: 'src/train/options.c',
    tests: ['test_training_options'],
    changes: [
      ['c->weights[t] <= 1e6F', 'c->weights[t] <= 1e7F'],
      ['most > 0.0F', 'most >= 0.0F'],
      ['memcpy(out, c->weights,', 'memcpy(out, out,'],
    ],
  },
  {
    file: 'src/train/ema.c',
    tests: ['test_training_options'],
    changes: [['(1.0 + step) / (10.0 + step)', '(1.0 + step) / (11.0 + step)']],
  },
  {
    file: 'src/train/loss_by_level.c',
    tests: ['test_loss_by_level'],
    changes: [['v->labels ? v->labels + done : NULL', 'v->labels ? v->labels : NULL']],
  },
  {
    file: 'src/metrics/curve_distance.c',
    tests: ['test_metrics'],
    changes: [['k + 1 < m; k++', 'k + 2 < m; k++']],
  },
  {
    file: 'src/metrics/sliced_wasserstein.c',
    tests: ['test_metrics'],
    changes: [
      ['NB_PI * (k + 0.5) / directions', 'NB_PI * k / directions'],
      ['if (end_q <= end_p) j++;', 'if (end_q < end_p) j++;', 'a piece of no width comes between'],
    ],
  },
  {
    file: 'src/metrics/neighbours.c',
    tests: ['test_sets'],
    changes: [
      ['if (j == i) continue;', 'if (j == i + n) continue;'],
      ['> radius2[j]) j++', '>= radius2[j]) j++'],
    ],
  },
  {
    file: 'src/metrics/energy_distance.c',
    tests: ['test_sets'],
    changes: [['-distance2 / (2.0 * sigma * sigma)', '-distance2 / (2.0 * sigma)']],
  },
  {
    file: 'src/data/points.c',
    tests: ['test_data'],
    changes: [
      ['noise * eps[2 * n + i]', 'noise * eps[n + i]'],
      ['noise <= 100.0', 'noise <= 101.0'],
    ],
  },
  {
    file: 'src/data/images.c',
    tests: ['test_images'],
    changes: [
      ['(x / square + y / square) % 2', '(x / square) % 2'],
      ['<= radius * radius', '< radius * radius'],
      ['i < side * 3 / 4', 'i <= side * 3 / 4'],
    ],
  },
  {
    file: 'src/data/image_pack.c',
    tests: ['test_image_pack'],
    changes: [
      ['i % 2 ? pair & 15U : pair >> 4', 'i % 2 ? pair >> 4 : pair & 15U'],
      ['level_at(p, i) >= p->levels', 'level_at(p, i) > p->levels'],
    ],
  },
  {
    file: 'src/io/npy.c',
    tests: ['test_arrays', 'test_fuzz'],
    changes: [
      ['a->rank == 4 || !comma', 'a->rank == 3 || !comma'],
      ['length > size - PREAMBLE', 'length > size + PREAMBLE'],
    ],
  },
  {
    file: 'web/kernel/tensor.js',
    tests: web('tensor'),
    changes: [
      ['return this.data[i * this.columns + j];', 'return this.data[i * this.rows + j];'],
      ['Math.min(Math.max(value, low), high)', 'Math.max(Math.min(value, low), high)'],
      ['return Math.sqrt(sum / this.length);', 'return Math.sqrt(sum / (this.length - 1));'],
      ['if (d > most || Number.isNaN(d)) most = d;', 'if (!(d <= most)) most = d;'],
    ],
  },
  {
    file: 'web/kernel/display.js',
    tests: web('displays', 'kernel', 'looking'),
    changes: [
      ['const at = area.used++;', 'const at = area.used;'],
      ['area.slots.length > area.used', 'area.slots.length > area.used + 1'],
      ['waiting.push.push(...rows);', 'waiting.push = rows;'],
    ],
  },
  {
    file: 'web/kernel/evaluate.js',
    tests: web('evaluate', 'kernel'),
    changes: [['if (!Object.hasOwn(this.scope, name))', 'if (Object.hasOwn(this.scope, name))']],
  },
  {
    file: 'web/kernel/rewrite.js',
    tests: web('evaluate'),
    changes: [
      [
        'return node.computed ? [] : [node.property];',
        'return node.computed ? [node.property] : [node.property];',
      ],
      ["if (node.type !== 'ArrowFunctionExpression') own.push('arguments');", ''],
      ['a.start - b.start || a.end - b.end', 'a.start - b.start'],
    ],
  },
  {
    file: 'web/kernel/flow.js',
    tests: web('kernel'),
    changes: [
      ["if (this.#mode === 'step') this.#mode = 'pause';", "if (this.#mode === 'step') this.#mode = 'run';"],
      ['if (this.isOvertaken()) throw new Overtaken();', ''],
      ["action === 'resume' ? 'run' : action", 'action', 'every tick then yields: slower, and nothing else'],
    ],
  },
  {
    file: 'web/kernel/storage.js',
    tests: web('kept'),
    changes: [
      ['old.tab !== saved.tab && old.placed > known', 'old.tab !== saved.tab'],
      ['Math.max(Date.now(), (old?.placed ?? 0) + 1)', 'old?.placed ?? Date.now()'],
      ['[asideOf(name, saved.tab), undefined],', ''],
    ],
  },
  {
    file: 'web/kernel/studio/export/notebook.js',
    tests: web('studio-export'),
    changes: [
      ['values.subarray(0, n * size)', 'values.subarray(size, (n + 1) * size)'],
      ['Math.fround(short) === value', 'Math.abs(short - value) < 1e-4'],
      ['batch > usual ? larger', 'batch > 1024 ? larger'],
    ],
  },
  {
    file: 'web/kernel/studio/export/program.js',
    tests: web('studio-export'),
    changes: [
      ['held_out: data.held,', 'held_out: 0,'],
      ["['adam', 'muon']", "['muon', 'adam']"],
      ['eta: sampling.eta,', 'eta: 0,'],
    ],
  },
  {
    file: 'web/kernel/studio/opened.js',
    tests: web('studio-open'),
    changes: [
      ['      trySampler(context, one, config);', ''],
      ['if (one.describe() !== text)', 'if (false)'],
    ],
  },
  {
    file: 'web/page/studio/state.js',
    tests: web('studio-foreign'),
    changes: [
      ['this.distrust(code, this.distrusted(before.network.code))', ''],
      ['foreign ? { ...this.#config, foreign } : this.#config', 'this.#config'],
    ],
  },
  {
    file: 'web/page/studio/client.js',
    tests: web('studio-foreign'),
    changes: [['if (refused) throw', 'if (false) throw']],
  },
  {
    file: 'web/page/studio/open/packed_data.js',
    tests: web('studio-link'),
    changes: [
      ['place - (places[i - 1] ?? 0)', 'place'],
      ['mixed(n).map((i) => places[i])', 'places'],
      ['|| at !== bytes.length', ''],
    ],
  },
  {
    file: 'web/kernel/studio/turns.js',
    tests: web('studio-run'),
    changes: [['this.#last.then(fn)', 'Promise.resolve().then(fn)']],
  },
  {
    file: 'web/kernel/studio/sprites.js',
    tests: web('studio-sprites'),
    changes: [
      ['(x, y) => y * side + end - x', '(x, y) => y * side + x'],
      ['(end - y) * side + x', 'y * side + x'],
      ['(end - x) * side + y', '(end - x) * side + end - y'],
      ['Math.min(shift, before), Math.min(shift, after)', 'shift, shift'],
      ['drawn * (less + more + 1)', 'drawn * (less + more)'],
      ['classes.indexOf(names[place % own.length])', 'classes.indexOf(names[0])'],
      ['pixels.some((k) => k !== UNPAINTED)', 'pixels.length > 0'],
    ],
  },
  {
    file: 'web/page/studio/data/numpy.js',
    tests: web('studio-numpy'),
    changes: [
      ['(k % plane) * channels + Math.floor(k / plane)', 'k'],
      ['shape.length === 4 && !few(a)', 'false'],
      ["type === 'u1'", "type === 'u2'"],
      ['Math.floor(wrong / each) + 1', 'wrong'],
      ['(place) => known.labels[place]', '(_, i) => known.labels[i]'],
    ],
  },
  {
    file: 'web/page/studio/data/lines.js',
    tests: web('studio-data'),
    changes: [
      ['Math.min(label, this.classes - 1)', 'label'],
      ['Math.floor(POINTS / labels.length)', 'POINTS'],
      ['this.#before.push(this.list);', ''],
    ],
  },
  {
    file: 'web/page/studio/data/text.js',
    tests: web('studio-data'),
    changes: [
      ['zeros[1] > some.length / 3', 'zeros[0] > some.length / 3'],
      ['fatal: true', 'fatal: false'],
    ],
  },
  {
    file: 'web/page/studio/data/zip.js',
    tests: web('studio-zip'),
    changes: [
      ['without.hidden++', 'return true'],
      ['(?:[^/]+\\/)?run', '(?:.+\\/)?run'],
      ['done && seen === 0', 'false'],
    ],
  },
];
