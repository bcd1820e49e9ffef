import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeError, Evaluator } from '../../web/kernel/evaluate.js';
import { rewrite } from '../../web/kernel/rewrite.js';

const isGlobal = (/** @type {string} */ name) => name in globalThis;

/** Runs cells one after the other and returns the value of the last. @param {...string} sources */
async function run(...sources) {
  const evaluator = new Evaluator({ lab: { answer: 42 } });
  let value;
  for (const [i, source] of sources.entries()) value = await evaluator.run(`c${i}`, source);
  return value;
}

/** @param {...string} sources */
async function failure(...sources) {
  try {
    await run(...sources);
  } catch (error) {
    return describeError(error, `c${sources.length - 1}`);
  }
  throw new Error('no error');
}

test('the last expression is the value of a cell', async () => {
  assert.equal(await run('1 + 1'), 2);
  assert.equal(await run('const a = 1; a;'), 1);
  assert.equal(await run('const a = 1'), undefined);
  assert.deepEqual(await run('const p = 1; ({ p })'), { p: 1 });
  assert.equal(await run('lab.answer'), 42);
});

test('top-level names are shared, whatever declares them', async () => {
  assert.equal(await run('const a = 1; let b = 2; var c = 3', 'a + b + c'), 6);
  assert.equal(await run('function f() { return 5 }', 'f()'), 5);
  assert.equal(await run('class A { static x = 7 }', 'A.x'), 7);
  assert.deepEqual(
    await run('const { a, b: [c], d = 4, ...rest } = { a: 1, b: [2], e: 5 }', '[a, c, d, rest]'),
    [1, 2, 4, { e: 5 }],
  );
  assert.deepEqual(await run('let [x, , y = 3] = [1, 2]', '[x, y]'), [1, 3]);
  assert.equal(await run('let u', 'u'), undefined);
});

test('cells can be run again, and functions see the newest values', async () => {
  assert.equal(await run('const a = 1', 'const a = 2', 'a'), 2);
  assert.equal(await run('let a = 1; const f = () => a', 'a = 10', 'f()'), 10);
  assert.equal(await run('const f = () => g()', 'const g = () => 3', 'f()'), 3);
});

test('names inside functions and blocks stay local', async () => {
  assert.equal(await run('const a = 1', 'function f(a) { return a } f(5) + a'), 6);
  assert.equal(await run('let s = 0; for (const a of [1, 2]) { let b = a; s += b } s'), 3);
  assert.equal((await failure('{ let inner = 1 }', 'inner')).name, 'ReferenceError');
  assert.equal(await run('for (var i = 0; i < 3; i++); i'), 3);
  assert.equal(await run('try { throw 1 } catch (a) { a }', 'const a = 2; { const a = 3 } a'), 2);
  assert.equal(await run('const f = function me(n) { return n ? me(n - 1) : "end" }; f(3)'), 'end');
  assert.equal(
    await run('const a = 1; class B { #a = 2; m({ a = 5 } = {}) { return a + this.#a } } new B().m()'),
    7,
  );
  assert.equal(await run('const o = { a: 1 }; const a = 9; outer: for (;;) { break outer } o.a'), 1);
});

test('await works at the top level, in declarations too', async () => {
  assert.equal(await run('const a = await Promise.resolve(3), b = 1; a + b'), 4);
});

test('a line without a semicolon does not swallow the next', async () => {
  assert.equal(await run('const a = 1\nconst { b } = { b: 2 }\nconst [c] = [3]\na + b + c'), 6);
});

test('names of the realm are left alone until a cell declares them', async () => {
  assert.equal(await run('Math.max(1, 2)'), 2);
  assert.equal(await run('const name = { a: 1 }', 'name.a'), 1);
  assert.match(rewrite('Math.PI + x', isGlobal).code, /Math\.PI \+ \$\.x/);
});

test('errors know their line', async () => {
  assert.deepEqual(await failure('const a = 1;\n\nnope'), {
    name: 'ReferenceError',
    message: 'nope is not defined. Has the cell that defines it run?',
    cell: 'c0',
    line: 3,
  });
  assert.equal((await failure('\nconst = 1')).line, 2);
  assert.equal((await failure('y = 1')).name, 'ReferenceError');
  assert.match((await failure('\nimport a from "b"')).message, /cannot import/);
  const inOther = await failure('function f() {\n  throw new Error("x") }', 'f()');
  assert.deepEqual([inOther.cell, inOther.line], ['c0', 2]);
  assert.equal((await failure('const a = 1; a()')).message, 'a is not a function');
});

test('computed keys are names, and a function has its own arguments', async () => {
  assert.equal(await run("const key = 'a', o = { a: 5 }", 'o[key]'), 5);
  assert.deepEqual(await run("const key = 'a'", '({ [key]: 6 })'), { a: 6 });
  assert.equal(await run('function count() { return arguments.length }', 'count(1, 2, 3)'), 3);
  assert.equal(await run('const count = function () { return arguments.length }', 'count(1, 2)'), 2);
});
