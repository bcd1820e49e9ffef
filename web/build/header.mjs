// What src/noisebook.h declares, for the bridge: enums, structs, objects, and functions with their comments.

/** @typedef {{name: string, value: number}} Constant */
/** @typedef {{type: string, pointers: number, constant: boolean, name: string, array?: number}} Field one declared name */
/** @typedef {{name: string, returns: Field, parameters: Field[], comment: string}} Prototype */
/**
 * @typedef {{enums: Map<string, Constant[]>, structs: Map<string, Field[]>, objects: string[],
 *   functions: Map<string, Prototype>}} Header names without nb_ but for types
 */

/** Comments blanked, so that places stay. @param {string} text */
const withoutComments = (text) => text.replace(/\/\*[\s\S]*?\*\//g, (found) => found.replace(/[^\n]/g, ' '));

/** @param {string} text such as "const float *x_0", "int shape[4]" @returns {Field} */
function fieldOf(text) {
  const found = /^(const )?\s*(\w+)\s*((?:\*|\s|const\b)*)\s*(\w+)?\s*(?:\[(\w+)\])?$/.exec(text.trim());
  if (!found) throw new Error(`noisebook.h: "${text}" is not understood`);
  const [, constant, type, stars, name = '', array] = found;
  const field = { type, pointers: stars.replace(/[^*]/g, '').length, constant: Boolean(constant), name };
  return array ? { ...field, array: Number(array) } : field;
}

/** "int height, width" as its fields. @param {string} text @returns {Field[]} */
function fieldsOf(text) {
  const [first, ...more] = text.split(',').map((each) => each.trim());
  const field = fieldOf(first);
  return [field, ...more.map((name) => ({ ...field, name }))];
}

/** An enum's constants count up from 0, or from the value that one is given. @param {string} body @returns {Constant[]} */
function constantsOf(body) {
  let next = 0;
  return body
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean)
    .map((each) => {
      const [name, value] = each.split('=').map((part) => part.trim());
      if (value !== undefined) next = Number(value);
      return { name, value: next++ };
    });
}

/** The comment behind a declaration, in its line, or right above it. @param {string} text @param {number} from @param {number} to */
function commentAt(text, from, to) {
  const behind = /^[ \t]*\/\*((?:(?!\*\/)[^\n])*)\*\//.exec(text.slice(to));
  const before = text.slice(0, from);
  const above = /(?:^|\n)[ \t]*\/\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(before);
  return (behind?.[1] ?? above?.[1] ?? '').replace(/\s*\n\s*\*\s*/g, ' ').trim();
}

/** @param {string} text of noisebook.h @returns {Header} */
export function readHeader(text) {
  const code = withoutComments(text).replace(/^[ \t]*#.*$/gm, (line) => ' '.repeat(line.length));
  const enums = new Map();
  for (const [, body, name] of code.matchAll(/typedef enum \w+ \{([^}]*)\} (\w+);/g))
    enums.set(name, constantsOf(body));
  const structs = new Map();
  for (const [, body, name] of code.matchAll(/typedef struct \w+ \{([^}]*)\} (\w+);/g))
    structs.set(
      name,
      body
        .split(';')
        .map((each) => each.replace(/\s+/g, ' ').trim())
        .filter(Boolean)
        .flatMap(fieldsOf),
    );
  const functions = new Map();
  for (const found of code.matchAll(
    /^((?:const )?\w+(?: |\s*\*+\s*)(?:\*+)?)nb_(\w+)\s*\(([^()]*)\)\s*;/gm,
  )) {
    const [, returns, name, parameters] = found;
    functions.set(name, {
      name,
      returns: fieldOf(returns),
      parameters: parameters.trim() === 'void' ? [] : parameters.replace(/\s+/g, ' ').split(',').map(fieldOf),
      comment: commentAt(text, found.index, found.index + found[0].length),
    });
  }
  const objects = [...code.matchAll(/typedef struct nb_(\w+) nb_\1;/g)]
    .map(([, name]) => name)
    .filter((name) => functions.has(`${name}_destroy`));
  return { enums, structs, objects, functions };
}

/** Constants without what they share: NB_MODE_EXACT and NB_MODE_FAST are exact and fast. @param {Constant[]} constants */
export function shortNames(constants) {
  const words = constants.map(({ name }) => name.split('_'));
  const [first] = words;
  let shared = 0;
  while (words.every((each) => each.length > shared + 1 && each[shared] === first[shared])) shared++;
  return words.map((each) => each.slice(Math.max(shared, 1)).join('_').toLowerCase());
}
