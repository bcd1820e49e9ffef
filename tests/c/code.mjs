// What structure.mjs reads in C sources: which file defines and uses what, circles between files, variables that change.

/** @typedef {{name: string, text: string}} Source */

/**
 * The text with comments and the inside of strings blanked; lines stay where they are.
 * @param {string} text
 */
export function withoutComments(text) {
  const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;
  return text.replace(token, (found) => found.replace(/[^\n]/g, ' '));
}

/** @param {string} text */
const withoutDirectives = (text) => text.replace(/^[ \t]*#(?:\\\n|[^\n])*/gm, '');

/**
 * What stands between braces at each depth: the outermost statements, whose braces are emptied, and what was in them.
 * @param {string} text
 */
function outermost(text) {
  let depth = 0;
  let outside = '';
  let inside = '';
  for (const c of withoutDirectives(withoutComments(text))) {
    if (c === '{' && depth++ === 0) outside += '{';
    else if (c === '}' && --depth === 0) outside += '}';
    else if (depth === 0) outside += c;
    if (depth > 0) inside += c;
  }
  // The end of a function has no semicolon.
  return { statements: outside.replace(/\)\s*\{\}/g, ') {};').split(';'), inside };
}

/** The declarator of a variable, or undefined. @param {string} statement */
function variableOf(statement) {
  const declaration = statement.split('=')[0].trim();
  if (!declaration || /^(typedef|extern)\b/.test(declaration)) return undefined;
  if (/^(struct|union|enum)\s*\w*\s*(\{\})?$/.test(declaration)) return undefined;
  const first = declaration.indexOf('(');
  // A function, or a macro's use; `(*name)(...)` is a pointer to one.
  if (first >= 0 && !/^\(\s*\*/.test(declaration.slice(first))) return undefined;
  return declaration;
}

/** `const int n`, `const char *const names[]`, `void (*const draw[3])(int *)` @param {string} whole */
function isConstant(whole) {
  const declaration = /\(\s*\*[^)]*\)/.exec(whole)?.[0] ?? whole; // of a pointer to functions, its own part
  const star = declaration.lastIndexOf('*');
  return /\bconst\b/.test(star < 0 ? declaration : declaration.slice(star));
}

/**
 * The variables outside functions, and static ones inside, that can change.
 * @param {Source} source
 * @returns {string[]}
 */
export function hiddenVariables({ name, text }) {
  const { statements, inside } = outermost(text);
  const fileScope = name.endsWith('.c') ? statements : statements.filter((s) => /^\s*static\b/.test(s));
  const locals = [...inside.matchAll(/\b(?:static|_Thread_local)\b[^;{]*/g)].map(([found]) => found);
  return [...fileScope, ...locals]
    .map(variableOf)
    .filter((declaration) => declaration !== undefined)
    .filter((declaration) => !isConstant(declaration))
    .map((declaration) => `${name} has a variable that can change: ${declaration.replace(/\s+/g, ' ')}`);
}

/** The functions and constants that other files may use. @param {Source} source @returns {string[]} */
function definitionsOf({ text }) {
  return outermost(text).statements.flatMap((statement) => {
    if (/^\s*(static|typedef|extern)\b/.test(statement)) return [];
    const variable = variableOf(statement);
    if (variable !== undefined) return /(\w+)\s*(\[[^\]]*\]\s*)*$/.exec(variable)?.[1] ?? [];
    return /\)\s*\{\}\s*$/.test(statement) ? (/(\w+)\s*\(/.exec(statement)?.[1] ?? []) : [];
  });
}

/**
 * Which file leads to which: a .c file to those whose functions it calls, a header to those that it includes.
 * @param {Source[]} sources
 * @returns {Map<string, Set<string>>}
 */
function edgesOf(sources) {
  const definedIn = new Map(
    sources
      .filter(({ name }) => name.endsWith('.c'))
      .flatMap((s) => definitionsOf(s).map((d) => [d, s.name])),
  );
  return new Map(
    sources.map(({ name, text }) => {
      const words = withoutComments(text).match(/\b[A-Za-z_]\w*/g) ?? [];
      const called = words.map((word) => definedIn.get(word));
      const included = [...text.matchAll(/^[ \t]*#[ \t]*include[ \t]+"([^"]+)"/gm)].map(
        ([, target]) => target,
      );
      const next = name.endsWith('.c') ? called : included;
      /** @type {Set<string>} */
      const others = new Set();
      for (const other of next) if (other !== undefined && other !== name) others.add(other);
      return [name, others];
    }),
  );
}

/**
 * Files that lead to one another, each circle once.
 * @param {Source[]} sources
 * @returns {string[]}
 */
export function circles(sources) {
  const edges = edgesOf(sources);
  /** @type {Map<string, Set<string>>} */
  const reached = new Map();
  for (const start of edges.keys()) {
    const seen = new Set();
    const left = [...(edges.get(start) ?? [])];
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      if (seen.has(name)) continue;
      seen.add(name);
      left.push(...(edges.get(name) ?? []));
    }
    reached.set(start, seen);
  }
  const inCircles = [...reached].filter(([name, seen]) => seen.has(name));
  const found = new Set(
    inCircles.map(([name, seen]) =>
      [...seen]
        .filter((other) => reached.get(other)?.has(name))
        .sort()
        .join(', '),
    ),
  );
  return [...found].map((names) => `a circle of calls or includes: ${names}`);
}

/**
 * The C files that do not include `header`, by way of others or directly.
 * @param {Source[]} sources
 * @param {string} header
 * @returns {string[]}
 */
export function without(sources, header) {
  const includes = new Map(
    sources.map(({ name, text }) => [
      name,
      [...text.matchAll(/^[ \t]*#[ \t]*include[ \t]+"([^"]+)"/gm)].map((m) => m[1]),
    ]),
  );
  /** @param {string} name @param {Set<string>} seen @returns {boolean} */
  const reaches = (name, seen) =>
    name === header ||
    (!seen.has(name) && !!seen.add(name) && (includes.get(name) ?? []).some((other) => reaches(other, seen)));
  return sources
    .filter(({ name }) => name.endsWith('.c') && !reaches(name, new Set()))
    .map(({ name }) => `${name} does not include ${header}`);
}
