import { defineConfig } from '@playwright/test';

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
  reporter: 'list',
  use: {
    baseURL: 'http://localhost:4179/course/',
    browserName: 'chromium',
    launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args },
  },
  webServer: {
    command: 'node web/build/serve.mjs web/dist --port 4179 --base /course/',
    url: 'http://localhost:4179/course/',
    reuseExistingServer: false,
  },
});
