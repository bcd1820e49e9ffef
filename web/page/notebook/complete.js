/** Completes `lab.` in the editor. */
import names from 'virtual:lab-names';

/** @param {import('@codemirror/autocomplete').CompletionContext} context */
export function completeLab(context) {
  const match = context.matchBefore(/\blab\.[\w.]*/);
  return match ? { from: match.from + 4, options: names, validFor: /^[\w.]*$/ } : null;
}
