/** The code editor, loaded when a cell is first touched (CodeMirror 6). */
import { autocompletion, closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { javascript } from '@codemirror/lang-javascript';
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState } from '@codemirror/state';
import {
  Decoration,
  drawSelection,
  EditorView,
  highlightSpecialChars,
  keymap,
  MatchDecorator,
  ViewPlugin,
} from '@codemirror/view';
import { tags as t } from '@lezer/highlight';
import { h } from '../../figures/parts/dom.js';
import { nameOf, normalised, UNSEEN } from '../share/text.js';
import { completeLab } from './complete.js';
import { symbolClass, symbolPattern } from './symbols.js';

/** @typedef {{text: () => string, replace: (text: string) => void, focus: () => void, lock: (locked: boolean) => void}} Editor lock: it can be read, and not changed */

const style = HighlightStyle.define([
  { tag: [t.keyword, t.operatorKeyword, t.controlKeyword, t.moduleKeyword], class: 'tok-keyword' },
  { tag: [t.string, t.special(t.string), t.regexp], class: 'tok-string' },
  { tag: [t.number, t.bool, t.null], class: 'tok-number' },
  { tag: [t.lineComment, t.blockComment], class: 'tok-comment' },
]);

const symbolMatcher = new MatchDecorator({
  regexp: symbolPattern,
  decoration: (match) => Decoration.mark({ class: symbolClass(match[0]) }),
});

const symbols = ViewPlugin.define(
  (view) => ({
    decorations: symbolMatcher.createDeco(view),
    update(update) {
      this.decorations = symbolMatcher.updateDeco(update, this.decorations);
    },
  }),
  { decorations: (plugin) => plugin.decorations },
);

/**
 * Takes the place of a cell's <pre>.
 * @param {HTMLElement} pre @param {{label: string, change: () => void, run: () => void}} options @returns {Editor}
 */
export function createEditor(pre, { label, change, run }) {
  const submit = () => {
    run();
    return true;
  };
  const locked = new Compartment();
  const view = new EditorView({
    state: EditorState.create({
      doc: pre.textContent ?? '',
      extensions: [
        keymap.of([
          { key: 'Shift-Enter', run: submit },
          { key: 'Mod-Enter', run: submit },
        ]),
        locked.of([]),
        history(),
        drawSelection(),
        highlightSpecialChars({
          specialChars: UNSEEN,
          render: (code) => h('span', { class: 'revealed' }, nameOf(String.fromCodePoint(code))),
        }),
        EditorView.clipboardInputFilter.of(normalised),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        javascript(),
        syntaxHighlighting(style),
        symbols,
        autocompletion({ override: [completeLab] }),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap]),
        EditorView.contentAttributes.of({ 'aria-label': label }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) change();
        }),
      ],
    }),
  });
  // Long lines are scrolled by keyboard, too.
  view.scrollDOM.tabIndex = 0;
  pre.hidden = true;
  pre.after(view.dom);
  return {
    text: () => view.state.doc.toString(),
    replace: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    focus: () => view.focus(),
    lock: (on) => view.dispatch({ effects: locked.reconfigure(EditorState.readOnly.of(on)) }),
  };
}
