/* Elements in one line: el("p", { class: "lead", onclick: f }, "text", child). */

const SVG = "http://www.w3.org/2000/svg";

/* An HTML element. `on...` attributes are listeners, null ones are left out, children that are
   null are left out, and texts stay texts. */
export function el(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/* The same of SVG. */
export function svg(tag, attributes, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}
