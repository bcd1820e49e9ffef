/** What plays a figure: a button, a slider to scrub by, a label, the speed. */
import { h } from './dom.js';

/** @param {{toggle: () => void, seek: (frame: number) => void, hurry: () => void}} actions */
export function createTransport({ toggle, seek, hurry }) {
  const play = h('button', { type: 'button', onclick: toggle }, 'Play');
  const seekTo = () => seek(Number(slider.value));
  const slider = h('input', { type: 'range', min: 0, value: 0, 'aria-label': 'Frame', oninput: seekTo });
  const label = h('output', { class: 'value' });
  const speed = h(
    'select',
    { 'aria-label': 'Speed', onchange: hurry },
    h('option', { value: '0.5' }, '½×'),
    h('option', { value: '1', selected: true }, '1×'),
    h('option', { value: '3' }, '3×'),
  );
  const box = h('div', { class: 'player-controls' }, play, slider, label, speed);
  return { box, play, slider, label, speed };
}
