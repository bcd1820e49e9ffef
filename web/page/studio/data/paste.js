/** What is pasted into the page, and not into one of its fields: text, or files. */

const FIELDS =
  'textarea, [contenteditable]:not([contenteditable="false"]), input:not([type="checkbox"], [type="radio"], [type="range"], [type="button"], [type="file"])';

/** Whether text that is typed or pasted there belongs to it. @param {EventTarget | null} target */
export const isField = (target) => target instanceof Element && target.closest(FIELDS) !== null;

/** @param {DataTransfer} transfer @returns {{files: File[]} | {text: string} | null} null: there is nothing in it */
export function pastedIn(transfer) {
  const files = [...transfer.files];
  const text = transfer.getData('text/plain');
  // A spreadsheet puts a picture of its cells beside them.
  const isSheet = transfer.types.includes('text/html') && /[\t\n]/.test(text.trim());
  if (files.length > 0 && !isSheet) return { files };
  return text.trim() ? { text } : null;
}
