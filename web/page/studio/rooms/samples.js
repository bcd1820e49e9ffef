/** The samples room: what was learned, judged, shared and taken home. */

/** @typedef {import('../studio.js').Studio} Studio */

/** @param {HTMLElement} root @param {Studio} studio */
export function setUpSamplesRoom(root, studio) {
  const show = () => {
    const run = studio.runs.current;
    root.textContent = run ? `${run.name}: ${run.step.toLocaleString('en')} steps.` : 'Train a model first.';
  };
  studio.on('runs', show);
  show();
}
