/** The studio comes alive: one state, one worker, four rooms. */
import { say, setUpMessages } from './common/say.js';
import { isFramed, tellFramed } from './site/framed.js';
import { setUpOffline } from './site/offline.js';
import { setUpTheme } from './site/theme.js';
import { openArrived, setUpDoors } from './studio/open/doors.js';
import { setUpDataRoom } from './studio/rooms/data.js';
import { setUpNetworkRoom } from './studio/rooms/network.js';
import { setUpSamplesRoom } from './studio/rooms/samples.js';
import { setUpTrainingRoom } from './studio/rooms/training.js';
import { Studio } from './studio/studio.js';

/** By the names that web/build/studio.js gives them. */
const ROOMS = {
  data: setUpDataRoom,
  network: setUpNetworkRoom,
  training: setUpTrainingRoom,
  samples: setUpSamplesRoom,
};

async function setUp() {
  setUpTheme();
  setUpMessages();
  const studio = new Studio();
  const state = /** @type {HTMLElement} */ (document.querySelector('[data-studio="state"]'));
  studio.on('status', () => {
    state.textContent = studio.status;
  });
  for (const [name, begin] of Object.entries(ROOMS)) {
    const root = /** @type {HTMLElement} */ (document.querySelector(`[data-room="${name}"]`));
    try {
      begin(root, studio);
    } catch (error) {
      // One room that does not start leaves the others as they are.
      console.error(error);
      say(`The room “${name}” did not start: ${error instanceof Error ? error.message : error}`);
    }
  }
  setUpDoors(studio);
  setUpOffline({ reload: false });
  await studio.begin();
  await openArrived(studio);
}

if (isFramed()) tellFramed();
else setUp();
