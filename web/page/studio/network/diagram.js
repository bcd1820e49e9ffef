/** The network as a drawing, as lab.network draws one in lessons; it follows the settings. */
import { h } from '../../../figures/parts/dom.js';
import { loaded } from '../../outputs/loaded.js';

/** @typedef {import('../studio.js').Studio} Studio */

/** @param {Studio} studio @returns {HTMLElement} */
export function createDiagram(studio) {
  const place = h('div', { class: 'network-drawing' });
  const el = h(
    'div',
    {
      class: 'network-diagram',
      role: 'region',
      tabindex: 0,
      'aria-label': 'The network as a diagram',
      hidden: true,
    },
    place,
  );
  /** @type {ReturnType<typeof loaded> | null} */
  let view = null;
  let shown = '';
  studio.on('network', () => {
    const { size } = studio;
    // While settings or code are not such as a network is made of, the last one stays, and says so.
    if (!size) return view?.update({ title: 'The network as it was last' });
    el.hidden = false;
    const props = { title: 'The network', ...(size.text !== shown && { nodes: size.nodes }) };
    shown = size.text;
    if (view) view.update(props);
    else view = loaded(place, props, () => import('../../../figures/network.js'));
  });
  return el;
}
