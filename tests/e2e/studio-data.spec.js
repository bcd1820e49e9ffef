import { crc32, deflateSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { encodeNpy } from '../../web/page/outputs/npy.js';
import { choose, csv, open, openBoard, rows, size, state, type, words } from './data-room.js';
import { axe, expect, test } from './site.js';

/** @typedef {import('@playwright/test').Page} Page */

test('a table is read, what is wrong with another is said, and the data stay; it trains', async ({
  page,
}) => {
  await open(page);
  await choose(page, csv('mine.csv', rows.join('\n')));
  const said =
    'mine: 60 points, values from -1.00 to 1.00, drawn here with mean 0 and deviation 1, 2 classes (even, odd); 6 of them are held out. That is little: with fewer than 100 a model mostly repeats what it has seen.';
  await expect(words(page)).toHaveText(said);
  await choose(page, csv('wrong.csv', [...rows, '<img src=x>;2;odd'].join('\n')));
  await expect(state(page)).toHaveText(
    /^Not taken: wrong\.csv, row 61, column 1: “<img src=x>” is no number/,
  );
  await expect(words(page)).toHaveText(said);
  await expect(size(page)).toHaveText(/parameters/, { timeout: 30_000 });
  const room = page.getByRole('region', { name: 'Training', exact: true });
  await type(room.getByLabel('Epochs', { exact: true }), '20');
  await room.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(state(page)).toHaveText('Trained: all epochs are done.', { timeout: 60_000 });
});

test('arrays of NumPy are read, with their labels, and a table in another encoding; what there is too little of is told', async ({
  page,
}) => {
  await open(page);
  /** @param {string} name @param {number[]} shape @param {(i: number) => number} at */
  const npy = (name, shape, at) => ({
    name,
    mimeType: 'application/octet-stream',
    buffer: Buffer.from(
      encodeNpy(
        shape,
        Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => at(i)),
      ),
    ),
  });
  const pictures = npy('faces.npy', [120, 8, 8, 3], (i) => (i % 7) / 6);
  await choose(page, [npy('y.npy', [120], (i) => Math.min(1, Math.floor(i / 5))), pictures]);
  await expect(words(page)).toHaveText(
    'faces: 120 pictures of 8x8 in colour, values from 0.00 to 1.00, 2 classes (0, 1); 12 of them are held out. Fewer than 20 there are of 0 (5): too little to learn a class from. Black to white is from 0 to 1.',
  );
  await choose(page, [pictures, csv('a.csv', rows.join('\n'))]);
  await expect(state(page)).toHaveText(/^Not taken: a\.csv and 1 more: one table is taken/);
  await choose(
    page,
    npy('x.npy', [120, 2, 8, 8], (i) => i),
  );
  await expect(state(page)).toHaveText(/^Not taken: x\.npy has shape \(120, 2, 8, 8\): points are \(n, 2\)/);
  await expect(words(page)).toHaveText(/^faces: 120 pictures/);
  await choose(page, { ...csv('wide.csv', ''), buffer: Buffer.from(rows.join('\n'), 'utf16le') });
  await expect(words(page)).toHaveText(/^wide: 60 points, .* 2 classes \(even, odd\)/);
});

test('a folder that is dropped gives its pictures classes by the folders in it', async ({ page }) => {
  await open(page);
  // No test can drop a folder, so its entries are told as a browser tells them.
  await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(9, 9);
    canvas.getContext('2d')?.fillRect(0, 0, 9, 9);
    const png = await canvas.convertToBlob();
    /** @param {string} name */
    const entry = (name) => ({
      name,
      file: (/** @type {any} */ give) => give(new File([png], name, { type: 'image/png' })),
    });
    /** @param {string} name @param {any[]} entries */
    const folder = (name, entries) => {
      const parts = [entries, []];
      return {
        name,
        isDirectory: true,
        createReader: () => ({ readEntries: (/** @type {any} */ give) => give(parts.shift()) }),
      };
    };
    const each = Array.from({ length: 6 }, (_, i) => entry(`${i}.png`));
    const root = folder('mine', [folder('cats', each), folder('dogs', each)]);
    const event = new Event('drop', { bubbles: true, cancelable: true });
    Object.assign(event, { dataTransfer: { files: [], items: [{ webkitGetAsEntry: () => root }] } });
    document.querySelector('[data-room="data"]')?.dispatchEvent(event);
  });
  await expect(words(page)).toHaveText(/^My pictures: 12 pictures of 16x16, .*2 classes \(cats, dogs\)/);
});

test('digits get a U-Net that fits them; what does not fit is refused by a sentence', async ({ page }) => {
  await open(page);
  await page.getByRole('button', { name: 'Digits', exact: true }).click();
  await expect(words(page)).toHaveText(
    'Digits: 1,797 pictures of 8x8, values from 0.00 to 1.00, 10 classes (0, 1, 2, 3, 4, 5, 6, 7, 8, 9); 180 of them are held out.',
    { timeout: 30_000 },
  );
  const room = page.getByRole('region', { name: 'Network', exact: true });
  await expect(room.getByLabel('Network', { exact: true })).toHaveValue('unet');
  await expect(size(page)).toHaveText(/^[\d,]+ parameters, .* a step\.$/, { timeout: 30_000 });
  await type(room.getByLabel('Depth', { exact: true }), '5');
  await expect(size(page)).toHaveText(
    'Not like that: network.depth = 5: samples of 8x8 can be halved 3 times, so it takes 1 to 4.',
  );
  await type(room.getByLabel('Depth', { exact: true }), '1');
  await room.getByText('Show the code').click();
  await expect(room.getByRole('textbox', { name: "The network's code" })).toContainText(
    'class UNet extends nn.Module',
  );
});

test('pictures of folders become small ones with classes; too few are refused', async ({ page }) => {
  await open(page);
  const files = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(40, 30);
    const g = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const made = [];
    for (let i = 0; i < 12; i++) {
      g.fillStyle = i % 2 ? '#fff' : '#000';
      g.fillRect(0, 0, 40, 30);
      made.push([...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())]);
    }
    return made;
  });
  const pngs = files.map((bytes, i) => ({
    name: `${i}.png`,
    mimeType: 'image/png',
    buffer: Buffer.from(bytes),
  }));
  await choose(page, pngs.slice(0, 3));
  await expect(state(page)).toHaveText(
    'Not taken: 3 pictures of 3 files: it takes 10 or more (PNG, JPEG, WebP).',
  );
  await page.getByLabel('Side of a picture').selectOption('8');
  await choose(page, pngs);
  await expect(words(page)).toHaveText(
    /^My pictures: 12 pictures of 8x8, values from 0\.00 to 1\.00; 1 of them are held out/,
  );
  await choose(page, [
    ...pngs.slice(1),
    { name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('no picture') },
  ]);
  await expect(state(page)).toHaveText(/^Not taken: broken\.png is no picture that this browser can read/);
});

/** A grey picture, all white but for its first row. @param {number} width @param {number} height */
function png(width, height) {
  /** @param {string} name @param {Uint8Array} content */
  const chunk = (name, content) => {
    const body = Buffer.concat([Buffer.from(name), content]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(content.length);
    ends.writeUInt32BE(crc32(body), 4);
    return [ends.subarray(0, 4), body, ends.subarray(4)];
  };
  const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  const row = 1 + Math.ceil(width / 8);
  const rows = Buffer.alloc(row * height, 0xff);
  for (let y = 0; y < height; y++) rows[y * row] = 0;
  rows.fill(0, 0, row);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    ...chunk('IHDR', head),
    ...chunk('IDAT', deflateSync(rows)),
    ...chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** @param {string} name @param {Record<string, Uint8Array>} files */
const zip = (name, files) => ({ name, mimeType: 'application/zip', buffer: Buffer.from(zipSync(files)) });

test('pictures in a .zip; one of 10,000x10,000, of 1x1, half of one, and a bomb are told in a sentence', async ({
  page,
}) => {
  await open(page);
  const each = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [`mine/${i % 2 ? 'cats' : '<b>dogs'}/${i}.png`, png(20, 20)]),
  );
  await choose(page, zip('mine.zip', { ...each, '__MACOSX/a.png': new Uint8Array(9) }));
  await expect(words(page)).toHaveText(
    /^My pictures: 12 pictures of 16x16, .* 2 classes \(<b>dogs, cats\); .* 1 hidden file was left out\.$/,
  );
  const said = await words(page).textContent();
  const refused = async (/** @type {any} */ files, /** @type {RegExp} */ says) => {
    await choose(page, files);
    await expect(state(page)).toHaveText(says);
  };
  const file = (/** @type {string} */ name, /** @type {Buffer} */ buffer) => ({
    name,
    mimeType: 'image/png',
    buffer,
  });
  const good = Array.from({ length: 9 }, (_, i) => file(`${i}.png`, png(20, 20)));
  await refused(
    [file('big.png', png(10_000, 10_000)), ...good],
    /^Not taken: big\.png is 10,000x10,000: at most 67 million pixels are taken, so make it smaller\.$/,
  );
  await refused(
    [file('dot.png', png(1, 1)), ...good],
    /^Not taken: dot\.png is 1x1: a picture takes 4 pixels/,
  );
  await refused(
    [file('half.png', png(300, 300).subarray(0, 30)), ...good],
    /^Not taken: half\.png is no picture that this browser can read/,
  );
  const bomb = zip('bomb.zip', { 'a.png': new Uint8Array(1 << 20) });
  // Where the header of its file declares how much comes out.
  bomb.buffer.writeUInt32LE(600 << 20, 22);
  await refused(bomb, /^Not taken: bomb\.zip unpacks to more than 512 MB/);
  await refused(zip('run.zip', { 'run.json': new Uint8Array(9) }), /^Not opened: /);
  await expect(words(page)).toHaveText(said ?? '');
});

for (const look of /** @type {const} */ (['light', 'dark']))
  test(`series and pictures, ${look}, on a phone: nothing is cut off, and axe finds nothing`, async ({
    page,
  }) => {
    await page.emulateMedia({ colorScheme: look });
    await page.setViewportSize({ width: 390, height: 800 });
    await open(page);
    await page.getByRole('button', { name: 'A heartbeat' }).click();
    await expect(words(page)).toHaveText(/^A heartbeat: 1,500 series of 64, values .*2 classes/, {
      timeout: 30_000,
    });
    await page.getByText('Show the code').click();
    await openBoard(page);
    await page.getByLabel('Points have').selectOption('3');
    await page.getByRole('button', { name: 'Draw sprites' }).click();
    await page.getByRole('button', { name: 'New sprite' }).click();
    await page.getByRole('button', { name: 'Camera', exact: true }).click();
    await expect(page.getByRole('button', { name: 'Start the camera' })).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(await axe(page)).toEqual([]);
  });
