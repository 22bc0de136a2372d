// Numbers as CSV: every digit, an empty field where there is no number.

export function csv({ columns, rows }) {
  const line = (values) => values.map((value) => (value === null || Number.isNaN(value) ? "" : String(value))).join(",");
  return `${[columns, ...rows].map(line).join("\n")}\n`;
}

export function save(text, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
