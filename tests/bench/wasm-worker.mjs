// One contestant: a module in a page's worker. The first message is Settings, each later one a line;
// each is answered by one message.

import { start } from './wasm-workloads.mjs';

/** @type {Awaited<ReturnType<typeof start>> | undefined} */
let contestant;

/** @param {MessageEvent} event */
async function reply({ data }) {
  try {
    if (contestant) return await contestant.answer(data);
    contestant = await start(data);
    return contestant.ready;
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

self.onmessage = async (event) => self.postMessage(await reply(event));
