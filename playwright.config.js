import { defineConfig } from '@playwright/test';
import { findChromium, findFirefox } from './web/build/setup.mjs';

/** Another port lets two runs go on beside each other. */
const port = process.env.E2E_PORT ?? '4179';
const site = `http://localhost:${port}/course/`;
const args = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export default defineConfig({
  testDir: 'tests/e2e',
  testIgnore: process.env.SHOTS ? [] : '**/shots.spec.js',
  outputDir: 'build/e2e',
  timeout: 120_000,
  workers: 1,
  // Where two browsers share two cores, a moment may be lost that no reader would miss: tests/attempts.mjs.
  retries: process.env.CI ? 1 : 0,
  reporter: 'list',
  use: { baseURL: site },
  projects: [
    {
      name: 'chromium',
      use: {
        browserName: 'chromium',
        launchOptions: { executablePath: findChromium(), args },
      },
    },
    {
      // Over BiDi, which knows no downloads and no emulated media.
      name: 'firefox',
      testMatch: [
        'every-lesson',
        'isolation',
        'cards',
        'lab',
        'export',
        'share',
        'robust',
        'trust',
        'studio-data',
        'studio-draw',
        'studio-export',
      ].map((name) => `**/${name}.spec.js`),
      use: {
        browserName: 'firefox',
        channel: 'moz-firefox',
        launchOptions: { executablePath: findFirefox() },
      },
    },
  ],
  webServer: {
    command: `node web/build/serve.mjs web/dist --port ${port} --base /course/`,
    url: site,
    reuseExistingServer: false,
  },
});
