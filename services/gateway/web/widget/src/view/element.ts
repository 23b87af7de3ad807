/** Making elements by hand: what stands here instead of a framework. Text only ever becomes text, never markup. */

type Attributes = Record<string, string | boolean | number | null>;
type Child = Node | string | null;

function set(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  set(element, attributes);
  element.append(...children.filter((child) => child !== null));
  return element;
}

export function button(attributes: Attributes, pressed: () => void, ...children: Child[]): HTMLButtonElement {
  const element = make("button", { type: "button", ...attributes }, ...children);
  element.addEventListener("click", pressed);
  return element;
}

/** Writes only what differs: a screen reader hears every write. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

const SVG = "http://www.w3.org/2000/svg";

const paths = {
  chat: "M4 5.5A2.5 2.5 0 0 1 6.5 3h11A2.5 2.5 0 0 1 20 5.5v8a2.5 2.5 0 0 1-2.5 2.5H11l-4.6 4.2A.85.85 0 0 1 5 19.6V16a2 2 0 0 1-1-1.8Z",
  close: "M6 6l12 12M18 6L6 18",
  phone:
    "M6.6 3.5h2.7l1.6 4.2-2 1.7a12 12 0 0 0 5.7 5.7l1.7-2 4.2 1.6v2.7a2 2 0 0 1-2.2 2A16.5 16.5 0 0 1 4.6 5.7a2 2 0 0 1 2-2.2Z",
  send: "M4 12l16-8-5.5 16-3-6.5ZM20 4l-8.500 9.500",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M6 11h12a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1Z",
};

export function icon(name: keyof typeof paths): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  set(svg, { viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false", class: "icon" });
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", paths[name]);
  svg.append(path);
  return svg;
}
