/** The start page's playground, as it stands before its script: web/page/play/ brings it to life. */
import { PRESETS } from '../page/play/shapes.js';

/** @param {string} name @param {string} label @param {string} range attributes @param {string} [about] */
const slider = (name, label, range, about = label) =>
  `<label class="play-slider"><span>${label}</span><input type="range" data-play="${name}" ${range} aria-label="${about}">
<output data-play="${name}-value"></output></label>`;

const presets = Object.entries(PRESETS).map(
  ([name, { title }]) =>
    `<button type="button" data-preset="${name}" aria-pressed="${name === 'spiral'}">${title}</button>`,
);

export const playgroundHtml = `<figure class="play">
<div class="play-board"><canvas data-play="board" width="840" height="840" tabindex="0" role="application"
aria-label="Drawing board: draw a figure, and a diffusion model learns it" aria-describedby="play-keys"></canvas>
<p class="play-hint" aria-hidden="true">Draw here</p></div>
<div class="play-side">
<div class="play-row" role="group" aria-label="Figures to begin with">${presets.join('\n')}<button type="button" data-play="clear">Clear</button></div>
<p class="play-status" role="status" data-play="status">Noise condenses into a spiral, by a network that has learned it. Draw your own.</p>
<div class="play-loss"><canvas data-play="loss" width="560" height="120" role="img" aria-label="The loss, falling while it learns"></canvas>
<p><span class="sym-eps">loss</span> <span data-play="step">&nbsp;</span></p></div>
<div class="play-sliders">
${slider('t', 't', 'min="0" max="999" value="999"', 'Timestep t: 999 is noise, 0 a sample')}
${slider('steps', 'steps', 'min="2" max="100" value="30"', 'Steps from noise to a sample')}
${slider('eta', 'η', 'min="0" max="1" step="0.05" value="0"', 'Eta: fresh noise in every step')}
</div>
<div class="play-row"><button type="button" data-play="play">Pause</button>
<button type="button" data-play="again">New noise</button>
<label class="play-check"><input type="checkbox" data-play="score"> Score and density</label></div>
<div class="play-row"><button type="button" data-play="share">Share this model</button>
<button type="button" data-play="gif">Save as GIF</button>
<button type="button" data-play="studio">Open in the studio</button></div>
<p class="play-link" hidden><input type="text" readonly data-play="link" aria-label="Link with your trained model"></p>
<p class="play-keys" id="play-keys">By keyboard: arrow keys move the pen (with Shift, further), Space begins and ends a line, Escape clears.</p>
</div>
</figure>`;
