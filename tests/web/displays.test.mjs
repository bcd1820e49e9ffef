/** What a cell may show, and what becomes of it when kernels come and go. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Displays, MOST_DISPLAYS } from '../../web/kernel/display.js';
import { Lines } from '../../web/kernel/lines.js';
import { createKernel, loadCore } from '../notebooks/node-kernel.mjs';

/** @typedef {import('../../web/kernel/protocol.js').Message} Message */

const core = await loadCore();

/** The displays as a page would have them in the end: of each its kind and its props. @param {Message[]} messages */
function seen(messages) {
  /** @type {Map<number, {kind: string, props: Record<string, any>}>} */
  const displays = new Map();
  for (const m of messages)
    if (m.type === 'show') displays.set(m.id, { kind: m.kind, props: m.props });
    else if (m.type === 'update') {
      const display = displays.get(m.id);
      assert.ok(display, 'an update has its display');
      Object.assign(display.props, m.props);
    }
  return [...displays.values()];
}

/** @param {string} source */
async function run(source) {
  const { kernel, messages } = await createKernel({ core });
  const error = await kernel.run('c', source);
  return { kernel, error: error?.message ?? '', messages, shown: seen(messages) };
}

test('what is printed in a row is one display, line below line', async () => {
  const { shown, error } = await run(
    `lab.print('a', 1); lab.print('b'); lab.table([{ a: 1 }]); lab.print('c'); 5`,
  );
  assert.equal(error, '');
  assert.deepEqual(
    shown.map(({ kind, props }) => [kind, props.text]),
    [
      ['text', 'a 1\nb'],
      ['table', undefined],
      ['text', 'c\n5'],
    ],
  );
});

test('of 10,000 lines the first and the last are shown, and how many lie between', async () => {
  const { shown, messages, error } = await run('for (let i = 0; i < 10000; i++) lab.print(i)');
  assert.equal(error, '');
  assert.equal(shown.length, 1);
  const lines = shown[0].props.text.split('\n');
  assert.equal(lines.length, 1001);
  assert.deepEqual([lines[0], lines[499], lines[501], lines[1000]], ['0', '499', '9,500', '9,999']);
  assert.match(lines[500], /^\.\.\. 9,000 more lines were left out/);
  assert.ok(messages.length < 10, `${messages.length} messages`);
});

test('the last lines stand in their order wherever printing ends', () => {
  const lines = new Lines();
  for (let i = 0; i < 1730; i++) lines.add(String(i));
  const last = String(lines).split('\n').slice(501);
  assert.deepEqual(
    last,
    Array.from({ length: 500 }, (_, i) => String(1230 + i)),
  );
});

test('rows that are pushed between two messages go on together, in their order', async () => {
  const { messages } = await run(`const c = lab.chart({ x: 'x', series: ['a'] });
    c.push(1, 1); c.update({ title: 'b', push: [[2, 4], [3, 9]] }); c.push(4, null);`);
  const updates = messages.flatMap((m) => (m.type === 'update' ? [m.props] : []));
  const push = [
    [1, 1],
    [2, 4],
    [3, 9],
    [4, null],
  ];
  assert.deepEqual(updates, [{ title: 'b', push }]);
});

test('what was pushed before a chart gets other data is not added to that', async () => {
  const { messages } = await run(`const c = lab.chart({ x: 'x', series: ['a'] });
    c.push(1, 1); c.update({ data: [[5], [6]] }); c.push(7, 8);`);
  const updates = messages.flatMap((m) => (m.type === 'update' ? [m.props] : []));
  assert.deepEqual(updates, [{ data: [[5], [6]], push: [[7, 8]] }]);
});

test('lines are cut where they are very long, and a text of many lines counts as many', () => {
  const lines = new Lines();
  lines.add('x'.repeat(5000));
  assert.match(String(lines), /^x{4000} \.\.\. 1,000 more characters$/);
  lines.add('\n'.repeat(1e6));
  assert.equal(String(lines).split('\n').length, 1001);
  assert.match(String(lines), /999,002 more lines/);
});

test('a cell that prints for ever keeps the messages small', async () => {
  const { messages } = await run(`for (let i = 0; i < 30; i++) {
    for (let j = 0; j < 3000; j++) lab.print('line', j);
    await new Promise((resolve) => setTimeout(resolve, 5)); await lab.tick(); }`);
  const sizes = messages.map((m) => (m.type === 'update' ? m.props.text.length : 0));
  assert.ok(Math.max(...sizes) < 20_000, `${Math.max(...sizes)} characters`);
  assert.ok(messages.length < 100, `${messages.length} messages`);
});

test(`a cell shows ${MOST_DISPLAYS} outputs, and says how many more there were`, async () => {
  const { shown, error } = await run(`for (let i = 0; i < 1000; i++) { lab.table([{ i }]); lab.print(i) }
    const chart = lab.chart({ x: 'x', series: ['a'] }); chart.push(1, 2); chart.update({ title: 'b' });`);
  assert.equal(error, '');
  assert.equal(shown.length, MOST_DISPLAYS + 1);
  assert.match(
    shown[MOST_DISPLAYS].props.text,
    /^1,801 more outputs were left out: a cell shows at most 200\.$/,
  );
});

test('a check is never left out in silence, and neither is an error', async () => {
  const { shown, error } = await run(`for (let i = 0; i < 1000; i++) await lab.check('c', true)`);
  assert.match(error, /at most 200 outputs/);
  assert.deepEqual([shown.length, shown.at(-1)?.kind], [MOST_DISPLAYS + 1, 'error']);
});

test('what the code of a control shows anew counts once', async () => {
  const { kernel, messages } = await run(
    'await lab.interact({ v: lab.slider(0, 9) }, ({ v }) => { for (let i = 0; i < 150; i++) lab.table([{ v }]) })',
  );
  const controls = messages.find((m) => m.type === 'show' && m.kind === 'controls');
  assert.ok(controls?.type === 'show');
  for (let v = 1; v < 4; v++) await kernel.input(controls.id, { v });
  assert.ok(seen(messages).every(({ kind }) => kind !== 'error' && kind !== 'text'));
});

test('displays of two kernels of one page never have the same number', () => {
  /** @param {number} generation */
  const idsOf = (generation) => {
    const displays = new Displays(() => {}, generation);
    displays.open('c');
    return [displays.show('text', { text: 'a' }), displays.show('table', { rows: [] })];
  };
  const ids = [...idsOf(0), ...idsOf(1), ...idsOf(2)];
  assert.equal(new Set(ids).size, 6);
  assert.ok(ids.every(Number.isSafeInteger));
});

test('a slider of a kernel that has ended moves nothing in the next one', async () => {
  const source = 'await lab.interact({ v: lab.slider(0, 9) }, ({ v }) => lab.print(v))';
  const shows = (/** @type {Message[]} */ messages) =>
    messages.filter((m) => m.type === 'show' && m.kind === 'controls');
  const old = await createKernel({ core, generation: 0 });
  await old.kernel.run('a', source);
  const { kernel, messages } = await createKernel({ core, generation: 1 });
  await kernel.run('b', source);
  const [[before], [now]] = [shows(old.messages), shows(messages)];
  assert.ok(before?.type === 'show' && now?.type === 'show');
  const count = messages.length;
  await kernel.input(before.id, { v: 5 });
  assert.equal(messages.length, count);
  await kernel.input(now.id, { v: 5 });
  assert.ok(messages.length > count);
});

test('what a control shows fewer of than before is taken away', async () => {
  /** @type {Message[]} */
  const messages = [];
  const displays = new Displays((message) => messages.push(message));
  displays.open('c');
  const id = displays.show('controls', { controls: {} });
  for (const count of [3, 2, 2, 0]) {
    await displays.within(id, () => {
      for (let i = 0; i < count; i++) displays.show('text', { text: `${i} of ${count}` });
    });
  }
  displays.flush();
  assert.deepEqual(
    messages.filter(({ type }) => type === 'trim'),
    [2, 0].map((count) => ({ type: 'trim', target: id, count })),
  );
});
