/**
 * Rewrites a cell so that its top-level names live in one object, `$`, that all cells share:
 *
 *     const a = 1;            ;$.a = 1;
 *     let { b } = f(a);       ;({ b: $.b } = $.f($.a));
 *     a + b                   return $.a + $.b
 *
 * Lines stay where they are. Names inside functions and blocks stay local.
 */
import { parse } from 'acorn';

/** @typedef {any} Node an ESTree node */
/** @typedef {{start: number, end: number, text: string}} Edit */
/** @typedef {{names: Set<string>, outer: Scope | null}} Scope */

/** @param {Node} node @returns {node is Node} */
const isNode = (node) => typeof node?.type === 'string';
const isFunction = (/** @type {Node} */ node) => /Function/.test(node.type);

/** @param {Node} node @returns {Node[]} */
function children(node) {
  return Object.values(node).flatMap((value) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );
}

/** The names that a pattern binds. @param {Node | null} node @returns {string[]} */
function bound(node) {
  switch (node?.type) {
    case 'Identifier':
      return [node.name];
    case 'ObjectPattern':
      return node.properties.flatMap((/** @type {Node} */ p) => bound(p.type === 'Property' ? p.value : p));
    case 'ArrayPattern':
      return node.elements.flatMap(bound);
    case 'AssignmentPattern':
      return bound(node.left);
    case 'RestElement':
      return bound(node.argument);
    default:
      return [];
  }
}

/** @param {Node} statement @returns {string[]} */
function declared(statement) {
  if (statement.type === 'VariableDeclaration')
    return statement.declarations.flatMap((/** @type {Node} */ d) => bound(d.id));
  if (/^(Function|Class)Declaration$/.test(statement.type)) return [statement.id.name];
  return [];
}

/** `var` names below a node, down to the next function. @param {Node} node @returns {string[]} */
function hoisted(node) {
  if (isFunction(node)) return [];
  const own = node.type === 'VariableDeclaration' && node.kind === 'var' ? declared(node) : [];
  return [...own, ...children(node).flatMap(hoisted)];
}

/** The names that a node's own scope holds, or null if it opens none. @param {Node} node @returns {string[] | null} */
function scopeNames(node) {
  if (isFunction(node)) {
    const own = node.type === 'FunctionExpression' && node.id ? [node.id.name] : [];
    if (node.type !== 'ArrowFunctionExpression') own.push('arguments');
    return [...own, ...node.params.flatMap(bound), ...children(node.body).flatMap(hoisted)];
  }
  switch (node.type) {
    case 'BlockStatement':
    case 'StaticBlock':
      return node.body.flatMap(declared);
    case 'SwitchStatement':
      return node.cases.flatMap((/** @type {Node} */ c) => c.consequent.flatMap(declared));
    case 'ForStatement':
      return node.init ? declared(node.init) : [];
    case 'ForInStatement':
    case 'ForOfStatement':
      return declared(node.left);
    case 'CatchClause':
      return bound(node.param);
    case 'ClassDeclaration':
    case 'ClassExpression':
      return node.id ? [node.id.name] : [];
    default:
      return null;
  }
}

/** Children that are names but refer to nothing. @param {Node} node @returns {Node[]} */
function labels(node) {
  switch (node.type) {
    case 'MemberExpression':
      return node.computed ? [] : [node.property];
    case 'MethodDefinition':
    case 'PropertyDefinition':
    case 'Property':
      return node.computed ? [] : [node.key];
    case 'LabeledStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
      return [node.label];
    case 'FunctionDeclaration':
      return [node.id];
    case 'MetaProperty':
      return [node.meta, node.property];
    default:
      return [];
  }
}

/**
 * Replaces the names that are not local.
 * @param {Node} node @param {Scope | null} scope @param {(name: string) => boolean} isShared @param {Edit[]} edits
 */
function replaceNames(node, scope, isShared, edits) {
  const names = scopeNames(node);
  const inner = names ? { names: new Set(names), outer: scope } : scope;
  const skip = labels(node);
  for (const child of children(node)) {
    if (skip.includes(child)) continue;
    if (child.type !== 'Identifier') {
      replaceNames(child, inner, isShared, edits);
      continue;
    }
    let at = inner;
    while (at && !at.names.has(child.name)) at = at.outer;
    if (at || !isShared(child.name)) continue;
    edits.push({ start: child.start, end: child.end, text: `$.${child.name}` });
  }
}

/** `{ a }` and `{ a = 1 }` need their key once the value is renamed. @param {Node} node @param {Edit[]} edits */
function spellOutShorthands(node, edits) {
  if (node.type === 'Property' && node.shorthand) {
    const name = node.key.name;
    const edit = edits.find((e) => e.start === node.start && e.text === `$.${name}`);
    if (edit) edit.text = `${name}: $.${name}`;
  }
  for (const child of children(node)) spellOutShorthands(child, edits);
}

/** Declarations become assignments. The semicolon guards against the line before. @param {Node} statement @param {Edit[]} edits */
function shareDeclaration(statement, edits) {
  if (statement.type === 'ClassDeclaration') {
    edits.push({ start: statement.start, end: statement.start, text: `;$.${statement.id.name} = ` });
    edits.push({ start: statement.end, end: statement.end, text: ';' });
  }
  if (statement.type !== 'VariableDeclaration') return;
  edits.push({ start: statement.start, end: statement.start + statement.kind.length, text: ';' });
  for (const { id, init, start, end } of statement.declarations) {
    if (!init) edits.push({ start: end, end, text: ' = undefined' });
    if (id.type !== 'ObjectPattern') continue;
    edits.push({ start, end: start, text: '(' });
    edits.push({ start: end, end, text: ')' });
  }
}

/** @param {string} source @param {Edit[]} edits */
function apply(source, edits) {
  let out = '';
  let at = 0;
  for (const { start, end, text } of edits.sort((a, b) => a.start - b.start || a.end - b.end)) {
    out += source.slice(at, start) + text;
    at = end;
  }
  return out + source.slice(at);
}

/**
 * @param {string} source
 * @param {(name: string) => boolean} isGlobal names of the realm that no cell has declared
 * @returns {{code: string, names: string[]}} the body of an async function of `$`, and the names it declares
 */
export function rewrite(source, isGlobal) {
  const program = /** @type {Node} */ (
    parse(source, {
      ecmaVersion: 'latest',
      sourceType: 'module',
      allowAwaitOutsideFunction: true,
      locations: true,
    })
  );
  for (const { type, loc } of program.body)
    if (/^(Import|Export)/.test(type))
      throw Object.assign(new SyntaxError('a cell cannot import or export: everything is in lab'), {
        loc: loc?.start,
      });
  const names = [...new Set(/** @type {string[]} */ (program.body.flatMap(declared)))];
  const isShared = (/** @type {string} */ name) => names.includes(name) || !isGlobal(name);
  /** @type {Edit[]} */
  const edits = [];
  const nested = program.body
    .filter((/** @type {Node} */ s) => s.type !== 'VariableDeclaration')
    .flatMap(hoisted);
  const scope = {
    names: new Set(nested.filter((/** @type {string} */ name) => !names.includes(name))),
    outer: null,
  };
  replaceNames(program, scope, isShared, edits);
  spellOutShorthands(program, edits);
  for (const statement of program.body) shareDeclaration(statement, edits);
  const last = program.body.at(-1);
  if (last?.type === 'ExpressionStatement')
    edits.push({ start: last.start, end: last.start, text: 'return ' });
  const functions = program.body.filter((/** @type {Node} */ s) => s.type === 'FunctionDeclaration');
  const prologue = functions.map((/** @type {Node} */ f) => `$.${f.id.name} = ${f.id.name};`).join('');
  return { code: prologue + apply(source, edits), names };
}
