// What stands in the way of a user who cannot see, or not well; returns a list of texts.
const found = [];
const say = (what, element) => found.push(`${what}: ${element.outerHTML.slice(0, 160)}`);
const all = (css) => [...document.querySelectorAll(css)].filter((it) => it.checkVisibility());

if (!document.documentElement.lang) found.push("no language");
for (const css of ["main", "h1", "header.bar", "nav[aria-label]"]) {
  if (all(css).length !== 1 && css !== "nav[aria-label]") found.push(`not one ${css}`);
}
for (const field of all("input:not([type=hidden]), select, textarea")) {
  const label = field.getAttribute("aria-label") || [...field.labels].map((it) => it.textContent).join("");
  if (!label.trim()) say("no label", field);
}
for (const it of all("button, a[href], summary")) {
  if (!(it.getAttribute("aria-label") || it.textContent).trim()) say("no name", it);
}
for (const it of all("svg:not([aria-hidden]), img")) {
  const names = (it.getAttribute("aria-labelledby") || "").split(" ").filter(Boolean);
  if (!names.length || names.some((id) => !document.getElementById(id))) say("no text", it);
}
for (const it of document.querySelectorAll("[aria-labelledby], [aria-describedby], label[for]")) {
  for (const name of ["aria-labelledby", "aria-describedby", "for"]) {
    for (const id of (it.getAttribute(name) || "").split(" ").filter(Boolean)) {
      if (!document.getElementById(id)) say(`${name} leads nowhere`, it);
    }
  }
}
const ids = new Set();
for (const it of document.querySelectorAll("[id]")) {
  if (ids.has(it.id)) say("an id twice", it);
  ids.add(it.id);
}
for (const it of document.querySelectorAll("table")) {
  if (!it.querySelector("th[scope]")) say("no headings", it);
}
let level = 0;
for (const it of all("h1, h2, h3, h4, h5, h6")) {
  const now = Number(it.tagName[1]);
  if (now > level + 1) say(`a heading of level ${now} after ${level}`, it);
  level = now;
}

// Contrast as in WCAG 2.2, 1.4.3.
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
function rgba(colour) {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, alpha / 255];
}
function luminance([red, green, blue]) {
  const [r, g, b] = [red, green, blue].map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function ground(element) {
  for (let it = element; it; it = it.parentElement) {
    const colour = rgba(getComputedStyle(it).backgroundColor);
    if (colour[3] > 0.99) return colour;
  }
  return [255, 255, 255, 1];
}
const seen = new Set();
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const element = texts.currentNode.parentElement;
  if (!texts.currentNode.textContent.trim() || !element.checkVisibility()) continue;
  if (element.closest(":disabled, option, svg")) continue;
  const style = getComputedStyle(element);
  const [front, back] = [luminance(rgba(style.color)), luminance(ground(element))];
  const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  const key = `${style.color} ${large} ${back}`;
  if (ratio < (large ? 3 : 4.5) && !seen.has(key)) say(`contrast ${ratio.toFixed(2)}`, element);
  seen.add(key);
}
return found;
