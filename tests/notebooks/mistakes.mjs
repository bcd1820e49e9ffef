/**
 * Mistakes that are often made in the tasks: what of the solution is written how, and what the check says then. A pair of
 * texts is a replacement; one text stands for the whole cell.
 * @type {Record<string, Record<string, {code: string | [string | RegExp, string], says: RegExp}[]>>}
 */
export const mistakes = {
  '01-noise': {
    walk: [
      { code: ['return x;', ''], says: /It gives nothing back\. Is a return missing\?/ },
      { code: ['x.mul(Math.sqrt(1 - beta))', 'x'], says: /The points stay where they are/ },
      { code: ['x.mul(Math.sqrt(1 - beta))', 'x.mul(1 - beta)'], says: /It is the root of that which keeps/ },
      { code: ['eps.mul(Math.sqrt(beta))', 'eps.mul(beta)'], says: /beta is a variance/ },
      { code: ['x = x.mul(Math.sqrt(1 - beta))', 'x = (Math.sqrt(1 - beta) * x)'], says: /use x\.mul\(/ },
      { code: [/x = x\.mul.*;/, 'x = x.mul(Math.sqrt(1 - beta)) + eps;'], says: /use x\.add\(/ },
      {
        code: ['const beta of betas', 'const beta of betas.slice(1)'],
        says: /It gives 499, and 500 is wanted: 1 too few/,
      },
    ],
  },
  '02-schedules': {
    exponential: [
      { code: ['(t / T)', '((t + 1) / T)'], says: /Your t runs from 1 to T/ },
      { code: ['(t / T)', '(t / (T - 1))'], says: /Your exponent is t \/ \(T - 1\)/ },
      { code: ['length: T', 'length: T + 1'], says: /It has 1,001 entries, one too many/ },
      { code: ['length: T', 'length: T - 1'], says: /It has 999 entries, one too few/ },
      { code: ['return ', ''], says: /Is a return missing/ },
      { code: ['beta_1 * (', '2 * beta_1 * ('], says: /All of it is 2 times what is wanted/ },
      {
        code: 'function exponential(T, beta_1, beta_T) {\n  return Array.from({ length: T }, (_, t) => beta_1 + (beta_T - beta_1) * (t / T));\n}',
        says: /This is a straight line/,
      },
    ],
  },
  '03-one-jump': {
    between: [
      { code: ['return ', ''], says: /Is a return missing/ },
      { code: [/return .*/, 'return x_s;'], says: /It gives back x_s/ },
      { code: [/Math\.sqrt/g, ''], says: /Both weights need a square root/ },
      { code: ['Math.sqrt(1 - ratio)', '1 - Math.sqrt(ratio)'], says: /not 1 minus the root/ },
      { code: [' / schedule.alpha_bar[s]', ''], says: /This is the jump from x_0/ },
      {
        code: [
          'schedule.alpha_bar[t] / schedule.alpha_bar[s]',
          'schedule.alpha_bar[s] / schedule.alpha_bar[t]',
        ],
        says: /It gives NaN at \[0, 0\]\. .* root of a negative number/,
      },
      {
        code: [/return .*/, 'return Math.sqrt(ratio) * x_s + Math.sqrt(1 - ratio) * eps;'],
        says: /use x\.mul\(/,
      },
    ],
  },
  '04-score': {
    'learned-score': [
      { code: ['t / schedule.T', 't'], says: /trained with t \/ T/ },
      { code: ['-schedule', 'schedule'], says: /the score points back: mind the sign/ },
      {
        code: ['return eps.div(-schedule.sqrt_one_minus_alpha_bar[t])', 'return eps'],
        says: /This is the noise/,
      },
      {
        code: ['-schedule.sqrt_one_minus_alpha_bar[t]', 'schedule.alpha_bar[t] - 1'],
        says: /not by 1 - alpha_bar/,
      },
      { code: ['return ', ''], says: /Is a return missing/ },
      {
        code: ['lab.full([x.rows],', 'lab.full([x.rows + 1],'],
        says: /a tensor of shape \[101\], and a tensor of shape \[100\] is wanted/,
      },
    ],
  },
  '05-training': {
    noise: [
      { code: ['alpha_bar.sqrt()', 'alpha_bar'], says: /The weight of x_0 is the root of alpha_bar/ },
      { code: [/\.sqrt\(\)/g, ''], says: /Both weights need a square root/ },
      {
        code: [
          'x_0.mul(alpha_bar.sqrt()).add(eps.mul(rest.sqrt()))',
          'x_0.mul(rest.sqrt()).add(eps.mul(alpha_bar.sqrt()))',
        ],
        says: /have changed places/,
      },
      { code: ['.add(eps.mul(rest.sqrt()))', ''], says: /The noise is missing/ },
      { code: ['rest.sqrt()', 'alpha_bar.map((a) => 1 - Math.sqrt(a))'], says: /not 1 minus the root/ },
      {
        code: ['lab.gather(schedule.alpha_bar, t)', 'lab.full([x_0.rows, 1], schedule.alpha_bar[t.at(0)])'],
        says: /Each row has a t of its own/,
      },
      { code: [/return .*/, 'return Math.sqrt(alpha_bar) * x_0;'], says: /use x\.mul\(.*x\.sqrt\(\)/ },
    ],
  },
  '06-ddpm-sampling': {
    deterministic: [
      { code: ['.mul(sqrt_recip_alpha[t])', ''], says: /Keep the mean as it is/ },
      { code: ['t >= 0', 't >= T'], says: /It gives back x_T/ },
      { code: ['return x;', ''], says: /Is a return missing/ },
      {
        code: ['await lab.tick();', 'x = x.add(lab.randn(x.shape).mul(0.01));'],
        says: /Something in it is still random/,
      },
    ],
  },
  '07-unet': {
    count: [
      { code: ['9 * m * m + m', '9 * n * m + m'], says: /The second convolution goes from m channels to m/ },
      { code: ['2 * 2 * m', '2 * m'], says: /there are two norms|lack their bias/ },
      { code: ['time_dim * m + m', 'time_dim * m'], says: /has a bias, too/ },
      { code: ['n === m ? 0 : n * m + m', 'n * m + m'], says: /Where n is m there is no 1 × 1 convolution/ },
      { code: [' + shortcut', ''], says: /The 1 × 1 convolution is missing/ },
      {
        code: ['128) {', '128) {\n  m = m + 1;'],
        says: /It gives [\d,]+, and [\d,]+ is wanted: [\d,]+ too many/,
      },
      { code: ['return ', ''], says: /Is a return missing/ },
    ],
    pool: [
      { code: ['Math.max(', 'Math.min('], says: /This is the least of each four/ },
      {
        code: [
          /return Math.*/,
          'return (x.at(r, c) + x.at(r, c + 1) + x.at(r + 1, c) + x.at(r + 1, c + 1)) / 4;',
        ],
        says: /average pooling/,
      },
      { code: [/return Math.*/, 'return x.at(r, c);'], says: /the first pixel of each square/ },
      { code: ['Math.max(', 'Math.max(0, '], says: /The largest of four negative numbers is negative/ },
      {
        code: ['[height, width]).map', '[height + 1, width]).map'],
        says: /a tensor of shape \[2,2\], and a tensor of shape \[1,2\] is wanted/,
      },
    ],
  },
  '08-images': {
    sketch: [
      {
        code: ['schedule.q_sample(sketch, lab.full([sketch.rows], t_start), noise)', 'noise'],
        says: /The sketch is not in it/,
      },
      {
        code: ['schedule.q_sample(sketch, lab.full([sketch.rows], t_start), noise)', 'sketch'],
        says: /The sketch has no noise yet/,
      },
      {
        code: ['schedule.q_sample(sketch, lab.full([sketch.rows], t_start), noise)', 'sketch.add(noise)'],
        says: /keeps its full weight/,
      },
      { code: ['let t = t_start', 'let t = T - 1'], says: /The walk starts at T - 1/ },
      { code: ['let t = t_start', 'let t = t_start - 1'], says: /It has 200 entries, one too few/ },
      {
        code: ['Math.sqrt(posterior_variance[t])', 'posterior_variance[t]'],
        says: /Its root multiplies the noise/,
      },
      { code: [/if \(t > 0\).*/, ''], says: /lacks its fresh noise/ },
      { code: ['return x;', ''], says: /Is a return missing/ },
    ],
  },
  '09-ddim': {
    invert: [
      { code: ['x = x_0.mul', 'x_0.mul'], says: /no step was taken/ },
      { code: ['i + 1 < up.length', 'i + 2 < up.length'], says: /ends one entry too early/ },
      { code: ['let i = 0', 'let i = 1'], says: /begins one entry too late/ },
      { code: ['model.forward(x, t)', 'model.forward(x, next)'], says: /told the timestep to which you go/ },
      { code: ['.reverse()', ''], says: /goes down the list/ },
      { code: ['return x;', 'return ddim(picture, up);'], says: /Stop at T - 1/ },
      { code: ['return x;', ''], says: /Is a return missing/ },
    ],
    sigma: [
      { code: [/Math\.sqrt/g, ''], says: /Both factors stand under a root/ },
      {
        code: ['Math.sqrt((1 - bar_next) / (1 - bar))', 'Math.sqrt((1 - bar) / (1 - bar_next))'],
        says: /have changed places/,
      },
      { code: [' * Math.sqrt(1 - bar / bar_next)', ''], says: /The second factor is missing/ },
      { code: ['next === undefined ? 1 : ', ''], says: /After the last entry it is 1/ },
      { code: ['eta * ', ''], says: /eta is a factor/ },
    ],
  },
  '10-guidance': {
    drop: [
      { code: [/for \(let epoch.*/, ''], says: /Its weights are still the initial ones/ },
      { code: ['model: second, ...asked', 'model, ...asked'], says: /both come from the same model/ },
    ],
    ddpm: [
      {
        code: ['guided_noise(x, t, c, w)', 'guided_noise(x, t, c, 1)'],
        says: /The class is heeded, the scale is not/,
      },
      { code: ['return x;', ''], says: /Is a return missing/ },
    ],
    spread: [
      {
        code: ['sum / x.rows', 'sum / (x.rows - 1)'],
        says: /The sum is divided by n - 1, and here by n, which is 4/,
      },
      { code: ['Math.sqrt(sum / x.rows)', 'sum / x.rows'], says: /It is the square of what is wanted/ },
      { code: ['sum / x.rows', 'sum / (2 * x.rows)'], says: /the spread along one axis/ },
      {
        code: [/\[mx, my\] = \[0, 0\];[\s\S]*?let sum/, 'mx = 0, my = 0;\n  let sum'],
        says: /the distance from the origin/,
      },
    ],
  },
  '11-what-to-predict': {
    weights: [
      { code: ['x0: 1', 'x0: snr'], says: /Here the error is that of x_0 itself/ },
      { code: ['v: snr + 1', 'v: snr'], says: /stands behind the noise/ },
      { code: ['v: snr + 1', 'v: 1'], says: /An error of v is multiplied by the root/ },
      { code: ['v: snr + 1', 'v: 1 - alpha_bar'], says: /the weight is above 1/ },
      { code: ['v: snr + 1', 'v: Math.sqrt(snr + 1)'], says: /take the square of the factor/ },
    ],
    rescale: [
      { code: [' * first) / (first - last)', ')'], says: /no longer begins where it did/ },
      { code: [' ** 2', ''], says: /These are the roots/ },
      {
        code: ['Array.from(alpha_bar, Math.sqrt)', 'Array.from(alpha_bar)'],
        says: /Shift, then stretch, then square/,
      },
    ],
  },
  '14-latents': {
    collage: [
      { code: ['i % 8 < 4', 'i % 8 >= 4'], says: /The halves have changed places/ },
      { code: ['i % 8 < 4', 'Math.floor(i / 8) % 8 < 4'], says: /an upper and a lower half/ },
      { code: ['i % 8 < 4', 'Math.floor(i / 64) % 4 < 2'], says: /This cuts the channels/ },
      {
        code: ['i % 8 < 4 ? value : right', 'i < 0 ? value : right'],
        says: /All of it is the second latent/,
      },
      { code: ['return ', ''], says: /Is a return missing/ },
    ],
    fold: [
      { code: [/.*=> \(i < 4 \? c \* b : b\).*\n/, ''], says: /a bias is part of the mean/ },
      { code: ['2 * Math.log(c)', 'Math.log(c)'], says: /of the variance it is twice that/ },
      { code: [/.*2 \* Math\.log\(c\).*\n/, ''], says: /The clouds have kept their size/ },
      { code: [/.*\.div\(c\).*\n/, ''], says: /divide where it reads them/ },
      { code: [/c \* ([wb])/g, '$1 / c'], says: /the encoder multiplies/ },
    ],
  },
  companion: {
    variance: [
      {
        code: ['[1, ...alpha_bar.slice(0, -1)]', 'alpha_bar'],
        says: /of the same step stands above and below/,
      },
      {
        code: ['(b * (1 - before[t])) / (1 - alpha_bar[t])', '(b * (1 - alpha_bar[t])) / (1 - before[t])'],
        says: /upside down/,
      },
      {
        code: ['[1, ...alpha_bar.slice(0, -1)]', '[0, ...alpha_bar.slice(0, -1)]'],
        says: /Before the first step alpha_bar is 1/,
      },
      { code: ['beta.map(', 'beta.slice(1).map('], says: /one too few/ },
    ],
    timesteps: [
      { code: ['(T - 1) * (n - 1 - i)', 'T * (n - 1 - i)'], says: /It starts at T/ },
      { code: ['n - 1 - i', 'i'], says: /It rises/ },
      { code: ['/ (n - 1))', '/ n)'], says: /Seven posts have six gaps/ },
      { code: ['Math.round', 'Math.floor'], says: /It is rounded down/ },
      { code: ['length: n }', 'length: n + 1 }'], says: /one too many/ },
      { code: [/if .*\n/, ''], says: /With one post there is no gap|It gives NaN/ },
    ],
  },
  '12-straight-paths': {
    heun: [
      { code: ['return ', ''], says: /Is a return missing/ },
      { code: [/x\.add\(v\.add\(w\)\.mul\(h \/ 2\)\)/, 'x.add(v.mul(h))'], says: /This is Euler/ },
      { code: ['v.mul(h)), next)', 'v.mul(h)), t)'], says: /The second time the network is at next/ },
      {
        code: ['return x.add', 'return x.add(v.mul(h)).add'],
        says: /Go from x, not from where the trial ended/,
      },
      { code: ['.mul(h / 2)', '.mul(h)'], says: /half their sum/ },
      { code: ['v.add(w).mul(h / 2)', 'w.mul(h)'], says: /the second direction alone/ },
    ],
    detour: [
      { code: ['return sum / n;', ''], says: /It gives \[\]/ },
      { code: [' / distance(frames[0], frames.at(-1), i)', ''], says: /This is the mean length/ },
      { code: ['sum / n', 'sum'], says: /divide by how many there are/ },
      {
        code: [
          'length / distance(frames[0], frames.at(-1), i)',
          'distance(frames[0], frames.at(-1), i) / length',
        ],
        says: /Turn it round/,
      },
    ],
  },
  '13-editing': {
    here: [
      { code: ['x = known.add(x.sub(known).mul(mask));', ''], says: /This is SDEdit/ },
      {
        code: ['known.add(x.sub(known).mul(mask))', 'x.add(known.sub(x).mul(mask))'],
        says: /the wrong way round/,
      },
      { code: [/const known = .*/, 'const known = drawn;'], says: /put back without noise/ },
      { code: [/let x = drawn.*/, 'let x = eps;'], says: /starts from pure noise/ },
      { code: ['return x;', ''], says: /Is a return missing/ },
    ],
    area: [
      {
        code: ['(2 * (means[picture] - area)) / pixels', '2 * (means[picture] - area)'],
        says: /divide by how many/,
      },
      { code: ['(2 * (means[picture] - area))', '(means[picture] - area)'], says: /a factor of 2/ },
      { code: ['means[picture] - area', 'v - area'], says: /It is the mean of the picture that counts/ },
      { code: ['means[picture] - area', 'x_0.mean() - area'], says: /Each has its own/ },
      { code: ['means[picture] - area', 'area - means[picture]'], says: /points the other way/ },
    ],
  },
  'final-challenge': {
    'my-data': [
      { code: ['points.float()', 'points'], says: /Use float\(\) on doubles/ },
      {
        code: ['labels: point_labels,', 'labels: point_labels.map((c) => c + 1),'],
        says: /Labels count from 0/,
      },
      { code: ['classes(100)', 'classes(10)'], says: /A row is a sample/ },
    ],
    'my-samplers': [
      { code: ['i >= 0', 'i >= 14'], says: /Does the last step lead to x_0\?/ },
      {
        code: ['lab.randn(x.shape, { generator })', 'lab.randn(x.shape)'],
        says: /Draw the noise from the generator/,
      },
    ],
  },
  '15-text': {
    drop: [
      { code: ['return ', ''], says: /Is a return missing/ },
      {
        code: ['u[Math.floor(i / 12)] < p', 'u[Math.floor(i / 12)] >= p'],
        says: /Those that should stay are gone/,
      },
      {
        code: ['u[Math.floor(i / 12)] < p', 'u[Math.floor(i / 12)] <= p'],
        says: /exactly p counts as below/,
      },
      {
        code: ['u[Math.floor(i / 12)] < p', 'i % 12 === 0 && u[Math.floor(i / 12)] < p'],
        says: /Only the first word of each/,
      },
      { code: ['u[Math.floor(i / 12)] < p', 'p'], says: /gone everywhere/ },
    ],
    unlike: [
      {
        code: [/return .*/, 'return wanted.add(unwanted.sub(wanted).mul(w));'],
        says: /walks the other way/,
      },
      {
        code: [/return .*/, 'return wanted.add(wanted.sub(unwanted).mul(w));'],
        says: /starts at the wanted answer/,
      },
      { code: ['unwanted.add(', '('], says: /missing its start/ },
      { code: ['return ', ''], says: /Is a return missing/ },
    ],
  },
};
