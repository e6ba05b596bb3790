// A list of which only what is seen is in the document. What is looked at stays where it is, whatever comes below, goes above, or
// turns out to be of another height than was thought.

import { attribute } from "./dom.js";
import { Heights } from "./heights.js";

/** Pixels above and below what is seen that are in the document as well. */
const MORE = 600;
/** Pixels from the end within which the list stays at the end. */
const NEAR = 48;
/** Times that rows are placed anew because they are not as high as was thought. */
const ROUNDS = 5;


export class Scroller {
  /** @param {HTMLElement} box that scrolls @param {Painter} painter @param {() => void} onmove */
  constructor(box, list, painter, onmove) {
    this.box = box;
    this.list = list;
    this.painter = painter;
    /** @type {Entry[]} */
    this.entries = [];
    this.heights = new Heights();
    this.lastId = 0;
    this.width = 0;
    /** Pixels that are scrolled away, as far as that was done here. */
    this.top = 0;
    /** Whether the end is in sight, and is to stay so. */
    this.isAtEnd = true;
    /** @type {Map<number, Row>} */
    this.rows = new Map();
    box.addEventListener("scroll", () => this.#scrolled(onmove), { passive: true });
    // An estimate or a picture has become something of another height, or the window has.
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(box);
  }

  /** Shows other entries, from their end, or with this one at the top. @param {Entry[]} entries @param {number} [from] its id */
  show(entries, from = 0) {
    this.rows.forEach(row => this.watch.unobserve(row.element));
    this.rows.clear();
    this.list.replaceChildren();
    this.entries = entries;
    this.#begin();
    const first = from ? entries.findIndex(it => it.id === from) : -1;
    this.isAtEnd = first < 0;
    this.draw(Math.max(0, first));
  }

  #begin() {
    this.width = this.box.clientWidth;
    this.heights.reset(this.entries.map(it => this.painter.estimate(it, this.width)));
    this.lastId = this.entries.at(-1)?.id ?? 0;
  }

  /** Entries have come, gone, or changed. */
  update() {
    const { entries, heights } = this;
    // They come at the end, with ascending ids, and go at the beginning.
    let fresh = entries.length;
    while (fresh > 0 && entries[fresh - 1].id > this.lastId) fresh--;
    const gone = heights.length - fresh;
    let top = this.box.scrollTop;
    if (gone > 0) {
      top -= heights.offset(gone);
      heights.shift(gone);
    }
    for (const entry of entries.slice(fresh)) heights.push(this.painter.estimate(entry, this.width));
    this.lastId = entries.at(-1)?.id ?? 0;
    this.draw(undefined, Math.max(0, top));
  }

  toEnd() {
    this.isAtEnd = true;
    this.draw();
  }

  #scrolled(onmove) {
    const { scrollTop, clientHeight, scrollHeight } = this.box;
    // It says late what was done here, and the box may be a smaller one by now.
    if (scrollTop === this.top) return;
    this.isAtEnd = scrollTop + clientHeight >= scrollHeight - NEAR;
    if (!this.isAtEnd) this.draw();
    onmove();
  }

  /**
   * Places what is to be seen.
   * @param {number} [row] that is to be at the top; else what is there stays
   * @param {number} [at] pixels that are scrolled away
   */
  draw(row, at) {
    const { box, heights } = this;
    if (this.width !== box.clientWidth && box.clientWidth) {
      const anchor = row ?? heights.at(box.scrollTop);
      this.#begin();
      row = anchor;
    }
    const height = box.clientHeight;
    let top = row === undefined ? (at ?? box.scrollTop) : heights.offset(row);
    const anchor = row ?? heights.at(top);
    const within = row === undefined ? top - heights.offset(anchor) : 0;
    for (let round = 0; round < ROUNDS; round++) {
      if (this.isAtEnd) top = Math.max(0, heights.total - height);
      const [from, to] = heights.range(top, height, MORE);
      this.#place(from, to);
      const isOther = this.#measure(from, to);
      if (!this.isAtEnd) top = heights.offset(anchor) + within;
      if (!isOther) break;
    }
    if (this.isAtEnd) top = Math.max(0, box.scrollHeight - height);
    if (Math.abs(box.scrollTop - top) >= 1) box.scrollTop = top;
    this.top = box.scrollTop;
    // Where all fits there is nothing to scroll, and no event that would say so.
    this.isAtEnd ||= box.scrollTop + height >= box.scrollHeight - NEAR;
  }

  #place(from, to) {
    const { entries, list, rows, heights } = this;
    const ids = new Set(entries.slice(from, to).map(it => it.id));
    for (const [id, row] of rows) {
      if (!ids.has(id)) this.#remove(id, row);
    }
    // All of them first: one that is painted anew takes the place of its element.
    const elements = entries.slice(from, to).map((entry, i) => this.#row(entry, entries[from + i - 1]));
    let place = list.firstElementChild;
    for (const [i, element] of elements.entries()) {
      attribute(element, "aria-posinset", from + i + 1);
      attribute(element, "aria-setsize", entries.length);
      if (element === place) place = place.nextElementSibling;
      else list.insertBefore(element, place);
    }
    list.style.paddingTop = `${heights.offset(from)}px`;
    list.style.paddingBottom = `${heights.total - heights.offset(to)}px`;
  }

  #row(entry, before) {
    const signature = this.painter.signature(entry, before);
    const known = this.rows.get(entry.id);
    if (known?.signature === signature) {
      known.update?.();
      return known.element;
    }
    const row = { ...this.painter.paint(entry, before), signature };
    this.rows.set(entry.id, row);
    this.watch.observe(row.element);
    if (known) {
      this.watch.unobserve(known.element);
      const focused = known.element.contains(document.activeElement) && document.activeElement;
      known.element.replaceWith(row.element);
      const name = focused && focused.getAttribute("data-focus");
      const again = name && row.element.querySelector(`[data-focus="${name}"]`);
      if (again instanceof HTMLElement) again.focus();
    }
    return row.element;
  }

  #remove(id, row) {
    // The focus would be nowhere.
    if (row.element.contains(document.activeElement)) this.box.focus({ preventScroll: true });
    this.watch.unobserve(row.element);
    row.element.remove();
    this.rows.delete(id);
  }

  /** Whether a row is not as high as was thought. */
  #measure(from, to) {
    let isOther = false;
    for (let i = from; i < to; i++) {
      const height = this.rows.get(this.entries[i].id)?.element.getBoundingClientRect().height;
      if (height && this.heights.set(i, height)) isOther = true;
    }
    return isOther;
  }
}
