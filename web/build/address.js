/** A page's picture, shown beside a link to it elsewhere, asks for a whole address: where the site will lie, if the build is told. */

/** @param {string | undefined} site @returns {string} it ends with a slash; '' if the build is not told */
export function siteAddress(site) {
  if (!site) return '';
  const url = URL.canParse(site) ? new URL(site) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash)
    throw new Error(
      `NOISEBOOK_SITE is "${site}": it takes the address of the start page, such as https://example.org/course/`,
    );
  return url.href.replace(/\/*$/, '/');
}

/** @param {string} html @param {string} site */
export const withAddress = (html, site) =>
  site ? html.replace(/(?<=<meta property="og:image" content=")(?:\.{1,2}\/)*(?=[^"])/, site) : html;

/** @returns {import('vite').Plugin} */
export function address() {
  const site = siteAddress(process.env.NOISEBOOK_SITE);
  return {
    name: 'noisebook-address',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        for (const file of Object.values(bundle))
          if (file.type === 'asset' && file.fileName.endsWith('.html'))
            file.source = withAddress(String(file.source), site);
      },
    },
  };
}
