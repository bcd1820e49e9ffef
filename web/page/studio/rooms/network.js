/** The network room: what learns. */

/** @typedef {import('../studio.js').Studio} Studio */

/** @param {HTMLElement} root @param {Studio} studio */
export function setUpNetworkRoom(root, studio) {
  const show = () => {
    const { kind, width, depth } = studio.state.get().network;
    root.textContent = `${kind}, ${depth} layers of ${width}.`;
  };
  studio.state.subscribe(show);
  show();
}
