// The arithmetic of a list of which only what is seen is in the document: heights of rows, of which most are estimates until they
// are measured, and sums of them in logarithmic time (Fenwick's tree).

export class Heights {
  constructor() {
    /** @type {number[]} height of each row, in pixels */
    this.rows = [];
    /** @type {number[]} `tree[i]` is the sum of the `i & -i` rows up to row `i - 1` */
    this.tree = [0];
  }

  get length() {
    return this.rows.length;
  }

  push(height) {
    this.rows.push(height);
    const i = this.rows.length;
    const low = i & -i;
    this.tree.push(this.offset(i - 1) - this.offset(i - low) + height);
  }

  /** @returns {boolean} whether it is another one */
  set(row, height) {
    const change = height - this.rows[row];
    if (change === 0) return false;
    this.rows[row] = height;
    for (let i = row + 1; i < this.tree.length; i += i & -i) this.tree[i] += change;
    return true;
  }

  /** Takes rows away from the beginning. */
  shift(count) {
    this.reset(this.rows.slice(count));
  }

  reset(heights) {
    [this.rows, this.tree] = [[], [0]];
    for (const height of heights) this.push(height);
  }

  /** Height of the first so many rows. */
  offset(row) {
    let sum = 0;
    for (let i = Math.min(row, this.rows.length); i > 0; i -= i & -i) sum += this.tree[i];
    return sum;
  }

  get total() {
    return this.offset(this.rows.length);
  }

  /** The row at so many pixels from the top, the last one if that is below all; 0 if there is none. */
  at(pixels) {
    let [row, left] = [0, pixels];
    for (let step = 2 ** Math.floor(Math.log2(this.rows.length || 1)); step > 0; step >>= 1) {
      const next = row + step;
      if (next <= this.rows.length && this.tree[next] <= left) {
        row = next;
        left -= this.tree[next];
      }
    }
    return Math.max(0, Math.min(row, this.rows.length - 1));
  }

  /**
   * The rows that are in the document: those that are seen, and so many pixels more above and below.
   * @param {number} top @param {number} height @param {number} more
   * @returns {[number, number]} the first one, and the one behind the last
   */
  range(top, height, more) {
    if (!this.rows.length) return [0, 0];
    return [this.at(Math.max(0, top - more)), this.at(top + height + more) + 1];
  }
}
