// Reads what packing.py packs: tables of columns, matrices of single precision, plain facts.

/** The content of the block `name`, decompressed. */
export async function readBlock(name) {
  const block = document.querySelector(`script[data-pack="${CSS.escape(name)}"]`);
  if (!block) throw new Error(`the page has no block ${name}`);
  const stream = new Blob([fromBase64(block.textContent)]).stream();
  const plain = stream.pipeThrough(new DecompressionStream("gzip"));
  return new Response(plain).arrayBuffer();
}

/** The pack `name`: `tables` and `matrices` by name, and `facts`. */
export async function readPack(name) {
  const buffer = await readBlock(name);
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const body = new Uint8Array(buffer, 4 + length);
  const each = (entries, read) =>
    Object.fromEntries(Object.entries(entries).map(([key, entry]) => [key, read(entry, body)]));
  return {
    tables: each(header.tables, (entry) => new PackedTable(entry, body)),
    matrices: each(header.matrices, matrixRows),
    facts: header.facts,
  };
}

function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const plain = atob(text);
  const bytes = new Uint8Array(plain.length);
  for (let i = 0; i < plain.length; i += 1) bytes[i] = plain.charCodeAt(i);
  return bytes;
}

/** `count` numbers of `size` bytes whose k-th bytes lie side by side, as an ordinary buffer. */
function joined(body, start, count, size) {
  const bytes = new Uint8Array(count * size);
  for (let k = 0; k < size; k += 1) {
    const from = start + k * count;
    for (let i = 0; i < count; i += 1) bytes[i * size + k] = body[from + i];
  }
  return bytes.buffer;
}

function matrixRows(entry, body) {
  const values = new Float32Array(joined(body, entry.start, entry.rows * entry.columns, 4));
  return Array.from({ length: entry.rows }, (_, row) =>
    values.subarray(row * entry.columns, (row + 1) * entry.columns));
}

const INDEX = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array };

/** A table whose columns are unpacked when they are first asked for; a missing value is null. */
class PackedTable {
  #entries;
  #body;
  #columns = new Map();

  constructor(entry, body) {
    this.rows = entry.rows;
    this.names = entry.columns.map((column) => column.name);
    this.#entries = new Map(entry.columns.map((column) => [column.name, column]));
    this.#body = body;
  }

  /** All values of a column; of one that is not there, nulls. */
  column(name) {
    const read = this.#reader(name);
    return Array.from({ length: this.rows }, (_, number) => read(number));
  }

  /** A function that gives the value of a column in a row. */
  #reader(name) {
    if (!this.#columns.has(name)) this.#columns.set(name, this.#unpacked(this.#entries.get(name)));
    return this.#columns.get(name);
  }

  #unpacked(entry) {
    if (!entry) return () => null;
    if (entry.kind === "numbers") {
      const values = new Float64Array(joined(this.#body, entry.start, this.rows, 8));
      return (number) => (Number.isNaN(values[number]) ? null : values[number]);
    }
    const words = entry.words.map((word) =>
      word?.infinity === undefined ? word : word.infinity * Infinity);
    const index = new INDEX[entry.bytes](joined(this.#body, entry.start, this.rows, entry.bytes));
    return (number) => words[index[number]];
  }

  /** Row `number` as an object. */
  row(number) {
    return Object.fromEntries(this.names.map((name) => [name, this.#reader(name)(number)]));
  }

  /** All rows as objects. */
  records() {
    return Array.from({ length: this.rows }, (_, number) => this.row(number));
  }
}
