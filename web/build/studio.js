/** The studio's page, as it stands before its script: web/page/studio.js brings its rooms to life. */
import { footer, MARK, pageHtml, STYLE, siteHeader } from './shell.js';

/** Where it lies in the site. */
export const STUDIO = 'studio';

/** The rooms, in the order of the work. */
export const ROOMS = [
  { name: 'data', title: 'Data', summary: 'What shall it learn?' },
  {
    name: 'network',
    title: 'Network',
    summary: 'What learns it. What it costs stands there before it starts.',
  },
  { name: 'training', title: 'Training', summary: 'One button. Watch the loss fall and the samples come.' },
  {
    name: 'samples',
    title: 'Samples',
    summary: 'What it has learned, to look at and to take home.',
  },
];

/** @param {(typeof ROOMS)[number]} room @param {number} i */
const roomHtml = (
  { name, title, summary },
  i,
) => `<section class="room" id="${name}" aria-labelledby="${name}-title">
<header><h2 id="${name}-title"><span class="number" aria-hidden="true">${i + 1}</span> ${title}</h2><p>${summary}</p></header>
<div class="room-body" data-room="${name}"></div>
</section>`;

export function studioPage() {
  const places = ROOMS.map(({ name, title }) => `<a href="#${name}">${title}</a>`).join('\n');
  const body = `${MARK}${siteHeader('../', `<nav class="rooms" aria-label="Rooms">${places}</nav>`)}
<main id="main" class="studio">
<header class="title">
<h1>The studio</h1>
<p class="lede">Your data, your network, your sampler: a diffusion model of your own, trained in this tab.</p>
<p class="studio-state" role="status" data-studio="state">Starting.</p>
<div class="row studio-doors" role="group" aria-label="Runs of others, and yours for them" data-studio="doors"></div>
<div data-studio="share"></div>
<noscript><p>The studio needs JavaScript: it trains the model in your browser.</p></noscript>
</header>
<div class="studio-arrivals" data-studio="arrivals"></div>
${ROOMS.map(roomHtml).join('\n')}
</main>
${footer('../')}`;
  return pageHtml({
    title: 'The studio · Noisebook',
    description:
      'Draw something, train a diffusion model of it in your browser, run beside run, and take its weights home.',
    script: '/page/studio.js',
    style: [STYLE, '/styles/studio.css'],
    body,
    kind: 'studio-page',
    root: '../',
  });
}
