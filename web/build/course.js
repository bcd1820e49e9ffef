/** The course: which lessons there are and in which order. A lesson is open once its notebook exists. */

/** @typedef {{slug: string, title: string, summary: string}} Lesson */
/** @typedef {{title: string, lessons: Lesson[]}} Part */

/** @type {Part[]} */
export const parts = [
  {
    title: 'Foundations',
    lessons: [
      {
        slug: '01-noise',
        title: 'Adding noise',
        summary: 'Watch a spiral dissolve, one small step at a time.',
      },
      { slug: '02-schedules', title: 'Noise schedules', summary: 'How fast should the data disappear?' },
      {
        slug: '03-one-jump',
        title: 'One jump to any step',
        summary: 'Why we never have to walk the whole way.',
      },
    ],
  },
  {
    title: 'There and back',
    lessons: [
      {
        slug: '04-score',
        title: 'The score and the network',
        summary: 'What the noise has to do with density.',
      },
      {
        slug: '05-training',
        title: 'Training a diffusion model',
        summary: 'Teach 38,882 numbers to find the noise in a spiral.',
      },
      {
        slug: '06-ddpm-sampling',
        title: 'Sampling with DDPM',
        summary: 'Start from noise, walk back, arrive at the spiral.',
      },
    ],
  },
  {
    title: 'A complete model',
    lessons: [
      { slug: '07-unet', title: 'A small U-Net', summary: 'A network that sees an image at several sizes.' },
      { slug: '08-images', title: 'Generating images', summary: 'Train on shapes, sample new ones.' },
    ],
  },
  {
    title: 'Faster and steered',
    lessons: [
      { slug: '09-ddim', title: 'DDIM', summary: 'Fifty steps instead of a thousand.' },
      {
        slug: '10-guidance',
        title: 'Classifier-free guidance',
        summary: 'Ask for a class, and how hard to insist.',
      },
    ],
  },
  {
    title: 'What came after',
    lessons: [
      {
        slug: '11-what-to-predict',
        title: 'What to predict',
        summary: 'Noise, data or v: one network, three targets, and where each of them breaks.',
      },
      {
        slug: '12-straight-paths',
        title: 'Straight paths',
        summary: 'Flow matching: from noise to data along lines, and in one step.',
      },
      {
        slug: '13-editing',
        title: 'Changing pictures',
        summary: 'A trained model fills holes, finishes sketches and sharpens.',
      },
      { slug: '14-latents', title: 'Latents', summary: 'Make the picture small first, then diffuse it.' },
      { slug: '15-text', title: 'A picture from words', summary: 'Type what you want to see.' },
    ],
  },
];

/** What stands beside the lessons, and where. @type {(Lesson & {path: string})[]} */
export const extras = [
  {
    slug: 'companion',
    path: 'companion/',
    title: 'Companion',
    summary: 'DDPM from end to end on small pictures.',
  },
  {
    slug: 'cards',
    path: 'cards/',
    title: 'Interview cards',
    summary: 'Questions as interviews ask them, with answers that are measured where they can be.',
  },
  {
    slug: 'final-challenge',
    path: 'exercises/final-challenge/',
    title: 'Final challenge',
    summary: 'Your own data, your own model.',
  },
  {
    slug: 'summary',
    path: 'summary/',
    title: 'Summary',
    summary: 'The ideas in one place, what they are used for, and where to read on.',
  },
];

/** All lessons in order, with number and part. */
export const lessons = parts.flatMap((part, p) =>
  part.lessons.map((lesson) => ({
    ...lesson,
    part: p + 1,
    partTitle: part.title,
    number: Number(lesson.slug.slice(0, 2)),
  })),
);

/** Where a page lies in the site, by the name of its notebook. @param {string} slug */
export const pathOf = (slug) => extras.find((extra) => extra.slug === slug)?.path ?? `exercises/${slug}/`;
