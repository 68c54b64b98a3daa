// Bodies that fetch takes although they are of no class of this Node.

/** A form, as libraries make them. */
export class OtherForm {
  #fields = [];
  append(name, value) { this.#fields.push([name, value]); }
  delete() {}
  get() {}
  getAll() {}
  has() {}
  set() {}
  keys() {}
  values() {}
  forEach() {}
  entries() { return this.#fields[Symbol.iterator](); }
  [Symbol.iterator]() { return this.entries(); }
  get [Symbol.toStringTag]() { return 'FormData'; }
}

/** A blob, as libraries make them. */
export class OtherBlob {
  #text;
  constructor(text) { this.#text = text; }
  get size() { return Buffer.byteLength(this.#text); }
  get type() { return 'text/plain'; }
  stream() { return new Blob([this.#text]).stream(); }
  arrayBuffer() { return new Blob([this.#text]).arrayBuffer(); }
  get [Symbol.toStringTag]() { return 'Blob'; }
}

/** A blob that gives other bytes whenever it is read. */
export class FickleBlob extends Blob {
  reads = 0;
  constructor(first, later) { super([first]); this.later = later; }
  stream() { this.reads += 1; return this.reads === 1 ? super.stream() : new Blob([this.later]).stream(); }
}
