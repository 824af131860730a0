// Tables as CSV, which the browser saves.

const sources = new Map();

/** The button `data-csv=name` saves what `give` returns: [file name, column names, rows]. */
export function offer(name, give) {
  sources.set(name, give);
}

export function listenForSaving() {
  document.addEventListener("click", (event) => {
    const name = event.target.closest("[data-csv]")?.dataset.csv;
    if (name && sources.has(name)) save(...sources.get(name)());
  });
}

export function csvText(names, rows) {
  return `${[names, ...rows].map((row) => row.map(quoted).join(",")).join("\n")}\n`;
}

function quoted(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "";
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function save(file, names, rows) {
  const address = URL.createObjectURL(new Blob([csvText(names, rows)], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Column names and rows of records. */
export function recordRows(records, names) {
  return [names, records.map((record) => names.map((name) => record[name]))];
}
