// A drawing that the server made of numbers alone; plain HTML on a page would lose it.
export default function ({ data, parentElement }) {
  const host = parentElement.querySelector("figure") ?? parentElement.appendChild(document.createElement("figure"));
  if (host.drawn !== data) host.innerHTML = host.drawn = data;
}
