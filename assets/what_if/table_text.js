/* Tables as text: CSV as RFC 4180 has it, with commas, semicolons or tabs. */

const SEPARATORS = [",", ";", "\t"];

/* What stands between the cells of the first line, most often; a comma where nothing does. */
export function separatorOf(text) {
  const counts = new Map(SEPARATORS.map((separator) => [separator, 0]));
  let quoted = false;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === "\n" || character === "\r") break;
    else if (counts.has(character)) counts.set(character, counts.get(character) + 1);
  }
  return SEPARATORS.reduce((most, one) => (counts.get(one) > counts.get(most) ? one : most));
}

/* Line by line { cells, problem, end }: the texts without their quotes; what is wrong with the
   quotes, or null; and where in the text the line ends. Lines without any text are left out. */
export function* csvLines(text, separator) {
  const border = separator.charCodeAt(0);
  let at = 0;
  while (at < text.length) {
    const cells = [];
    let problem = null;
    for (let more = true; more; ) {
      let cell = "";
      if (text[at] === '"') {
        const end = closingQuote(text, at + 1);
        if (end < 0) problem = "a quote is opened and never closed";
        cell = text.slice(at + 1, end < 0 ? text.length : end).replaceAll('""', '"');
        at = end < 0 ? text.length : end + 1;
      }
      const end = endOfCell(text, at, border);
      if (end > at && cell) problem = problem || "there is text behind a closing quote";
      cells.push(cell + text.slice(at, end));
      at = end + 1;
      more = text.charCodeAt(end) === border;
    }
    if (text[at - 1] === "\r" && text[at] === "\n") at++;
    if (cells.length > 1 || cells[0].trim()) yield { cells: cells, problem: problem, end: at };
  }
}

/* A line of CSV. What comes from a file goes back as it was. */
export function csvLine(cells, separator) {
  const quoted = cells.map((cell) =>
    cell.includes(separator) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
  );
  return quoted.join(separator) + "\r\n";
}

/* A text of ours that no spreadsheet takes for a formula. Cells of the visitor's own file stay as
   they are: who opens the result has opened the file before, and a changed cell could not be
   matched with it again; negative numbers begin with such a sign too. */
export function harmlessText(text) {
  return /^[=+\-@\t\r]/.test(text) ? "'" + text : text;
}

function closingQuote(text, from) {
  let at = text.indexOf('"', from);
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
}

function endOfCell(text, from, border) {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === border || code === 10 || code === 13) break;
  }
  return at;
}
