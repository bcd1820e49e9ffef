/** The files of web/data, fetched from the site by their names. */

const urls = import.meta.glob(['../../data/*.nbi', '../../data/*.json', '../../data/*.safetensors'], {
  query: '?url',
  import: 'default',
  eager: true,
});

/** @param {string} name @returns {Promise<Uint8Array>} */
export async function readAsset(name) {
  const url = urls[`../../data/${name}`];
  if (!url) throw new Error(`the site has no file ${name}`);
  const response = await fetch(url).catch(() => null);
  if (!response?.ok)
    throw new Error(
      `${name} could not be loaded${response ? ` (${response.status})` : ''}: run the cell again`,
    );
  return new Uint8Array(await response.arrayBuffer());
}
