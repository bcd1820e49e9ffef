/** The gallery's page: all of it is there before this, which sets its theme and keeps it for reading offline. */
import { setUpMessages } from './common/say.js';
import { isFramed, tellFramed } from './site/framed.js';
import { setUpOffline } from './site/offline.js';
import { setUpTheme } from './site/theme.js';

if (isFramed()) tellFramed();
else {
  setUpTheme();
  setUpMessages();
  setUpOffline({ reload: false });
}
