// The exported functions in C.

/** @typedef {import('./bridge.mjs').Bridge} Bridge */
/** @typedef {import('./bridge.mjs').Described} Described */
/** @typedef {import('./bridge.mjs').Value} Value */

const ranges = /** @type {Record<string, string>} */ ({
  int: 'INT32_MIN, INT32_MAX',
  int32_t: 'INT32_MIN, INT32_MAX',
  uint32_t: '0, UINT32_MAX',
  int64_t: '-9007199254740991.0, 9007199254740991.0',
});

/** A product of sizes in double: exact as far as memory goes, and not a number where a size is negative. @param {string} text */
function countOf(text) {
  const factors = text
    .split('*')
    .map((factor) => (/^\d+$/.test(factor) ? `${factor}.0` : `nbw_factor((double)${factor})`));
  return factors.join(' * ');
}

/** Reads an argument that is no array. @param {Bridge} bridge @param {Value} value */
function reading({ enums, names, objects }, { sort, name, type, place, optional }) {
  if (sort === 'object')
    return `nbw_object${optional ? '_or_none' : ''}(${place}, "${name}", ${objects.indexOf(type.slice(3))})`;
  if (sort === 'size') return `nbw_size(${place}, "${name}")`;
  if (sort === 'number') return `(${type})nbw_number(${place}, "${name}")`;
  if (sort === 'bool') return `nbw_whole(${place}, "${name}", 0, 1) != 0`;
  if (sort === 'enum') {
    // What the core finds by name it also checks by number; there may be more than have a constant.
    if (!names.has(type)) return `(${type})nbw_whole(${place}, "${name}", INT32_MIN, INT32_MAX)`;
    const values = (enums.get(type) ?? []).map(({ value }) => value);
    return `(${type})nbw_whole(${place}, "${name}", ${Math.min(...values)}, ${Math.max(...values)})`;
  }
  return `(${type})nbw_whole(${place}, "${name}", ${ranges[type]})`;
}

/** @param {Value} value */
const input = ({ name, count, place, type, optional, infers }) =>
  `nbw_input(${place}, "${name}", ${infers ? `(double)${infers}` : countOf(String(count))}, sizeof(${type}), ${Boolean(optional)})`;

/** What declares and reads the arguments, in the order of their checks. @param {Bridge} bridge @param {Described} f */
function argumentLines(bridge, { prototype, takes, needs }) {
  /** @type {string[]} */
  const plain = [];
  /** @type {string[]} */
  const arrays = [];
  const typeOf = (/** @type {string} */ of) =>
    prototype.parameters.find((each) => each.name === of)?.type ?? 'size_t';
  for (const value of takes) {
    const { sort, type, path } = value;
    if (sort === 'struct') {
      plain.push(`${type} ${path} = {0};`);
      for (const field of value.fields ?? [])
        if (field.sort === 'array') arrays.push(`${field.path} = ${input(field)};`);
        else plain.push(`${field.path} = ${reading(bridge, field)};`);
    } else if (sort === 'array') {
      if (value.infers)
        plain.push(
          `const ${typeOf(value.infers)} ${value.infers} = (${typeOf(value.infers)})nbw_length(${value.place}, "${path}");`,
        );
      arrays.push(`const ${type} *const ${path} = ${input(value)};`);
    } else if (sort === 'text')
      arrays.push(`const char *const ${path} = nbw_text(${value.place}, "${path}");`);
    else plain.push(`${type} ${sort === 'object' ? '*' : ''}const ${path} = ${reading(bridge, value)};`);
  }
  const stop = 'if (nbw_failed()) return nbw_status(NB_OK);';
  const conditions = needs.map(
    (each) => `nbw_need(${each}, "${each.replace(/[<>]=?/, ' $& ').replaceAll('nb_', '')}");`,
  );
  return [
    'nbw_begin();',
    ...plain,
    ...(plain.length && (arrays.length || conditions.length) ? [stop] : []),
    ...conditions,
    ...(conditions.length ? [stop] : []),
    ...arrays,
  ];
}

/** Declares what the core writes to. @param {Described} f */
function resultLines({ gives }) {
  return gives.flatMap(({ sort, type, path, place, count, name }) => {
    if (path === 'value') return [];
    if (sort === 'array')
      return `${type} *const ${path} = nbw_output(${place}, "${name}", ${countOf(String(count))}, sizeof(${type}));`;
    if (sort === 'made') return [`${type} *${path} = NULL;`, 'nbw_reserve();'];
    if (sort === 'file') return ['uint8_t *file = NULL;', 'size_t file_size = 0;'];
    if (sort === 'struct') return `${type} ${path} = {0};`;
    return `${type} ${path} = 0;`;
  });
}

/** Leaves a result in the block. @param {Bridge} bridge @param {Described} f @param {Value} value @returns {string[]} */
function putting(bridge, f, value) {
  const { sort, path, place, type, count } = value;
  if (sort === 'struct') {
    const fields = (value.fields ?? []).flatMap((field) => putting(bridge, f, field));
    if (!value.optional) return fields;
    return [
      `nbw_put(${place}, value != NULL);`,
      'if (value == NULL) return nbw_status(NB_OK);',
      ...fields.map((line) => line.replaceAll('value.', 'value->')),
    ];
  }
  if (sort === 'text') return [`nbw_put_text(${place}, ${path});`];
  if (sort === 'file') return [`nbw_put_malloced(${place}, file, (double)file_size);`];
  if (sort === 'list')
    return [0, 1, 2, 3].slice(0, value.length ?? 4).map((i) => `nbw_put(${place + i}, ${path}[${i}]);`);
  if (sort === 'made') {
    const kept = f.keeps.map((name) => {
      const found = f.takes.find((each) => each.name === name && each.sort === 'object');
      if (!found) throw new Error(`bridge.txt, ${f.name}: there is no object ${name} to keep`);
      return found.place;
    });
    return [
      `nbw_put_object(${place}, ${bridge.objects.indexOf(type.slice(3))}, ${path}, (const int[]){${[...kept, -1].join(', ')}});`,
    ];
  }
  if (sort === 'array') {
    if (value.malloced) return [`nbw_put_malloced(${place}, ${path}, ${countOf(String(count))});`];
    return path === 'value' ? [`nbw_put_array(${place}, ${path}, ${countOf(String(count))});`] : [];
  }
  return [`nbw_put(${place}, (double)${path});`];
}

/** @param {Bridge} bridge @param {Described} f */
function wrapper(bridge, f) {
  const { name, prototype, gives, nulls } = f;
  const { returns } = prototype;
  const passed = prototype.parameters.map(({ type, name, pointers, constant }) => {
    if (type === 'nb_error') return 'nbw_err()';
    if (nulls.includes(name)) return 'NULL';
    const given = gives.find((each) => each.path === name);
    if (given?.sort === 'file') return '&file';
    if (type === 'size_t' && pointers === 1 && !constant) return '&file_size';
    if (given && given.sort !== 'array') return `&${name}`;
    return bridge.structs.has(type) && pointers === 1 ? `&${name}` : name;
  });
  const call = `nb_${name}(${passed.join(', ')})`;
  const stop = 'if (nbw_failed()) return nbw_status(NB_OK);';
  const put = gives.flatMap((each) => putting(bridge, f, each));
  const value = gives.some(({ path }) => path === 'value');
  const stars = '*'.repeat(returns.pointers);
  const calling = value
    ? [`const ${returns.type} ${stars}${stars ? 'const ' : ''}value = ${call};`]
    : returns.type === 'nb_status'
      ? [
          `const nb_status status = ${call};`,
          ...(put.length ? ['if (status != NB_OK) return nbw_status(status);'] : []),
        ]
      : [`${call};`];
  const status = returns.type === 'nb_status' ? 'status' : 'NB_OK';
  const lines = [
    ...argumentLines(bridge, f),
    ...resultLines(f),
    stop,
    ...calling,
    ...put,
    `return nbw_status(${status});`,
  ];
  return `NBW_EXPORT int nbw_${name}(void)\n{\n${lines.map((line) => `    ${line}\n`).join('')}}\n`;
}

/** Letters for a program that calls everything: tests/c/test_bridge.c. @param {Bridge} bridge @param {Value[]} values @returns {string} */
const letters = (bridge, values) =>
  values
    .map(({ sort, type, fields }) => {
      if (sort === 'struct') return letters(bridge, fields ?? []);
      if (sort === 'object') return String(bridge.objects.indexOf(type.slice(3)));
      if (sort === 'array') return { float: 'F', double: 'D', uint8_t: 'B' }[type] ?? 'I';
      return { size: 'z', whole: 'w', number: 'd', bool: 'b', enum: 'e', text: 't' }[
        /** @type {string} */ (sort)
      ];
    })
    .join('');

/** @param {Bridge} bridge */
export function writeExports(bridge) {
  const { objects, described } = bridge;
  const ends = objects.map((name, i) => `    if (kind == ${i}) nb_${name}_destroy(object);\n`).join('');
  const names = objects.map((name) => `"${name === 'rng' ? 'generator' : name}"`);
  const rows = described
    .map((f) => {
      const makes = f.gives.some(({ sort }) => sort === 'made');
      return `    {"${f.name}", nbw_${f.name}, "${letters(bridge, f.takes)}", ${makes}},\n`;
    })
    .join('');
  return `/* Written by web/build/bridge.mjs from src/noisebook.h and src/api/bridge.txt. */
#include "api/bridge.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

const char *const nbw_kind_names[] = {${names.join(', ')}};

void nbw_end_object(int kind, void *object)
{
${ends}}

${described.map((f) => wrapper(bridge, f)).join('\n')}
#ifdef NBW_TABLE
/* Every function, and its arguments: a digit for an object of that kind; z a size, w whole, d a number, b 0 or 1, e an
 * enum; t a text; F, D, I, B an array, in two places. makes: it makes an object. */
const struct nbw_row {
    const char *name;
    int (*call)(void);
    const char *takes;
    bool makes;
} nbw_rows[] = {
${rows}    {NULL, NULL, NULL, false},
};
const int nbw_kinds = ${objects.length};
#endif
`;
}
