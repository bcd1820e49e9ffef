/** A card: a question, and the answer to reveal with buttons to rate oneself. */

/** @typedef {import('./notebook.js').Cell} Cell */

/** How well one knew it, by the rating's name in page/progress/cards.js. */
const RATINGS = { missed: 'I missed it', partly: 'In part', knew: 'I knew it' };

/**
 * @param {Cell[]} cells @param {(cell: Cell) => string} render
 */
export function cardHtml([question, ...answer], render) {
  const buttons = Object.entries(RATINGS).map(
    ([name, text]) => `<button type="button" data-rate="${name}">${text}</button>`,
  );
  return `<section class="flashcard" id="card-${question.id}" data-card="${question.id}">
<p class="kicker"><span class="due">Question</span></p>
${render(question)}
<details class="reveal"><summary>Show the answer</summary>
${answer.map(render).join('\n')}
<div class="rate" role="group" aria-label="How well did you know it?"><span>How well did you know it?</span>
${buttons.join('\n')}</div>
</details>
</section>`;
}
