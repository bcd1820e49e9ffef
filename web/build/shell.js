/** The frame around every page: head, site header, footer. */
import { extras, lessons, parts, pathOf } from './course.js';
import { heightsOf, reserved } from './heights.js';
import { escapeHtml } from './highlight.js';
import { modelLinks } from './models.js';
import { pictureOf } from './pictures.js';
import { playgroundHtml } from './playground.js';

/** Before the first paint; policy.js lets it run. */
export const THEME = `try{const d=document.documentElement.dataset;for(const k of['theme','language']){const v=localStorage.getItem(k);if(v)d[k]=v}}catch{}`;

/** Asked for at once: text is shown in another font until they are here. */
const FONTS = ['source-serif-4.woff2', 'inter.woff2'];

/** In the page itself, not beside it: the first paint waits for one file only. @param {string[]} files */
const styles = (files) => `<style>${files.map((file) => `@import "${file}";`).join('')}</style>`;
export const STYLE = '/styles/main.css';
/** Of formulas. */
const KATEX = 'katex/dist/katex-swap.css';

/**
 * @param {{title: string, description: string, script: string, style: string[], body: string, kind: string, root: string}} page
 *   root: relative address of the start page
 */
export function pageHtml({ title, description, script, style, body, kind, root }) {
  return `<!doctype html>
<html lang="en" data-root="${root}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<meta name="description" content="${escapeHtml(description)}">
<meta property="og:type" content="website">
<meta property="og:title" content="${escapeHtml(title)}">
<meta property="og:description" content="${escapeHtml(description)}">
<meta property="og:image" content="/preview.png">
<meta property="og:image:width" content="1200">
<meta property="og:image:height" content="630">
<meta property="og:image:alt" content="Noise on the left condenses into a spiral of points on the right.">
<meta name="twitter:card" content="summary_large_image">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="/styles/icon.svg" type="image/svg+xml">
${FONTS.map((file) => `<link rel="preload" href="${root}../build/fonts/${file}" as="font" type="font/woff2" crossorigin>`).join('\n')}
${styles(style)}
<script>${THEME}</script>
<script type="module" src="${script}"></script>
</head>
<body class="${kind}">
<a class="skip" href="#main">Skip to the content</a>
${body}
</body>
</html>`;
}

/** @param {string} root relative address of the start page @param {string} middle */
export const siteHeader = (root, middle) => `<header class="site">
<a class="brand" href="${root}"><svg viewBox="0 0 24 24" aria-hidden="true"><use href="#mark"/></svg>Noisebook</a>
${middle}
<button type="button" class="theme quiet" aria-label="Dark or light"><svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="8"/><path d="M12 4a8 8 0 0 1 0 16z"/></svg></button>
</header>`;

export const MARK = `<svg width="0" height="0" class="sprite" aria-hidden="true"><symbol id="mark" viewBox="0 0 24 24">
<path d="M12.2 12.4c.9-1.2 2.7-.4 2.6 1.2-.1 2.2-2.6 3.3-4.6 2.4-2.9-1.2-3.5-4.9-1.6-7.3 2.4-3 7-3 9.6-.3 1.5 1.6 2.1 3.7 1.8 5.8" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"/>
<circle cx="18" cy="18.2" r="1.1"/><circle cx="14.2" cy="20.6" r=".9"/><circle cx="20.7" cy="20.8" r=".8"/><circle cx="10.3" cy="20.2" r=".7"/></symbol></svg>`;

/** @param {string} root */
export const footer = (root) => `<footer class="site">
<p><a href="${root}studio/">The studio</a>: a model of your own data, trained here and taken home.</p>
<p>Everything on this page runs on your own machine: a small C program, compiled to WebAssembly. Nothing is sent
anywhere, and the same seed gives the same numbers everywhere.</p>
</footer>`;

const TOOLBAR = `<div class="toolbar" role="group" aria-label="Notebook">
<button type="button" class="primary" data-do="run-all" disabled>Run all</button>
<button type="button" data-do="pause" disabled>Pause</button>
<button type="button" data-do="step" disabled>Step</button>
<button type="button" data-do="stop" disabled>Stop</button>
<button type="button" data-do="restart" disabled>Restart</button>
<span class="kernel" role="status"></span>
</div>
<details class="menu"><summary>More</summary></details>`;

/** @param {{slug: string, title: string} | undefined} lesson @param {string} root @param {Set<string>} open @param {string} label */
function neighbour(lesson, root, open, label) {
  if (!lesson) return '<span></span>';
  if (!open.has(lesson.slug))
    return `<span class="soon">${label}: ${lesson.title}<small>in preparation</small></span>`;
  return `<a href="${root}${pathOf(lesson.slug)}">${label}: ${lesson.title}</a>`;
}

/**
 * @param {string} slug
 * @param {{opening: string, html: string, sections: {id: string, title: string}[], models: import('./models.js').Opens[]}} content
 * @param {Set<string>} open the lessons that have a notebook
 */
export function lessonPage(slug, content, open) {
  const index = lessons.findIndex((lesson) => lesson.slug === slug);
  const lesson = lessons[index];
  const page = lesson ?? extras.find((extra) => extra.slug === slug);
  if (!page) throw new Error(`${slug} is not in course.js`);
  const next = lessons[index + 1] ?? extras.find((extra) => extra.slug === 'summary');
  const root = '../'.repeat(pathOf(slug).split('/').length - 1);
  const toc = content.sections.map(({ id, title }) => `<li><a href="#${id}">${title}</a></li>`).join('\n');
  const body = `${MARK}${siteHeader(root, TOOLBAR)}
<main id="main" class="lesson" data-lesson="${slug}">
<header class="title" style="${reserved(heightsOf(slug).title)}">
<p class="kicker">${lesson ? `Part ${lesson.part}: ${lesson.partTitle} · Lesson ${lesson.number}` : 'Beside the lessons'}</p>
<h1>${page.title}</h1>
<p class="lede">${page.summary}</p>
</header>
${content.opening}
<nav class="toc" aria-label="On this page"><ol>${toc}</ol></nav>
${content.html}
${modelLinks(content.models, root)}
</main>
<nav class="neighbours" aria-label="Lessons">
${lesson ? neighbour(lessons[index - 1], root, open, 'Before') + neighbour(next, root, open, 'Next') : `<a href="${root}">All lessons</a>`}
</nav>
${footer(root)}`;
  return pageHtml({
    title: `${page.title} · Noisebook`,
    description: page.summary,
    script: '/page/lesson.js',
    style: [STYLE, KATEX, ...(slug === 'cards' ? ['/styles/cards.css'] : [])],
    body,
    kind: 'lesson-page',
    root,
  });
}

/** @param {import('./course.js').Lesson} lesson @param {string} number @param {Set<string>} open */
function card(lesson, number, open) {
  const text = `${pictureOf(lesson.slug)}<span class="number">${number}</span><span class="name">${lesson.title}</span>
<span class="summary">${lesson.summary}</span>`;
  return open.has(lesson.slug)
    ? `<li><a class="card" href="${pathOf(lesson.slug)}" data-lesson="${lesson.slug}">${text}<span class="state">Open</span></a></li>`
    : `<li><div class="card closed">${text}<span class="state">In preparation</span></div></li>`;
}

/** Numbers as prose has them. */
const WORDS =
  'no one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen'.split(' ');

/** @param {Set<string>} open */
export function startPage(open) {
  let number = 0;
  const count = WORDS[lessons.filter(({ slug }) => open.has(slug)).length];
  const list = parts.map(
    (part, p) => `<section class="part"><h2><span>Part ${p + 1}</span> ${part.title}</h2>
<ol class="cards">${part.lessons.map((lesson) => card(lesson, String(++number), open)).join('\n')}</ol></section>`,
  );
  const body = `${MARK}${siteHeader('./', '')}
<main id="main" class="start">
<section class="opening">
<h1>Draw something. Watch a diffusion model learn it.</h1>
<p class="lede">Here, in your browser, while you look. Then see how it works, and change it: ${count} short lessons.</p>
${playgroundHtml}
<p class="ways"><a class="button primary" href="exercises/01-noise/">Start with lesson 1</a>
<a href="studio/">Or train a model of your own data: the studio</a>
<a href="companion/">Or see all of it at once: the companion</a>
<a class="continue" hidden></a></p>
</section>
${list.join('\n')}
<section class="part"><h2>Beside the lessons</h2>
<ul class="cards">${extras.map((extra) => card(extra, '', open)).join('\n')}</ul></section>
<section class="part progress" hidden><h2>Your progress</h2></section>
</main>
${footer('./')}`;
  return pageHtml({
    title: 'Noisebook: learn diffusion models by training them',
    description:
      'Draw something, and a diffusion model learns it in your browser while you watch. Then short lessons show how it works.',
    script: '/page/start.js',
    style: [STYLE, '/styles/start.css', '/styles/play.css'],
    body,
    kind: 'start-page',
    root: './',
  });
}
